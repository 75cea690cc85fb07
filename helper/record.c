/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of a run. Layer 3, pure. */

#include "record.h"

#include "text.h"

#include <string.h>

static const char *const fate_names[KF_FATE_COUNT] = {
    [KF_FATE_ISSUED] = "issued",           [KF_FATE_PENDING] = "pending",
    [KF_FATE_RETRYING] = "retrying",       [KF_FATE_REJECTED] = "rejected",
    [KF_FATE_UNREACHABLE] = "unreachable", [KF_FATE_UNCONFIGURED] = "unconfigured",
};

const char *
kf_fate_name(enum kf_fate fate)
{
    return fate_names[fate];
}

const char *
kf_record_text(TALLOC_CTX *mem_ctx, const char *text)
{
    const char *line =
        text == NULL ? NULL : kf_text_line(mem_ctx, text, strlen(text), KF_TEXT_LINE_MAX);

    return line == NULL ? "" : line;
}

/* What the next run is told says where the request stands. */
static enum kf_fate
read_cookie(TALLOC_CTX *mem_ctx, const char *line, struct kf_record *record)
{
    struct kf_cookie *cookie = NULL;
    struct kf_error err;
    enum kf_fate fate = KF_FATE_RETRYING;

    if (kf_cookie_parse(mem_ctx, line, &cookie, &err) == KF_OK) {
        fate = cookie->state == KF_COOKIE_RESUME || cookie->state == KF_COOKIE_GUESS
                   ? KF_FATE_PENDING
                   : KF_FATE_RETRYING;
        record->request_id = cookie->request_id;
        record->attempt = cookie->attempt;
        talloc_free(cookie);
    }
    return fate;
}

void
kf_record_outcome(TALLOC_CTX *mem_ctx, const struct kf_outcome *outcome, struct kf_record *record)
{
    record->status = (int)outcome->status;
    switch (outcome->status) {
    case KF_STATUS_ISSUED:
        record->fate = KF_FATE_ISSUED;
        record->reason = "";
        return;
    case KF_STATUS_WAIT_DELAY:
        record->fate = read_cookie(mem_ctx, outcome->text, record);
        record->delay = outcome->delay;
        return;
    case KF_STATUS_REJECTED:
        record->fate = KF_FATE_REJECTED;
        break;
    case KF_STATUS_UNCONFIGURED:
        record->fate = KF_FATE_UNCONFIGURED;
        break;
    case KF_STATUS_CHECK_FAILED:
    case KF_STATUS_UNREACHABLE:
    case KF_STATUS_UNSUPPORTED:
        record->fate = KF_FATE_UNREACHABLE;
        break;
    }
    record->reason = kf_record_text(mem_ctx, outcome->text);
}
