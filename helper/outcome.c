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

static enum kf_rc
make(TALLOC_CTX *mem_ctx, const struct kf_outcome *model, struct kf_outcome **_outcome,
     struct kf_error *err)
{
    struct kf_outcome *outcome = talloc_zero(mem_ctx, struct kf_outcome);

    if (outcome == NULL || model->text == NULL) {
        talloc_free(outcome);
        return kf_fail_nomem(err);
    }
    *outcome = *model;
    outcome->text = talloc_strdup(outcome, model->text);
    if (outcome->text == NULL) {
        talloc_free(outcome);
        return kf_fail_nomem(err);
    }
    *_outcome = outcome;
    return KF_OK;
}

enum kf_rc
kf_outcome_answer(TALLOC_CTX *mem_ctx, const char *text, struct kf_outcome **_outcome,
                  struct kf_error *err)
{
    const struct kf_outcome answer = {.status = KF_STATUS_ISSUED, .text = text};

    return make(mem_ctx, &answer, _outcome, err);
}

enum kf_rc
kf_outcome_wait(TALLOC_CTX *mem_ctx, unsigned delay, const char *cookie,
                struct kf_outcome **_outcome, struct kf_error *err)
{
    const struct kf_outcome wait = {.status = KF_STATUS_WAIT_DELAY, .delay = delay, .text = cookie};

    return make(mem_ctx, &wait, _outcome, err);
}

enum kf_rc
kf_outcome_failure(TALLOC_CTX *mem_ctx, enum kf_status status, struct kf_outcome **_outcome,
                   struct kf_error *err)
{
    char *line = kf_text_line(mem_ctx, err->text, strlen(err->text), KF_TEXT_LINE_MAX);
    const struct kf_outcome failure = {.status = status, .text = line};
    enum kf_rc rc = make(mem_ctx, &failure, _outcome, err);

    talloc_free(line);
    return rc;
}
