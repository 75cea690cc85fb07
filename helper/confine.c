/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* An operation in a process of its own. Layer 5; no library. */

#include "confine.h"

#include "keeper.h"
#include "log.h"
#include "sandbox.h"
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MORE 30 /* seconds: for what is not the network */

/* Standard output is the keeper's. */
static void
let_go_of_output(void)
{
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) {
        close(STDOUT_FILENO);
    }
}

/* The end of a run, owned by itself; NULL when memory is out. */
static struct kf_ending *
ending_of(enum kf_rc rc, const struct kf_run *run, const struct kf_outcome *outcome)
{
    struct kf_ending *ending = talloc_zero(NULL, struct kf_ending);
    const struct kf_trace *trace = &run->trace;

    if (ending == NULL) {
        return NULL;
    }
    ending->rc = (int)rc;
    if (rc == KF_OK) {
        ending->status = (int)outcome->status;
        ending->delay = outcome->delay;
    }
    ending->text = talloc_strdup(ending, rc == KF_OK ? outcome->text : run->err->text);
    ending->trace = (struct kf_trace){.request_id = trace->request_id,
                                      .csr_sha256 = talloc_strdup(ending, trace->csr_sha256),
                                      .subject = talloc_strdup(ending, trace->subject),
                                      .reason = talloc_strdup(ending, trace->reason)};
    return ending;
}

/* Tells the keeper how it ended; what needs no memory, when there is none. */
static bool
tell(int line, const struct kf_ending *ending, struct kf_error *err)
{
    struct kf_ending nomem = {.text = err->text};

    if (ending != NULL && ending->text != NULL) {
        return kf_keeper_end(line, ending);
    }
    nomem.rc = (int)kf_fail_nomem(err);
    return kf_keeper_end(line, &nomem);
}

