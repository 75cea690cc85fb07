/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Adds up /proc/PID/smaps_rollup of a process and of all that it has started. */

#include "memory.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base.h"

#define RUNS          5
#define PROCESSES_MAX 64
#define NAME_MAX_SIZE 64

struct family {
    long members[PROCESSES_MAX];
    size_t count;
};

static void
add_children(struct family *family, long member)
{
    char path[NAME_MAX_SIZE];
    FILE *file = NULL;
    long child;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", member, member);
    file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    while (family->count < PROCESSES_MAX && fscanf(file, "%ld", &child) == 1) {
        family->members[family->count++] = child;
    }
    fclose(file);
}

/* Of one process; 0 when it is gone. */
static long
share_of(long member)
{
    char path[NAME_MAX_SIZE];
    char line[256];
    FILE *file = NULL;
    long share = 0;

    snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", member);
    file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    while (share == 0 && fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "Pss: %ld", &share);
    }
    fclose(file);
    return share;
}

static long
look(pid_t process)
{
    struct family family = {.members = {process}, .count = 1};
    long sum = 0;

    for (size_t i = 0; i < family.count; i++) {
        add_children(&family, family.members[i]);
        sum += share_of(family.members[i]);
    }
    return sum;
}

static bool
is_running(pid_t process)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

double
bench_memory_peak(const struct bench_command *command)
{
    const char *const no_prefix[] = {NULL};
    long peak = 0;

    for (int i = 0; i < RUNS; i++) {
        const pid_t process = bench_command_start(command, no_prefix);

        while (is_running(process)) {
            const long now = look(process);

            peak = now > peak ? now : peak;
        }
        bench_command_wait(command, process);
    }
    return (double)peak;
}
