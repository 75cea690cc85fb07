/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Reads a certificate signing request. Layer 1, pure; OpenSSL. */

#include "csr.h"

#include "crypto.h"
#include "x509.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

static bool
is_request(const char *label)
{
    return strcmp(label, PEM_STRING_X509_REQ) == 0 || strcmp(label, PEM_STRING_X509_REQ_OLD) == 0;
}

static bool
is_private_key(const char *label)
{
    return strstr(label, "PRIVATE KEY") != NULL;
}

/* Takes one PEM block in; _der is of the first request. */
static enum kf_rc
take_block(TALLOC_CTX *mem_ctx, const char *label, const unsigned char *data, size_t len,
           struct kf_bytes *_der, struct kf_error *err)
{
    if (is_private_key(label)) {
        return kf_fail(err, KF_BADINPUT,
                       "there is a private key beside the certificate request: it must never leave "
                       "this host; give the request alone");
    }
    if (!is_request(label)) {
        return KF_OK;
    }
    if (_der->data != NULL) {
        return kf_fail(err, KF_BADINPUT,
                       "there is more than one certificate request: give them one at a time");
    }
    return kf_bytes_copy(mem_ctx, data, len, _der) == KF_OK ? KF_OK : kf_fail_nomem(err);
}

static enum kf_rc
read_blocks(TALLOC_CTX *mem_ctx, BIO *bio, struct kf_bytes *_der, struct kf_error *err)
{
    unsigned char *data = NULL;
    char *label = NULL;
    char *header = NULL;
    long len = 0;
    enum kf_rc rc = KF_OK;

    while (rc == KF_OK && PEM_read_bio(bio, &label, &header, &data, &len) == 1) {
        rc = take_block(mem_ctx, label, data, (size_t)len, _der, err);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)len);
    }
    if (rc != KF_OK) {
        return rc;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return kf_fail(err, KF_BADINPUT,
                       "the certificate request is damaged, a PEM block does not decode: make a "
                       "new one (getcert resubmit)");
    }
    return KF_OK;
}

static enum kf_rc
find_request(TALLOC_CTX *mem_ctx, const char *text, size_t len, struct kf_bytes *_der,
             struct kf_error *err)
{
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    enum kf_rc rc;

    if (bio == NULL) {
        return kf_fail_nomem(err);
    }
    ERR_clear_error();
    rc = read_blocks(mem_ctx, bio, _der, err);
    BIO_free(bio);
    if (rc == KF_OK && _der->data == NULL) {
        return kf_fail(err, KF_BADINPUT,
                       "no certificate request in PEM (-----BEGIN CERTIFICATE REQUEST-----) was "
                       "given");
    }
    return rc;
}

static char *
armour(TALLOC_CTX *mem_ctx, const struct kf_bytes *der)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;

    if (bio != NULL && PEM_write_bio(bio, PEM_STRING_X509_REQ, "", der->data, (long)der->len) > 0) {
        pem = kf_x509_text(mem_ctx, bio);
    }
    BIO_free(bio);
    return pem;
}

/* The last common name, the most specific one; NULL when there is none, or it is not plain text. */
static char *
find_common_name(TALLOC_CTX *mem_ctx, const X509_NAME *name)
{
    unsigned char *utf8 = NULL;
    char *text = NULL;
    int index = -1;
    int last = -1;
    int len;

    while ((index = X509_NAME_get_index_by_NID(name, NID_commonName, index)) >= 0) {
        last = index;
    }
    if (last < 0) {
        return NULL;
    }
    len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    if (len > 0 && strlen((const char *)utf8) == (size_t)len) {
        text = talloc_strdup(mem_ctx, (const char *)utf8);
    }
    OPENSSL_free(utf8);
    return text;
}

static char *
sha256(TALLOC_CTX *mem_ctx, const void *data, size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;

    return EVP_Digest(data, len, digest, &digest_len, EVP_sha256(), NULL) == 1
               ? kf_hex_encode(mem_ctx, digest, digest_len)
               : NULL;
}

/* certmonger makes a new key identifier for each request over the same key, and writes the template
 * that is asked for (getcert -T) into the request a run later than it tells it to the helper. */
static bool
is_passing(X509_EXTENSION *extension)
{
    static const char *const oids[] = {"2.5.29.14", "1.3.6.1.4.1.311.20.2", "1.3.6.1.4.1.311.21.7"};
    char oid[64] = "";

    OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(extension), 1);
    for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
        if (strcmp(oid, oids[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Writes what the request asks for. */
static bool
write_content(BIO *bio, X509_REQ *request)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    bool written =
        i2d_X509_PUBKEY_bio(bio, X509_REQ_get_X509_PUBKEY(request)) == 1 &&
        ASN1_i2d_bio_of(X509_NAME, i2d_X509_NAME, bio, X509_REQ_get_subject_name(request)) == 1;

    for (int i = 0; i < sk_X509_EXTENSION_num(extensions) && written; i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, i);

        if (!is_passing(extension)) {
            written = ASN1_i2d_bio_of(X509_EXTENSION, i2d_X509_EXTENSION, bio, extension) == 1;
        }
    }
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return written;
}

static char *
hash(TALLOC_CTX *mem_ctx, X509_REQ *request)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *text = NULL;

    if (bio != NULL && write_content(bio, request)) {
        const long len = BIO_get_mem_data(bio, &data);

        text = sha256(mem_ctx, data, (size_t)len);
    }
    BIO_free(bio);
    return text;
}

