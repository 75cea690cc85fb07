/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates out of whatever form a server sends them in. Layer 1, pure; OpenSSL. */

#include "chain.h"

#include "x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN "

/* So many signatures are checked for a path: a server may send a hundred CAs of one name, with keys
 * that take their time. */
#define SIGNATURES_MAX 30

static enum kf_rc
fail_broken(struct kf_error *err)
{
    if (kf_openssl_was_out_of_memory()) {
        return kf_fail_nomem(err);
    }
    return kf_fail(err, KF_BADREPLY,
                   "what the server sent as certificate is none: PEM, base64, PKCS#7 and DER were "
                   "tried; ask the CA's administrator");
}

static enum kf_rc
add(STACK_OF(X509) *found, X509 *certificate, struct kf_error *err)
{
    if (sk_X509_num(found) >= KF_CHAIN_MAX) {
        return kf_fail(err, KF_BADREPLY,
                       "the server sent more than %d certificates: ask the CA's administrator",
                       KF_CHAIN_MAX);
    }
    return X509_add_cert(found, certificate, X509_ADD_FLAG_UP_REF) == 1 ? KF_OK
                                                                        : kf_fail_nomem(err);
}

static enum kf_rc
add_pkcs7(STACK_OF(X509) *found, const PKCS7 *pkcs7, struct kf_error *err)
{
    const STACK_OF(X509) *certificates =
        PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign != NULL ? pkcs7->d.sign->cert : NULL;
    enum kf_rc rc = KF_OK;

    for (int i = 0; i < sk_X509_num(certificates) && rc == KF_OK; i++) {
        rc = add(found, sk_X509_value(certificates, i), err);
    }
    return rc;
}

/* What was found out of certificates is not to be relied on when memory was out meanwhile: OpenSSL
 * then takes a signature for a wrong one, and a root for none. */
static enum kf_rc
confirm(enum kf_rc rc, struct kf_error *err)
{
    return kf_openssl_was_out_of_memory() ? kf_fail_nomem(err) : rc;
}

/* One certificate or PKCS#7 at *data, which is moved behind it. */
static enum kf_rc
take_one(STACK_OF(X509) *found, const unsigned char **data, long len, struct kf_error *err)
{
    X509 *certificate = d2i_X509(NULL, data, len);
    PKCS7 *pkcs7 = certificate == NULL ? d2i_PKCS7(NULL, data, len) : NULL;
    enum kf_rc rc;

    if (certificate != NULL) {
        rc = add(found, certificate, err);
    } else if (pkcs7 != NULL) {
        rc = add_pkcs7(found, pkcs7, err);
    } else {
        rc = fail_broken(err);
    }
    X509_free(certificate);
    PKCS7_free(pkcs7);
    return rc;
}

