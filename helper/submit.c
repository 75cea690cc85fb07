/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* SUBMIT and POLL. Layer 4: the story of an enrollment. docs/PROTOCOL has its states. */

#include "submit.h"

#include "api.h"
#include "certificate.h"
#include "chain.h"
#include "cookie.h"
#include "follow.h"
#include "log.h"
#include "metadata.h"
#include "retry.h"
#include "roots.h"
#include "state.h"
#include "template.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* How long the daemon may take to save a certificate that was printed: it may be switched off in
 * between. In seconds. */
#define SAVING_MAX 86400

/* An enrollment on its way. */
struct enrollment {
    struct kf_run *run;
    const struct kf_api *api;
    struct kf_cookie before; /* what the run before said */
    struct kf_cookie cookie; /* what the next one will be told */
    struct kf_note note;     /* what is on disk about this request */
    bool has_cookie;         /* the daemon holds one, and keeps it if this run is "unreachable" */
};

/* True when the certificate of the note has reached who asked for it: a person who runs the helper
 * by hand sees it at once; the daemon has it when it renews it, or when it came long ago. */
static bool
is_history(const struct kf_run *run, const struct kf_note *note)
{
    const bool by_hand = run->job->operation == NULL || run->job->operation[0] == '\0';
    const char *previous = kf_certificate_digest(run->mem, run->job->certificate);

    return note->issued[0] != '\0' && (by_hand || kf_run_now(run) - note->last > SAVING_MAX ||
                                       (previous != NULL && strcmp(note->issued, previous) == 0));
}

/* An earlier run has left its note behind: the server may have the request. */
static void
recall_note(struct enrollment *self)
{
    const struct kf_run *run = self->run;

    if (!kf_state_read_note(run->config->state_directory, run->identity, &self->note) ||
        is_history(run, &self->note)) {
        self->note = (struct kf_note){.first = kf_run_now(run)};
        return;
    }
    if (self->before.state != KF_COOKIE_SUBMIT) {
        return;
    }
    kf_log(KF_LOG_NOTICE, "this request was sent before, and what became of it is not known: "
                          "looking for a certificate before submitting again");
    self->before.state = KF_COOKIE_RECONCILE;
    if (self->note.first < self->before.since) {
        self->before.since = self->note.first;
    }
}

static void
recall_cookie(struct enrollment *self)
{
    struct kf_run *run = self->run;
    struct kf_cookie *cookie = NULL;

    if (kf_cookie_parse(run->mem, run->job->cookie, &cookie, run->err) != KF_OK) {
        kf_log(KF_LOG_NOTICE, "%s: looking for a certificate before submitting again",
               run->err->text);
        self->before.state = KF_COOKIE_RECONCILE;
        self->before.since -= run->config->retry_limit;
        self->has_cookie = true;
    } else if (strcmp(cookie->csr_sha256, run->identity) != 0) {
        kf_log(KF_LOG_NOTICE,
               "the request has changed: request %" PRId64 " is abandoned, submitting the new one",
               cookie->request_id);
    } else {
        self->before = *cookie;
        self->has_cookie = true;
    }
}

/* What to do, from the cookie, the request and the note; docs/PROTOCOL, "The cookie". */
static void
recall(struct enrollment *self)
{
    struct kf_run *run = self->run;
    const char *line = run->job->cookie;

    self->before = (struct kf_cookie){
        .state = KF_COOKIE_SUBMIT, .since = kf_run_now(run), .csr_sha256 = run->identity};
    if (line != NULL && line[0] != '\0') {
        recall_cookie(self);
    }
    recall_note(self);
    self->cookie = self->before;
    run->since = self->before.since;
}

static enum kf_rc
wait_for(struct enrollment *self, unsigned delay, struct kf_outcome **_outcome)
{
    const char *line = kf_cookie_format(self->run->mem, &self->cookie);

    *_outcome = line == NULL ? NULL : kf_outcome_wait(self->run->mem, delay, line);
    return *_outcome == NULL ? kf_fail_nomem(self->run->err) : KF_OK;
}

static enum kf_rc
give_up(struct enrollment *self, struct kf_outcome **_outcome)
{
    *_outcome = kf_outcome_failure(self->run->mem, KF_STATUS_UNREACHABLE, self->run->err->text);
    return *_outcome == NULL ? kf_fail_nomem(self->run->err) : KF_OK;
}

/* The daemon keeps the cookie it has when a run ends in "unreachable". That is good enough unless
 * this run has learnt that the server may have the request. */
static bool
may_give_up(const struct enrollment *self)
{
    const bool kept = self->has_cookie && self->before.state == self->cookie.state;

    return kept && kf_run_now(self->run) - self->cookie.since > self->run->config->retry_limit;
}

