/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of a request. Layer 4. A filter that the server does not know, or ignores, returns
 * strangers' certificates: only the public key decides. */

#include "follow.h"

#include "chain.h"
#include "log.h"
#include "modern.h"

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
    enum kf_rc rc = kf_modern_search(run->mem, run->config, search->query, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_run_exchange(run, request, &reply);
    }
    return rc == KF_OK ? kf_modern_read_search(run->mem, reply, _known, _count, run->err) : rc;
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
    enum kf_rc rc = kf_modern_download(run->mem, run->config, known->id, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_run_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_modern_read_download(reply, verdict, run->err);
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

/* Whether the CA has denied a request that was not issued. An account that may not read requests
 * is common: it waits without knowing. */
static enum kf_rc
ask_state(struct kf_run *run, int64_t request_id, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_modern_state(run->mem, run->config, request_id, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_run_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_modern_read_state(reply, verdict, run->err);
    }
    if (rc == KF_FORBIDDEN || rc == KF_NOAPI || rc == KF_REFUSED || rc == KF_BADREPLY) {
        kf_log(KF_LOG_INFO, "the state of request %" PRId64 " is not to be had: %s", request_id,
               run->err->text);
        return KF_OK;
    }
    return rc;
}

enum kf_rc
kf_follow_request(struct kf_run *run, int64_t request_id, struct kf_verdict **_verdict)
{
    struct kf_verdict *verdict = kf_verdict_new(run->mem);
    struct search search = {.request_id = request_id};
    enum kf_rc rc;

    search.query = talloc_asprintf(run->mem, "CertRequestId -eq %" PRId64, request_id);
    if (verdict == NULL || search.query == NULL) {
        return kf_fail_nomem(run->err);
    }
    verdict->request_id = request_id;
    rc = find(run, &search, verdict);
    if (rc == KF_OK && verdict->disposition == KF_DISPOSITION_UNKNOWN) {
        rc = ask_state(run, request_id, verdict);
    }
    if (rc == KF_OK) {
        *_verdict = verdict;
    }
    return rc;
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

/* A request of ours that waits for approval. Only its subject and date are known, so it is followed
 * up until it turns out whose key it is for. */
static enum kf_rc
find_pending(struct kf_run *run, struct kf_verdict *verdict)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc;

    if (run->csr->common_name == NULL) {
        return KF_OK;
    }
    rc = kf_modern_pending(run->mem, run->config, &request, run->err);
    if (rc == KF_OK) {
        rc = kf_run_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_modern_read_pending(reply, run->csr->common_name, run->since - BACKDATING,
                                    &verdict->request_id, run->err);
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
        if (rc == KF_FORBIDDEN || rc == KF_NOAPI) {
            kf_log(KF_LOG_INFO, "pending requests cannot be looked at: %s", run->err->text);
            rc = KF_OK;
        }
    }
    if (rc == KF_OK) {
        *_verdict = verdict;
    }
    return rc;
}