static enum kf_rc
take_der(STACK_OF(X509) *found, const unsigned char *data, size_t len, struct kf_error *err)
{
    const unsigned char *end = data + len;
    enum kf_rc rc = KF_OK;

    while (rc == KF_OK && data < end) {
        rc = take_one(found, &data, end - data, err);
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
take_pem(STACK_OF(X509) *found, const struct kf_bytes *text, struct kf_error *err)
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

static enum kf_rc
take_text(TALLOC_CTX *mem_ctx, STACK_OF(X509) *found, const struct kf_bytes *text,
          struct kf_error *err)
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
    rc = kf_base64_decode(mem_ctx, (const char *)text->data, text->len, &decoded);
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

static bool
carries(X509 *certificate, const struct kf_bytes *public_key)
{
    unsigned char *der = NULL;
    const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    const bool same = len > 0 && (size_t)len == public_key->len &&
                      memcmp(der, public_key->data, public_key->len) == 0;

    OPENSSL_free(der);
    return same;
}

static bool
is_wished(X509 *certificate, const struct kf_chain_wish *wish, const X509 *previous)
{
    const ASN1_TIME *from = X509_get0_notBefore(certificate);

    return carries(certificate, &wish->public_key) &&
           (wish->not_before <= 0 || ASN1_TIME_cmp_time_t(from, (time_t)wish->not_before) >= 0) &&
           (previous == NULL || X509_cmp(certificate, previous) != 0);
}

static bool
is_newer(const X509 *a, const X509 *b)
{
    return b == NULL || ASN1_TIME_compare(X509_get0_notBefore(a), X509_get0_notBefore(b)) > 0;
}

static X509 *
find_leaf(const STACK_OF(X509) *found, const struct kf_chain_wish *wish)
{
    X509 *previous = kf_x509_read(wish->previous);
    X509 *leaf = NULL;

    for (int i = 0; i < sk_X509_num(found); i++) {
        X509 *candidate = sk_X509_value(found, i);

        if (is_wished(candidate, wish, previous) && is_newer(candidate, leaf)) {
            leaf = candidate;
        }
    }
    X509_free(previous);
    return leaf;
}

/* Checks a signature when the names fit, as long as there are any of *left. */
static bool
has_issued(X509 *issuer, X509 *certificate, int *left)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return key != NULL && X509_check_issued(issuer, certificate) == X509_V_OK && (*left)-- > 0 &&
           X509_verify(certificate, key) == 1;
}

/* By its names, not by its signature: hosts that refuse SHA-1 cannot verify that of an old root. */
static bool
is_root(X509 *certificate)
{
    return X509_self_signed(certificate, 0) == 1;
}

/* Takes the issuer of certificate out of found, the newest one if it was renewed; NULL when it is
 * not there, or no signature may be checked any more. */
static X509 *
take_issuer(STACK_OF(X509) *found, X509 *certificate, int *left)
{
    X509 *issuer = NULL;

    for (int i = 0; i < sk_X509_num(found); i++) {
        X509 *candidate = sk_X509_value(found, i);

        if (is_newer(candidate, issuer) && has_issued(candidate, certificate, left)) {
            issuer = candidate;
        }
    }
    return issuer == NULL ? NULL : sk_X509_delete_ptr(found, issuer);
}

static bool
describe(TALLOC_CTX *mem_ctx, X509 *certificate, struct kf_chain_member *member)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio != NULL && PEM_write_bio_X509(bio, certificate) == 1) {
        member->pem = kf_x509_text(mem_ctx, bio);
        member->subject = kf_x509_name(mem_ctx, X509_get_subject_name(certificate));
        member->is_root = is_root(certificate);
    }
    BIO_free(bio);
    return member->pem != NULL && member->subject != NULL;
}

/* A chain of no certificates with room for count. */
static struct kf_chain *
new_chain(TALLOC_CTX *mem_ctx, int count)
{
    struct kf_chain *chain = talloc_zero(mem_ctx, struct kf_chain);

    if (chain != NULL) {
        chain->members = talloc_zero_array(chain, struct kf_chain_member, (size_t)count);
        if (chain->members == NULL) {
            TALLOC_FREE(chain);
        }
    }
    return chain;
}

static bool
append(struct kf_chain *chain, X509 *certificate)
{
    return describe(chain->members, certificate, &chain->members[chain->count++]);
}

/* Adds leaf and its path upwards. Every certificate is used once, so a loop ends. */
static bool
add_path(struct kf_chain *chain, STACK_OF(X509) *found, X509 *leaf)
{
    X509 *current = sk_X509_delete_ptr(found, leaf);
    int left = SIGNATURES_MAX;
    bool added = append(chain, current);

    while (added && !is_root(current)) {
        X509 *issuer = take_issuer(found, current, &left);

        if (issuer == NULL) {
            break;
        }
        X509_free(current);
        current = issuer;
        added = append(chain, current);
    }
    X509_free(current);
    return added;
}

