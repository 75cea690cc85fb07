/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CSR_H
#define KF_CSR_H

/* Reads a certificate signing request (PKCS#10, RFC 2986). */

#include "bytes.h"

/* The longest text in which a request is looked for. */
#define KF_CSR_TEXT_MAX (128 * 1024)

struct kf_csr {
    char *pem;                  /* one block, "-----BEGIN CERTIFICATE REQUEST-----", LF line ends */
    char *subject;              /* RFC 2253 text, UTF-8; "" when empty */
    char *common_name;          /* the last CN of the subject, UTF-8; NULL when there is none */
    const char *key_type;       /* "RSA", "EC", ... ; "unknown" when OpenSSL cannot read the key */
    int key_bits;               /* 0 when OpenSSL cannot read the key */
    struct kf_bytes public_key; /* SubjectPublicKeyInfo, DER as in the request */
    char *content_sha256;       /* lower-case hex SHA-256 of key, subject and extensions but those
                                   of key identifier and template: the same for each request that
                                   certmonger makes of the same content */
};

/* Reads exactly one request from len bytes of text (either armour: CERTIFICATE REQUEST or NEW
 * CERTIFICATE REQUEST; text around the block is passed over). The result is owned by mem_ctx.
 * KF_BADINPUT with what is wrong: nothing there, longer than KF_CSR_TEXT_MAX, not PEM, broken,
 * several requests, a signature that does not verify (not checked for a key type that OpenSSL does
 * not know). A private key in the text is refused too, and never shown. */
enum kf_rc kf_csr_read(TALLOC_CTX *mem_ctx, const char *text, size_t len, struct kf_csr **_csr,
                       struct kf_error *err);

/* What names a request from run to run: the SHA-256, lower-case hex, owned by mem_ctx, of
 * content_sha256, a line feed and context (what else makes it the same request). NULL when memory
 * is out. */
char *kf_csr_identity(TALLOC_CTX *mem_ctx, const struct kf_csr *csr, const char *context);

#endif
