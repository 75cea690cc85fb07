/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The filter of system calls. Layer 1; libseccomp. A call that is missing in the list below fails
 * with ENOSYS, as on a kernel that is too old for it: the C library then takes the older way. */

#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

#define CALL(name) SCMP_SYS(name)

/* What the C library, OpenSSL, libcurl with its resolver's thread, the name services and Kerberos
 * do. */
static const int needed[] = {
    /* memory and threads */
    CALL(brk), CALL(mmap), CALL(mmap2), CALL(mprotect), CALL(munmap), CALL(mremap), CALL(madvise),
    CALL(futex), CALL(futex_time64), CALL(set_robust_list), CALL(rseq), CALL(sched_yield),
    CALL(sched_getaffinity), CALL(membarrier), CALL(exit), CALL(exit_group),
    /* files that are open, and names */
    CALL(read), CALL(readv), CALL(pread64), CALL(write), CALL(writev), CALL(close),
    CALL(close_range), CALL(lseek), CALL(_llseek), CALL(stat), CALL(stat64), CALL(lstat),
    CALL(lstat64), CALL(fstat), CALL(fstat64), CALL(newfstatat), CALL(fstatat64), CALL(statx),
    CALL(statfs), CALL(statfs64), CALL(fstatfs), CALL(fstatfs64), CALL(access), CALL(faccessat),
    CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getcwd), CALL(getdents64), CALL(fcntl),
    CALL(fcntl64), CALL(ioctl), CALL(dup), CALL(fadvise64), CALL(fadvise64_64), CALL(flock),
    CALL(pipe), CALL(pipe2), CALL(eventfd2),
    /* sockets; socket() itself is below */
    CALL(connect), CALL(bind), CALL(getsockname), CALL(getpeername), CALL(getsockopt),
    CALL(setsockopt), CALL(send), CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(recv),
    CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), CALL(recvmmsg_time64), CALL(shutdown),
    CALL(socketpair), CALL(poll), CALL(ppoll), CALL(ppoll_time64), CALL(select), CALL(_newselect),
    CALL(pselect6), CALL(pselect6_time64), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait),
    CALL(epoll_pwait),
    /* time and chance */
    CALL(clock_gettime), CALL(clock_gettime64), CALL(clock_getres), CALL(clock_getres_time64),
    CALL(gettimeofday), CALL(time), CALL(times), CALL(getrusage), CALL(nanosleep),
    CALL(clock_nanosleep), CALL(clock_nanosleep_time64), CALL(getrandom),
    /* signals of our own, and who and where we are */
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigreturn),
    CALL(sigaltstack), CALL(restart_syscall), CALL(getpid), CALL(getppid), CALL(gettid),
    CALL(getuid), CALL(getuid32), CALL(geteuid), CALL(geteuid32), CALL(getgid), CALL(getgid32),
    CALL(getegid), CALL(getegid32), CALL(getresuid), CALL(getresuid32), CALL(getresgid),
    CALL(getresgid32), CALL(getgroups), CALL(getgroups32), CALL(uname), CALL(sysinfo),
    CALL(getrlimit), CALL(ugetrlimit), CALL(prlimit64), CALL(prctl)};

static const int programs[] = {CALL(execve), CALL(execveat)};

/* The kinds of sockets for servers, for name services on this host, and for its addresses. */
static const unsigned families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Adds the same rule for each call. Calls that this machine does not have are none. */
static int
add_all(scmp_filter_ctx filter, unsigned action, const int *calls, size_t count)
{
    int rc = 0;

    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = seccomp_rule_add(filter, action, calls[i], 0);
    }
    return rc;
}

/* Lets a file be opened whose flags, an argument of the call, ask for reading only. */
static int
add_open(scmp_filter_ctx filter, int call, unsigned argument)
{
    const scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                              SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, writing, O_RDONLY));

    for (unsigned bit = 0; bit < 32 && rc == 0; bit++) {
        const scmp_datum_t flag = UINT64_C(1) << bit;

        if ((writing & flag) != 0) {
            rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), call, 1,
                                  SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, flag, flag));
        }
    }
    return rc;
}

static int
add_sockets(scmp_filter_ctx filter)
{
    int rc = 0;

    for (size_t i = 0; i < COUNT(families) && rc == 0; i++) {
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(socket), 1,
                              SCMP_A0(SCMP_CMP_EQ, families[i], 0));
    }
    return rc;
}

/* A thread, and no process. What clone3() is asked for cannot be seen: it is not there. */
static int
add_threads(scmp_filter_ctx filter)
{
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(clone), 1,
                              SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

    return rc != 0 ? rc
                   : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), CALL(clone), 1,
                                      SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

/* *_rc is less than 0, as libseccomp says it, when not the whole filter was built. */
static scmp_filter_ctx
build(int *_rc)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    int rc = filter == NULL ? -ENOMEM : add_all(filter, SCMP_ACT_ALLOW, needed, COUNT(needed));

    if (rc == 0) {
        rc = add_open(filter, CALL(open), 1);
    }
    if (rc == 0) {
        rc = add_open(filter, CALL(openat), 2);
    }
    if (rc == 0) {
        rc = add_sockets(filter);
    }
    if (rc == 0) {
        rc = add_threads(filter);
    }
    if (rc == 0) {
        rc = add_all(filter, SCMP_ACT_ERRNO(EACCES), programs, COUNT(programs));
    }
    *_rc = rc;
    return filter;
}

/* libseccomp 2.5 goes round for ever when memory runs out at some places. This is a hundred times
 * what it takes. */
static void
limit_time(void)
{
    const struct itimerval limit = {.it_value = {.tv_usec = 500000}};

    signal(SIGVTALRM, SIG_DFL);
    setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

bool
kf_filter_network(void)
{
    scmp_filter_ctx filter = NULL;
    int rc = 0;

    limit_time();
    filter = build(&rc);
    if (rc == 0) {
        rc = seccomp_load(filter);
    }
    seccomp_release(filter);
    signal(SIGVTALRM, SIG_IGN); /* the filter does not let the timer be stopped */
    errno = -rc;
    return rc == 0;
}
