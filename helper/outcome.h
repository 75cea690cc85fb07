/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_OUTCOME_H
#define KF_OUTCOME_H

/* What a run ends in: an exit status of the protocol and the text that goes with it. */

#include "error.h"
#include "protocol.h"

#include <talloc.h>

struct kf_outcome {
    enum kf_status status;
    unsigned delay;   /* KF_STATUS_WAIT_DELAY: seconds */
    const char *text; /* what to print: certificates, cookie, reason, or list; never NULL */
};

/* The one table from reason to exit status (docs/PROTOCOL). KF_STATUS_WAIT_DELAY means: worth
 * trying again. */
enum kf_status kf_outcome_status(enum kf_rc rc);

/* Makers of outcomes: *_outcome is owned by mem_ctx, and the text is copied. A text of NULL is one
 * for which there was no memory: KF_INTERNAL then, as for want of memory here. */
enum kf_rc kf_outcome_answer(TALLOC_CTX *mem_ctx, const char *text, struct kf_outcome **_outcome,
                             struct kf_error *err);
enum kf_rc kf_outcome_wait(TALLOC_CTX *mem_ctx, unsigned delay, const char *cookie,
                           struct kf_outcome **_outcome, struct kf_error *err);
/* status is not WAIT_DELAY; what err says becomes one printable line (kf_text_line). */
enum kf_rc kf_outcome_failure(TALLOC_CTX *mem_ctx, enum kf_status status,
                              struct kf_outcome **_outcome, struct kf_error *err);

#endif
