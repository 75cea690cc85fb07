/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A certificate, its key and its issuers, read and found to fit. Layer 4; OpenSSL. */

#include "deploy_parts.h"

#include "certificate.h"
#include "crypto.h"
#include "file.h"
#include "x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static int
free_identity(struct kf_deploy_identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    sk_X509_pop_free(identity->issuers, X509_free);
    return 0;
}

static enum kf_rc
read_certificate(struct kf_deploy_identity *identity, const char *path, struct kf_error *err)
{
    struct kf_bytes text = {NULL, 0};
    enum kf_rc rc = kf_file_read(identity, path, &text, err);

    /* The key may be in this file too. */
    if (rc == KF_OK && kf_secret_take(identity, text.data, text.len) == NULL) {
        rc = kf_fail_nomem(err);
    }
    if (rc != KF_OK) {
        return rc;
    }
    identity->certificate = kf_x509_read((const char *)text.data);
    if (identity->certificate == NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: has no certificate in it, PEM: name the file of getcert request -f",
                       path);
    }
    identity->serial = kf_certificate_serial(identity, (const char *)text.data);
    identity->subject = kf_x509_name(identity, X509_get_subject_name(identity->certificate));
    return identity->serial == NULL || identity->subject == NULL ? kf_fail_nomem(err) : KF_OK;
}

/* What is asked for while a key is read. */
struct prompt {
    const struct kf_secret *password; /* NULL: there is none */
    bool asked;
};

static int
answer_prompt(char *buffer, int size, int for_writing, void *context)
{
    struct prompt *prompt = context;

    (void)for_writing;
    prompt->asked = true;
    if (prompt->password == NULL || prompt->password->len > (size_t)size) {
        return -1;
    }
    memcpy(buffer, prompt->password->data, prompt->password->len);
    return (int)prompt->password->len;
}

static enum kf_rc
fail_key(const char *path, const struct prompt *prompt, struct kf_error *err)
{
    if (!prompt->asked) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: has no private key in it, PEM: name the file of getcert request -k",
                       path);
    }
    if (prompt->password == NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: the key is encrypted: name the file with its password with "
                       "--key-password-file",
                       path);
    }
    return kf_fail(err, KF_BADCONFIG, "%s: not the key's password in --key-password-file%s", path,
                   kf_crypto_is_fips() ? ", or encrypted in a form that FIPS mode does not allow "
                                         "(DEK-Info; PKCS#8 without PBES2)"
                                       : "");
}

static enum kf_rc
parse_key(struct kf_deploy_identity *identity, const char *path, const struct kf_bytes *text,
          const struct kf_secret *password, struct kf_error *err)
{
    struct prompt prompt = {.password = password};
    BIO *bio = BIO_new_mem_buf(text->data, (int)text->len);

    if (bio == NULL) {
        return kf_fail_nomem(err);
    }
    identity->key = PEM_read_bio_PrivateKey(bio, NULL, answer_prompt, &prompt);
    BIO_free(bio);
    ERR_clear_error();
    return identity->key == NULL ? fail_key(path, &prompt, err) : KF_OK;
}

static enum kf_rc
read_key(struct kf_deploy_identity *identity, const struct kf_deploy_job *job, struct kf_error *err)
{
    struct kf_secret *password = NULL;
    struct kf_bytes text = {NULL, 0};
    enum kf_rc rc = kf_file_read(identity, job->key, &text, err);

    if (rc == KF_OK && kf_secret_take(identity, text.data, text.len) == NULL) {
        rc = kf_fail_nomem(err);
    }
    if (rc == KF_OK && job->key_password_file != NULL) {
        rc = kf_secret_read(identity, job->key_password_file, &password, err);
    }
    return rc == KF_OK ? parse_key(identity, job->key, &text, password, err) : rc;
}

static enum kf_rc
check_match(const struct kf_deploy_identity *identity, const struct kf_deploy_job *job,
            struct kf_error *err)
{
    const bool matches = X509_check_private_key(identity->certificate, identity->key) == 1;

    ERR_clear_error();
    return matches ? KF_OK
                   : kf_fail(err, KF_BADCONFIG,
                             "%s is not the key of the certificate in %s: name the two files of "
                             "one getcert request",
                             job->key, job->certificate);
}

enum kf_rc
kf_deploy_identity_read(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job,
                        struct kf_deploy_identity **_identity, struct kf_error *err)
{
    struct kf_deploy_identity *identity = talloc_zero(mem_ctx, struct kf_deploy_identity);
    enum kf_rc rc;

    if (identity == NULL) {
        return kf_fail_nomem(err);
    }
    talloc_set_destructor(identity, free_identity);
    rc = read_certificate(identity, job->certificate, err);
    if (rc == KF_OK) {
        rc = read_key(identity, job, err);
    }
    if (rc == KF_OK) {
        rc = check_match(identity, job, err);
    }
    if (rc == KF_OK) {
        rc = kf_deploy_chain_find(job, identity->certificate, &identity->issuers, err);
    }
    if (rc != KF_OK) {
        talloc_free(identity);
        return rc;
    }
    *_identity = identity;
    return KF_OK;
}
