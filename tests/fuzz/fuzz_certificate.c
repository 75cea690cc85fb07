/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is told of a certificate: PEM, or DER in an armour. */

#include "fuzz.h"

#include "certificate.h"
#include "text.h"

#include <openssl/pem.h>
#include <string.h>
#include <strings.h>

static bool
is_hex(const char *text, const char *digits)
{
    return text != NULL && text[strspn(text, digits)] == '\0';
}

static void
check_url(const char *url)
{
    KF_FUZZ_PROMISE(url != NULL && kf_text_is_line(url) && strchr(url, ' ') == NULL);
    KF_FUZZ_PROMISE(url[0] == '\0' || strncasecmp(url, "http", 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const char *pem = kf_fuzz_armour(mem, PEM_STRING_X509, data, size);
    const char *digest = kf_certificate_digest(mem, pem);

    KF_FUZZ_PROMISE(is_hex(digest, "0123456789abcdef"));
    KF_FUZZ_PROMISE(strlen(digest) == 0 || strlen(digest) == 64);
    KF_FUZZ_PROMISE(is_hex(kf_certificate_serial(mem, pem), "-0123456789ABCDEF"));
    check_url(kf_certificate_issuer_url(mem, pem));
    talloc_free(mem);
    return 0;
}
