/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_RETRY_H
#define KF_RETRY_H

/* When to try again: arithmetic only. All times in seconds. */

#include "config.h"

#include <stdbool.h>
#include <stdint.h>

/* The delay after failed try number attempt (from 1): uniform in the upper half of an exponential
 * ceiling, min(retry-interval-max, retry-interval * 2^(attempt-1)), and at least 1, on top of
 * at_least (Retry-After, for one), which itself counts for at most retry-interval-max. random is
 * uniform over its range. (With all of the ceiling, hosts come more often during an outage, more of
 * them at once after it, and none is served sooner: docs/FLEET.) */
unsigned kf_retry_delay(const struct kf_config *config, uint32_t attempt, int64_t at_least,
                        uint32_t random);

/* The delay after poll number attempt (0: the request was just accepted): poll-interval, growing by
 * half each time up to poll-interval-max, give or take a tenth; at least at_least, which itself
 * counts for at most poll-interval-max. */
unsigned kf_poll_delay(const struct kf_config *config, uint32_t attempt, int64_t at_least,
                       uint32_t random);

#endif
