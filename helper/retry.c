/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* When to try again. Layer 3: pure arithmetic. */

#include "retry.h"

/* A number of [low, high], from one that is uniform over its range. */
static int64_t
spread(int64_t low, int64_t high, uint32_t random)
{
    return low + (int64_t)(((uint64_t)random * (uint64_t)(high - low + 1)) >> 32);
}

static int64_t
min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

unsigned
kf_retry_delay(const struct kf_config *config, uint32_t attempt, int64_t at_least, uint32_t random)
{
    const int64_t cap = max(config->retry_interval, config->retry_interval_max);
    int64_t ceiling = config->retry_interval;

    for (uint32_t i = 1; i < attempt && ceiling < cap; i++) {
        ceiling *= 2;
    }
    ceiling = min(ceiling, cap);
    return (unsigned)(min(at_least, cap) + spread(max(ceiling / 2, 1), ceiling, random));
}

unsigned
kf_poll_delay(const struct kf_config *config, uint32_t attempt, int64_t at_least, uint32_t random)
{
    const int64_t cap = max(config->poll_interval, config->poll_interval_max);
    int64_t delay = config->poll_interval;

    for (uint32_t i = 0; i < attempt && delay < cap; i++) {
        delay += max(delay / 2, 1);
    }
    delay = min(delay, cap);
    delay = spread(delay - delay / 10, delay + delay / 10, random);
    return (unsigned)max(delay, min(at_least, cap));
}
