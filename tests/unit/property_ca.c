/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A small certificate authority. Everything that has to do with OpenSSL in the property test. */

#include "property_ca.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define LIFETIME (90 * 86400) /* seconds */

struct kf_ca {
    EVP_PKEY *key;
    X509 *root;
    char *root_pem;
    char *requests[KF_CA_KEYS][2];
    int issued; /* how many */
};

static int
free_ca(struct kf_ca *ca)
{
    X509_free(ca->root);
    EVP_PKEY_free(ca->key);
    return 0;
}

/* What was written to bio, which is freed. */
static char *
take_text(TALLOC_CTX *mem, BIO *bio)
{
    char *data = NULL;
    const long len = BIO_get_mem_data(bio, &data);
    char *text = talloc_strndup(mem, data, (size_t)len);

    assert_non_null(text);
    BIO_free(bio);
    return text;
}

static void
name_subject(X509_NAME *name, const char *common_name)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)common_name, -1, -1, 0),
                     1);
}

static void
add_extension(STACK_OF(X509_EXTENSION) *extensions, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    assert_non_null(extension);
    assert_true(sk_X509_EXTENSION_push(extensions, extension) > 0);
}

static char *
write_request(TALLOC_CTX *mem, EVP_PKEY *key, const char *key_identifier)
{
    X509_REQ *request = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    BIO *bio = BIO_new(BIO_s_mem());

    name_subject(X509_REQ_get_subject_name(request), KF_CA_NAME);
    add_extension(extensions, NID_subject_alt_name, "DNS:" KF_CA_NAME);
    add_extension(extensions, NID_subject_key_identifier, key_identifier);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_int_equal(X509_REQ_add_extensions(request, extensions), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(request);
    return take_text(mem, bio);
}

/* A certificate that the CA has signed; the subject is its own when there is no request. */
static X509 *
sign_certificate(struct kf_ca *ca, X509_REQ *request, int64_t not_before)
{
    X509 *certificate = X509_new();
    X509_NAME *issuer = X509_NAME_new();

    name_subject(issuer, "Property Test CA");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++ca->issued);
    X509_set_issuer_name(certificate, issuer);
    X509_set_subject_name(certificate,
                          request == NULL ? issuer : X509_REQ_get_subject_name(request));
    X509_set_pubkey(certificate, request == NULL ? ca->key : X509_REQ_get0_pubkey(request));
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)not_before);
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)not_before + LIFETIME);
    assert_true(X509_sign(certificate, ca->key, EVP_sha256()) > 0);
    X509_NAME_free(issuer);
    return certificate;
}

static char *
write_pem(TALLOC_CTX *mem, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    return take_text(mem, bio);
}

static char *
write_base64(TALLOC_CTX *mem, X509 *certificate)
{
    unsigned char *der = NULL;
    const int len = i2d_X509(certificate, &der);
    char *text = kf_base64_encode(mem, der, (size_t)len);

    assert_non_null(text);
    OPENSSL_free(der);
    return text;
}

struct kf_ca *
kf_ca_new(TALLOC_CTX *mem)
{
    static const char *const key_identifiers[] = {"01:02:03:04", "05:06:07:08"};
    struct kf_ca *ca = talloc_zero(mem, struct kf_ca);

    assert_non_null(ca);
    talloc_set_destructor(ca, free_ca);
    ca->key = EVP_EC_gen("P-256");
    assert_non_null(ca->key);
    ca->root = sign_certificate(ca, NULL, 0);
    ca->root_pem = write_pem(ca, ca->root);
    for (size_t i = 0; i < KF_CA_KEYS; i++) {
        EVP_PKEY *key = EVP_EC_gen("P-256");

        for (size_t again = 0; again < 2; again++) {
            ca->requests[i][again] = write_request(ca, key, key_identifiers[again]);
        }
        EVP_PKEY_free(key);
    }
    return ca;
}

const char *
kf_ca_request(const struct kf_ca *ca, size_t key, bool again)
{
    return ca->requests[key][again];
}

const char *
kf_ca_root(const struct kf_ca *ca)
{
    return ca->root_pem;
}

static X509_REQ *
read_request(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return request;
}

struct kf_ca_certificate *
kf_ca_issue(TALLOC_CTX *mem, struct kf_ca *ca, const char *pem, int64_t not_before)
{
    X509_REQ *request = read_request(pem);
    struct kf_ca_certificate *issued = NULL;
    X509 *certificate = NULL;

    if (request == NULL) {
        return NULL;
    }
    issued = talloc_zero(mem, struct kf_ca_certificate);
    assert_non_null(issued);
    certificate = sign_certificate(ca, request, not_before);
    issued->pem = write_pem(issued, certificate);
    issued->base64 = write_base64(issued, certificate);
    X509_free(certificate);
    X509_REQ_free(request);
    return issued;
}

bool
kf_ca_is_for(const char *pem, const char *request)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    X509_REQ *asked = read_request(request);
    const bool same = certificate != NULL && asked != NULL &&
                      EVP_PKEY_eq(X509_get0_pubkey(certificate), X509_REQ_get0_pubkey(asked)) == 1;

    BIO_free(bio);
    X509_free(certificate);
    X509_REQ_free(asked);
    return same;
}
