/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which issuers belong to a certificate. Layer 4; OpenSSL, which builds the path from those that
 * did sign. */

#include "deploy_parts.h"

#include "chain.h"
#include "file.h"
#include "issuers.h"
#include "x509.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Adds the CA certificates in text to candidates. */
static enum kf_rc
add_text(TALLOC_CTX *mem_ctx, STACK_OF(X509) *candidates, const struct kf_bytes *text,
         struct kf_error *err)
{
    struct kf_chain *chain = NULL;
    enum kf_rc rc = kf_chain_list(mem_ctx, text, &chain, err);

    for (size_t i = 0; rc == KF_OK && i < chain->count; i++) {
        X509 *candidate = kf_x509_read(chain->members[i].pem);

        if (candidate == NULL || sk_X509_push(candidates, candidate) == 0) {
            X509_free(candidate);
            rc = kf_fail_nomem(err);
        }
    }
    return rc;
}

static enum kf_rc
add_file(TALLOC_CTX *mem_ctx, STACK_OF(X509) *candidates, const char *path, struct kf_error *err)
{
    struct kf_bytes text = {NULL, 0};
    enum kf_rc rc = kf_file_read(mem_ctx, path, &text, err);

    if (rc == KF_OK) {
        rc = add_text(mem_ctx, candidates, &text, err);
    }
    return rc == KF_BADREPLY
               ? kf_fail(err, KF_BADCONFIG, "%s: has a certificate that cannot be read", path)
               : rc;
}

/* A file that is named for its issuers. */
static enum kf_rc
add_chain_file(TALLOC_CTX *mem_ctx, STACK_OF(X509) *candidates, const char *path,
               struct kf_error *err)
{
    const int before = sk_X509_num(candidates);
    const enum kf_rc rc = add_file(mem_ctx, candidates, path, err);

    return rc == KF_OK && sk_X509_num(candidates) == before
               ? kf_fail(err, KF_BADCONFIG,
                         "--chain %s: has no certificate of a CA: name a file of PEM certificates "
                         "or PKCS#7",
                         path)
               : rc;
}

/* What the helper kept; a file of it that is broken gives nothing. */
static enum kf_rc
add_kept(TALLOC_CTX *mem_ctx, STACK_OF(X509) *candidates, const char *directory,
         struct kf_error *err)
{
    struct kf_bytes *texts = NULL;
    size_t count = 0;
    enum kf_rc rc = kf_issuers_load(mem_ctx, directory, &texts, &count, err);

    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        rc = add_text(mem_ctx, candidates, &texts[i], err);
        rc = rc == KF_BADREPLY ? KF_OK : rc;
    }
    return rc;
}

static enum kf_rc
gather(const struct kf_deploy_job *job, STACK_OF(X509) *candidates, struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    enum kf_rc rc =
        tmp == NULL ? kf_fail_nomem(err) : add_file(tmp, candidates, job->certificate, err);

    for (size_t i = 0; i < job->chain_count && rc == KF_OK; i++) {
        rc = add_chain_file(tmp, candidates, job->chains[i], err);
    }
    if (rc == KF_OK) {
        rc = add_kept(tmp, candidates, job->state_directory, err);
    }
    talloc_free(tmp);
    return rc;
}

static bool
contains(const STACK_OF(X509) *list, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (X509_cmp(sk_X509_value(list, i), certificate) == 0) {
            return true;
        }
    }
    return false;
}

/* The certificate and those candidates that signed it, or signed one that did, for sk_X509_free();
 * NULL when memory is out. OpenSSL goes by names and key identifiers alone: a CA with a new key may
 * lead it astray. */
static STACK_OF(X509) *
find_ancestors(X509 *certificate, const STACK_OF(X509) *candidates)
{
    STACK_OF(X509) *found = sk_X509_new_null();
    bool whole = found != NULL && sk_X509_push(found, certificate) > 0;

    for (int i = 0; i < sk_X509_num(found) && whole; i++) {
        for (int k = 0; k < sk_X509_num(candidates) && whole; k++) {
            X509 *candidate = sk_X509_value(candidates, k);

            if (!contains(found, candidate) &&
                kf_x509_has_signed(candidate, sk_X509_value(found, i))) {
                whole = sk_X509_push(found, candidate) > 0;
            }
        }
    }
    if (!whole) {
        sk_X509_free(found);
        return NULL;
    }
    return found;
}

/* The dates of the certificate itself are the daemon's business, and this host's clock may be a
 * little slow for a new one. */
static int
overlook_dates(int verified, X509_STORE_CTX *context)
{
    const int error = X509_STORE_CTX_get_error(context);

    return verified == 1 ||
           (X509_STORE_CTX_get_error_depth(context) == 0 &&
            (error == X509_V_ERR_CERT_NOT_YET_VALID || error == X509_V_ERR_CERT_HAS_EXPIRED));
}

