/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The forms in which a server sends certificates. Layer 1, pure; OpenSSL. */

#include "chain_parts.h"
#include "crypto.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN "

/* PKCS#7 (RFC 2315 sections 7 and 9.1), with certificates that are some sequence: OpenSSL's own
 * decodes their keys. The types are called as its macros want it. */
typedef struct {
    ASN1_INTEGER *version;
    ASN1_TYPE *digests;
    ASN1_STRING *content;
    STACK_OF(ASN1_STRING) *certificates;
    STACK_OF(ASN1_STRING) *lists; /* of revoked ones */
    ASN1_TYPE *signers;
} KF_SIGNED;

typedef struct {
    ASN1_OBJECT *type;
    ASN1_TYPE *content;
} KF_CONTENT;

/* clang-format off */
ASN1_SEQUENCE(KF_SIGNED) = {
    ASN1_SIMPLE(KF_SIGNED, version, ASN1_INTEGER),
    ASN1_SIMPLE(KF_SIGNED, digests, ASN1_ANY),
    ASN1_SIMPLE(KF_SIGNED, content, ASN1_SEQUENCE),
    ASN1_IMP_SET_OF_OPT(KF_SIGNED, certificates, ASN1_SEQUENCE, 0),
    ASN1_IMP_SET_OF_OPT(KF_SIGNED, lists, ASN1_SEQUENCE, 1),
    ASN1_SIMPLE(KF_SIGNED, signers, ASN1_ANY),
} static_ASN1_SEQUENCE_END(KF_SIGNED)

ASN1_SEQUENCE(KF_CONTENT) = {
    ASN1_SIMPLE(KF_CONTENT, type, ASN1_OBJECT),
    ASN1_EXP_OPT(KF_CONTENT, content, ASN1_ANY, 0),
} static_ASN1_SEQUENCE_END(KF_CONTENT)
/* clang-format on */

static enum kf_rc
fail_broken(struct kf_error *err)
{
    if (kf_crypto_was_out_of_memory()) {
        return kf_fail_nomem(err);
    }
    return kf_fail(err, KF_BADREPLY,
                   "what the server sent as certificate is none: PEM, base64, PKCS#7 and DER were "
                   "tried; ask the CA's administrator");
}

static enum kf_rc
add(struct kf_chain_found *found, struct kf_cert *certificate, struct kf_error *err)
{
    if (found->count == KF_CHAIN_MAX) {
        return kf_fail(err, KF_BADREPLY,
                       "the server sent more than %d certificates: ask the CA's administrator",
                       KF_CHAIN_MAX);
    }
    found->list[found->count++] = certificate;
    return KF_OK;
}

/* The certificates of a PKCS#7 of signed data. */
static enum kf_rc
add_signed(struct kf_chain_found *found, const KF_SIGNED *content, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (int i = 0; i < sk_ASN1_STRING_num(content->certificates) && rc == KF_OK; i++) {
        const ASN1_STRING *string = sk_ASN1_STRING_value(content->certificates, i);
        const unsigned char *data = ASN1_STRING_get0_data(string);
        struct kf_cert *certificate =
            kf_cert_read(found, &data, (size_t)ASN1_STRING_length(string));

        rc = certificate == NULL ? fail_broken(err) : add(found, certificate, err);
    }
    return rc;
}

/* A PKCS#7 of another kind has no certificates. */
static enum kf_rc
add_content(struct kf_chain_found *found, const KF_CONTENT *pkcs7, struct kf_error *err)
{
    const ASN1_TYPE *content = pkcs7->content;
    const unsigned char *data = NULL;
    KF_SIGNED *parsed = NULL;
    enum kf_rc rc;

    if (OBJ_obj2nid(pkcs7->type) != NID_pkcs7_signed || content == NULL ||
        content->type != V_ASN1_SEQUENCE) {
        return KF_OK;
    }
    data = ASN1_STRING_get0_data(content->value.sequence);
    parsed = (KF_SIGNED *)ASN1_item_d2i(NULL, &data, ASN1_STRING_length(content->value.sequence),
                                        ASN1_ITEM_rptr(KF_SIGNED));
    rc = parsed == NULL ? fail_broken(err) : add_signed(found, parsed, err);
    ASN1_item_free((ASN1_VALUE *)parsed, ASN1_ITEM_rptr(KF_SIGNED));
    return rc;
}

