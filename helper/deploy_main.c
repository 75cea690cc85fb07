/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-deploy: gives services the certificates that certmonger saved. docs/ARCHITECTURE is the
 * map. */

#include "bytes.h"
#include "crypto.h"
#include "deploy.h"
#include "deploy_cmdline.h"
#include "log.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#define SYSTEMCTL    "/usr/bin/systemctl"
#define RELOAD_LIMIT 20 /* seconds; getcert(1) waits 25 for the daemon, which waits for us */

enum status {
    STATUS_DONE = 0,
    STATUS_NOTHING_WRITTEN = 1,
    STATUS_USAGE = 2,
    STATUS_NOT_RELOADED = 3,
};

/* The key must not end in a core file. What the caller did to signals is none of our business. */
static void
harden(void)
{
    sigset_t nothing;

    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    signal(SIGCHLD, SIG_DFL);
}

static int
fail(const struct kf_error *err, enum status status)
{
    kf_log(KF_LOG_NOTICE, "%s", err->text);
    return (int)status;
}

int
main(int argc, char **argv)
{
    struct kf_deploy_options options;
    struct kf_error err;

    kf_crypto_watch_memory();
    kf_log_open_streams();
    harden();
    kf_log_set_program("keyfactor-deploy");
    if (kf_deploy_cmdline_read(argc, argv, &options, &err) != KF_OK) {
        return fail(&err, STATUS_USAGE);
    }
    if (options.help || options.version) {
        printf("%s", options.help ? kf_deploy_cmdline_help
                                  : "keyfactor-deploy (" PACKAGE_NAME ") " PACKAGE_VERSION "\n");
        return STATUS_DONE;
    }
    kf_log_set_level((enum kf_log_level)options.verbosity);
    options.job.systemctl = SYSTEMCTL;
    options.job.reload_limit = RELOAD_LIMIT;
    if (kf_deploy(NULL, &options.job, &err) != KF_OK) {
        return fail(&err, STATUS_NOTHING_WRITTEN);
    }
    if (kf_deploy_reload(&options.job, &err) != KF_OK) {
        return fail(&err, STATUS_NOT_RELOADED);
    }
    return STATUS_DONE;
}
