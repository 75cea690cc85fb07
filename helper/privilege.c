/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The rights of this process. Layer 1; libcap-ng. */

#include "privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <unistd.h>

#define UNCHANGED (-1)

/* Without libcap-ng, where the host's policy lets nobody look at capabilities: the kernel takes
 * them away with the user. */
static bool
change_user(uid_t user, gid_t group)
{
    return setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 &&
           setresuid(user, user, user) == 0;
}

bool
kf_privilege_drop(uid_t user, gid_t group)
{
    bool dropped;

    capng_clear(CAPNG_SELECT_ALL);
    if (geteuid() != 0) {
        return capng_change_id(UNCHANGED, UNCHANGED, CAPNG_NO_FLAG) == 0;
    }
    /* The bounding set first: later there is no right to change it. */
    dropped = capng_apply(CAPNG_SELECT_BOUNDS) == 0;
    return (capng_change_id((int)user, (int)group, CAPNG_DROP_SUPP_GRP) == 0 ||
            change_user(user, group)) &&
           dropped;
}

bool
kf_privilege_keep_files(void)
{
    capng_clear(CAPNG_SELECT_ALL);
    if (geteuid() == 0 && capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
                                        CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_KILL, -1) != 0) {
        errno = EINVAL;
        return false;
    }
    return capng_apply(CAPNG_SELECT_CAPS) == 0;
}
