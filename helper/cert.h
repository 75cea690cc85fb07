/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CERT_H
#define KF_CERT_H

/* Certificates (RFC 5280 section 4.1) whose keys are not decoded: with OpenSSL 3 that takes ten
 * times as long as all the rest of a certificate, and neither to put a chain in order nor to tell
 * what a certificate says does anybody need it. For chain.c and its parts, and certificate.c. */

#include "bytes.h"

#include <openssl/x509.h>
#include <stdbool.h>

/* One certificate, as it came. */
struct kf_cert {
    struct kf_bytes der;        /* the whole */
    struct kf_bytes public_key; /* SubjectPublicKeyInfo, DER */
    const X509_NAME *subject;
    const X509_NAME *issuer;
    const ASN1_INTEGER *serial;
    const ASN1_TIME *not_before;
    const ASN1_TIME *not_after;
    const STACK_OF(X509_EXTENSION) *extensions; /* or NULL */
};

/* Reads one certificate at *data, which is moved behind it; owned by mem_ctx. NULL when there is
 * none within len bytes, or memory is out (kf_crypto_was_out_of_memory() tells). */
struct kf_cert *kf_cert_read(TALLOC_CTX *mem_ctx, const unsigned char **data, size_t len);

/* True when certificate says that it signed itself: by its names and key identifiers, not by its
 * signature, because hosts that refuse SHA-1 cannot verify that of an old root. */
bool kf_cert_is_root(const struct kf_cert *certificate);

/* True for a certificate of a certificate authority. */
bool kf_cert_is_authority(const struct kf_cert *certificate);

/* Whether one certificate is the issuer of another. */
enum kf_cert_link {
    KF_CERT_NOT,    /* another name, or another key identifier */
    KF_CERT_NAMED,  /* the same name, and the same key identifier (RFC 5280 section 4.2.1.1) */
    KF_CERT_UNSURE, /* the same name; one of them has no key identifier: the signature tells */
};

enum kf_cert_link kf_cert_link(const struct kf_cert *issuer, const struct kf_cert *certificate);

/* True when issuer's key made certificate's signature, and may sign certificates. This decodes
 * keys.
 */
bool kf_cert_has_signed(const struct kf_cert *issuer, const struct kf_cert *certificate);

#endif
