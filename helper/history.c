/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What earlier runs left behind about a request. Layer 4. */

#include "history.h"

#include "certificate.h"
#include "log.h"

#include <inttypes.h>
#include <string.h>

/* How long the daemon may take to save a certificate that was printed: it may be switched off in
 * between. In seconds. */
#define SAVING_MAX 86400

/* True when the certificate of the note has reached who asked for it: a person who runs the helper
 * by hand sees it at once; the daemon has it when it renews it (previous is its digest), or when it
 * came long ago. */
static bool
is_history(const struct kf_run *run, const struct kf_note *note, const char *previous)
{
    const bool by_hand = run->job->operation == NULL;

    return note->issued[0] != '\0' && (by_hand || kf_run_now(run) - note->last > SAVING_MAX ||
                                       strcmp(note->issued, previous) == 0);
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the first try was; who has set the clock back since then knows only that it is not long ago.
 */
static int64_t
first_try(const struct kf_run *run, int64_t told)
{
    const int64_t now = kf_run_now(run);

    return told <= now ? told : now - run->config->retry_limit;
}

/* An earlier run has left its note behind: the server may have the request. */
static enum kf_rc
recall_note(const struct kf_run *run, struct kf_history *history)
{
    const char *previous = kf_certificate_digest(run->mem, run->job->certificate);
    bool found = false;

    if (previous == NULL) {
        return kf_fail_nomem(run->err);
    }
    if (kf_state_read_note(&run->state, run->identity, &history->note, &found) != KF_OK) {
        return kf_fail(run->err, KF_INTERNAL,
                       "whether this request was sent before cannot be read from %s: the next try "
                       "may succeed",
                       run->state.directory);
    }
    if (!found || is_history(run, &history->note, previous)) {
        history->note = (struct kf_note){.first = kf_run_now(run)};
        return KF_OK;
    }
    if (history->cookie.state != KF_COOKIE_SUBMIT) {
        return KF_OK;
    }
    kf_log(KF_LOG_NOTICE, "this request was sent before, and what became of it is not known: "
                          "looking for a certificate before submitting again");
    history->cookie.state = KF_COOKIE_RECONCILE;
    history->has_cookie = false; /* the daemon's does not say what the note says */
    history->cookie.since = earlier(history->cookie.since, first_try(run, history->note.first));
    return KF_OK;
}

static enum kf_rc
recall_cookie(struct kf_run *run, struct kf_history *history)
{
    struct kf_cookie *cookie = NULL;
    enum kf_rc rc = kf_cookie_parse(run->mem, run->job->cookie, &cookie, run->err);

    if (rc == KF_INTERNAL) {
        return rc;
    }
    if (rc != KF_OK) {
        kf_log(KF_LOG_NOTICE, "%s: looking for a certificate before submitting again",
               run->err->text);
        history->cookie.state = KF_COOKIE_RECONCILE;
        history->cookie.since -= run->config->retry_limit;
        history->has_cookie = true;
    } else if (strcmp(cookie->csr_sha256, run->identity) != 0) {
        kf_log(KF_LOG_NOTICE,
               "the request has changed: request %" PRId64 " is abandoned, submitting the new one",
               cookie->request_id);
    } else {
        history->cookie = *cookie;
        history->has_cookie = true;
        if (cookie->state == KF_COOKIE_RESUME && cookie->request_id != 0) {
            /* Found by its number, whenever it was. */
            history->cookie.since = earlier(cookie->since, kf_run_now(run));
        } else if (cookie->state != KF_COOKIE_SUBMIT) {
            history->cookie.since = first_try(run, cookie->since);
        }
    }
    return KF_OK;
}

enum kf_rc
kf_history_read(struct kf_run *run, struct kf_history *_history)
{
    const char *line = run->job->cookie;
    struct kf_history history = {.cookie = {.state = KF_COOKIE_SUBMIT,
                                            .since = kf_run_now(run),
                                            .api = "-",
                                            .workflow = "-",
                                            .csr_sha256 = run->identity}};

    enum kf_rc rc = KF_OK;

    if (line != NULL) {
        rc = recall_cookie(run, &history);
    }
    if (rc == KF_OK) {
        rc = recall_note(run, &history);
    }
    run->since = history.cookie.since;
    *_history = history;
    return rc;
}

enum kf_rc
kf_history_note_sent(const struct kf_run *run, struct kf_history *history)
{
    history->note.last = kf_run_now(run);
    history->note.issued[0] = '\0'; /* what there was is not what will come */
    return kf_state_write_note(&run->state, run->identity, &history->note)
               ? KF_OK
               : kf_fail_nomem(run->err);
}

int64_t
kf_history_time_to_settle(const struct kf_run *run, const struct kf_history *history)
{
    /* One more, because both times are cut to whole seconds. */
    const int64_t settle = run->config->retry_interval + 1;
    const int64_t wait = history->note.last + settle - kf_run_now(run);

    if (history->note.last == 0 || history->note.issued[0] != '\0') {
        return 0;
    }
    if (wait > settle) { /* the clock was set back */
        return history->has_cookie ? 0 : settle;
    }
    return wait;
}

static void
note_issued(const struct kf_run *run, struct kf_history *history, const char *pem)
{
    const char *digest = kf_certificate_digest(run->mem, pem);

    if (digest != NULL) {
        snprintf(history->note.issued, sizeof(history->note.issued), "%s", digest);
        history->note.last = kf_run_now(run);
        kf_state_write_note(&run->state, run->identity, &history->note);
    }
}

void
kf_history_settle(const struct kf_run *run, struct kf_history *history, enum kf_cookie_state state,
                  enum kf_rc rc, const struct kf_outcome *outcome)
{
    if (rc == KF_OK && outcome->status == KF_STATUS_ISSUED) {
        note_issued(run, history, outcome->text);
    } else if (state == KF_COOKIE_SUBMIT && rc != KF_BADREPLY) {
        /* A bad reply, such as a certificate of another key, is no sign that there is none. */
        kf_state_forget(&run->state, run->identity);
    }
}
