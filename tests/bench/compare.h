/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

/* Two commands, turn and turn about. */

#include "command.h"

/* Runs both once, so that what they read is in memory, and then pairs of them, where the one that
 * goes first alternates. Returns
 *     {"cpu_ms": {"left": SPREAD, "right": SPREAD, "ratio": SPREAD}, "wall_ms": ..., "memory_kib":
 *      ...}
 * with SPREAD as in spread.h; the ratio is that of each pair. */
json_t *bench_compare(const struct bench_command *left, const struct bench_command *right,
                      size_t pairs);

#endif
