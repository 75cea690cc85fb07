/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* System calls of the helper's run fail, each with every error that fits it. */

#include "calls.h"

#include "sample.h"
#include "supervisor.h"
#include "trial.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define FEW        60 /* faults of each scenario */
#define ERRORS_MAX 6

/* What can become of a call. Those that are not here never fail as they are called (futex to wake
 * others, fcntl to set flags), or nobody could do anything about it (munmap, brk, rt_sigreturn). */
static const struct kind {
    int number;
    const char *name;
    int errors[ERRORS_MAX]; /* up to a zero */
} kinds[] = {
#define KIND(name, ...)                                                                            \
    {                                                                                              \
        SYS_##name, #name,                                                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
    KIND(read, EINTR, EIO, EAGAIN),
    KIND(pread64, EINTR, EIO),
    KIND(readv, EINTR, EIO),
    KIND(write, EINTR, EIO, ENOSPC, EPIPE),
    KIND(writev, EINTR, EIO, ENOSPC, EPIPE),
    KIND(openat, EINTR, EACCES, EMFILE, ENOMEM, ENOENT),
    KIND(close, EINTR, EIO),
    KIND(newfstatat, ENOMEM, EIO),
    KIND(fstat, ENOMEM, EIO),
    KIND(statx, EACCES, ENOMEM),
    KIND(lseek, EIO),
    KIND(mmap, ENOMEM),
    KIND(mprotect, ENOMEM),
    KIND(mremap, ENOMEM),
    KIND(madvise, ENOMEM),
    KIND(socket, EMFILE, EACCES, ENOMEM),
    KIND(socketpair, EMFILE, ENOMEM),
    KIND(connect, ECONNREFUSED, ENETUNREACH, ETIMEDOUT, EINTR, EADDRNOTAVAIL),
    KIND(sendto, EINTR, EAGAIN, ECONNRESET, EPIPE, ENOMEM),
    KIND(sendmsg, EINTR, EAGAIN, ECONNRESET, EPIPE, ENOMEM),
    KIND(recvfrom, EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, ENOMEM),
    KIND(recvmsg, EINTR, EAGAIN, ECONNRESET, ENOMEM),
    KIND(shutdown, ENOTCONN),
    KIND(getsockopt, ENOMEM),
    KIND(setsockopt, ENOMEM),
    KIND(getsockname, ENOMEM),
    KIND(getpeername, ENOTCONN),
    KIND(ppoll, EINTR, ENOMEM),
    KIND(ioctl, EIO),
    KIND(eventfd2, EMFILE, ENOMEM),
    KIND(pipe2, EMFILE),
    KIND(dup3, EMFILE),
    KIND(fsync, EIO, ENOSPC, EINTR),
    KIND(fchmod, EACCES),
    KIND(ftruncate, EIO),
    KIND(mkdirat, EACCES, ENOSPC),
    KIND(renameat2, EIO, ENOSPC, EACCES),
    KIND(unlinkat, EIO, EACCES),
    KIND(faccessat, EACCES),
    KIND(getdents64, EIO, ENOMEM),
    KIND(getrandom, EINTR, EAGAIN, ENOSYS),
    KIND(uname, EFAULT),
    KIND(sysinfo, EFAULT),
    KIND(prctl, EINVAL, EPERM),
    KIND(prlimit64, EPERM, EINVAL),
    KIND(rt_sigaction, EINVAL),
    KIND(rt_sigprocmask, EINVAL),
    KIND(clone, EAGAIN, ENOMEM),
    KIND(clone3, EAGAIN, ENOMEM),
    KIND(wait4, EINTR, ECHILD),
    KIND(waitid, EINTR, ECHILD),
    KIND(kill, EPERM, ESRCH),
    KIND(setresuid, EPERM, EAGAIN),
    KIND(setresgid, EPERM),
    KIND(setgroups, EPERM),
    KIND(capget, EPERM),
    KIND(capset, EPERM),
    KIND(seccomp, EINVAL, EACCES, ENOMEM),
    KIND(unshare, EPERM, EINVAL),
    KIND(chdir, EACCES),
    KIND(chroot, EPERM),
#ifdef SYS_poll /* architectures that are younger do without these */
    KIND(poll, EINTR, EAGAIN, ENOMEM),
    KIND(open, EINTR, EACCES, EMFILE, ENOENT),
    KIND(access, EACCES),
    KIND(readlink, EACCES),
    KIND(mkdir, EACCES, ENOSPC),
    KIND(rename, EIO, ENOSPC, EACCES),
    KIND(unlink, EIO, EACCES),
    KIND(pipe, EMFILE),
    KIND(dup2, EMFILE, EBUSY),
#endif
#undef KIND
};

/* What the undisturbed run called. */
static struct call *known;
static size_t known_count;

static struct call done; /* last */
static int done_error;
static unsigned faults; /* that came to pass */

static const struct kind *
kind_of(int number)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].number == number) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* The faults that there are: calls by errors. */
static unsigned
count_faults(void)
{
    unsigned count = 0;

    for (size_t i = 0; i < known_count; i++) {
        const struct kind *kind = kind_of(known[i].number);

        for (size_t j = 0; kind != NULL && j < ERRORS_MAX && kind->errors[j] != 0; j++) {
            count++;
        }
    }
    return count;
}

/* The calls of a run that is seen, and not disturbed. */
static void
learn_calls(const struct scenario *scenario)
{
    const struct call none = {.task = 0};
    const struct disturbance disturbance = supervisor_disturb(&none, 0);
    const struct call *calls = NULL;

    trial_begin(scenario, &disturbance);
    calls = supervisor_calls(&known_count);
    known = calloc(known_count, sizeof(*known));
    if (known == NULL || known_count == 0) {
        errx(1, "no system call of %s was seen", scenario->helper);
    }
    memcpy(known, calls, known_count * sizeof(*known));
}

static const char *
name_fault(void)
{
    static char text[200];

    snprintf(text, sizeof(text), "%s %u of process or thread %u: %s", kind_of(done.number)->name,
             done.ordinal, done.task, strerrorname_np(done_error));
    return text;
}

static void
fail(const struct call *call, int error)
{
    struct disturbance disturbance = supervisor_disturb(call, error);

    disturbance.mutes = call->writes && error != EINTR;
    done = *call;
    done_error = error;
    trial_run(&disturbance, name_fault);
    faults += supervisor_has_failed();
}

bool
calls_torture(const struct scenario *scenario)
{
    unsigned count = 0;
    unsigned point = 0;

    learn_calls(scenario);
    count = count_faults();
    for (size_t i = 0; i < known_count; i++) {
        const struct kind *kind = kind_of(known[i].number);

        for (size_t j = 0; kind != NULL && j < ERRORS_MAX && kind->errors[j] != 0; j++) {
            if (sample_has(point++, count, FEW)) {
                fail(&known[i], kind->errors[j]);
            }
        }
    }
    printf("%s: %zu system calls, %u faults of them: %u came to pass, one a run", scenario->name,
           known_count, count, faults);
    free(known);
    return trial_finish();
}
