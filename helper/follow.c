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

/* A CA may date certificates back for hosts whose clocks are late: Microsoft's does by 10 minutes.
 */
#define BACKDATING 900

/* A certificate that is searched for. */
struct search {
    const char *query;
    int64_t request_id; /* 0: any */
    int64_t since;      /* issued then or later; 0: whenever */
};

static enum kf_rc
ask(struct kf_run *run, const struct search *search, struct kf_known **_known, size_t *_count)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_search(run->mem, run->config, search->query, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    return rc == KF_OK ? kf_rest_read_search(run->mem, reply, _known, _count, run->err) : rc;
}

/* True when there are certificates in the verdict, all of which can be read, whosever they are. */
static bool
is_readable(struct kf_run *run, const struct kf_verdict *verdict)
{
    struct kf_chain_member *members = NULL;
    struct kf_error ignored;
    size_t count = 0;

    for (size_t i = 0; i < verdict->certificate_count; i++) {
        if (kf_chain_list(run->mem, &verdict->certificates[i], &members, &count, &ignored) !=
            KF_OK) {
            return false;
        }
    }
    return verdict->certificate_count > 0;
}

/* Adds the certificate with its chain. */
static enum kf_rc
fetch(struct kf_run *run, const struct kf_known *known, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_download(run->mem, run->config, known->id, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_download(reply, verdict, run->err);
    }
    if (rc == KF_OK && !is_readable(run, verdict)) {
        rc = kf_fail(run->err, KF_BADREPLY, "the download of certificate %" PRId64 " is none",
                     known->id);
    }
    return rc;
}

static bool
is_ours(struct kf_run *run, const struct kf_verdict *verdict, const struct search *search)
{
    const struct kf_chain_wish wish = {.public_key = run->csr->public_key,
                                       .not_before = search->since - BACKDATING,
                                       .previous =
                                           search->since == 0 ? NULL : run->job->certificate};
    struct kf_error ignored;
    char *pem = NULL;

    return kf_chain_read(run->mem, verdict->certificates, verdict->certificate_count, &wish, &pem,
                         &ignored) == KF_OK;
}

/* Takes the certificate that the search told, which is ours: with its chain, when the server hands
 * that out. */
static enum kf_rc
take(struct kf_run *run, const struct search *search, const struct kf_known *known,
     struct kf_verdict *verdict)
{
    enum kf_rc rc = fetch(run, known, verdict);

