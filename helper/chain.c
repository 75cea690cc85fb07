/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates put in order. Layer 1, pure; OpenSSL. */

#include "chain_parts.h"
#include "crypto.h"
#include "x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* So many signatures are checked for a path: a server may send a hundred CAs of one name, with keys
 * that take their time. */
#define SIGNATURES_MAX 30

static bool
is_same(const struct kf_bytes *a, const struct kf_bytes *b)
{
    return a->len == b->len && a->len > 0 && memcmp(a->data, b->data, a->len) == 0;
}

/* previous: the one that is renewed, or NULL. */
static bool
is_wished(const struct kf_cert *certificate, const struct kf_chain_wish *wish,
          const struct kf_cert *previous)
{
    return is_same(&certificate->public_key, &wish->public_key) &&
           (wish->not_before <= 0 ||
            ASN1_TIME_cmp_time_t(certificate->not_before, (time_t)wish->not_before) >= 0) &&
           (previous == NULL ||
            (!is_same(&certificate->der, &previous->der) &&
             ASN1_TIME_compare(certificate->not_before, previous->not_before) >= 0));
}

static bool
is_newer(const struct kf_cert *a, const struct kf_cert *b)
{
    return b == NULL || ASN1_TIME_compare(a->not_before, b->not_before) > 0;
}

/* The place of the leaf in found; found->count when it is not there. */
static size_t
find_leaf(const struct kf_chain_found *found, const struct kf_chain_wish *wish)
{
    struct kf_bytes der = kf_x509_der(wish->previous);
    const unsigned char *data = der.data;
    struct kf_cert *previous = data == NULL ? NULL : kf_cert_read(NULL, &data, der.len);
    const struct kf_cert *leaf = NULL;
    size_t place = found->count;

    for (size_t i = 0; i < found->count; i++) {
        if (is_wished(found->list[i], wish, previous) && is_newer(found->list[i], leaf)) {
            leaf = found->list[i];
            place = i;
        }
    }
    talloc_free(previous);
    OPENSSL_free(der.data);
    return place;
}

/* Goes by key identifiers where both have one, and where they may be believed; else by the
 * signature, as long as there are any of *left. */
static bool
has_issued(const struct kf_cert *issuer, const struct kf_cert *certificate,
           const struct kf_chain_wish *wish, int *left)
{
    const enum kf_cert_link link = kf_cert_link(issuer, certificate);

    if (link == KF_CERT_NAMED && !wish->is_doubted) {
        return true;
    }
    return link != KF_CERT_NOT && (*left)-- > 0 && kf_cert_has_signed(issuer, certificate);
}

/* The place in found of the issuer of certificate, of the newest one if it was renewed;
 * found->count when it is not there, or no signature may be checked any more. */
static size_t
find_issuer(const struct kf_chain_found *found, const struct kf_cert *certificate,
            const struct kf_chain_wish *wish, int *left)
{
    const struct kf_cert *issuer = NULL;
    size_t place = found->count;

    for (size_t i = 0; i < found->count; i++) {
        if (is_newer(found->list[i], issuer) &&
            has_issued(found->list[i], certificate, wish, left)) {
            issuer = found->list[i];
            place = i;
        }
    }
    return place;
}

static bool
describe(TALLOC_CTX *mem_ctx, const struct kf_cert *certificate, struct kf_chain_member *member)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio != NULL && PEM_write_bio(bio, PEM_STRING_X509, "", certificate->der.data,
                                     (long)certificate->der.len) > 0) {
        member->pem = kf_x509_text(mem_ctx, bio);
        member->subject = kf_x509_name(mem_ctx, certificate->subject);
        member->is_root = kf_cert_is_root(certificate);
    }
    BIO_free(bio);
    return member->pem != NULL && member->subject != NULL;
}

/* A chain of no certificates with room for count. */
static struct kf_chain *
new_chain(TALLOC_CTX *mem_ctx, size_t count)
{
    struct kf_chain *chain = talloc_zero(mem_ctx, struct kf_chain);

    if (chain != NULL) {
        chain->members = talloc_zero_array(chain, struct kf_chain_member, count);
        if (chain->members == NULL) {
            TALLOC_FREE(chain);
        }
    }
    return chain;
}

