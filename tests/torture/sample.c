/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which of many points are tried. */

#include "sample.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static unsigned wanted; /* points; 0: a few */
static unsigned phase;

void
sample_begin(void)
{
    const char *extent = getenv("KF_TORTURE");
    const char *given = getenv("KF_TORTURE_PHASE");

    if (extent != NULL && strcmp(extent, "all") == 0) {
        wanted = UINT_MAX;
    } else if (extent != NULL) {
        wanted = (unsigned)strtoul(extent, NULL, 10);
    }
    if (given != NULL) {
        phase = (unsigned)strtoul(given, NULL, 10);
    } else if (getrandom(&phase, sizeof(phase), 0) == (ssize_t)sizeof(phase)) {
        phase %= 10000;
    }
}

bool
sample_has(unsigned point, unsigned count, unsigned few)
{
    const unsigned size = wanted > 0 ? wanted : few;
    const unsigned step = count > size ? count / size : 1;

    return point % step == phase % step;
}

bool
sample_is_large(void)
{
    return wanted > 0;
}
