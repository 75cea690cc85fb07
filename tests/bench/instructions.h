/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

/* The instructions of a command, counted by callgrind. */

#include "command.h"

/* Runs the command once under VALGRIND (a path), with its children, and returns
 * {"total": N, "objects": {"libcrypto.so.3": N, ...}}: the instructions of all its processes, and
 * in which file they are; not those of the system. Keeps callgrind's files in folder, which is
 * emptied first. */
json_t *bench_instructions(const struct bench_command *command, const char *valgrind,
                           const char *folder);

#endif