static bool
append(struct kf_chain *chain, const struct kf_cert *certificate)
{
    return describe(chain->members, certificate, &chain->members[chain->count++]);
}

/* Adds the certificate at place leaf and its path upwards. Every certificate is used once, so a
 * loop ends. */
static bool
add_path(struct kf_chain *chain, struct kf_chain_found *found, size_t leaf,
         const struct kf_chain_wish *wish)
{
    int left = SIGNATURES_MAX;
    bool added = true;

    for (size_t place = leaf; added && place < found->count;) {
        const struct kf_cert *current = found->list[place];

        found->list[place] = found->list[--found->count];
        added = append(chain, current);
        place = kf_cert_is_root(current) ? found->count : find_issuer(found, current, wish, &left);
    }
    return added;
}

static enum kf_rc
choose(TALLOC_CTX *mem_ctx, struct kf_chain_found *found, const struct kf_chain_wish *wish,
       struct kf_chain **_chain, struct kf_error *err)
{
    const size_t leaf = find_leaf(found, wish);
    struct kf_chain *chain;

    if (found->count == 0) {
        return kf_fail(err, KF_BADREPLY,
                       "there is no certificate in what the server sent: ask the CA's "
                       "administrator, then getcert resubmit");
    }
    if (leaf == found->count) {
        return kf_fail(err, KF_BADREPLY,
                       "the server sent a certificate for another key than that of the request, "
                       "and it was not saved: ask the CA's administrator, then getcert resubmit");
    }
    chain = new_chain(mem_ctx, found->count);
    if (chain == NULL || !add_path(chain, found, leaf, wish)) {
        talloc_free(chain);
        return kf_fail_nomem(err);
    }
    *_chain = chain;
    return KF_OK;
}

/* What was found out of certificates is not to be relied on when memory was out meanwhile: OpenSSL
 * then takes a signature for a wrong one, and a root for none. */
static enum kf_rc
confirm(enum kf_rc rc, struct kf_error *err)
{
    return kf_crypto_was_out_of_memory() ? kf_fail_nomem(err) : rc;
}

enum kf_rc
kf_chain_read(TALLOC_CTX *mem_ctx, const struct kf_bytes *texts, size_t count,
              const struct kf_chain_wish *wish, struct kf_chain **_chain, struct kf_error *err)
{
    struct kf_chain_found *found = talloc_zero(mem_ctx, struct kf_chain_found);
    enum kf_rc rc = found == NULL ? kf_fail_nomem(err) : KF_OK;
    struct kf_chain *chain = NULL;

    kf_crypto_forget();
    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        rc = kf_chain_take(found, &texts[i], err);
    }
    if (rc == KF_OK) {
        rc = choose(mem_ctx, found, wish, &chain, err);
    }
    rc = confirm(rc, err);
    if (rc == KF_OK) {
        *_chain = chain;
    }
    talloc_free(found);
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
list_authorities(TALLOC_CTX *mem_ctx, const struct kf_chain_found *found, struct kf_chain **_chain,
                 struct kf_error *err)
{
    struct kf_chain *chain = new_chain(mem_ctx, found->count);
    bool whole = chain != NULL;

    for (size_t i = 0; i < found->count && whole; i++) {
        whole = !kf_cert_is_authority(found->list[i]) || append(chain, found->list[i]);
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
    struct kf_chain_found *found = talloc_zero(mem_ctx, struct kf_chain_found);
    enum kf_rc rc = found == NULL ? kf_fail_nomem(err) : KF_OK;
    struct kf_chain *chain = NULL;

    kf_crypto_forget();
    if (rc == KF_OK) {
        rc = kf_chain_take(found, text, err);
    }
    if (rc == KF_OK) {
        rc = list_authorities(mem_ctx, found, &chain, err);
    }
    rc = confirm(rc, err);
    if (rc == KF_OK) {
        *_chain = chain;
    }
    talloc_free(found);
    ERR_clear_error();
    return rc;
}
