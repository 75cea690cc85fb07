/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of a request. Layer 4. A filter that the server does not know, or ignores, returns
 * strangers' certificates: only the public key decides. */

#include "follow.h"

#include "chain.h"
#include "exchange.h"
#include "log.h"
#include "rest.h"

#include <inttypes.h>
#include <string.h>

/* Our clock may differ from the server's, and a CA may date certificates back for hosts whose
 * clocks are late: Microsoft's does by 10 minutes. Others date them to the beginning of the day.
 * Seconds. */
#define CLOCKS_APART 900
#define BACKDATING   (86400 + CLOCKS_APART)

#define PAGES_MAX 5 /* of a search */

/* A certificate that is searched for. */
struct search {
    const char *query;
    int64_t request_id; /* 0: any */
    int64_t since;      /* valid from then on or later; 0: whenever */
};

static enum kf_rc
ask(struct kf_run *run, const struct search *search, unsigned page, struct kf_known **_known,
    size_t *_count)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_search(run->mem, run->config, search->query, page, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    return rc == KF_OK ? kf_rest_read_search(run->mem, reply, _known, _count, run->err) : rc;
}

/* Whether there are certificates in the verdict, all of which can be read, whosever they are. */
static enum kf_rc
check_readable(struct kf_run *run, const struct kf_verdict *verdict, bool *_readable)
{
    struct kf_chain *chain = NULL;
    struct kf_error why;
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < verdict->certificate_count && rc == KF_OK; i++) {
        rc = kf_chain_list(run->mem, &verdict->certificates[i], &chain, &why);
    }
    *_readable = rc == KF_OK && verdict->certificate_count > 0;
    return rc == KF_INTERNAL ? kf_fail_nomem(run->err) : KF_OK;
}

/* Adds the certificate with its chain. */
static enum kf_rc
fetch(struct kf_run *run, const struct kf_known *known, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    bool is_readable = false;
    enum kf_rc rc = kf_rest_download(run->mem, run->config, known->id, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_download(reply, verdict, run->err);
    }
    if (rc == KF_OK) {
        rc = check_readable(run, verdict, &is_readable);
    }
    if (rc == KF_OK && !is_readable) {
        rc = kf_fail(run->err, KF_BADREPLY, "the download of certificate %" PRId64 " is none",
                     known->id);
    }
    return rc;
}

/* Whether the certificate searched for is in the verdict. */
static enum kf_rc
check_ours(struct kf_run *run, const struct kf_verdict *verdict, const struct search *search,
           bool *_ours)
{
    const struct kf_chain_wish wish = {.public_key = run->csr->public_key,
                                       .not_before = search->since,
                                       .previous =
                                           search->since == 0 ? NULL : run->job->certificate};
    struct kf_chain *chain = NULL;
    struct kf_error why;
    const enum kf_rc rc = kf_chain_read(run->mem, verdict->certificates, verdict->certificate_count,
                                        &wish, &chain, &why);

    *_ours = rc == KF_OK;
    return rc == KF_INTERNAL ? kf_fail_nomem(run->err) : KF_OK;
}

/* Takes the certificate that the search told, which is ours: with its chain, when the server hands
 * that out. */
static enum kf_rc
take(struct kf_run *run, const struct search *search, const struct kf_known *known,
     struct kf_verdict *verdict)
{
    bool is_ours = false;
    enum kf_rc rc = fetch(run, known, verdict);

    if (rc == KF_OK) {
        rc = check_ours(run, verdict, search, &is_ours);
    }
    if (rc == KF_INTERNAL || kf_run_is_transient(rc) || is_ours) {
        return rc;
    }
    if (rc == KF_OK) {
        kf_fail(run->err, KF_BADREPLY, "the download of certificate %" PRId64 " is another",
                known->id);
    }
    kf_log(KF_LOG_NOTICE, "%s: going on with the certificate alone", run->err->text);
    verdict->certificate_count = 0;
    return kf_verdict_add(verdict, known->content, run->err);
}

