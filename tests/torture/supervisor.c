/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Sees the system calls of the helper's processes, and has one of them fail. */

#include "supervisor.h"

#include "plan.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX 20000
#define TASKS_MAX 16
#define NUMBERS   512  /* of system calls, more than there are */
#define CHANNEL   1000 /* a file descriptor that the helper has no use for */

static struct call planned;
static int planned_error;
static bool has_failed;

static struct call calls[CALLS_MAX];
static size_t call_count;

static struct {
    pid_t pid;
    unsigned count[NUMBERS]; /* of its calls */
    bool has_begun;          /* the helper's own code is at work */
} tasks[TASKS_MAX];
static size_t task_count;

static int channel[2]; /* the listener comes through it */

static bool
send_descriptor(int socket, int descriptor)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int))}};
    char byte = 0;
    struct iovec content = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(descriptor));
    return sendmsg(socket, &message, 0) == 1;
}

static int
receive_descriptor(int socket)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec content = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int descriptor = -1;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL) {
        memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(descriptor));
    }
    if (descriptor < 0) {
        errx(1, "the helper's process does not start, or this kernel has no seccomp_unotify(2)");
    }
    return descriptor;
}

/* In the helper's process: from here on the kernel asks about each call but those by which the
 * listener goes to the driver. */
static void
be_supervised(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANNEL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    const struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
    int listener;

    if (dup3(channel[1], CHANNEL, O_CLOEXEC) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        _exit(126);
    }
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                            &filter);
    if (listener >= 0) {
        send_descriptor(CHANNEL, listener);
    }
}

/* The ordinal of a task; 0 when there are too many. */
static unsigned
task_of(pid_t pid)
{
    size_t i = 0;

    while (i < task_count && tasks[i].pid != pid) {
        i++;
    }
    if (i == task_count && task_count < TASKS_MAX) {
        memset(&tasks[i], 0, sizeof(tasks[i]));
        tasks[i].pid = pid;
        tasks[i].has_begun = i > 0; /* the others' mothers have */
        task_count++;
    }
    return i < task_count ? (unsigned)i + 1 : 0;
}

/* Notes the call; returns the error that it is to fail with, or 0. */
static int
take(const struct seccomp_notif *asked)
{
    struct call call = {.task = task_of((pid_t)asked->pid), .number = asked->data.nr};

    if (call.task == 0 || call.number < 0 || call.number >= NUMBERS) {
        return 0;
    }
    if (asked->data.nr == SYS_prctl && asked->data.args[0] == PLAN_MAIN_BEGINS) {
        tasks[call.task - 1].has_begun = true;
        return EINVAL;
    }
    if (!tasks[call.task - 1].has_begun) {
        return 0;
    }
    call.writes = (call.number == SYS_write || call.number == SYS_writev) &&
                  asked->data.args[0] == STDOUT_FILENO;
    call.ordinal = ++tasks[call.task - 1].count[call.number];
    if (call_count < CALLS_MAX) {
        calls[call_count++] = call;
    }
    if (call.task != planned.task || call.ordinal != planned.ordinal ||
        call.number != planned.number) {
        return 0;
    }
    has_failed = true;
    return planned_error;
}

static void
answer(int listener)
{
    struct seccomp_notif asked;
    struct seccomp_notif_resp answer = {.flags = 0};
    int error;

    memset(&asked, 0, sizeof(asked));
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) {
        return; /* who asked was ended meanwhile */
    }
    error = take(&asked);
    answer.id = asked.id;
    answer.error = -error;
    answer.flags = error == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static int64_t
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* In the driver: answers the kernel until the helper has ended. */
static void
supervise(int pidfd, int milliseconds)
{
    struct pollfd events[2] = {{.events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    const int64_t limit = now() + milliseconds;

    close(channel[1]);
    events[0].fd = receive_descriptor(channel[0]);
    while (events[1].revents == 0 && now() < limit) {
        if (poll(events, 2, 1000) > 0 && events[0].revents & POLLIN) {
            answer(events[0].fd);
        }
    }
    close(events[0].fd);
    close(channel[0]);
}

struct disturbance
supervisor_disturb(const struct call *call, int error)
{
    planned = *call;
    planned_error = error;
    has_failed = false;
    call_count = 0;
    task_count = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) {
        err(1, "socketpair");
    }
    return (struct disturbance){.in_helper = be_supervised, .meanwhile = supervise};
}

const struct call *
supervisor_calls(size_t *_count)
{
    *_count = call_count;
    return calls;
}

bool
supervisor_has_failed(void)
{
    return has_failed;
}