static enum kf_rc
choose(TALLOC_CTX *mem_ctx, STACK_OF(X509) *found, const struct kf_chain_wish *wish,
       struct kf_chain **_chain, struct kf_error *err)
{
    X509 *leaf = find_leaf(found, wish);
    struct kf_chain *chain;

    if (sk_X509_num(found) == 0) {
        return kf_fail(err, KF_BADREPLY,
                       "there is no certificate in what the server sent: ask the CA's "
                       "administrator, then getcert resubmit");
    }
    if (leaf == NULL) {
        return kf_fail(err, KF_BADREPLY,
                       "the server sent a certificate for another key than that of the request, "
                       "and it was not saved: ask the CA's administrator, then getcert resubmit");
    }
    chain = new_chain(mem_ctx, sk_X509_num(found));
    if (chain == NULL || !add_path(chain, found, leaf)) {
        talloc_free(chain);
        return kf_fail_nomem(err);
    }
    *_chain = chain;
    return KF_OK;
}

enum kf_rc
kf_chain_read(TALLOC_CTX *mem_ctx, const struct kf_bytes *texts, size_t count,
              const struct kf_chain_wish *wish, struct kf_chain **_chain, struct kf_error *err)
{
    STACK_OF(X509) *found = sk_X509_new_null();
    enum kf_rc rc = found == NULL ? kf_fail_nomem(err) : KF_OK;
    struct kf_chain *chain = NULL;

    kf_openssl_forget();
    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        rc = take_text(mem_ctx, found, &texts[i], err);
    }
    if (rc == KF_OK) {
        rc = choose(mem_ctx, found, wish, &chain, err);
    }
    rc = confirm(rc, err);
    if (rc == KF_OK) {
        *_chain = chain;
    }
    sk_X509_pop_free(found, X509_free);
    ERR_clear_error();
    return rc;
}

/* A root that is the leaf is wanted in any case. */
static bool
is_left_out(const struct kf_chain *chain, size_t i, bool include_root)
{
    return i > 0 && chain->members[i].is_root && !include_root;
}

char *
kf_chain_text(TALLOC_CTX *mem_ctx, const struct kf_chain *chain, size_t first, bool include_root)
{
    char *pem = talloc_strdup(mem_ctx, "");

    for (size_t i = first; i < chain->count && pem != NULL; i++) {
        if (!is_left_out(chain, i, include_root)) {
            pem = talloc_strdup_append_buffer(pem, chain->members[i].pem);
        }
    }
    return pem;
}

static enum kf_rc
list_authorities(TALLOC_CTX *mem_ctx, const STACK_OF(X509) *found, struct kf_chain **_chain,
                 struct kf_error *err)
{
    struct kf_chain *chain = new_chain(mem_ctx, sk_X509_num(found));
    bool whole = chain != NULL;

    for (int i = 0; i < sk_X509_num(found) && whole; i++) {
        X509 *certificate = sk_X509_value(found, i);

        whole = X509_check_ca(certificate) == 0 || append(chain, certificate);
    }
    if (!whole) {
        talloc_free(chain);
        return kf_fail_nomem(err);
    }
    *_chain = chain;
    return KF_OK;
}

enum kf_rc
kf_chain_list(TALLOC_CTX *mem_ctx, const struct kf_bytes *text, struct kf_chain **_chain,
              struct kf_error *err)
{
    STACK_OF(X509) *found = sk_X509_new_null();
    enum kf_rc rc = found == NULL ? kf_fail_nomem(err) : KF_OK;
    struct kf_chain *chain = NULL;

    kf_openssl_forget();
    if (rc == KF_OK) {
        rc = take_text(mem_ctx, found, text, err);
    }
    if (rc == KF_OK) {
        rc = list_authorities(mem_ctx, found, &chain, err);
    }
    rc = confirm(rc, err);
    if (rc == KF_OK) {
        *_chain = chain;
    }
    sk_X509_pop_free(found, X509_free);
    ERR_clear_error();
    return rc;
}