/* Gets what the server has of one certificate: seen is what the search told of it. */
static enum kf_rc
get(struct kf_run *run, const struct search *search, const struct kf_known *known,
    const struct kf_verdict *seen, struct kf_verdict *verdict)
{
    bool is_ours = false;
    enum kf_rc rc;

    if (seen->certificate_count == 0) {
        return fetch(run, known, verdict);
    }
    rc = check_ours(run, seen, search, &is_ours);
    return rc == KF_OK && is_ours ? take(run, search, known, verdict) : rc;
}

/* Issued when the certificate searched for is there, stranger when another is; what cannot be read
 * is neither. */
static enum kf_rc
judge(struct kf_run *run, const struct search *search, const struct kf_verdict *seen,
      struct kf_verdict *verdict)
{
    bool is_ours = false;
    bool is_readable = false;
    enum kf_rc rc = check_ours(run, verdict, search, &is_ours);

    if (rc == KF_OK && is_ours) {
        verdict->disposition = KF_DISPOSITION_ISSUED;
        return rc;
    }
    if (rc == KF_OK) {
        rc = check_readable(run, verdict->certificate_count > 0 ? verdict : seen, &is_readable);
    }
    if (is_readable) {
        verdict->disposition = KF_DISPOSITION_STRANGER;
    }
    return rc;
}

/* Looks at one certificate. Fails when it cannot be had. */
static enum kf_rc
look_at(struct kf_run *run, const struct search *search, const struct kf_known *known,
        struct kf_verdict *verdict)
{
    struct kf_verdict *seen = kf_verdict_new(run->mem);
    enum kf_rc rc = seen == NULL ? kf_fail_nomem(run->err) : KF_OK;

    if (rc == KF_OK) {
        rc = kf_verdict_add(seen, known->content, run->err);
    }
    if (rc == KF_OK) {
        rc = get(run, search, known, seen, verdict);
    }
    if (rc == KF_OK) {
        rc = judge(run, search, seen, verdict);
    }
    if (verdict->disposition == KF_DISPOSITION_ISSUED) {
        verdict->request_id = known->request_id;
    } else {
        verdict->certificate_count = 0;
    }
    return rc;
}

/* A failure that says nothing about the next certificate. */
static bool
is_of_one(enum kf_rc rc)
{
    return rc != KF_OK && rc != KF_INTERNAL && rc != KF_AUTH && !kf_run_is_transient(rc);
}

/* Looks at the certificates of one page. *_unseen is why one of them could not be looked at. */
static enum kf_rc
look_through(struct kf_run *run, const struct search *search, unsigned page, size_t *_count,
             enum kf_rc *_unseen, struct kf_verdict *verdict)
{
    struct kf_known *known = NULL;
    enum kf_rc rc = ask(run, search, page, &known, _count);

    for (size_t i = 0; rc == KF_OK && i < *_count; i++) {
        if (search->request_id != 0 && known[i].request_id != search->request_id) {
            continue;
        }
        rc = look_at(run, search, &known[i], verdict);
        if (verdict->disposition == KF_DISPOSITION_ISSUED) {
            return rc;
        }
        if (is_of_one(rc)) {
            *_unseen = rc;
            rc = KF_OK;
        }
    }
    return rc;
}

/* Of a request's number there is one page at most, whatever a server makes of the query. */
static bool
is_last_page(const struct search *search, size_t count)
{
    return count < KF_REST_PAGE_SIZE || search->request_id != 0;
}