static enum kf_rc
copy_public_key(struct kf_csr *csr, X509_REQ *request)
{
    unsigned char *der = NULL;
    const int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &der);
    enum kf_rc rc = KF_INTERNAL;

    if (len > 0) {
        rc = kf_bytes_copy(csr, der, (size_t)len, &csr->public_key);
    }
    OPENSSL_free(der);
    return rc;
}

static enum kf_rc
read_key(struct kf_csr *csr, X509_REQ *request, struct kf_error *err)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);

    if (key == NULL) {
        csr->key_type = "unknown";
        return KF_OK;
    }
    csr->key_type = talloc_strdup(csr, EVP_PKEY_get0_type_name(key));
    csr->key_bits = EVP_PKEY_get_bits(key);
    if (X509_REQ_verify(request, key) != 1) {
        return kf_fail(
            err, KF_BADINPUT,
            "the signature of the certificate request does not verify (%s): make a new one "
            "(getcert resubmit), with a key and a hash that OpenSSL allows on this host",
            OBJ_nid2sn(X509_REQ_get_signature_nid(request)));
    }
    return csr->key_type == NULL ? kf_fail_nomem(err) : KF_OK;
}

static enum kf_rc
read_request(struct kf_csr *csr, X509_REQ *request, const struct kf_bytes *der,
             struct kf_error *err)
{
    enum kf_rc rc = read_key(csr, request, err);

    if (rc != KF_OK) {
        return rc;
    }
    csr->pem = armour(csr, der);
    csr->subject = kf_x509_name(csr, X509_REQ_get_subject_name(request));
    csr->common_name = find_common_name(csr, X509_REQ_get_subject_name(request));
    csr->content_sha256 = hash(csr, request);
    if (csr->content_sha256 == NULL && kf_crypto_check(err) != KF_OK) {
        return KF_BADCONFIG;
    }
    if (csr->pem == NULL || csr->subject == NULL || csr->content_sha256 == NULL ||
        copy_public_key(csr, request) != KF_OK) {
        return kf_fail_nomem(err);
    }
    return KF_OK;
}

static enum kf_rc
read_der(struct kf_csr *csr, const struct kf_bytes *der, struct kf_error *err)
{
    const unsigned char *end = der->data;
    X509_REQ *request = d2i_X509_REQ(NULL, &end, (long)der->len);
    enum kf_rc rc;

    if (request == NULL || end != der->data + der->len) {
        rc = kf_fail(err, KF_BADINPUT,
                     "the certificate request is damaged, it is no PKCS#10 (RFC 2986): make a new "
                     "one (getcert resubmit)");
    } else {
        rc = read_request(csr, request, der, err);
    }
    X509_REQ_free(request);
    return rc;
}

enum kf_rc
kf_csr_read(TALLOC_CTX *mem_ctx, const char *text, size_t len, struct kf_csr **_csr,
            struct kf_error *err)
{
    struct kf_csr *csr = NULL;
    struct kf_bytes der = {NULL, 0};
    enum kf_rc rc;

    if (len > KF_CSR_TEXT_MAX) {
        return kf_fail(
            err, KF_BADINPUT,
            "the certificate request is longer than %d KiB: give one request and nothing else",
            KF_CSR_TEXT_MAX / 1024);
    }
    csr = talloc_zero(mem_ctx, struct kf_csr);
    if (csr == NULL) {
        return kf_fail_nomem(err);
    }
    kf_crypto_forget();
    rc = find_request(csr, text, len, &der, err);
    if (rc == KF_OK) {
        rc = read_der(csr, &der, err);
    }
    /* Also when all went well: OpenSSL may have been left without algorithms by then. */
    if (kf_crypto_was_out_of_memory()) {
        rc = kf_fail_nomem(err);
    }
    ERR_clear_error();
    if (rc != KF_OK) {
        talloc_free(csr);
        return rc;
    }
    *_csr = csr;
    return KF_OK;
}

char *
kf_csr_identity(TALLOC_CTX *mem_ctx, const struct kf_csr *csr, const char *context)
{
    char *text = talloc_asprintf(NULL, "%s\n%s", csr->content_sha256, context);
    char *identity = text == NULL ? NULL : sha256(mem_ctx, text, strlen(text));

    talloc_free(text);
    return identity;
}