static enum kf_rc
take_pkcs7(struct kf_chain_found *found, const unsigned char **data, size_t len,
           struct kf_error *err)
{
    KF_CONTENT *pkcs7 =
        (KF_CONTENT *)ASN1_item_d2i(NULL, data, (long)len, ASN1_ITEM_rptr(KF_CONTENT));
    enum kf_rc rc = pkcs7 == NULL ? fail_broken(err) : add_content(found, pkcs7, err);

    ASN1_item_free((ASN1_VALUE *)pkcs7, ASN1_ITEM_rptr(KF_CONTENT));
    return rc;
}

/* Certificates and PKCS#7s one after another. */
static enum kf_rc
take_der(struct kf_chain_found *found, const unsigned char *data, size_t len, struct kf_error *err)
{
    const unsigned char *end = data + len;
    enum kf_rc rc = KF_OK;

    while (rc == KF_OK && data < end) {
        struct kf_cert *certificate = kf_cert_read(found, &data, (size_t)(end - data));

        rc = certificate != NULL ? add(found, certificate, err)
                                 : take_pkcs7(found, &data, (size_t)(end - data), err);
    }
    return rc;
}

static bool
holds_certificates(const char *label)
{
    static const char *const labels[] = {PEM_STRING_X509, PEM_STRING_X509_OLD, PEM_STRING_PKCS7,
                                         PEM_STRING_PKCS7_SIGNED, PEM_STRING_CMS};

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (strcmp(label, labels[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum kf_rc
take_pem(struct kf_chain_found *found, const struct kf_bytes *text, struct kf_error *err)
{
    BIO *bio = BIO_new_mem_buf(text->data, (int)text->len);
    unsigned char *data = NULL;
    char *label = NULL;
    char *header = NULL;
    long len = 0;
    enum kf_rc rc = bio == NULL ? kf_fail_nomem(err) : KF_OK;

    ERR_clear_error();
    while (rc == KF_OK && PEM_read_bio(bio, &label, &header, &data, &len) == 1) {
        if (holds_certificates(label)) {
            rc = take_der(found, data, (size_t)len, err);
        }
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(data);
        ERR_clear_error();
    }
    if (rc == KF_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        rc = fail_broken(err);
    }
    BIO_free(bio);
    return rc;
}

static bool
is_pem(const struct kf_bytes *text)
{
    return memmem(text->data, text->len, PEM_BEGIN, strlen(PEM_BEGIN)) != NULL;
}

static bool
is_white(const struct kf_bytes *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '\0' || strchr(" \t\r\n", text->data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

enum kf_rc
kf_chain_take(struct kf_chain_found *found, const struct kf_bytes *text, struct kf_error *err)
{
    struct kf_bytes decoded = {NULL, 0};
    enum kf_rc rc;

    if (is_white(text)) {
        return KF_OK;
    }
    if (text->len > KF_CHAIN_TEXT_MAX) {
        return fail_broken(err);
    }
    if (is_pem(text)) {
        return take_pem(found, text, err);
    }
    rc = kf_base64_decode(found, (const char *)text->data, text->len, &decoded);
    if (rc == KF_INTERNAL) {
        return kf_fail_nomem(err);
    }
    if (rc != KF_OK) {
        return take_der(found, text->data, text->len, err);
    }
    rc = is_pem(&decoded) ? take_pem(found, &decoded, err)
                          : take_der(found, decoded.data, decoded.len, err);
    talloc_free(decoded.data);
    return rc;
}