/* After a failure that may heal by itself. */
static enum kf_rc
try_again(struct enrollment *self, enum kf_rc rc, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    int64_t at_least = run->retry_after;
    unsigned delay;

    if (rc == KF_UNCERTAIN && self->cookie.state == KF_COOKIE_SUBMIT) {
        self->cookie.state = KF_COOKIE_RECONCILE;
    }
    self->cookie.attempt = self->cookie.state == self->before.state ? self->before.attempt + 1 : 1;
    if (may_give_up(self)) {
        return give_up(self, _outcome);
    }
    if (rc == KF_UNCERTAIN && at_least < run->config->retry_interval) {
        /* The server may still be at it: what it issues must be there when we look. */
        at_least = run->config->retry_interval;
    }
    delay = kf_retry_delay(run->config, self->cookie.attempt, at_least, run->effects->random());
    kf_log(KF_LOG_NOTICE, "%s: trying again in %u s (try %" PRIu32 ")", run->err->text, delay,
           self->cookie.attempt + 1);
    return wait_for(self, delay, _outcome);
}

/* A server that sent the certificate alone may have its chain on this host. */
static enum kf_rc
add_configured_chain(struct kf_run *run, struct kf_verdict *verdict)
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
order_chain(struct kf_run *run, const struct kf_verdict *verdict, bool include_root, char **_pem)
{
    const struct kf_chain_wish wish = {.public_key = run->csr->public_key,
                                       .include_root = include_root};

    return kf_chain_read(run->mem, verdict->certificates, verdict->certificate_count, &wish, _pem,
                         run->err);
}

static enum kf_rc
hand_over(struct enrollment *self, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    char *pem = NULL;
    enum kf_rc rc = add_configured_chain(run, verdict);

    if (rc == KF_OK) {
        rc = order_chain(run, verdict, true, &pem);
    }
    if (rc == KF_OK) {
        kf_roots_keep(run, pem);
        rc = order_chain(run, verdict, run->config->include_root, &pem);
    }
    if (rc != KF_OK) {
        return rc;
    }
    *_outcome = kf_outcome_answer(run->mem, pem);
    return *_outcome == NULL ? kf_fail_nomem(run->err) : KF_OK;
}

static enum kf_rc
refuse(struct enrollment *self, const struct kf_verdict *verdict)
{
    char id[32] = "";

    if (verdict->request_id != 0) {
        snprintf(id, sizeof(id), " (id %" PRId64 ")", verdict->request_id);
    }
    return kf_fail(self->run->err, KF_REFUSED,
                   "the CA refused the request%s: %s; ask the CA's administrator, then getcert "
                   "resubmit",
                   id, verdict->message[0] == '\0' ? "no reason given" : verdict->message);
}

/* The server has the request and has not decided: the number of polls decides how long to wait. */
static enum kf_rc
wait_for_decision(struct enrollment *self, const char *why, struct kf_outcome **_outcome)
{
    const struct kf_run *run = self->run;
    unsigned delay =
        kf_poll_delay(run->config, self->cookie.attempt, run->retry_after, run->effects->random());

    kf_log(KF_LOG_NOTICE, "request %" PRId64 " is pending%s%s: asking again in %u s",
           self->cookie.request_id, why[0] == '\0' ? "" : ": ", why, delay);
    return wait_for(self, delay, _outcome);
}

static enum kf_rc
begin_waiting(struct enrollment *self, const struct kf_verdict *verdict,
              struct kf_outcome **_outcome)
{
    self->cookie.state = KF_COOKIE_RESUME;
    self->cookie.attempt = 0;
    self->cookie.since = kf_run_now(self->run);
    self->cookie.request_id = verdict->request_id;
    return wait_for_decision(self, verdict->message, _outcome);
}

static enum kf_rc
act_on_answer(struct enrollment *self, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    switch (verdict->disposition) {
    case KF_DISPOSITION_ISSUED:
        return hand_over(self, verdict, _outcome);
    case KF_DISPOSITION_PENDING:
        return begin_waiting(self, verdict, _outcome);
    case KF_DISPOSITION_DENIED:
        return refuse(self, verdict);
    case KF_DISPOSITION_UNKNOWN:
    case KF_DISPOSITION_STRANGER:
        break;
    }
    return kf_fail(self->run->err, KF_UNCERTAIN,
                   "the answer has neither a certificate nor a request id%s%s",
                   verdict->message[0] == '\0' ? "" : ": ", verdict->message);
}

