/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The driver: tortures one operation of the helper. See the scripts beside it. */

#include "allocations.h"
#include "calls.h"
#include "sample.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
    struct scenario scenario;
    const int rest = scenario_read(argc, argv, &scenario);

    if (argc != rest + 1) {
        errx(2, "allocations or system-calls is wanted behind the options");
    }
    sample_begin();
    if (strcmp(argv[rest], "allocations") == 0) {
        return allocations_torture(&scenario) ? 0 : 1;
    }
    if (strcmp(argv[rest], "system-calls") == 0) {
        return calls_torture(&scenario) ? 0 : 1;
    }
    errx(2, "%s: allocations or system-calls is wanted", argv[rest]);
}
