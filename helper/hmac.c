/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The signature of a request body. Layer 1, pure; OpenSSL. */

#include "hmac.h"

#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

static enum kf_rc
fail_library(const struct kf_secret *secret, struct kf_error *err)
{
    if (kf_crypto_was_out_of_memory()) {
        return kf_fail_nomem(err);
    }
    if (kf_crypto_is_fips() && secret->len < KF_CRYPTO_FIPS_KEY_MIN) {
        return kf_fail(err, KF_BADCONFIG,
                       "application-secret-file: in FIPS mode this host signs with no secret of "
                       "fewer than %d characters: give the application a longer one in Keyfactor",
                       KF_CRYPTO_FIPS_KEY_MIN);
    }
    return kf_fail(err, KF_BADCONFIG,
                   "OpenSSL refuses HMAC-SHA1, which the Classic API asks for: allow it in the "
                   "FIPS settings of this host, or take application-secret-file out");
}

enum kf_rc
kf_hmac_sign(TALLOC_CTX *mem_ctx, const struct kf_secret *secret, const struct kf_bytes *body,
             char **_signature, struct kf_error *err)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    char *signature = NULL;
    size_t len = 0;

    kf_crypto_forget();
    if (EVP_Q_mac(NULL, OSSL_MAC_NAME_HMAC, NULL, OSSL_DIGEST_NAME_SHA1, NULL, secret->data,
                  secret->len, body->data, body->len, mac, sizeof(mac), &len) == NULL) {
        return fail_library(secret, err);
    }
    signature = kf_base64_encode(mem_ctx, mac, len);
    if (signature == NULL) {
        return kf_fail_nomem(err);
    }
    *_signature = signature;
    return KF_OK;
}
