/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

/* The memory of all processes of a command taken together. */

#include "command.h"

/* Runs the command a few times and looks at it all the while: the most that its processes had at
 * the same time, in KiB, where a page that n processes share is a part of 1/n of each (Pss). A peak
 * between two looks is not seen. 0 where the system does not tell. */
double bench_memory_peak(const struct bench_command *command);

#endif
