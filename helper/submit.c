/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* SUBMIT and POLL. Layer 4: the story of an enrollment. docs/PROTOCOL has its states. */

#include "submit.h"

#include "api.h"
#include "dialect.h"
#include "enroll.h"
#include "exchange.h"
#include "follow.h"
#include "history.h"
#include "issued.h"
#include "log.h"
#include "retry.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* So many failed tries, or polls, at least before giving up: a clock that jumps, as at a start
 * without a battery, is no outage. */
#define GIVE_UP_TRIES 8
#define GIVE_UP_POLLS 3

/* An enrollment on its way. */
struct enrollment {
    struct kf_run *run;
    struct kf_history history; /* what earlier runs left behind */
    struct kf_cookie cookie;   /* what the next one will be told */
};

/* Why the request waits, and the number by which the server knows it, for who watches. */
static void
trace_wait(struct enrollment *self, const char *reason)
{
    self->run->trace.reason = talloc_strdup(self->run->mem, reason);
    self->run->trace.request_id = self->cookie.request_id;
}

static enum kf_rc
wait_for(struct enrollment *self, unsigned delay, struct kf_outcome **_outcome)
{
    return kf_outcome_wait(self->run->mem, delay, kf_cookie_format(self->run->mem, &self->cookie),
                           _outcome, self->run->err);
}

static enum kf_rc
give_up(struct enrollment *self, struct kf_outcome **_outcome)
{
    return kf_outcome_failure(self->run->mem, KF_STATUS_UNREACHABLE, _outcome, self->run->err);
}

/* The daemon keeps the cookie it has when a run ends in "unreachable". That is good enough unless
 * this run has learnt that the server may have the request. */
static bool
may_give_up(const struct enrollment *self)
{
    const bool kept = self->history.has_cookie && self->history.cookie.state == self->cookie.state;

    return kept && self->cookie.attempt > GIVE_UP_TRIES &&
           kf_run_now(self->run) - self->cookie.since > self->run->config->retry_limit;
}

/* Whether the request is still to be brought to the server: sent, or looked for after a lost
 * answer. */
static bool
is_trying(enum kf_cookie_state state)
{
    return state == KF_COOKIE_SUBMIT || state == KF_COOKIE_RECONCILE;
}

/* After a failure that may heal by itself. Tries count on when an answer is lost: after an outage
 * all hosts submit, many answers are lost, and who then began anew would come back at once. */
static enum kf_rc
try_again(struct enrollment *self, enum kf_rc rc, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    int64_t at_least = run->retry_after;
    unsigned delay;

    if (rc == KF_UNCERTAIN && self->cookie.state == KF_COOKIE_SUBMIT) {
        self->cookie.state = KF_COOKIE_RECONCILE;
    }
    self->cookie.attempt =
        is_trying(self->history.cookie.state) ? self->history.cookie.attempt + 1 : 1;
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
    trace_wait(self, run->err->text);
    return wait_for(self, delay, _outcome);
}

static enum kf_rc
refuse(struct enrollment *self, const struct kf_verdict *verdict)
{
    char id[32] = "";

    self->cookie.state = KF_COOKIE_SUBMIT; /* the server has nothing more to do with it */
    if (verdict->request_id != 0) {
        snprintf(id, sizeof(id), " (id %" PRId64 ")", verdict->request_id);
    }
    return kf_fail(self->run->err, KF_REFUSED,
                   "the CA refused the request%s: %s; ask the CA's administrator, then getcert "
                   "resubmit",
                   id, verdict->message[0] == '\0' ? "no reason given" : verdict->message);
}

/* "request 5", or its workflow when it has no number yet; owned by run->mem. */
static const char *
name_request(const struct enrollment *self)
{
    const struct kf_cookie *cookie = &self->cookie;
    const char *name = NULL;

    if (cookie->request_id > 0) {
        name = talloc_asprintf(self->run->mem, "request %" PRId64, cookie->request_id);
    } else if (cookie->workflow[0] != '-') {
        name = talloc_asprintf(self->run->mem, "the request in workflow %s", cookie->workflow);
    }
    return name == NULL ? "the request" : name;
}

