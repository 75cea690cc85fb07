/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-scan: are there secrets in the memory of a program? Looks at each process of a run at
 * the moment when it ends, or at one process now. */

#include "mappings.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define TROUBLE 125

static const char usage[] = "usage: keyfactor-scan NEEDLES REPORT PROGRAM [ARGUMENT...]\n"
                            "       keyfactor-scan NEEDLES REPORT --pid PID\n"
                            "Adds to REPORT what it finds of NEEDLES, lines \"NAME HEX\". Ends as "
                            "PROGRAM does, with 125 in trouble.\n";

/* A program that runs, until all its processes have ended. */
struct run {
    const char *needles_file;
    struct needles needles; /* read when the first process ends: they may be known only then */
    FILE *report;
    pid_t first;
    int status; /* of the first process, as wait() has it */
    bool good;  /* all that ended were looked at */
};

static int
fail(const char *what)
{
    fprintf(stderr, "keyfactor-scan: %s: %s\n", what, strerror(errno));
    return TROUBLE;
}

/* Becomes the program once somebody traces it. */
static void
become(char **argv, const int *gate)
{
    char byte;

    close(gate[1]);
    if (read(gate[0], &byte, 1) == 1) {
        execv(argv[0], argv);
        fail(argv[0]);
    }
    _exit(TROUBLE);
}

/* Starts the program, traced from its first instruction on; -1 when that is not allowed. */
static pid_t
start(char **argv)
{
    const long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    int gate[2];
    pid_t pid = -1;

    if (pipe(gate) != 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        become(argv, gate);
    }
    close(gate[0]);
    if (pid > 0 && (ptrace(PTRACE_SEIZE, pid, 0L, options) != 0 || write(gate[1], "", 1) != 1)) {
        pid = -1;
    }
    close(gate[1]);
    return pid;
}

/* A thread is about to end, and its process with it if that began with it. */
static void
take_end(struct run *run, pid_t thread)
{
    if (tgkill(thread, thread, 0) != 0) {
        return;
    }
    if (run->needles.text == NULL && run->good) {
        run->good = needles_read(run->needles_file, &run->needles);
    }
    run->good = mappings_search(thread, &run->needles, run->report) && run->good;
}

static void
take_stop(struct run *run, pid_t thread, int status)
{
    const int event = status >> 16;

    if (event == PTRACE_EVENT_EXIT) {
        take_end(run, thread);
    }
    ptrace(PTRACE_CONT, thread, 0L, event == 0 ? (long)WSTOPSIG(status) : 0L);
}

/* Waits until all processes of the run have ended. */
static void
follow(struct run *run)
{
    int status = 0;
    pid_t thread;

    while ((thread = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFSTOPPED(status)) {
            take_stop(run, thread, status);
        } else if (thread == run->first) {
            run->status = status;
        }
    }
}

static int
scan_run(const char *needles_file, FILE *report, char **argv)
{
    struct run run = {.needles_file = needles_file, .report = report, .good = true};

    run.first = start(argv);
    if (run.first < 0) {
        return fail("cannot trace");
    }
    follow(&run);
    needles_free(&run.needles);
    if (!run.good) {
        return TROUBLE;
    }
    return WIFSIGNALED(run.status) ? 128 + WTERMSIG(run.status) : WEXITSTATUS(run.status);
}

static int
scan_process(const char *needles_file, FILE *report, pid_t pid)
{
    struct needles needles;
    const bool good =
        needles_read(needles_file, &needles) && mappings_search(pid, &needles, report);

    needles_free(&needles);
    return good ? 0 : TROUBLE;
}

int
main(int argc, char **argv)
{
    FILE *report = NULL;
    int status;

    if (argc < 4 || (strcmp(argv[3], "--pid") == 0 && argc != 5)) {
        fputs(usage, stderr);
        return TROUBLE;
    }
    report = fopen(argv[2], "ae");
    if (report == NULL) {
        return fail(argv[2]);
    }
    status = strcmp(argv[3], "--pid") == 0
                 ? scan_process(argv[1], report, (pid_t)strtol(argv[4], NULL, 10))
                 : scan_run(argv[1], report, argv + 3);
    fclose(report);
    return status;
}
