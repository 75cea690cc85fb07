/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A certificate that was issued, on its way to the daemon. Layer 4. */

#include "issued.h"

#include "certificate.h"
#include "chain.h"
#include "exchange.h"
#include "issuers.h"
#include "log.h"
#include "roots.h"

#include <string.h>

#define ISSUERS_MAX  5  /* that are fetched */
#define ANSWER_LIMIT 10 /* seconds: the certificate itself is there */

/* A server that sent the certificate alone may have its chain on this host. */
static enum kf_rc
add_configured(struct kf_run *run, struct kf_verdict *verdict)
{
    struct kf_chain_member *members = NULL;
    size_t count = 0;
    enum kf_rc rc = kf_roots_configured(run, &members, &count);

    if (rc == KF_BADCONFIG) {
        kf_log(KF_LOG_NOTICE, "%s: going on without", run->err->text);
        return KF_OK;
    }
    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        rc = kf_verdict_add(verdict, members[i].pem, run->err);
    }
    return rc;
}

static enum kf_rc
put_in_order(struct kf_run *run, const struct kf_verdict *verdict, bool include_root, char **_pem)
{
    const struct kf_chain_wish wish = {.public_key = run->csr->public_key,
                                       .include_root = include_root};

    return kf_chain_read(run->mem, verdict->certificates, verdict->certificate_count, &wish, _pem,
                         run->err);
}

/* What is at url, when it is CA certificates. */
static enum kf_rc
fetch(struct kf_run *run, const char *url, struct kf_verdict *verdict)
{
    const struct kf_request request = {.method = "GET",
                                       .url = url,
                                       .absent = "no such file",
                                       .is_public = true,
                                       .time_limit = ANSWER_LIMIT};
    struct kf_chain_member *members = NULL;
    struct kf_reply *reply = NULL;
    size_t count = 0;
    enum kf_rc rc = kf_exchange(run, &request, &reply);

    if (rc == KF_OK) {
        rc = kf_chain_list(run->mem, &reply->body, &members, &count, run->err);
    }
    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        rc = kf_verdict_add(verdict, members[i].pem, run->err);
    }
    return rc;
}

/* Adds the issuer of the last certificate of *_pem, and puts the whole in order again: *_pem stays
 * as it is when nothing was found. What a stranger may have sent never spoils the certificate. */
static enum kf_rc
add_issuer(struct kf_run *run, const char *url, struct kf_verdict *verdict, char **_pem)
{
    const size_t before = verdict->certificate_count;
    enum kf_rc rc = fetch(run, url, verdict);

    if (rc == KF_OK) {
        rc = put_in_order(run, verdict, true, _pem);
    }
    if (rc == KF_OK || rc == KF_INTERNAL) {
        return rc;
    }
    verdict->certificate_count = before;
    kf_log(KF_LOG_NOTICE, "%s: no certificate of the issuer: %s: going on without", url,
           run->err->text);
    return KF_OK;
}

/* Follows the chain upwards, as far as it says where to. */
static enum kf_rc
add_fetched(struct kf_run *run, struct kf_verdict *verdict)
{
    char *pem = NULL;
    enum kf_rc rc = put_in_order(run, verdict, true, &pem);

    for (int i = 0; i < ISSUERS_MAX && rc == KF_OK; i++) {
        const char *url = kf_certificate_issuer_url(run->mem, pem);
        const char *before = pem;

        if (url == NULL) {
            return kf_fail_nomem(run->err);
        }
        if (url[0] == '\0') {
            break;
        }
        rc = add_issuer(run, url, verdict, &pem);
        if (rc == KF_OK && strcmp(before, pem) == 0) {
            break; /* it was not the issuer's */
        }
    }
    return rc;
}

enum kf_rc
kf_issued_answer(struct kf_run *run, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    char *pem = NULL;
    enum kf_rc rc = add_configured(run, verdict);

    if (rc == KF_OK && run->config->fetch_issuers) {
        rc = add_fetched(run, verdict);
    }
    if (rc == KF_OK) {
        rc = put_in_order(run, verdict, true, &pem);
    }
    if (rc == KF_OK) {
        kf_roots_keep(run, pem);
        kf_issuers_keep(&run->state, pem);
        rc = put_in_order(run, verdict, run->config->include_root, &pem);
    }
    if (rc != KF_OK) {
        return rc;
    }
    *_outcome = kf_outcome_answer(run->mem, pem);
    return *_outcome == NULL ? kf_fail_nomem(run->err) : KF_OK;
}
