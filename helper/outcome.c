/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a run ends in. Layer 3: pure; the only place that knows which reason is which exit status.
 */

#include "outcome.h"

#include "text.h"

#include <string.h>

enum kf_status
kf_outcome_status(enum kf_rc rc)
{
    switch (rc) {
    case KF_OK:
        return KF_STATUS_ISSUED;
    case KF_BADINPUT:
    case KF_REFUSED:
    case KF_BADREPLY:
        return KF_STATUS_REJECTED;
    case KF_INTERNAL:
        return KF_STATUS_UNREACHABLE;
    case KF_BADCONFIG:
    case KF_UNTRUSTED:
    case KF_AUTH:
    case KF_FORBIDDEN:
    case KF_NOAPI:
        return KF_STATUS_UNCONFIGURED;
    case KF_NOTSENT:
    case KF_BUSY:
    case KF_UNCERTAIN:
    case KF_PENDING:
        return KF_STATUS_WAIT_DELAY;
    case KF_UNSUPPORTED:
        return KF_STATUS_UNSUPPORTED;
    }
    return KF_STATUS_UNREACHABLE;
}

static struct kf_outcome *
make(TALLOC_CTX *mem_ctx, enum kf_status status, unsigned delay, const char *text)
{
    struct kf_outcome *outcome = talloc_zero(mem_ctx, struct kf_outcome);

    if (outcome == NULL) {
        return NULL;
    }
    outcome->status = status;
    outcome->delay = delay;
    outcome->text = talloc_strdup(outcome, text);
    if (outcome->text == NULL) {
        talloc_free(outcome);
        return NULL;
    }
    return outcome;
}

struct kf_outcome *
kf_outcome_answer(TALLOC_CTX *mem_ctx, const char *text)
{
    return make(mem_ctx, KF_STATUS_ISSUED, 0, text);
}

struct kf_outcome *
kf_outcome_wait(TALLOC_CTX *mem_ctx, unsigned delay, const char *cookie)
{
    return make(mem_ctx, KF_STATUS_WAIT_DELAY, delay, cookie);
}

struct kf_outcome *
kf_outcome_failure(TALLOC_CTX *mem_ctx, enum kf_status status, const char *reason)
{
    char *line = kf_text_line(mem_ctx, reason, strlen(reason), KF_TEXT_LINE_MAX);
    struct kf_outcome *outcome = line == NULL ? NULL : make(mem_ctx, status, 0, line);

    talloc_free(line);
    return outcome;
}
