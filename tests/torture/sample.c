/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which of many points are tried. */

#include "sample.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static bool is_all;
static unsigned phase;

void
sample_begin(void)
{
    const char *extent = getenv("KF_TORTURE");
    const char *given = getenv("KF_TORTURE_PHASE");

    is_all = extent != NULL && strcmp(extent, "all") == 0;
    if (given != NULL) {
        phase = (unsigned)strtoul(given, NULL, 10);
    } else if (getrandom(&phase, sizeof(phase), 0) == (ssize_t)sizeof(phase)) {
        phase %= 10000;
    }
}

bool
sample_has(unsigned point, unsigned count, unsigned size)
{
    const unsigned step = count > size ? count / size : 1;

    return is_all || point % step == phase % step;
}

bool
sample_is_all(void)
{
    return is_all;
}

unsigned
sample_phase(void)
{
    return phase;
}
