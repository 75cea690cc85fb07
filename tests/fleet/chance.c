/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Random numbers that are the same in each run: a counter, well mixed. */

#include "chance.h"

uint32_t
chance_number(struct chance *chance)
{
    uint64_t mixed = chance->state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(mixed >> 32);
}

int64_t
chance_below(struct chance *chance, int64_t limit)
{
    return (int64_t)(((uint64_t)chance_number(chance) * (uint64_t)limit) >> 32);
}

bool
chance_is(struct chance *chance, double probability)
{
    return chance_number(chance) < probability * 4294967296.0;
}
