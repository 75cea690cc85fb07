/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a process gives up for good. Layer 1; no library of its own. */

#include "sandbox.h"

#include "filter.h"
#include "log.h"
#include "privilege.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

/* Whether a step was taken, or can be done without: not when memory was out. */
static bool
expect(bool done, const char *step)
{
    if (!done && errno == ENOMEM) {
        return false;
    }
    if (!done) {
        kf_log(KF_LOG_NOTICE, "sandbox: %s: %s: going on without", step, strerror(errno));
    }
    return true;
}

/* Cores again, because a change of user may allow them. */
static bool
seal(void)
{
    return expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges") &&
           expect(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "no core file");
}

bool
kf_sandbox_enter(uid_t user, gid_t group)
{
    return expect(kf_privilege_drop(user, group), "giving up all that root may do") && seal() &&
           expect(kf_filter_network(), "filtering system calls");
}

bool
kf_sandbox_enter_keeper(void)
{
    return expect(kf_privilege_keep_files(), "giving up capabilities") && seal();
}