/* The server has the request and has not decided: the number of polls decides how long to wait. */
static enum kf_rc
wait_for_decision(struct enrollment *self, const char *why, struct kf_outcome **_outcome)
{
    const struct kf_run *run = self->run;
    unsigned delay =
        kf_poll_delay(run->config, self->cookie.attempt, run->retry_after, run->effects->random());

    kf_log(KF_LOG_NOTICE, "%s is pending%s%s: asking again in %u s", name_request(self),
           why[0] == '\0' ? "" : ": ", why, delay);
    trace_wait(self, why[0] == '\0' ? "waits for approval" : why);
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
    self->cookie.workflow = verdict->workflow == NULL ? "-" : verdict->workflow;
    return wait_for_decision(self, verdict->message, _outcome);
}

static bool
is_at_poll_limit(const struct enrollment *self)
{
    return self->cookie.attempt >= GIVE_UP_POLLS &&
           kf_run_now(self->run) - self->cookie.since > self->run->config->poll_limit;
}

/* The server has the request, and run->err says why nothing came of it this time. */
static enum kf_rc
go_on_waiting(struct enrollment *self, struct kf_outcome **_outcome)
{
    self->cookie.attempt++;
    return is_at_poll_limit(self) ? give_up(self, _outcome)
                                  : wait_for_decision(self, self->run->err->text, _outcome);
}

/* A certificate that has ended by this host's clock stays with the server: it is good when the
 * clock is set right, and asking for another one is not better. */
static enum kf_rc
deliver(struct enrollment *self, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    enum kf_rc rc = kf_issued_answer(self->run, verdict, _outcome);

    if (rc != KF_PENDING) {
        return rc;
    }
    if (self->cookie.state == KF_COOKIE_RESUME) {
        return go_on_waiting(self, _outcome);
    }
    verdict->message = self->run->err->text;
    return begin_waiting(self, verdict, _outcome);
}

