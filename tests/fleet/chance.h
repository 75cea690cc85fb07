/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_CHANCE_H
#define FLEET_CHANCE_H

/* Random numbers that are the same in each run. */

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state; /* the seed, at first */
};

/* Uniform over its range. */
uint32_t chance_number(struct chance *chance);

/* Uniform in [0, limit). */
int64_t chance_below(struct chance *chance, int64_t limit);

/* True with this probability. */
bool chance_is(struct chance *chance, double probability);

#endif
