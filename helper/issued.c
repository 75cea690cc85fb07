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
#include "text.h"

#include <string.h>

#define ISSUERS_MAX  5  /* that are fetched */
#define ANSWER_LIMIT 10 /* seconds: the certificate itself is there */

/* Adds the certificates of a chain to those that came. */
static enum kf_rc
add_all(struct kf_run *run, const struct kf_chain *chain, struct kf_verdict *verdict)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < chain->count && rc == KF_OK; i++) {
        rc = kf_verdict_add(verdict, chain->members[i].pem, run->err);
    }
    return rc;
}

/* A server that sent the certificate alone may have its chain on this host. */
static enum kf_rc
add_configured(struct kf_run *run, struct kf_verdict *verdict)
{
    struct kf_chain *chain = NULL;
    enum kf_rc rc = kf_roots_configured(run, &chain);

    if (rc == KF_BADCONFIG) {
        kf_log(KF_LOG_NOTICE, "%s: going on without", run->err->text);
        return KF_OK;
    }
    return rc == KF_OK && chain != NULL ? add_all(run, chain, verdict) : rc;
}

static enum kf_rc
put_in_order(struct kf_run *run, const struct kf_verdict *verdict, struct kf_chain **_chain)
{
    /* What was fetched may have come over plain HTTP. */
    const struct kf_chain_wish wish = {.public_key = run->csr->public_key,
                                       .is_doubted = run->config->fetch_issuers};

    return kf_chain_read(run->mem, verdict->certificates, verdict->certificate_count, &wish, _chain,
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
    struct kf_chain *chain = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_exchange(run, &request, &reply);

    if (rc == KF_OK) {
        rc = kf_chain_list(run->mem, &reply->body, &chain, run->err);
    }
    return rc == KF_OK ? add_all(run, chain, verdict) : rc;
}

/* Adds the issuer of the last certificate of *_chain, and puts the whole in order again: *_chain
 * stays as it is when nothing was found. What a stranger may have sent never spoils the
 * certificate. */
static enum kf_rc
add_issuer(struct kf_run *run, const char *url, struct kf_verdict *verdict,
           struct kf_chain **_chain)
{
    const size_t before = verdict->certificate_count;
    enum kf_rc rc = fetch(run, url, verdict);

    if (rc == KF_OK) {
        rc = put_in_order(run, verdict, _chain);
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
add_fetched(struct kf_run *run, struct kf_verdict *verdict, struct kf_chain **_chain)
{
    enum kf_rc rc = KF_OK;

    for (int i = 0; i < ISSUERS_MAX && rc == KF_OK; i++) {
        const size_t before = (*_chain)->count;
        const char *url = kf_certificate_issuer_url(run->mem, (*_chain)->members[before - 1].pem);

        if (url == NULL) {
            return kf_fail_nomem(run->err);
        }
        if (url[0] == '\0') {
            break;
        }
        rc = add_issuer(run, url, verdict, _chain);
        if (rc == KF_OK && (*_chain)->count == before) {
            break; /* it was not the issuer's */
        }
    }
    return rc;
}

/* The daemon renews what has ended as soon as it has saved it: a certificate every few seconds. */
static enum kf_rc
check_end(struct kf_run *run, const struct kf_chain *chain)
{
    const int64_t now = kf_run_now(run);
    const struct kf_certificate_facts *facts =
        kf_certificate_facts(run->mem, chain->members[0].pem);
    char end[32];
    char here[32];

    if (facts == NULL) {
        return kf_fail_nomem(run->err);
    }
    if (facts->not_after > now) {
        return KF_OK;
    }
    return kf_fail(run->err, KF_PENDING,
                   "the certificate that was issued ended at %s, here it is %s, and it was not "
                   "saved: set the clock (chronyc tracking), or ask the CA's administrator",
                   kf_text_time(facts->not_after, end), kf_text_time(now, here));
}

enum kf_rc
kf_issued_answer(struct kf_run *run, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    struct kf_chain *chain = NULL;
    const char *pem = NULL;
    enum kf_rc rc = add_configured(run, verdict);

    if (rc == KF_OK) {
        rc = put_in_order(run, verdict, &chain);
    }
    if (rc == KF_OK) {
        rc = check_end(run, chain);
    }
    if (rc == KF_OK && run->config->fetch_issuers) {
        rc = add_fetched(run, verdict, &chain);
    }
    if (rc != KF_OK) {
        return rc;
    }
    kf_roots_keep(run, chain);
    kf_issuers_keep(&run->state, chain);
    pem = kf_chain_text(run->mem, chain, 0, run->config->include_root);
    return kf_outcome_answer(run->mem, pem, _outcome, run->err);
}