/* The roots that end a chain, for X509_STORE_free(); NULL when memory is out. */
static X509_STORE *
new_store(const STACK_OF(X509) *ancestors, bool with_trusted)
{
    X509_STORE *store = X509_STORE_new();
    bool whole = store != NULL;

    for (int i = 0; i < sk_X509_num(ancestors) && whole; i++) {
        X509 *ancestor = sk_X509_value(ancestors, i);

        whole = X509_self_signed(ancestor, 0) != 1 || X509_STORE_add_cert(store, ancestor) == 1;
    }
    if (whole && with_trusted) {
        X509_STORE_set_default_paths(store);
    }
    if (!whole) {
        X509_STORE_free(store);
        return NULL;
    }
    X509_STORE_set_flags(store, X509_V_FLAG_IGNORE_CRITICAL);
    X509_STORE_set_verify_cb(store, overlook_dates);
    return store;
}

static bool
is_issuer_missing(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

static enum kf_rc
fail_chain(X509_STORE_CTX *context, struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    const X509 *at = X509_STORE_CTX_get_current_cert(context);
    const int error = X509_STORE_CTX_get_error(context);
    const bool is_told = tmp != NULL && at != NULL;
    const char *subject = is_told ? kf_x509_name(tmp, X509_get_subject_name(at)) : NULL;
    const char *issuer = is_told ? kf_x509_name(tmp, X509_get_issuer_name(at)) : NULL;

    if (subject == NULL || issuer == NULL) {
        kf_fail_nomem(err);
    } else if (is_issuer_missing(error)) {
        kf_fail(err, KF_BADCONFIG,
                "the chain is not whole: there is no certificate of %s that signed that of %s: "
                "name a file that has it with --chain",
                issuer, subject);
    } else {
        kf_fail(err, KF_BADCONFIG,
                "the chain does not hold at %s: %s: name a file with the right issuers with "
                "--chain, or ask the CA's administrator",
                subject, X509_verify_cert_error_string(error));
    }
    talloc_free(tmp);
    return subject == NULL || issuer == NULL ? KF_INTERNAL : KF_BADCONFIG;
}

/* Builds the path of certificate up to a root; with_trusted: of those that this host trusts too. */
static enum kf_rc
build(X509 *certificate, STACK_OF(X509) *ancestors, bool with_trusted, STACK_OF(X509) **_path,
      struct kf_error *err)
{
    X509_STORE *store = new_store(ancestors, with_trusted);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    enum kf_rc rc = KF_OK;

    if (store == NULL || context == NULL ||
        X509_STORE_CTX_init(context, store, certificate, ancestors) != 1) {
        rc = kf_fail_nomem(err);
    } else if (X509_verify_cert(context) != 1) {
        rc = fail_chain(context, err);
    } else {
        *_path = X509_STORE_CTX_get1_chain(context);
        rc = *_path == NULL ? kf_fail_nomem(err) : KF_OK;
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return rc;
}

/* Takes the certificate itself off path, and the root unless it is wanted. */
static void
leave_issuers(STACK_OF(X509) *path, bool include_root)
{
    X509_free(sk_X509_shift(path));
    if (!include_root && sk_X509_num(path) > 0) {
        X509_free(sk_X509_pop(path));
    }
}

static enum kf_rc
find_path(X509 *certificate, const STACK_OF(X509) *candidates, STACK_OF(X509) **_path,
          struct kf_error *err)
{
    STACK_OF(X509) *ancestors = find_ancestors(certificate, candidates);
    enum kf_rc rc =
        ancestors == NULL ? kf_fail_nomem(err) : build(certificate, ancestors, false, _path, err);

    if (rc == KF_BADCONFIG) {
        rc = build(certificate, ancestors, true, _path, err);
    }
    sk_X509_free(ancestors);
    return rc;
}

enum kf_rc
kf_deploy_chain_find(const struct kf_deploy_job *job, X509 *certificate, STACK_OF(X509) **_issuers,
                     struct kf_error *err)
{
    STACK_OF(X509) *candidates = sk_X509_new_null();
    STACK_OF(X509) *path = NULL;
    enum kf_rc rc = candidates == NULL ? kf_fail_nomem(err) : gather(job, candidates, err);

    if (rc == KF_OK) {
        rc = find_path(certificate, candidates, &path, err);
    }
    sk_X509_pop_free(candidates, X509_free);
    if (rc != KF_OK) {
        return rc;
    }
    leave_issuers(path, job->include_root);
    *_issuers = path;
    return KF_OK;
}