static enum kf_rc
find_template(const struct kf_run *run, const char **_template)
{
    const char *asked = run->job->profile;

    if (asked == NULL || asked[0] == '\0') {
        *_template = run->config->template;
        return *_template != NULL
                   ? KF_OK
                   : kf_fail(run->err, KF_BADCONFIG,
                             "no template: request with getcert -T NAME, or set template in %s",
                             run->config->path);
    }
    if (!kf_text_is_line(asked)) {
        return kf_fail(run->err, KF_BADINPUT,
                       "the template name (getcert -T) has a line break, a control character or "
                       "invalid UTF-8 in it: request again with the name as the server has it");
    }
    *_template = asked;
    return KF_OK;
}

/* What goes before an enrollment; nothing can have been issued by it. */
static enum kf_rc
get_token(struct enrollment *self, const char **_token)
{
    struct kf_run *run = self->run;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = self->api->build_token(run->mem, run->config, &request, run->err);

    if (rc == KF_OK && request != NULL) {
        rc = kf_run_exchange(run, request, &reply);
    }
    if (rc == KF_OK && request != NULL) {
        rc = self->api->read_token(run->mem, run->config, reply, _token, run->err);
    }
    return rc == KF_UNCERTAIN ? KF_NOTSENT : rc;
}

static enum kf_rc
build(struct enrollment *self, struct kf_request **_request)
{
    struct kf_run *run = self->run;
    struct kf_metadata_source source = {
        .config = run->config, .job = run->job, .csr = run->csr, .identity = run->identity};
    struct kf_enrollment enrollment = {.config = run->config, .csr = run->csr};
    struct kf_metadata *metadata = NULL;
    enum kf_rc rc = find_template(run, &source.template);

    if (rc == KF_OK) {
        rc = kf_metadata_fill(run->mem, &source, &metadata, &enrollment.metadata_count, run->err);
    }
    if (rc == KF_OK && run->config->check_key) {
        rc = kf_template_check(run, source.template);
    }
    if (rc == KF_OK) {
        rc = get_token(self, &enrollment.token);
    }
    if (rc != KF_OK) {
        return rc;
    }
    enrollment.template = source.template;
    enrollment.metadata = metadata;
    enrollment.now_ms = run->effects->now_ms();
    return self->api->build_enrollment(run->mem, &enrollment, _request, run->err);
}

static enum kf_rc
enroll(struct enrollment *self, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    struct kf_verdict *verdict = NULL;
    enum kf_rc rc = build(self, &request);

    if (rc != KF_OK) {
        return rc;
    }
    self->note.last = kf_run_now(run);
    kf_state_write_note(run->config->state_directory, run->identity, &self->note);
    rc = kf_run_exchange(run, request, &reply);
    if (rc != KF_OK) {
        return rc;
    }
    rc = self->api->read_enrollment(run->mem, reply, &verdict, run->err);
    if (rc == KF_OK) {
        rc = act_on_answer(self, verdict, _outcome);
    }
    /* The server has the request: failing for want of memory now does not undo that. */
    return rc == KF_INTERNAL ? KF_UNCERTAIN : rc;
}

/* How long to wait until what the server may still be doing for the request is done: what it issues
 * must be there when we look. In seconds. */
static int64_t
time_to_settle(const struct enrollment *self)
{
    const struct kf_run *run = self->run;
    int64_t wait;

    if (self->has_cookie || self->note.issued[0] != '\0') {
        return 0;
    }
    wait = self->note.last + run->config->retry_interval - kf_run_now(run);
    return wait < run->config->retry_interval ? wait : run->config->retry_interval;
}

/* Looks for what became of a request whose answer was lost, and submits it only if nothing did. */
static enum kf_rc
reconcile(struct enrollment *self, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    struct kf_verdict *verdict = NULL;
    const int64_t wait = time_to_settle(self);
    enum kf_rc rc = KF_OK;

    if (run->config->reconcile == KF_RECONCILE_OFF) {
        return enroll(self, _outcome);
    }
    if (wait > 0) {
        return wait_for(self, (unsigned)wait, _outcome);
    }
    rc = kf_follow_lost(run, &verdict);
    if (rc == KF_OK && verdict->disposition != KF_DISPOSITION_UNKNOWN) {
        return act_on_answer(self, verdict, _outcome);
    }
    if (rc == KF_OK) {
        kf_log(KF_LOG_NOTICE, "nothing was issued for the lost request: submitting it again");
        return enroll(self, _outcome);
    }
    if (rc == KF_INTERNAL || rc == KF_AUTH || kf_run_is_transient(rc)) {
        return rc;
    }
    if (run->config->reconcile == KF_RECONCILE_REQUIRED) {
        return kf_fail_prefix(run->err, KF_BADCONFIG,
                              "the answer of the last try was lost, and whether a certificate was "
                              "issued cannot be looked up (reconcile = required)");
    }
    kf_log(KF_LOG_NOTICE,
           "whether a certificate was issued cannot be looked up: %s: submitting "
           "again (reconcile = best-effort)",
           run->err->text);
    return enroll(self, _outcome);
}

