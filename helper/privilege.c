/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The rights of this process. Layer 1; libcap-ng. */

#include "privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <unistd.h>

#define UNCHANGED (-1)

bool
kf_privilege_drop(uid_t user, gid_t group)
{
    const bool is_root = geteuid() == 0;
    bool dropped = true;

    capng_clear(CAPNG_SELECT_ALL);
    if (is_root) {
        /* The bounding set first: later there is no right to change it. */
        dropped = capng_apply(CAPNG_SELECT_BOUNDS) == 0;
    }
    return capng_change_id(is_root ? (int)user : UNCHANGED, is_root ? (int)group : UNCHANGED,
                           is_root ? CAPNG_DROP_SUPP_GRP : CAPNG_NO_FLAG) == 0 &&
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
