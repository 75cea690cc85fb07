/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CERTIFICATE_H
#define KF_CERTIFICATE_H

/* What is told of a certificate. */

#include <stdint.h>
#include <talloc.h>

/* What a person asks of a certificate. */
struct kf_certificate_facts {
    char *subject; /* RFC 2253, UTF-8; issuer too */
    char *issuer;
    char **names;      /* DNS names and IP addresses that it is for; NULL-terminated */
    int64_t not_after; /* when it ends, seconds since 1970 */
};

/* The facts of the first certificate in pem, owned by mem_ctx; NULL when there is none, or memory
 * is out. */
struct kf_certificate_facts *kf_certificate_facts(TALLOC_CTX *mem_ctx, const char *pem);

/* The serial number of the certificate in pem, upper-case hexadecimal as Keyfactor Command writes
 * it, owned by mem_ctx; "" when pem is NULL or no certificate. NULL when memory is out. */
char *kf_certificate_serial(TALLOC_CTX *mem_ctx, const char *pem);

/* The SHA-256 of the first certificate in pem (of its DER), lower-case hexadecimal, owned by
 * mem_ctx; "" when pem is NULL or no certificate. NULL when memory is out. */
char *kf_certificate_digest(TALLOC_CTX *mem_ctx, const char *pem);

/* The same of its SHA-1, by which Windows and Keyfactor Command call certificates: a name, no proof
 * of anything. */
char *kf_certificate_thumbprint(TALLOC_CTX *mem_ctx, const char *pem);

/* Where the issuer of the last certificate in pem is to be had (authority information access,
 * caIssuers, RFC 5280 section 4.2.2.1): the first http:// or https:// address, owned by mem_ctx; ""
 * when it does not say, or is signed by itself. NULL when memory is out. */
char *kf_certificate_issuer_url(TALLOC_CTX *mem_ctx, const char *pem);

#endif
