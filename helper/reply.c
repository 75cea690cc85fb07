/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What an HTTP status means. Layer 2, pure. The advice stands before the server's own words, so
 * that a long answer never cuts it off. */

#include "reply.h"

#include "errdoc.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* "; the server says: ..." or nothing. */
static const char *
quote(const struct kf_errdoc *doc, TALLOC_CTX *mem_ctx)
{
    const char *quoted = NULL;

    if (doc == NULL || (doc->message == NULL && doc->code == NULL)) {
        return "";
    }
    quoted = talloc_asprintf(
        mem_ctx, "; the server says: %s%s%s", doc->message == NULL ? "" : doc->message,
        doc->message == NULL || doc->code == NULL ? "" : " ", doc->code == NULL ? "" : doc->code);
    return quoted == NULL ? "" : quoted;
}

static bool
is_clock_off(const struct kf_reply *reply, int64_t now)
{
    return reply->date != 0 &&
           (reply->date > now + KF_REPLY_CLOCK_MAX || reply->date < now - KF_REPLY_CLOCK_MAX);
}

static enum kf_rc
fail_clock(const struct kf_reply *reply, int64_t now, const char *said, struct kf_error *err)
{
    char ours[32];
    char theirs[32];

    return kf_fail(err, KF_AUTH,
                   "refused (HTTP %d) with clocks that differ: %s here, %s at the server: set the "
                   "clock (chronyc tracking)%s",
                   reply->status, kf_text_time(now, ours), kf_text_time(reply->date, theirs), said);
}

static const char *
suspect_login(const struct kf_login *login)
{
    switch (login->way) {
    case KF_LOGIN_BEARER:
        return "the access token: check token-url, scope and audience (or access-token-file), and "
               "the client's security role at the server";
    case KF_LOGIN_NEGOTIATE:
        return "this host's Kerberos ticket: check keytab, and that HTTP/HOST of url is the "
               "server's principal";
    case KF_LOGIN_NONE:
        return "this host's certificate: check client-certificate and auth";
    case KF_LOGIN_BASIC:
        break;
    }
    return "the account: check username and password-file";
}

/* Which setting to look at, from the words of the server. */
static const char *
suspect(const struct kf_request *request, const struct kf_reply *reply, const struct kf_errdoc *doc)
{
    const char *message = doc == NULL || doc->message == NULL ? "" : doc->message;

    if (strcasestr(message, "signature") != NULL || strcasestr(message, "hmac") != NULL) {
        return "the signature: check application-secret-file";
    }
    if (strcasestr(message, "timestamp") != NULL || strcasestr(message, "clock") != NULL) {
        return "the time of the request: check the clocks of this host and of the server";
    }
    if (strcasestr(message, "application") != NULL || strcasestr(message, "appkey") != NULL ||
        strcasestr(message, "api key") != NULL) {
        return "the application key: check application-key";
    }
    if (strcasestr(message, "client certificate") != NULL) {
        return "this host's certificate: check client-certificate and client-key";
    }
    if (reply->status == 403) {
        return "the account for this: check its roles and permissions at the server";
    }
    return suspect_login(&request->login);
}

static bool
is_keyfactor_pending_error(const struct kf_errdoc *doc)
{
    /* Some 25.x builds answer an order that waits for external validation with HTTP 400 and this
     * code: the CA has accepted it. */
    return doc != NULL && doc->code != NULL && strcasecmp(doc->code, "0xA0010023") == 0;
}

static enum kf_rc
fail_status(const struct kf_request *request, const struct kf_reply *reply,
            const struct kf_errdoc *doc, const char *said, struct kf_error *err)
{
    const bool is_question = strcmp(request->method, "GET") == 0;
    const int status = reply->status;

    switch (status) {
    case 401:
    case 403:
        return kf_fail(err, status == 401 ? KF_AUTH : KF_FORBIDDEN,
                       "the server does not accept %s (HTTP %d)%s", suspect(request, reply, doc),
                       status, said);
    case 404:
    case 405:
    case 410:
        return kf_fail(err, KF_NOAPI, "%s on this server (HTTP %d for %s): check url%s",
                       request->absent, status, request->url, said);
    case 408:
    case 425:
    case 429:
    case 503:
        return kf_fail(err, KF_BUSY, "the server cannot take the request now (HTTP %d)%s", status,
                       said);
    default:
        break;
    }
    if (status >= 300 && status < 400) {
        return kf_fail(
            err, KF_BADCONFIG,
            "the server redirects to %s (HTTP %d), and credentials never follow: set url "
            "to where the API really is",
            reply->location == NULL ? "nowhere" : reply->location, status);
    }
    if (doc == NULL && !is_question) {
        return kf_fail(err, KF_UNCERTAIN,
                       "there was no memory to read what the server answered (HTTP %d)", status);
    }
    if (is_keyfactor_pending_error(doc)) {
        return kf_fail(err, KF_PENDING, "the request waits for validation (HTTP %d)%s", status,
                       said);
    }
    if (status >= 500 || status < 300) {
        return kf_fail(err, KF_UNCERTAIN, "the server failed (HTTP %d)%s%s", status,
                       is_question ? "" : " and may have issued all the same", said);
    }
    return kf_fail(err, KF_REFUSED, "the server refused the request (HTTP %d): check %s%s", status,
                   is_question ? "rest-path, rest-version and requested-with"
                               : "template, metadata and key size",
                   said);
}

enum kf_rc
kf_reply_check(const struct kf_request *request, const struct kf_reply *reply, int64_t now,
               struct kf_error *err)
{
    TALLOC_CTX *tmp = NULL;
    struct kf_errdoc *doc = NULL;
    const char *said = NULL;
    enum kf_rc rc;

    if (reply->status >= 200 && reply->status <= 204) {
        return KF_OK;
    }
    tmp = talloc_new(NULL);
    doc = tmp == NULL ? NULL : kf_errdoc_read(tmp, reply->content_type, &reply->body);
    said = quote(doc, tmp);
    rc = fail_status(request, reply, doc, said, err);
    if ((rc == KF_AUTH || rc == KF_FORBIDDEN || rc == KF_REFUSED) && is_clock_off(reply, now)) {
        rc = fail_clock(reply, now, said, err);
    }
    talloc_free(tmp);
    return rc;
}
