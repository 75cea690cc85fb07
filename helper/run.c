/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the operations that talk to the server share. Layer 4. */

#include "run.h"

int64_t
kf_run_now(const struct kf_run *run)
{
    return run->effects->now_ms() / 1000;
}

const char *
kf_run_template(const struct kf_run *run)
{
    return run->job->profile != NULL ? run->job->profile : run->config->template;
}

const char *
kf_run_authority(const struct kf_run *run)
{
    return run->job->issuer != NULL ? run->job->issuer : run->config->certificate_authority;
}

bool
kf_run_is_transient(enum kf_rc rc)
{
    return kf_outcome_status(rc) == KF_STATUS_WAIT_DELAY;
}
