/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates whose keys are not decoded. Layer 1, pure; OpenSSL, whose reader of ASN.1 is told of
 * a certificate in which the key is an algorithm and some bits. */

#include "cert.h"

#include "x509.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#define KEY_CERT_SIGN 5 /* the bit of the key usage extension, RFC 5280 section 4.2.1.3 */

/* The types are called as OpenSSL's macros want it. */
typedef struct {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *bits;
} KF_CERT_KEY;

typedef struct {
    ASN1_INTEGER *version;
    ASN1_INTEGER *serial;
    X509_ALGOR *algorithm;
    X509_NAME *issuer;
    X509_VAL *validity;
    X509_NAME *subject;
    KF_CERT_KEY *public_key;
    ASN1_BIT_STRING *issuer_id;
    ASN1_BIT_STRING *subject_id;
    STACK_OF(X509_EXTENSION) *extensions;
} KF_CERT_BODY;

typedef struct {
    KF_CERT_BODY *body;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
} KF_CERT;

/* clang-format off */
ASN1_SEQUENCE(KF_CERT_KEY) = {
    ASN1_SIMPLE(KF_CERT_KEY, algorithm, X509_ALGOR),
    ASN1_SIMPLE(KF_CERT_KEY, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(KF_CERT_KEY)

ASN1_SEQUENCE(KF_CERT_BODY) = {
    ASN1_EXP_OPT(KF_CERT_BODY, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(KF_CERT_BODY, serial, ASN1_INTEGER),
    ASN1_SIMPLE(KF_CERT_BODY, algorithm, X509_ALGOR),
    ASN1_SIMPLE(KF_CERT_BODY, issuer, X509_NAME),
    ASN1_SIMPLE(KF_CERT_BODY, validity, X509_VAL),
    ASN1_SIMPLE(KF_CERT_BODY, subject, X509_NAME),
    ASN1_SIMPLE(KF_CERT_BODY, public_key, KF_CERT_KEY),
    ASN1_IMP_OPT(KF_CERT_BODY, issuer_id, ASN1_BIT_STRING, 1),
    ASN1_IMP_OPT(KF_CERT_BODY, subject_id, ASN1_BIT_STRING, 2),
    ASN1_EXP_SEQUENCE_OF_OPT(KF_CERT_BODY, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(KF_CERT_BODY)

ASN1_SEQUENCE(KF_CERT) = {
    ASN1_SIMPLE(KF_CERT, body, KF_CERT_BODY),
    ASN1_SIMPLE(KF_CERT, algorithm, X509_ALGOR),
    ASN1_SIMPLE(KF_CERT, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(KF_CERT)
/* clang-format on */

/* A certificate with what it points into. */
struct holder {
    struct kf_cert certificate; /* first: the holder is found by it */
    KF_CERT *parsed;
};

static int
release(struct holder *holder)
{
    ASN1_item_free((ASN1_VALUE *)holder->parsed, ASN1_ITEM_rptr(KF_CERT));
    return 0;
}

/* Copies the key and what it is of; false when memory is out. */
static bool
copy_key(struct holder *holder, const KF_CERT_KEY *key)
{
    unsigned char *der = NULL;
    const int len = ASN1_item_i2d((const ASN1_VALUE *)key, &der, ASN1_ITEM_rptr(KF_CERT_KEY));
    const bool copied = len > 0 && kf_bytes_copy(holder, der, (size_t)len,
                                                 &holder->certificate.public_key) == KF_OK;

    OPENSSL_free(der);
    return copied;
}

/* Takes parsed, which was read from the bytes from begin to end; NULL when memory is out. */
static struct kf_cert *
hold(TALLOC_CTX *mem_ctx, KF_CERT *parsed, const unsigned char *begin, const unsigned char *end)
{
    const KF_CERT_BODY *body = parsed->body;
    struct holder *holder = talloc_zero(mem_ctx, struct holder);

    if (holder == NULL) {
        ASN1_item_free((ASN1_VALUE *)parsed, ASN1_ITEM_rptr(KF_CERT));
        return NULL;
    }
    holder->parsed = parsed;
    talloc_set_destructor(holder, release);
    holder->certificate = (struct kf_cert){.subject = body->subject,
                                           .issuer = body->issuer,
                                           .serial = body->serial,
                                           .not_before = body->validity->notBefore,
                                           .not_after = body->validity->notAfter,
                                           .extensions = body->extensions};
    if (!copy_key(holder, body->public_key) ||
        kf_bytes_copy(holder, begin, (size_t)(end - begin), &holder->certificate.der) != KF_OK) {
        talloc_free(holder);
        return NULL;
    }
    return &holder->certificate;
}

struct kf_cert *
kf_cert_read(TALLOC_CTX *mem_ctx, const unsigned char **data, size_t len)
{
    const unsigned char *end = *data;
    KF_CERT *parsed = (KF_CERT *)ASN1_item_d2i(NULL, &end, (long)len, ASN1_ITEM_rptr(KF_CERT));
    struct kf_cert *certificate = NULL;

    if (parsed == NULL) {
        return NULL;
    }
    certificate = hold(mem_ctx, parsed, *data, end);
    if (certificate == NULL) {
        ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
        return NULL;
    }
    *data = end;
    return certificate;
}

static void *
extension(const struct kf_cert *certificate, int nid)
{
    return X509V3_get_d2i(certificate->extensions, nid, NULL, NULL);
}

enum kf_cert_link
kf_cert_link(const struct kf_cert *issuer, const struct kf_cert *certificate)
{
    AUTHORITY_KEYID *wanted = NULL;
    ASN1_OCTET_STRING *own = NULL;
    enum kf_cert_link link = KF_CERT_UNSURE;

    if (X509_NAME_cmp(issuer->subject, certificate->issuer) != 0) {
        return KF_CERT_NOT;
    }
    wanted = extension(certificate, NID_authority_key_identifier);
    own = extension(issuer, NID_subject_key_identifier);
    if (wanted != NULL && wanted->keyid != NULL && own != NULL) {
        link = ASN1_OCTET_STRING_cmp(wanted->keyid, own) == 0 ? KF_CERT_NAMED : KF_CERT_NOT;
    }
    AUTHORITY_KEYID_free(wanted);
    ASN1_OCTET_STRING_free(own);
    return link;
}

bool
kf_cert_is_root(const struct kf_cert *certificate)
{
    return kf_cert_link(certificate, certificate) != KF_CERT_NOT;
}

static bool
may_sign_certificates(const ASN1_BIT_STRING *usage)
{
    return usage == NULL || ASN1_BIT_STRING_get_bit(usage, KEY_CERT_SIGN) == 1;
}

/* RFC 5280 section 4.2.1.9. A certificate of version 1 has no extensions to say so with. */
static bool
is_authority(const struct kf_cert *certificate, const BASIC_CONSTRAINTS *constraints,
             const ASN1_BIT_STRING *usage)
{
    if (constraints != NULL) {
        return constraints->ca != 0 && may_sign_certificates(usage);
    }
    return usage != NULL ? may_sign_certificates(usage)
                         : certificate->extensions == NULL && kf_cert_is_root(certificate);
}

bool
kf_cert_is_authority(const struct kf_cert *certificate)
{
    BASIC_CONSTRAINTS *constraints = extension(certificate, NID_basic_constraints);
    ASN1_BIT_STRING *usage = extension(certificate, NID_key_usage);
    const bool result = is_authority(certificate, constraints, usage);

    BASIC_CONSTRAINTS_free(constraints);
    ASN1_BIT_STRING_free(usage);
    return result;
}

/* The same certificate with its key, for X509_free(). */
static X509 *
decode(const struct kf_cert *certificate)
{
    const unsigned char *data = certificate->der.data;

    return d2i_X509(NULL, &data, (long)certificate->der.len);
}

bool
kf_cert_has_signed(const struct kf_cert *issuer, const struct kf_cert *certificate)
{
    X509 *above = decode(issuer);
    X509 *below = decode(certificate);
    const bool has_signed = above != NULL && below != NULL && kf_x509_has_signed(above, below);

    X509_free(above);
    X509_free(below);
    return has_signed;
}
