/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificate requests: PEM, or DER in an armour. What was read is
 * written to what reads the same. */

#include "fuzz.h"

#include "csr.h"

#include <openssl/pem.h>
#include <string.h>

#define SHA256_HEX 64

static void
check_request(TALLOC_CTX *mem, const struct kf_csr *csr)
{
    struct kf_csr *again = NULL;
    struct kf_error err = {""};

    KF_FUZZ_PROMISE(strlen(csr->content_sha256) == SHA256_HEX && csr->public_key.len > 0);
    KF_FUZZ_PROMISE(strlen(kf_csr_identity(mem, csr, "context")) == SHA256_HEX);
    KF_FUZZ_PROMISE(kf_csr_read(mem, csr->pem, strlen(csr->pem), &again, &err) == KF_OK);
    KF_FUZZ_PROMISE(strcmp(csr->pem, again->pem) == 0);
    KF_FUZZ_PROMISE(strcmp(csr->subject, again->subject) == 0);
    KF_FUZZ_PROMISE(strcmp(csr->content_sha256, again->content_sha256) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const char *text = kf_fuzz_armour(mem, PEM_STRING_X509_REQ, data, size);
    struct kf_csr *csr = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = kf_csr_read(mem, text, strlen(text), &csr, &err);

    if (rc == KF_OK) {
        check_request(mem, csr);
    } else {
        KF_FUZZ_PROMISE(rc == KF_BADINPUT && err.text[0] != '\0');
    }
    talloc_free(mem);
    return 0;
}
