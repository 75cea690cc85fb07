/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Has systemd reload what uses the files. Layer 4; no library. systemctl is run without a shell,
 * and with an environment of its own. */

#include "deploy.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOKS_A_SECOND 20

/* Looks for the end of child, for so many seconds. Returns 0 when it has not come. */
static pid_t
wait_for(pid_t child, unsigned seconds, int *_status)
{
    const struct timespec pause = {.tv_nsec = 1000000000L / LOOKS_A_SECOND};
    pid_t ended = waitpid(child, _status, WNOHANG);

    for (unsigned i = 0; i < seconds * LOOKS_A_SECOND && ended == 0; i++) {
        nanosleep(&pause, NULL);
        ended = waitpid(child, _status, WNOHANG);
    }
    return ended;
}

static enum kf_rc
check_end(const struct kf_deploy_job *job, pid_t child, struct kf_error *err)
{
    int status = 0;
    const pid_t ended = wait_for(child, job->reload_limit, &status);

    if (ended == 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "the files are written, but the units of --reload were not ready after %u "
                       "seconds: see systemctl status %s",
                       job->reload_limit, job->units[0]);
    }
    if (ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return KF_OK;
    }
    return kf_fail(err, KF_BADCONFIG,
                   "the files are written, but not all units of --reload use them: systemctl ended "
                   "with %s %d: see systemctl status %s",
                   WIFSIGNALED(status) ? "signal" : "status",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), job->units[0]);
}

enum kf_rc
kf_deploy_reload(const struct kf_deploy_job *job, struct kf_error *err)
{
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char language[] = "LC_ALL=C";
    char verb[] = "try-reload-or-restart";
    char end_of_options[] = "--";
    char *environment[] = {path, language, NULL};
    char *arguments[KF_DEPLOY_UNITS_MAX + 4] = {(char *)job->systemctl, verb, end_of_options};
    pid_t child = 0;
    int error;

    if (job->unit_count == 0) {
        return KF_OK;
    }
    for (size_t i = 0; i < job->unit_count; i++) {
        arguments[i + 3] = (char *)job->units[i];
    }
    /* Where vfork() is emulated, a program that is not there is no error of posix_spawn(). */
    error = access(job->systemctl, X_OK) != 0
                ? errno
                : posix_spawn(&child, job->systemctl, NULL, NULL, arguments, environment);
    return error == 0 ? check_end(job, child, err)
                      : kf_fail(err, KF_BADCONFIG,
                                "the files are written, but nothing was reloaded: %s: %s: leave "
                                "--reload out on a host without systemd",
                                job->systemctl, strerror(error));
}
