/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_X509_H
#define KF_X509_H

/* What the readers of requests and certificates share of OpenSSL. */

#include "bytes.h"

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <talloc.h>

/* What was written to a memory BIO, as text owned by mem_ctx; NULL when memory is out. */
char *kf_x509_text(TALLOC_CTX *mem_ctx, BIO *bio);

/* A name as RFC 2253 text in UTF-8, owned by mem_ctx; NULL when memory is out. */
char *kf_x509_name(TALLOC_CTX *mem_ctx, const X509_NAME *name);

/* True when issuer's key made certificate's signature, and may sign certificates. */
bool kf_x509_has_signed(X509 *issuer, X509 *certificate);

/* The first certificate in a PEM text, for X509_free(); NULL when there is none, or pem is NULL. */
X509 *kf_x509_read(const char *pem);

/* The bytes of that certificate, its data for OPENSSL_free(); none when there is none. It is not
 * decoded, and OpenSSL's errors are left. */
struct kf_bytes kf_x509_der(const char *pem);

#endif