/* Among all there are, one that cannot be had may be ours, and so may one that is not listed. */
static enum kf_rc
find(struct kf_run *run, const struct search *search, struct kf_verdict *verdict)
{
    enum kf_rc unseen = KF_OK;

    for (unsigned page = 1; page <= PAGES_MAX; page++) {
        size_t count = 0;
        const enum kf_rc rc = look_through(run, search, page, &count, &unseen, verdict);

        if (rc != KF_OK || verdict->disposition == KF_DISPOSITION_ISSUED) {
            return rc;
        }
        if (is_last_page(search, count)) {
            return unseen != KF_OK && search->request_id == 0
                       ? kf_fail(run->err, unseen,
                                 "a certificate that may be ours cannot be downloaded")
                       : KF_OK;
        }
    }
    return kf_fail(run->err, KF_UNSUPPORTED,
                   "there are more certificates that may be ours than are looked through: set "
                   "reconcile-metadata");
}

/* An account that may not read all of this is common: it waits without knowing. */
static bool
may_be_kept_secret(const struct kf_run *run, enum kf_rc rc, const char *what)
{
    if (rc != KF_FORBIDDEN && rc != KF_NOAPI && rc != KF_REFUSED && rc != KF_BADREPLY) {
        return false;
    }
    kf_log(KF_LOG_INFO, "%s is not to be had: %s", what, run->err->text);
    return true;
}

/* Whether the CA has denied a request that was not issued. */
static enum kf_rc
ask_state(struct kf_run *run, int64_t request_id, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_state(run->mem, run->config, request_id, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_state(reply, verdict, run->err);
    }
    return may_be_kept_secret(run, rc, "the state of the request") ? KF_OK : rc;
}

/* The query for certificates that may be ours. */
static enum kf_rc
write_query(struct kf_run *run, const char **_query)
{
    const char *type = run->config->reconcile_metadata;
    const char *name = run->csr->common_name;

    if (type != NULL) {
        *_query = talloc_asprintf(run->mem, "%s -eq \"%s\"", type, run->identity);
    } else if (name == NULL || strchr(name, '"') != NULL) {
        return kf_fail(run->err, KF_UNSUPPORTED,
                       "the request has no common name to look for: set reconcile-metadata");
    } else {
        *_query = talloc_asprintf(run->mem, "IssuedCN -eq \"%s\"", name);
    }
    return *_query == NULL ? kf_fail_nomem(run->err) : KF_OK;
}

/* Whether Command's own workflow has decided; also the id, where it is told. */
static enum kf_rc
ask_workflow(struct kf_run *run, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_instance(run->mem, run->config, verdict->workflow, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_instance(reply, verdict, run->err);
    }
    return may_be_kept_secret(run, rc, "the state of the workflow") ? KF_OK : rc;
}

static enum kf_rc
find_by_id(struct kf_run *run, struct kf_verdict *verdict)
{
    struct search search = {.request_id = verdict->request_id};

    search.query = talloc_asprintf(run->mem, "CertRequestId -eq %" PRId64, verdict->request_id);
    return search.query == NULL ? kf_fail_nomem(run->err) : find(run, &search, verdict);
}

/* What may be dated back for so long must not be taken for an older certificate of the same key:
 * the hash in the metadata tells requests apart, and the daemon the certificate that it has. */
static int64_t
backdating(const struct kf_run *run)
{
    return run->config->reconcile_metadata != NULL && run->job->operation != NULL ? BACKDATING
                                                                                  : CLOCKS_APART;
}

/* Somebody else's certificate of the same name says nothing about ours. */
static enum kf_rc
find_by_key(struct kf_run *run, struct kf_verdict *verdict)
{
    const enum kf_disposition before = verdict->disposition;
    struct search search = {.since = run->since - backdating(run)};
    enum kf_rc rc = write_query(run, &search.query);

    if (rc == KF_OK) {
        rc = find(run, &search, verdict);
    }
    if (verdict->disposition == KF_DISPOSITION_STRANGER) {
        verdict->disposition = before;
    }
    return rc;
}

/* A workflow that is through has handed the request to the CA; one that failed may have done so
 * before. */
