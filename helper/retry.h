/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_RETRY_H
#define KF_RETRY_H

/* When to try again: arithmetic only. All times in seconds. */

#include "config.h"

#include <stdbool.h>
#include <stdint.h>

/* The delay after failed try number attempt (from 1): full jitter over an exponential ceiling
 * (uniform in [1, min(retry-interval-max, retry-interval * 2^(attempt-1))]) on top of at_least
 * (Retry-After, for one), which itself counts for at most retry-interval-max. random is uniform
 * over its range. */
unsigned kf_retry_delay(const struct kf_config *config, uint32_t attempt, int64_t at_least,
                        uint32_t random);

/* The delay after poll number attempt (0: the request was just accepted): poll-interval, growing by
 * half each time up to poll-interval-max, give or take a tenth; at least at_least, which itself
 * counts for at most poll-interval-max. */
unsigned kf_poll_delay(const struct kf_config *config, uint32_t attempt, int64_t at_least,
                       uint32_t random);

#endif
