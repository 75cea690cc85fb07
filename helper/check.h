/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CHECK_H
#define KF_CHECK_H

/* keyfactor-submit --check: tries what an enrollment needs, one step after another, and changes
 * nothing, neither at the server nor on this host. */

#include "operation.h"

/* Everything borrowed. */
struct kf_check_wish {
    const struct kf_config_source *source; /* of the configuration */
    bool is_json;
    bool has_colours;
    /* Calls operation->perform(run, _outcome) with the network open, when run->config is complete.
     */
    enum kf_rc (*perform)(struct kf_run *run, const struct kf_operation *operation,
                          struct kf_outcome **_outcome);
};

/* Tries all steps: those on this host first, then those of each server. Uses run->mem, run->job and
 * run->err. *_outcome is the report, KF_STATUS_CHECK_FAILED when a step failed; what fails in a
 * step fails there alone. KF_INTERNAL when memory is out. */
enum kf_rc kf_check(struct kf_run *run, const struct kf_check_wish *wish,
                    struct kf_outcome **_outcome);

#endif