static bool
is_at_poll_limit(const struct enrollment *self)
{
    return kf_run_now(self->run) - self->cookie.since > self->run->config->poll_limit;
}

static enum kf_rc
refuse_to_wait(struct enrollment *self)
{
    char since[32];

    return kf_fail(self->run->err, KF_REFUSED,
                   "request %" PRId64 " has been pending since %s, longer than poll-limit: ask the "
                   "CA's administrator to decide, then getcert resubmit",
                   self->cookie.request_id, kf_text_time(self->cookie.since, since));
}

static enum kf_rc
act_on_decision(struct enrollment *self, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    switch (verdict->disposition) {
    case KF_DISPOSITION_ISSUED:
        return hand_over(self, verdict, _outcome);
    case KF_DISPOSITION_DENIED:
        return refuse(self, verdict);
    case KF_DISPOSITION_STRANGER:
        kf_log(KF_LOG_NOTICE, "request %" PRId64 " is somebody else's: submitting ours",
               self->cookie.request_id);
        self->cookie.state = KF_COOKIE_RECONCILE;
        self->cookie.request_id = 0;
        return enroll(self, _outcome);
    case KF_DISPOSITION_PENDING:
    case KF_DISPOSITION_UNKNOWN:
        break;
    }
    self->cookie.attempt++;
    return is_at_poll_limit(self) ? refuse_to_wait(self)
                                  : wait_for_decision(self, verdict->message, _outcome);
}

/* Follows up a request that the server has. */
static enum kf_rc
resume(struct enrollment *self, struct kf_outcome **_outcome)
{
    struct kf_verdict *verdict = NULL;
    enum kf_rc rc = kf_follow_request(self->run, self->cookie.request_id, &verdict);

    if (rc == KF_OK) {
        return act_on_decision(self, verdict, _outcome);
    }
    if (!kf_run_is_transient(rc)) {
        return kf_fail_prefix(self->run->err, rc, "request %" PRId64 " cannot be followed up",
                              self->cookie.request_id);
    }
    self->cookie.attempt++;
    return is_at_poll_limit(self) ? give_up(self, _outcome)
                                  : wait_for_decision(self, self->run->err->text, _outcome);
}

static enum kf_rc
act_on_cookie(struct enrollment *self, struct kf_outcome **_outcome)
{
    switch (self->cookie.state) {
    case KF_COOKIE_SUBMIT:
        return enroll(self, _outcome);
    case KF_COOKIE_RESUME:
        return resume(self, _outcome);
    case KF_COOKIE_RECONCILE:
        return reconcile(self, _outcome);
    }
    return kf_fail(self->run->err, KF_INTERNAL, "no such state");
}

/* Writes down which certificate came, for a daemon that is killed before it has saved it. */
static void
note_issued(struct enrollment *self, const char *pem)
{
    const struct kf_run *run = self->run;
    const char *digest = kf_certificate_digest(run->mem, pem);

    if (digest != NULL) {
        snprintf(self->note.issued, sizeof(self->note.issued), "%s", digest);
        self->note.last = kf_run_now(run);
        kf_state_write_note(run->config->state_directory, run->identity, &self->note);
    }
}

/* The note has done its work when it is certain that nothing was issued. */
static void
settle(struct enrollment *self, enum kf_rc rc, const struct kf_outcome *outcome)
{
    const struct kf_run *run = self->run;

    if (rc == KF_OK && outcome->status == KF_STATUS_ISSUED) {
        note_issued(self, outcome->text);
    } else if (self->cookie.state == KF_COOKIE_SUBMIT || rc == KF_REFUSED || rc == KF_BADREPLY) {
        kf_state_forget(run->config->state_directory, run->identity);
    }
}

enum kf_rc
kf_submit(struct kf_run *run, struct kf_outcome **_outcome)
{
    struct enrollment self = {.run = run, .api = &kf_api_classic};
    const char *text = run->job->csr == NULL ? "" : run->job->csr;
    struct kf_csr *csr = NULL;
    enum kf_rc rc = kf_csr_read(run->mem, text, strlen(text), &csr, run->err);

    if (rc != KF_OK) {
        return rc;
    }
    run->csr = csr;
    run->identity = kf_csr_identity(run->mem, csr, run->job->profile);
    if (run->identity == NULL) {
        return kf_fail_nomem(run->err);
    }
    recall(&self);
    rc = act_on_cookie(&self, _outcome);
    if (kf_run_is_transient(rc)) {
        rc = try_again(&self, rc, _outcome);
    }
    settle(&self, rc, rc == KF_OK ? *_outcome : NULL);
    return rc;
}
