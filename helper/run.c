/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the operations that talk to the server share. Layer 4. */

#include "run.h"

#include "reply.h"

int64_t
kf_run_now(const struct kf_run *run)
{
    return run->effects->now_ms() / 1000;
}

enum kf_rc
kf_run_exchange(struct kf_run *run, const struct kf_request *request, struct kf_reply **_reply)
{
    struct kf_reply *reply = NULL;
    enum kf_rc rc;

    run->retry_after = 0;
    rc = run->effects->perform(run->mem, run->effects->context, request, &reply, run->err);
    if (rc != KF_OK) {
        return rc;
    }
    run->retry_after = reply->retry_after;
    rc = kf_reply_check(request, reply, kf_run_now(run), run->err);
    if (rc == KF_OK) {
        *_reply = reply;
    }
    return rc;
}

bool
kf_run_is_transient(enum kf_rc rc)
{
    return kf_outcome_status(rc) == KF_STATUS_WAIT_DELAY;
}
