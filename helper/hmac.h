/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_HMAC_H
#define KF_HMAC_H

/* The signature of the Classic API: base64(HMAC-SHA1(secret, body bytes)), header
 * X-CSS-CMS-Signature. RFC 2104; the server fixes the digest. */

#include "bytes.h"
#include "secret.h"

/* The signature of body under secret, owned by mem_ctx. KF_BADCONFIG when OpenSSL refuses the
 * algorithm or key (FIPS), KF_INTERNAL when memory is out. */
enum kf_rc kf_hmac_sign(TALLOC_CTX *mem_ctx, const struct kf_secret *secret,
                        const struct kf_bytes *body, char **_signature, struct kf_error *err);

#endif
