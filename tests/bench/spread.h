/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef BENCH_SPREAD_H
#define BENCH_SPREAD_H

/* How values are spread. */

#include <jansson.h>
#include <stddef.h>

/* {"q1", "median", "q3", "max"} of the values, of which there is one at least. */
json_t *bench_spread(const double *values, size_t count);

#endif
