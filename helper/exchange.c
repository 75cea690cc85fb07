/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One request to the server and its answer. Layer 4. */

#include "exchange.h"

#include "log.h"
#include "login.h"
#include "reply.h"
#include "server.h"

#define HTTP_UNAUTHORIZED 401

static enum kf_rc
perform(struct kf_run *run, const struct kf_request *request, struct kf_reply **_reply)
{
    struct kf_reply *reply = NULL;
    enum kf_rc rc;

    run->retry_after = 0;
    rc = run->effects->perform(run->mem, run->effects->context, request, &reply, run->err);
    if (rc == KF_OK) {
        run->retry_after = reply->retry_after;
        *_reply = reply;
    }
    return rc;
}

static enum kf_rc
ask(struct kf_run *run, const struct kf_request *request, struct kf_reply **_reply)
{
    enum kf_rc rc = perform(run, request, _reply);

    return rc == KF_OK ? kf_reply_check(request, *_reply, kf_run_now(run), run->err) : rc;
}

enum kf_rc
kf_exchange_at(struct kf_run *run, const char *server, const struct kf_request *request,
               const struct kf_login *login, struct kf_reply **_reply)
{
    struct kf_request whole = *request;

    whole.url = talloc_asprintf(run->mem, "%s%s", server, request->url);
    if (whole.url == NULL) {
        return kf_fail_nomem(run->err);
    }
    whole.login = *login;
    return ask(run, &whole, _reply);
}

/* True when another server may do better, and this one has surely done nothing. */
static bool
is_worth_another(enum kf_rc rc)
{
    return rc == KF_NOTSENT || rc == KF_UNTRUSTED || rc == KF_BUSY;
}

/* A failure that is told when no server does better. */
struct failure {
    enum kf_rc rc; /* KF_OK: none */
    struct kf_error said;
    int64_t retry_after;
};

/* Of two failures the one that heals by itself is told. */
static void
keep_failure(const struct kf_run *run, enum kf_rc rc, struct failure *failure)
{
    if (failure->rc == KF_OK || kf_run_is_transient(rc) || !kf_run_is_transient(failure->rc)) {
        *failure = (struct failure){rc, *run->err, run->retry_after};
    }
}

static enum kf_rc
ask_servers(struct kf_run *run, const struct kf_request *request, const struct kf_login *login,
            struct kf_reply **_reply)
{
    const char **servers = kf_server_order(run);
    struct failure failure = {.rc = KF_OK};
    enum kf_rc rc;

    for (size_t i = 0; servers != NULL && servers[i] != NULL; i++) {
        rc = kf_exchange_at(run, servers[i], request, login, _reply);
        kf_server_note(run, servers[i], !is_worth_another(rc));
        if (!is_worth_another(rc)) {
            return rc;
        }
        if (servers[i + 1] != NULL) {
            kf_log(KF_LOG_NOTICE, "%s: trying %s", run->err->text, servers[i + 1]);
        }
        keep_failure(run, rc, &failure);
    }
    if (failure.rc == KF_OK) {
        return kf_fail_nomem(run->err);
    }
    *run->err = failure.said;
    run->retry_after = failure.retry_after;
    return failure.rc;
}

/* A kept access token may have been withdrawn: a server that refuses it has done nothing. */
static bool
is_token_refused(const struct kf_login *login, enum kf_rc rc, const struct kf_reply *reply)
{
    return login->is_kept && rc == KF_AUTH && reply != NULL && reply->status == HTTP_UNAUTHORIZED;
}

static enum kf_rc
ask_as_ourselves(struct kf_run *run, const struct kf_request *request, struct kf_reply **_reply)
{
    struct kf_login login = {.way = KF_LOGIN_NONE};
    enum kf_rc rc = kf_login_get(run, &login);

    if (rc != KF_OK) {
        return rc;
    }
    rc = ask_servers(run, request, &login, _reply);
    if (is_token_refused(&login, rc, *_reply)) {
        rc = kf_login_renew(run, &login);
        rc = rc == KF_OK ? ask_servers(run, request, &login, _reply) : rc;
    }
    return rc;
}

enum kf_rc
kf_exchange(struct kf_run *run, const struct kf_request *request, struct kf_reply **_reply)
{
    struct kf_reply *reply = NULL;
    enum kf_rc rc =
        request->url[0] == '/' ? ask_as_ourselves(run, request, &reply) : ask(run, request, &reply);

    if (rc == KF_OK) {
        *_reply = reply;
    }
    return rc;
}
