/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

/* A command that is measured, and one run of it. */

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

struct bench_command {
    const char *name;
    char **argv;
    char **environment;     /* all of it */
    int status;             /* that each run must end with */
    const char *forget;     /* a folder that is removed before each run; NULL: none */
    const char *counted_as; /* whose instructions are counted; NULL: its own */
    FILE *errors;           /* what the last run wrote to standard error */
};

/* What one run took, its processes taken together, but for memory_kib: that of the largest of
 * them. */
struct bench_sample {
    double cpu_ms;    /* in the program and in the system */
    double system_ms; /* of that, in the system */
    double wall_ms;
    double memory_kib;
};

/* Reads {"argv": [...], "env": {...}, "status": 0, "forget": folder, "counted_as": name}, the last
 * three of them optional; dies of a bad one. Borrows the strings of json. */
struct bench_command bench_command_read(const char *name, const json_t *json);

void bench_command_clear(struct bench_command *command);

/* Starts the command, with PREFIX (which ends in NULL, and may have nothing else) before it.
 * Standard input and output are nobody's. */
pid_t bench_command_start(const struct bench_command *command, const char *const *prefix);

/* Waits for its end, and dies when that is not the one that the command must have. */
struct bench_sample bench_command_wait(const struct bench_command *command, pid_t process);

/* Both, with the time. */
struct bench_sample bench_command_run(const struct bench_command *command);

#endif
