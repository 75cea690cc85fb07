/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* SUBMIT for the request of tests/data/enrollment. The input is parts: the cookie; the issuer that
 * is asked for, which is what leads to the Keyfactor API with an access token; the note of an
 * earlier run; the rest is what the servers answer. */

#include "world.h"

#include "cookie.h"
#include "csr.h"

#include <string.h>

static const char *
request(void)
{
    static struct kf_bytes text;

    if (text.data == NULL) {
        text = kf_fuzz_file(kf_fuzz_lasting(), "data/enrollment/request.pem");
    }
    return (const char *)text.data;
}

/* In place of the helper's, by --wrap: the request is the same each time, and to read it takes four
 * times as long as all the rest. */
enum kf_rc __real_kf_csr_read(TALLOC_CTX *mem_ctx, const char *text, size_t len,
                              struct kf_csr **_csr, struct kf_error *err);
enum kf_rc __wrap_kf_csr_read(TALLOC_CTX *mem_ctx, const char *text, size_t len,
                              struct kf_csr **_csr, struct kf_error *err);

enum kf_rc
__wrap_kf_csr_read(TALLOC_CTX *mem_ctx, const char *text, size_t len, struct kf_csr **_csr,
                   struct kf_error *err)
{
    static struct kf_csr *csr;

    (void)mem_ctx;
    KF_FUZZ_PROMISE(text == request());
    if (csr == NULL) {
        KF_FUZZ_PROMISE(__real_kf_csr_read(kf_fuzz_lasting(), text, len, &csr, err) == KF_OK);
    }
    *_csr = csr;
    return KF_OK;
}

/* As kf_certmonger_read() gives it. */
static const char *
filled(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* The note of the request that the cookie is about. */
static void
keep_note(TALLOC_CTX *mem, const char *line, const struct kf_bytes *note)
{
    struct kf_cookie *cookie = NULL;
    struct kf_error err;

    if (note->len > 0 && kf_cookie_parse(mem, line, &cookie, &err) == KF_OK) {
        kf_fuzz_keep(talloc_asprintf(mem, "sent-%s", cookie->csr_sha256), note);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const char *cookie = (const char *)kf_fuzz_part(mem, &data, &size).data;
    const char *issuer = (const char *)kf_fuzz_part(mem, &data, &size).data;
    const struct kf_bytes note = kf_fuzz_part(mem, &data, &size);
    const struct kf_bytes answers = kf_fuzz_bytes(mem, data, size);
    const struct kf_job job = {.operation = "SUBMIT",
                               .nickname = "keyfactor",
                               .csr = request(),
                               .cookie = filled(cookie),
                               .issuer = filled(issuer)};
    struct kf_run *run = kf_fuzz_run(mem, &job, &answers);

    run->config->auth = issuer[0] == '\0' ? KF_LOGIN_NONE : KF_LOGIN_BEARER;
    keep_note(mem, cookie, &note);
    kf_fuzz_perform(run);
    talloc_free(mem);
    return 0;
}