static enum kf_rc
act_on_answer(struct enrollment *self, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    self->run->trace.request_id = verdict->request_id;
    switch (verdict->disposition) {
    case KF_DISPOSITION_ISSUED:
        return deliver(self, verdict, _outcome);
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
enroll_with(struct enrollment *self, const struct kf_api *api, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    struct kf_verdict *verdict = NULL;
    enum kf_rc rc = kf_enroll_prepare(run, api, &request);

    if (rc != KF_OK) {
        return rc;
    }
    self->cookie.api = api->name;
    rc = kf_history_note_sent(run, &self->history);
    if (rc != KF_OK) {
        return rc;
    }
    rc = kf_exchange(run, request, &reply);
    if (rc == KF_PENDING) {
        return begin_waiting(self, &(struct kf_verdict){.message = run->err->text}, _outcome);
    }
    if (rc != KF_OK) {
        return rc;
    }
    rc = api->read_enrollment(run->mem, reply, &verdict, run->err);
    if (rc == KF_OK) {
        rc = act_on_answer(self, verdict, _outcome);
    }
    /* The server has the request: failing for want of memory now does not undo that. */
    return rc == KF_INTERNAL ? KF_UNCERTAIN : rc;
}

/* The server does not have the API that was tried first. */
static enum kf_rc
enroll_instead(struct enrollment *self, const struct kf_api *api, struct kf_outcome **_outcome)
{
    enum kf_rc rc = enroll_with(self, api, _outcome);

    if (rc == KF_OK) {
        kf_dialect_keep_rest(self->run);
    }
    return rc == KF_NOAPI
               ? kf_fail_prefix(self->run->err, rc, "the server has neither API that is known")
               : rc;
}

static enum kf_rc
enroll(struct enrollment *self, struct kf_outcome **_outcome)
{
    const struct kf_api *api = kf_dialect_choose(self->run, self->cookie.api);
    enum kf_rc rc = enroll_with(self, api, _outcome);

    api = rc == KF_NOAPI ? kf_dialect_instead(self->run, api) : NULL;
    return api == NULL ? rc : enroll_instead(self, api, _outcome);
}

/* A pending request of the same name was found: followed up, but not believed when it is denied.
 * The time of the first try is kept, for looking again. */
static enum kf_rc
begin_guessing(struct enrollment *self, const struct kf_verdict *verdict,
               struct kf_outcome **_outcome)
{
    self->cookie.state = KF_COOKIE_GUESS;
    self->cookie.attempt = 0;
    self->cookie.request_id = verdict->request_id;
    return wait_for_decision(self, verdict->message, _outcome);
}

/* The server will not say, or cannot, however often it is asked. */
static bool
cannot_be_asked(enum kf_rc rc)
{
    return rc == KF_FORBIDDEN || rc == KF_NOAPI || rc == KF_REFUSED || rc == KF_UNSUPPORTED;
}

/* Whether the lost request was issued is not to be found out; run->err says why. */
static enum kf_rc
enroll_unasked(struct enrollment *self, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;

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

/* Looks for what became of a request whose answer was lost, and submits it only if nothing did. */
static enum kf_rc
reconcile(struct enrollment *self, struct kf_outcome **_outcome)
{
    struct kf_run *run = self->run;
    struct kf_verdict *verdict = NULL;
    const int64_t wait = kf_history_time_to_settle(run, &self->history);
    enum kf_rc rc = KF_OK;

    if (run->config->reconcile == KF_RECONCILE_OFF) {
        return enroll(self, _outcome);
    }
    if (wait > 0) {
        trace_wait(self, "was sent before: what became of it is looked for soon");
        return wait_for(self, (unsigned)wait, _outcome);
    }
    rc = kf_follow_lost(run, &verdict);
    if (rc == KF_OK && verdict->disposition == KF_DISPOSITION_ISSUED) {
        run->trace.request_id = verdict->request_id;
        return deliver(self, verdict, _outcome);
    }
    if (rc == KF_OK && verdict->disposition == KF_DISPOSITION_PENDING) {
        return begin_guessing(self, verdict, _outcome);
    }
    if (rc == KF_OK) {
        kf_log(KF_LOG_NOTICE, "nothing was issued for the lost request: submitting it again");
        return enroll(self, _outcome);
    }
    if (rc == KF_BADREPLY) {
        return KF_NOTSENT; /* a page in place of the API's answer: not for long */
    }
    return cannot_be_asked(rc) ? enroll_unasked(self, _outcome) : rc;
}

static enum kf_rc
refuse_to_wait(struct enrollment *self)
{
    char since[32];

    return kf_fail(
        self->run->err, KF_REFUSED,
        "%s has been pending since %s, longer than poll-limit: ask the CA's administrator "
        "to decide, then getcert resubmit",
        name_request(self), kf_text_time(self->cookie.since, since));
}

/* The request that was followed up is not ours: back to looking for ours. */
static enum kf_rc
let_go(struct enrollment *self, struct kf_outcome **_outcome)
{
    kf_log(KF_LOG_NOTICE, "%s is somebody else's: going on with ours", name_request(self));
    self->cookie.state = KF_COOKIE_RECONCILE;
    self->cookie.request_id = 0;
    self->cookie.workflow = "-";
    self->run->trace.request_id = 0;
    return reconcile(self, _outcome);
}

static enum kf_rc
act_on_decision(struct enrollment *self, struct kf_verdict *verdict, struct kf_outcome **_outcome)
{
    self->run->trace.request_id = verdict->request_id;
    switch (verdict->disposition) {
    case KF_DISPOSITION_ISSUED:
        return deliver(self, verdict, _outcome);
    case KF_DISPOSITION_DENIED:
        return self->cookie.state == KF_COOKIE_GUESS ? let_go(self, _outcome)
                                                     : refuse(self, verdict);
    case KF_DISPOSITION_STRANGER:
        return let_go(self, _outcome);
    case KF_DISPOSITION_PENDING:
    case KF_DISPOSITION_UNKNOWN:
        break;
    }
    self->cookie.attempt++;
    return is_at_poll_limit(self) ? refuse_to_wait(self)
                                  : wait_for_decision(self, verdict->message, _outcome);
}

/* A workflow may hand the request to the CA only once it is approved. */
static void
learn_request_id(struct enrollment *self, const struct kf_verdict *verdict)
{
    if (self->cookie.request_id == 0) {
        self->cookie.request_id = verdict->request_id;
    }
}

/* Follows up a request that the server has. */
static enum kf_rc
resume(struct enrollment *self, struct kf_outcome **_outcome)
{
    struct kf_verdict *verdict = NULL;
    const char *workflow = self->cookie.workflow[0] == '-' ? NULL : self->cookie.workflow;
    enum kf_rc rc = kf_follow_request(self->run, self->cookie.request_id, workflow, &verdict);

    if (rc == KF_OK) {
        learn_request_id(self, verdict);
        return act_on_decision(self, verdict, _outcome);
    }
    /* What the server or we do not understand says nothing about the request. */
    if (!kf_run_is_transient(rc) && rc != KF_REFUSED && rc != KF_BADREPLY) {
        return kf_fail_prefix(self->run->err, rc, "%s cannot be followed up", name_request(self));
    }
    return go_on_waiting(self, _outcome);
}

static enum kf_rc
act_on_cookie(struct enrollment *self, struct kf_outcome **_outcome)
{
    switch (self->cookie.state) {
    case KF_COOKIE_SUBMIT:
        return enroll(self, _outcome);
    case KF_COOKIE_RESUME:
    case KF_COOKIE_GUESS:
        return resume(self, _outcome);
    case KF_COOKIE_RECONCILE:
        return reconcile(self, _outcome);
    }
    return kf_fail(self->run->err, KF_INTERNAL, "no such state");
}

/* The same content, asked of the same CA, with the same template. */
static enum kf_rc
identify(struct kf_run *run)
{
    const char *template = run->job->profile == NULL ? "" : run->job->profile;
    const char *issuer = run->job->issuer == NULL ? "" : run->job->issuer;
    const struct kf_config *config = run->config;
    char *context = talloc_asprintf(run->mem, "%s\n%s\n%s\n%s", config->nickname, config->url[0],
                                    template, issuer);

    run->identity = context == NULL ? NULL : kf_csr_identity(run->mem, run->csr, context);
    return run->identity == NULL ? kf_fail_nomem(run->err) : KF_OK;
}

enum kf_rc
kf_submit(struct kf_run *run, struct kf_outcome **_outcome)
{
    struct enrollment self = {.run = run};
    const char *text = run->job->csr == NULL ? "" : run->job->csr;
    struct kf_csr *csr = NULL;
    enum kf_rc rc = kf_csr_read(run->mem, text, strlen(text), &csr, run->err);

    if (rc != KF_OK) {
        return rc;
    }
    run->csr = csr;
    run->trace = (struct kf_trace){.csr_sha256 = csr->content_sha256, .subject = csr->subject};
    rc = identify(run);
    if (rc != KF_OK) {
        return rc;
    }
    rc = kf_history_read(run, &self.history);
    if (rc != KF_OK) {
        return rc;
    }
    self.cookie = self.history.cookie;
    rc = act_on_cookie(&self, _outcome);
    if (kf_run_is_transient(rc)) {
        rc = try_again(&self, rc, _outcome);
    }
    kf_history_settle(run, &self.history, self.cookie.state, rc, rc == KF_OK ? *_outcome : NULL);
    return rc;
}
