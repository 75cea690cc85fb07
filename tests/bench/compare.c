/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Pairs of runs. */

#include "compare.h"

#include <stdlib.h>

#include "base.h"
#include "spread.h"

enum side {
    SIDE_LEFT,
    SIDE_RIGHT,
    SIDES,
};

/* The pairs of one quantity. */
struct series {
    const char *name;
    size_t count;
    double *values[SIDES];
};

static json_t *
describe(const struct series *series)
{
    double *ratios = sim_zeroed(series->count * sizeof(double));
    json_t *json = NULL;

    for (size_t i = 0; i < series->count; i++) {
        const double right = series->values[SIDE_RIGHT][i];

        ratios[i] = right > 0 ? series->values[SIDE_LEFT][i] / right : 0;
    }
    json =
        json_pack("{s:o, s:o, s:o}", "left", bench_spread(series->values[SIDE_LEFT], series->count),
                  "right", bench_spread(series->values[SIDE_RIGHT], series->count), "ratio",
                  bench_spread(ratios, series->count));
    sim_must(json != NULL, "describe a comparison");
    free(ratios);
    return json;
}

static struct series
new_series(const char *name, size_t count)
{
    return (struct series){
        name, count, {sim_zeroed(count * sizeof(double)), sim_zeroed(count * sizeof(double))}};
}

json_t *
bench_compare(const struct bench_command *left, const struct bench_command *right, size_t pairs)
{
    const struct bench_command *const commands[SIDES] = {left, right};
    struct series all[] = {new_series("cpu_ms", pairs), new_series("wall_ms", pairs),
                           new_series("memory_kib", pairs)};
    json_t *json = json_object();

    bench_command_run(left);
    bench_command_run(right);
    for (size_t i = 0; i < 2 * pairs; i++) {
        const size_t pair = i / 2;
        const size_t side = (i + pair) % SIDES;
        const struct bench_sample sample = bench_command_run(commands[side]);

        all[0].values[side][pair] = sample.cpu_ms;
        all[1].values[side][pair] = sample.wall_ms;
        all[2].values[side][pair] = sample.memory_kib;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        json_object_set_new(json, all[i].name, describe(&all[i]));
        free(all[i].values[SIDE_LEFT]);
        free(all[i].values[SIDE_RIGHT]);
    }
    return json;
}
