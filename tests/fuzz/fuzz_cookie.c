/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The cookie, which the daemon hands back: what was read is written again to what reads the same.
 */

#include "fuzz.h"

#include "cookie.h"
#include "text.h"

#include <string.h>

static void
try_round_trip(TALLOC_CTX *mem, const struct kf_cookie *cookie)
{
    const char *line = kf_cookie_format(mem, cookie);
    struct kf_cookie *again = NULL;
    struct kf_error err;

    KF_FUZZ_PROMISE(kf_fuzz_is_line(line, KF_COOKIE_MAX));
    KF_FUZZ_PROMISE(kf_cookie_parse(mem, line, &again, &err) == KF_OK);
    KF_FUZZ_PROMISE(again->state == cookie->state && again->attempt == cookie->attempt);
    KF_FUZZ_PROMISE(again->since == cookie->since && again->request_id == cookie->request_id);
    KF_FUZZ_PROMISE(strcmp(again->api, cookie->api) == 0);
    KF_FUZZ_PROMISE(strcmp(again->workflow, cookie->workflow) == 0);
    KF_FUZZ_PROMISE(strcmp(again->csr_sha256, cookie->csr_sha256) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    struct kf_cookie *cookie = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = kf_cookie_parse(mem, kf_fuzz_text(mem, data, size), &cookie, &err);

    if (rc == KF_OK) {
        KF_FUZZ_PROMISE(cookie->since >= 0 && cookie->request_id >= 0);
        try_round_trip(mem, cookie);
    } else {
        KF_FUZZ_PROMISE(rc == KF_BADINPUT && err.text[0] != '\0');
    }
    talloc_free(mem);
    return 0;
}
