/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEST_PROPERTY_CA_H
#define KF_TEST_PROPERTY_CA_H

/* A small certificate authority, and the key pairs of those who ask it. All certificates are for
 * KF_CA_NAME. */

#include "support.h"

#define KF_CA_NAME     "host.example.com"
#define KF_CA_KEYS     3
#define KF_CA_STRANGER (KF_CA_KEYS - 1) /* somebody else's key for the same name */

struct kf_ca;

struct kf_ca_certificate {
    char *pem;    /* one block */
    char *base64; /* of the DER, in one line */
};

/* A CA with keys of its own, owned by mem. */
struct kf_ca *kf_ca_new(TALLOC_CTX *mem);

/* The request of key number key, PEM. certmonger writes another one for the same content each time:
 * again is the other one, with its own signature and subject key identifier. */
const char *kf_ca_request(const struct kf_ca *ca, size_t key, bool again);

/* The CA's own certificate, PEM. */
const char *kf_ca_root(const struct kf_ca *ca);

/* A new certificate for the request in pem, valid from not_before on (seconds since 1970), owned by
 * mem; NULL when there is no request in pem. */
struct kf_ca_certificate *kf_ca_issue(TALLOC_CTX *mem, struct kf_ca *ca, const char *pem,
                                      int64_t not_before);

/* True when the first certificate in pem is for the key of the request. */
bool kf_ca_is_for(const char *pem, const char *request);

#endif
