/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The answers of a token endpoint, as a success and as a refusal. */

#include "fuzz.h"

#include "oauth.h"
#include "text.h"

static void
try_status(TALLOC_CTX *mem, const struct kf_bytes *body, int status)
{
    const struct kf_reply reply = {.status = status, .body = *body};
    struct kf_oauth_token token = {NULL, 0};
    struct kf_error err = {""};
    const enum kf_rc rc = kf_oauth_read(mem, kf_fuzz_config(), &reply, &token, &err);

    if (rc != KF_OK) {
        KF_FUZZ_PROMISE(rc == KF_AUTH || rc == KF_BUSY || rc == KF_BADCONFIG);
        KF_FUZZ_PROMISE(err.text[0] != '\0');
        return;
    }
    KF_FUZZ_PROMISE(status == 200 && token.lifetime >= 0);
    KF_FUZZ_PROMISE(token.text[0] != '\0' && kf_text_is_line(token.text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes body = kf_fuzz_bytes(mem, data, size);

    try_status(mem, &body, 200);
    try_status(mem, &body, 400);
    talloc_free(mem);
    return 0;
}