    if (rc == KF_INTERNAL || kf_run_is_transient(rc) ||
        (rc == KF_OK && is_ours(run, verdict, search))) {
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

/* Looks at one certificate: issued when it is the one searched for, stranger when it is another;
 * one that cannot be had, or read, is neither. */
static enum kf_rc
look_at(struct kf_run *run, const struct search *search, const struct kf_known *known,
        struct kf_verdict *verdict)
{
    struct kf_verdict *seen = kf_verdict_new(run->mem);
    enum kf_rc rc = seen == NULL ? kf_fail_nomem(run->err) : KF_OK;

    if (rc == KF_OK) {
        rc = kf_verdict_add(seen, known->content, run->err);
    }
    if (rc == KF_OK && seen->certificate_count == 0) {
        rc = fetch(run, known, verdict);
    } else if (rc == KF_OK && is_ours(run, seen, search)) {
        rc = take(run, search, known, verdict);
    }
    if (rc == KF_INTERNAL || rc == KF_AUTH || kf_run_is_transient(rc)) {
        return rc;
    }
    if (rc == KF_OK && is_ours(run, verdict, search)) {
        verdict->disposition = KF_DISPOSITION_ISSUED;
        return KF_OK;
    }
    if (rc == KF_OK && is_readable(run, verdict->certificate_count > 0 ? verdict : seen)) {
        verdict->disposition = KF_DISPOSITION_STRANGER;
    }
    verdict->certificate_count = 0;
    return KF_OK;
}

static enum kf_rc
find(struct kf_run *run, const struct search *search, struct kf_verdict *verdict)
{
    struct kf_known *known = NULL;
    size_t count = 0;
    enum kf_rc rc = ask(run, search, &known, &count);

    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        if (search->request_id != 0 && known[i].request_id != search->request_id) {
            continue;
        }
        rc = look_at(run, search, &known[i], verdict);
        if (verdict->disposition == KF_DISPOSITION_ISSUED) {
            break;
        }
    }
    return rc;
}

/* An account that may not read requests or workflows is common: it waits without knowing. */
static bool
may_be_kept_secret(const struct kf_run *run, enum kf_rc rc, const char *what, const char *id)
{
    if (rc != KF_FORBIDDEN && rc != KF_NOAPI && rc != KF_REFUSED && rc != KF_BADREPLY) {
        return false;
    }
    kf_log(KF_LOG_INFO, "the state of %s %s is not to be had: %s", what, id, run->err->text);
    return true;
}

/* Whether the CA has denied a request that was not issued. */
static enum kf_rc
ask_state(struct kf_run *run, int64_t request_id, struct kf_verdict *verdict)
{
    char id[24];
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_state(run->mem, run->config, request_id, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_state(reply, verdict, run->err);
    }
    snprintf(id, sizeof(id), "%" PRId64, request_id);
    return may_be_kept_secret(run, rc, "request", id) ? KF_OK : rc;
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

/* Whether Command's own workflow has decided; *_is_complete: it has, and not against us. */
static enum kf_rc
ask_workflow(struct kf_run *run, const char *workflow, struct kf_verdict *verdict,
             bool *_is_complete)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_instance(run->mem, run->config, workflow, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_instance(reply, verdict, _is_complete, run->err);
    }
    return may_be_kept_secret(run, rc, "workflow", workflow) ? KF_OK : rc;
}

static enum kf_rc
find_by_id(struct kf_run *run, struct kf_verdict *verdict)
{
    struct search search = {.request_id = verdict->request_id};

    search.query = talloc_asprintf(run->mem, "CertRequestId -eq %" PRId64, verdict->request_id);
    return search.query == NULL ? kf_fail_nomem(run->err) : find(run, &search, verdict);
}

/* A workflow that is complete has handed the request to the CA, or has its certificate. */
static enum kf_rc
find_behind_workflow(struct kf_run *run, const char *workflow, struct kf_verdict *verdict)
{
    const bool had_id = verdict->request_id != 0;
    struct search search = {.since = run->since};
    bool is_complete = false;
    enum kf_rc rc = ask_workflow(run, workflow, verdict, &is_complete);

    if (rc != KF_OK || !is_complete) {
        return rc;
    }
    verdict->disposition = KF_DISPOSITION_UNKNOWN;
    if (verdict->request_id != 0) {
        return had_id ? KF_OK : find_by_id(run, verdict);
    }
    rc = write_query(run, &search.query);
    if (rc == KF_OK) {
        rc = find(run, &search, verdict);
    }
    if (verdict->disposition == KF_DISPOSITION_STRANGER) {
        verdict->disposition = KF_DISPOSITION_UNKNOWN;
    }
    return rc == KF_UNSUPPORTED ? KF_OK : rc;
}

enum kf_rc
kf_follow_request(struct kf_run *run, int64_t request_id, const char *workflow,
                  struct kf_verdict **_verdict)
{
    struct kf_verdict *verdict = kf_verdict_new(run->mem);
    enum kf_rc rc = verdict == NULL ? kf_fail_nomem(run->err) : KF_OK;

    if (rc == KF_OK && request_id != 0) {
        verdict->request_id = request_id;
        rc = find_by_id(run, verdict);
    }
    if (rc == KF_OK && verdict->disposition == KF_DISPOSITION_UNKNOWN && workflow != NULL) {
        rc = find_behind_workflow(run, workflow, verdict);
    }
    if (rc == KF_OK && verdict->disposition == KF_DISPOSITION_UNKNOWN && verdict->request_id != 0) {
        rc = ask_state(run, verdict->request_id, verdict);
    }
    if (rc == KF_OK) {
        *_verdict = verdict;
    }
    return rc;
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
        rc = kf_rest_read_pending(reply, run->csr->common_name, run->since - BACKDATING,
                                  &verdict->request_id, run->err);
    }
    if (rc == KF_FORBIDDEN || rc == KF_NOAPI) {
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
    struct search search = {.since = run->since};
    enum kf_rc rc;

    if (verdict == NULL) {
        return kf_fail_nomem(run->err);
    }
    rc = write_query(run, &search.query);
    if (rc == KF_OK) {
        rc = find(run, &search, verdict);
    }
    if (rc == KF_OK && verdict->disposition != KF_DISPOSITION_ISSUED) {
        verdict->disposition = KF_DISPOSITION_UNKNOWN;
        rc = find_pending(run, verdict);
    }
    if (rc == KF_OK) {
        *_verdict = verdict;
    }
    return rc;
}
