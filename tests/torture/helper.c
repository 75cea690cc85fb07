/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One run of the helper. */

#include "helper.h"

#include "plan.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT                                                                                 \
    120000 /* milliseconds, for the slowest machine; the helper's own limit is 5 s                 \
            */

static struct plan *plan;
static int plan_file = -1;

struct plan *
helper_plan(void)
{
    if (plan != NULL) {
        return plan;
    }
    plan_file = memfd_create("plan", 0);
    if (plan_file < 0 || ftruncate(plan_file, sizeof(*plan)) != 0) {
        err(1, "memfd_create");
    }
    plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, plan_file, 0);
    if (plan == MAP_FAILED) {
        err(1, "mmap");
    }
    return plan;
}

static void
make_plan(const struct disturbance *disturbance)
{
    helper_plan();
    plan->process = disturbance->process;
    plan->first = disturbance->first;
    plan->last = disturbance->last;
    atomic_store(&plan->processes, 0);
    for (unsigned i = 0; i <= PLAN_PROCESSES; i++) {
        atomic_store(&plan->count[i], 0);
    }
}

/* A file that has no name. */
static int
open_scratch(void)
{
    const int file = memfd_create("output", MFD_CLOEXEC);

    if (file < 0) {
        err(1, "memfd_create");
    }
    return file;
}

static char *
read_scratch(int file)
{
    struct stat info;
    char *text = NULL;

    if (fstat(file, &info) != 0 || (text = calloc(1, (size_t)info.st_size + 1)) == NULL ||
        pread(file, text, (size_t)info.st_size, 0) != info.st_size) {
        err(1, "what the helper wrote");
    }
    close(file);
    return text;
}

static void
set(const char *name, const char *value)
{
    if (value != NULL && setenv(name, value, 1) != 0) {
        _exit(126);
    }
}

_Noreturn static void
become_helper(const struct scenario *scenario, const struct order *order,
              const struct disturbance *disturbance, const int outputs[2])
{
    char number[16];
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    snprintf(number, sizeof(number), "%d", plan_file);
    set(PLAN_VARIABLE, number);
    set("LD_PRELOAD", scenario->preload);
    set("CERTMONGER_CSR", order->csr);
    set("CERTMONGER_CA_COOKIE", order->cookie);
    set("CERTMONGER_OPERATION", order->cookie == NULL ? NULL : "POLL");
    if (dup2(nothing, STDIN_FILENO) < 0 || dup2(outputs[0], STDOUT_FILENO) < 0 ||
        dup2(outputs[1], STDERR_FILENO) < 0) {
        _exit(126);
    }
    if (disturbance->in_helper != NULL) {
        disturbance->in_helper();
    }
    execl(scenario->helper, scenario->helper, "--config", scenario->config, (char *)NULL);
    _exit(126);
}

/* Waits for the end; true when that took too long. */
static bool
wait_for(int pidfd, const struct disturbance *disturbance)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    if (disturbance->meanwhile != NULL) {
        disturbance->meanwhile(pidfd, TIME_LIMIT);
        return poll(&end, 1, 0) != 1;
    }
    return poll(&end, 1, TIME_LIMIT) != 1;
}

void
helper_run(const struct scenario *scenario, const struct order *order,
           const struct disturbance *disturbance, struct helper_end *_end)
{
    const int outputs[2] = {open_scratch(), open_scratch()};
    int status = 0;
    int pidfd;
    pid_t pid;

    _end->is_mute = disturbance->mutes;
    _end->is_short = disturbance->first != 0;
    make_plan(disturbance);
    pid = fork();
    if (pid == 0) {
        become_helper(scenario, order, disturbance, outputs);
    }
    pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        err(1, "fork");
    }
    _end->timed_out = wait_for(pidfd, disturbance);
    if (_end->timed_out) {
        kill(pid, SIGKILL);
    }
    waitpid(pid, &status, 0);
    close(pidfd);
    _end->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    _end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    _end->out = read_scratch(outputs[0]);
    _end->err = read_scratch(outputs[1]);
}

void
helper_free(struct helper_end *end)
{
    free(end->out);
    free(end->err);
    *end = (struct helper_end){.out = NULL};
}