static enum kf_rc
follow_workflow(struct kf_run *run, struct kf_verdict *verdict)
{
    const bool had_id = verdict->request_id != 0;
    enum kf_rc rc = ask_workflow(run, verdict);

    return rc == KF_OK && !had_id && verdict->request_id != 0 ? find_by_id(run, verdict) : rc;
}

static bool
is_open(const struct kf_verdict *verdict)
{
    return verdict->disposition == KF_DISPOSITION_UNKNOWN ||
           verdict->disposition == KF_DISPOSITION_PENDING;
}

/* What is not known by its id may have been issued all the same: who may not look at workflows
 * learns it in this way. */
static enum kf_rc
look_further(struct kf_run *run, struct kf_verdict *verdict)
{
    enum kf_rc rc;

    if (verdict->request_id != 0) {
        return ask_state(run, verdict->request_id, verdict);
    }
    rc = find_by_key(run, verdict);
    return rc == KF_UNSUPPORTED || may_be_kept_secret(run, rc, "the certificate of the request")
               ? KF_OK
               : rc;
}

enum kf_rc
kf_follow_request(struct kf_run *run, int64_t request_id, const char *workflow,
                  struct kf_verdict **_verdict)
{
    struct kf_verdict *verdict = kf_verdict_new(run->mem);
    enum kf_rc rc = KF_OK;

    if (verdict == NULL) {
        return kf_fail_nomem(run->err);
    }
    verdict->request_id = request_id;
    verdict->workflow = workflow;
    if (request_id != 0) {
        rc = find_by_id(run, verdict);
    }
    if (rc == KF_OK && is_open(verdict) && workflow != NULL) {
        rc = follow_workflow(run, verdict);
    }
    if (rc == KF_OK && is_open(verdict)) {
        rc = look_further(run, verdict);
    }
    if (rc == KF_OK) {
        *_verdict = verdict;
    }
    return rc;
}

/* Command 10 has no list of those that wait for validation, and need not have one. */
static bool
may_be_passed_over(const struct kf_run *run, enum kf_rc rc, bool is_external)
{
    return ((rc == KF_NOAPI || rc == KF_REFUSED) && is_external) ||
           ((rc == KF_NOAPI || rc == KF_FORBIDDEN) &&
            run->config->reconcile != KF_RECONCILE_REQUIRED);
}

static enum kf_rc
look_through_pending(struct kf_run *run, bool is_external, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_pending(run->mem, run->config, is_external, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_pending(reply, run->csr->common_name, run->since - CLOCKS_APART,
                                  &verdict->request_id, run->err);
    }
    if (may_be_passed_over(run, rc, is_external)) {
        kf_log(KF_LOG_INFO, "pending requests cannot be looked at: %s", run->err->text);
        rc = KF_OK;
    }
    return rc;
}

/* A request of ours that waits for approval. Only its subject and date are known, so it is followed
 * up until it turns out whose key it is for. */
static enum kf_rc
find_pending(struct kf_run *run, struct kf_verdict *verdict)
{
    enum kf_rc rc = KF_OK;

    if (run->csr->common_name == NULL) {
        return KF_OK;
    }
    rc = look_through_pending(run, false, verdict);
    if (rc == KF_OK && verdict->request_id == 0) {
        rc = look_through_pending(run, true, verdict);
    }
    if (rc == KF_OK && verdict->request_id != 0) {
        verdict->disposition = KF_DISPOSITION_PENDING;
    }
    return rc;
}

enum kf_rc
kf_follow_lost(struct kf_run *run, struct kf_verdict **_verdict)
{
    struct kf_verdict *verdict = kf_verdict_new(run->mem);
    enum kf_rc rc = verdict == NULL ? kf_fail_nomem(run->err) : find_by_key(run, verdict);

    if (rc == KF_OK && verdict->disposition != KF_DISPOSITION_ISSUED) {
        rc = find_pending(run, verdict);
    }
    if (rc == KF_OK) {
        *_verdict = verdict;
    }
    return rc;
}