/* What the child does. True when the keeper knows how it ended. */
static bool
perform(struct kf_run *run, const struct kf_operation *operation, pid_t keeper, int line)
{
    struct kf_outcome *outcome = NULL;
    struct kf_ending *ending = NULL;
    bool told;
    enum kf_rc rc;

    kf_world_let_crash();
    setsid(); /* no terminal to type into */
    let_go_of_output();
    /* Here, so that the keeper is a small process, and the fork cheap. */
    rc = kf_world_reach(run);
    if (!kf_sandbox_enter(run->config->sandbox_uid, run->config->sandbox_gid)) {
        return tell(line, NULL, run->err);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* a change of users takes it away: not before */
    if (getppid() != keeper) {
        return false; /* it has died by now: nobody would note down what is sent */
    }
    run->state.keeper = line;
    if (rc == KF_OK) {
        rc = operation->perform(run, &outcome);
    }
    ending = ending_of(rc, run, outcome);
    talloc_free(run->mem); /* what is freed is wiped: memory.c */
    told = tell(line, ending, run->err);
    talloc_free(ending);
    return told;
}

/* How a child that did not say how it ended has ended. */
static enum kf_rc
explain(int child_status, struct kf_error *err)
{
    if (WIFSIGNALED(child_status) && WTERMSIG(child_status) == SIGKILL) {
        return kf_fail(err, KF_INTERNAL,
                       "internal fault: the process that talks to the server was killed: it took "
                       "too long, did what it may not, or the host is out of memory");
    }
    if (WIFSIGNALED(child_status) && WTERMSIG(child_status) == SIGVTALRM) { /* filter.h */
        return kf_fail_nomem(err);
    }
    if (WIFSIGNALED(child_status)) {
        return kf_fail(err, KF_INTERNAL,
                       "internal fault: the process that talks to the server died of signal %d "
                       "(%s): please report it, with the output of keyfactor-submit -vv",
                       WTERMSIG(child_status), strsignal(WTERMSIG(child_status)));
    }
    return kf_fail(err, KF_INTERNAL,
                   "internal fault: the process that talks to the server ended with status %d",
                   WEXITSTATUS(child_status));
}

static bool
is_status(int status)
{
    switch (status) {
    case KF_STATUS_ISSUED:
    case KF_STATUS_REJECTED:
    case KF_STATUS_UNREACHABLE:
    case KF_STATUS_UNCONFIGURED:
    case KF_STATUS_WAIT_DELAY:
    case KF_STATUS_UNSUPPORTED:
    case KF_STATUS_CHECK_FAILED:
        return true;
    default:
        return false;
    }
}

/* A status and a text from a process that may be anybody's by now. */
static enum kf_rc
take(TALLOC_CTX *mem_ctx, const struct kf_ending *ending, struct kf_outcome **_outcome,
     struct kf_error *err)
{
    if (ending->rc < KF_OK || ending->rc > KF_UNSUPPORTED || !is_status(ending->status)) {
        return kf_fail(err, KF_INTERNAL,
                       "internal fault: the process that talks to the server ended as none does");
    }
    if (ending->rc != KF_OK) {
        return kf_fail(err, (enum kf_rc)ending->rc, "%s", ending->text);
    }
    *_outcome = talloc_zero(mem_ctx, struct kf_outcome);
    if (*_outcome == NULL) {
        return kf_fail_nomem(err);
    }
    **_outcome = (struct kf_outcome){
        .status = (enum kf_status)ending->status, .delay = ending->delay, .text = ending->text};
    return KF_OK;
}

/* What the parent does until the child has ended. */
static enum kf_rc
keep(struct kf_run *run, const struct kf_keeper *keeper, pid_t child, struct kf_outcome **_outcome)
{
    struct kf_ending ending;
    siginfo_t info;
    int child_status = 0;
    enum kf_rc rc;

    rc = kf_sandbox_enter_keeper() ? kf_keeper_serve(run->mem, keeper, &ending, run->err)
                                   : kf_fail_nomem(run->err);
    if (rc != KF_OK) {
        kill(child, SIGKILL);
    }
    /* Its number is its own until it is forgotten. */
    while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    kf_world_forget_child();
    while (waitpid(child, &child_status, 0) < 0 && errno == EINTR) {
    }
    if (rc == KF_BADREPLY) {
        return explain(child_status, run->err);
    }
    if (rc != KF_OK) {
        return rc;
    }
    run->trace = ending.trace;
    return take(run->mem, &ending, _outcome, run->err);
}

/* True when the child is to do without: it is told so, or it needs what no sandbox has. */
static bool
is_unconfined(const struct kf_config *config)
{
    return !config->sandbox || kf_config_uses_token(config);
}

static enum kf_rc
perform_unconfined(struct kf_run *run, const struct kf_operation *operation,
                   struct kf_outcome **_outcome)
{
    enum kf_rc rc;

    alarm((unsigned)run->config->timeout + LIMIT_MORE); /* main() knows how that ends */
    rc = kf_world_reach(run);
    if (rc == KF_OK) {
        rc = operation->perform(run, _outcome);
    }
    alarm(0);
    return rc;
}

/* Two processes from here on, unless the host has no room for another one. */
static pid_t
split(int lines[2])
{
    pid_t child = -1;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) != 0) {
        return -1;
    }
    child = fork();
    if (child < 0) {
        close(lines[0]);
        close(lines[1]);
        return -1;
    }
    close(lines[child == 0 ? 0 : 1]);
    return child;
}

enum kf_rc
kf_confine(struct kf_run *run, const struct kf_operation *operation, struct kf_outcome **_outcome)
{
    struct kf_keeper keeper = {.nickname = run->config->nickname, .is_allowed = kf_state_is_name};
    const pid_t self = getpid();
    int lines[2];
    pid_t child;

    if (is_unconfined(run->config)) {
        return perform_unconfined(run, operation, _outcome);
    }
    child = split(lines);
    if (child == 0) {
        _exit(perform(run, operation, self, lines[1]) ? 0 : 1);
    }
    if (child < 0) {
        kf_log(KF_LOG_NOTICE, "sandbox: a process of its own: %s: going on without",
               strerror(errno));
        return perform_unconfined(run, operation, _outcome);
    }
    kf_world_watch_child(child, (unsigned)run->config->timeout + LIMIT_MORE);
    keeper.line = lines[0];
    keeper.directory = talloc_steal(run->mem, run->config->state_directory);
    keeper.nickname = talloc_steal(run->mem, run->config->nickname);
    TALLOC_FREE(run->config);
    return keep(run, &keeper, child, _outcome);
}
