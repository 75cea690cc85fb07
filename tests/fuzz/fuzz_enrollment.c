/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The answers of both APIs to an enrollment, and to the Classic API's request for a token. */

#include "fuzz.h"

#include "api.h"
#include "text.h"

static void
check_verdict(const struct kf_verdict *verdict)
{
    KF_FUZZ_PROMISE(verdict->request_id >= 0);
    KF_FUZZ_PROMISE(kf_fuzz_is_line(verdict->message, KF_TEXT_LINE_MAX));
    KF_FUZZ_PROMISE(verdict->workflow == NULL || kf_verdict_is_workflow(verdict->workflow));
    KF_FUZZ_PROMISE((verdict->disposition == KF_DISPOSITION_ISSUED) ==
                    (verdict->certificate_count > 0));
}

static void
try_enrollment(TALLOC_CTX *mem, const struct kf_api *api, const struct kf_reply *reply)
{
    struct kf_verdict *verdict = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = api->read_enrollment(mem, reply, &verdict, &err);

    if (rc == KF_OK) {
        check_verdict(verdict);
    } else {
        KF_FUZZ_PROMISE((rc == KF_UNCERTAIN || rc == KF_BADREPLY) && err.text[0] != '\0');
    }
}

static void
try_token(TALLOC_CTX *mem, const struct kf_api *api, const struct kf_reply *reply)
{
    const char *token = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = api->read_token(mem, kf_fuzz_config(), reply, &token, &err);

    if (rc == KF_OK) {
        KF_FUZZ_PROMISE(token[0] != '\0' && kf_text_is_line(token));
    } else {
        KF_FUZZ_PROMISE((rc == KF_NOTSENT || rc == KF_BADCONFIG) && err.text[0] != '\0');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_reply reply = {.status = 200, .body = kf_fuzz_bytes(mem, data, size)};

    try_enrollment(mem, &kf_api_classic, &reply);
    try_enrollment(mem, &kf_api_rest, &reply);
    try_token(mem, &kf_api_classic, &reply);
    talloc_free(mem);
    return 0;
}
