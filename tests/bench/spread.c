/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Quartiles. */

#include "spread.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

static int
compare_numbers(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Between the two values where the quantile is. */
static double
quantile(const double *sorted, size_t count, double part)
{
    const double at = part * (double)(count - 1);
    const size_t below = (size_t)at;
    const size_t above = below + 1 < count ? below + 1 : below;

    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

json_t *
bench_spread(const double *values, size_t count)
{
    double *sorted = sim_zeroed(count * sizeof(double));
    json_t *json = NULL;

    memcpy(sorted, values, count * sizeof(double));
    qsort(sorted, count, sizeof(double), compare_numbers);
    json = json_pack("{s:f, s:f, s:f, s:f}", "q1", quantile(sorted, count, 0.25), "median",
                     quantile(sorted, count, 0.5), "q3", quantile(sorted, count, 0.75), "max",
                     sorted[count - 1]);
    sim_must(json != NULL, "describe a spread");
    free(sorted);
    return json;
}
