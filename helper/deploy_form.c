/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the files hold: PEM and PKCS#12. Layer 4; OpenSSL. */

#include "crypto.h"
#include "deploy_parts.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

/* As often as Java's own keytool does. */
#define PKCS12_ROUNDS 10000

static bool
write_chain(BIO *bio, const struct kf_deploy_identity *identity)
{
    bool written = PEM_write_bio_X509(bio, identity->certificate) == 1;

    for (int i = 0; i < sk_X509_num(identity->issuers) && written; i++) {
        written = PEM_write_bio_X509(bio, sk_X509_value(identity->issuers, i)) == 1;
    }
    return written;
}

static bool
write_key(BIO *bio, const struct kf_deploy_identity *identity)
{
    return PEM_write_bio_PrivateKey(bio, identity->key, NULL, NULL, 0, NULL, NULL) == 1;
}

/* AES-256 with PBKDF2 and HMAC-SHA-256 for what is in it, SHA-256 for the whole. */
static bool
write_pkcs12(BIO *bio, const struct kf_deploy_identity *identity, const char *alias,
             const char *password)
{
    PKCS12 *pkcs12 =
        PKCS12_create(password, alias, identity->key, identity->certificate, identity->issuers,
                      NID_aes_256_cbc, NID_aes_256_cbc, PKCS12_ROUNDS, -1, 0);
    const bool written =
        pkcs12 != NULL &&
        PKCS12_set_mac(pkcs12, password, -1, NULL, 0, PKCS12_ROUNDS, EVP_sha256()) == 1 &&
        i2d_PKCS12_bio(bio, pkcs12) == 1;

    PKCS12_free(pkcs12);
    return written;
}

static bool
write_form(BIO *bio, const struct kf_deploy_identity *identity, enum kf_deploy_form form,
           const char *alias, const char *password)
{
    switch (form) {
    case KF_DEPLOY_FULLCHAIN:
        return write_chain(bio, identity);
    case KF_DEPLOY_COMBINED:
        return write_chain(bio, identity) && write_key(bio, identity);
    case KF_DEPLOY_KEY:
        return write_key(bio, identity);
    case KF_DEPLOY_PKCS12:
        return write_pkcs12(bio, identity, alias, password);
    default:
        return false;
    }
}

static enum kf_rc
fail_library(enum kf_deploy_form form, struct kf_error *err)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    if (form == KF_DEPLOY_PKCS12 && kf_crypto_is_fips()) {
        return kf_fail(err, KF_BADCONFIG,
                       "OpenSSL makes no PKCS#12 in FIPS mode (the key of its MAC is derived in a "
                       "way that FIPS does not allow): use PEM, --fullchain and --key-copy, in "
                       "place of --pkcs12");
    }
    return kf_fail(err, KF_INTERNAL, "OpenSSL does not write what is asked for: %s",
                   reason == NULL ? "out of memory" : reason);
}

/* Java refuses PKCS#12 with any other password. */
static bool
is_printable_ascii(const struct kf_secret *secret)
{
    for (size_t i = 0; i < secret->len; i++) {
        if (secret->data[i] < ' ' || secret->data[i] > '~') {
            return false;
        }
    }
    return true;
}

static enum kf_rc
read_password(TALLOC_CTX *mem_ctx, const char *path, const char **_password, struct kf_error *err)
{
    struct kf_secret *secret = NULL;
    enum kf_rc rc = kf_secret_read(mem_ctx, path, &secret, err);

    if (rc != KF_OK) {
        return rc;
    }
    if (!is_printable_ascii(secret)) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: Java takes one line of ASCII letters, digits and signs only: write "
                       "another password",
                       path);
    }
    *_password = (const char *)secret->data;
    return KF_OK;
}

enum kf_rc
kf_deploy_form_make(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job,
                    const struct kf_deploy_identity *identity, enum kf_deploy_form form,
                    struct kf_secret **_content, struct kf_error *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    const char *password = NULL;
    char *data = NULL;
    enum kf_rc rc = bio == NULL ? kf_fail_nomem(err) : KF_OK;

    if (rc == KF_OK && form == KF_DEPLOY_PKCS12) {
        rc = read_password(mem_ctx, job->pkcs12_password_file, &password, err);
    }
    if (rc == KF_OK && !write_form(bio, identity, form, job->alias, password)) {
        rc = fail_library(form, err);
    }
    if (rc == KF_OK) {
        const long len = BIO_get_mem_data(bio, &data);

        *_content = kf_secret_new(mem_ctx, data, (size_t)len);
        rc = *_content == NULL ? kf_fail_nomem(err) : KF_OK;
    }
    BIO_free(bio);
    ERR_clear_error();
    return rc;
}
