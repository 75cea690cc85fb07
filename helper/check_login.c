/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* --check: who we are to a server, and which of its APIs takes us. Layer 4; no library. */

#include "check_parts.h"

#include "classic.h"
#include "dialect.h"
#include "exchange.h"
#include "json.h"
#include "login.h"
#include "rest.h"

#include <inttypes.h>
#include <string.h>

#define HTTP_METHOD_NOT_ALLOWED 405

/* An exchange as the account. */
static enum kf_rc
ask(struct kf_check *check, struct kf_request *request, struct kf_reply **_reply)
{
    request->time_limit = KF_CHECK_ANSWER_LIMIT;
    return kf_exchange_at(&check->run, check->server, request, &check->login, _reply);
}

enum kf_rc
kf_check_ask_rest(struct kf_check *check, struct kf_request *request, struct kf_reply **_reply)
{
    const struct kf_json *answer = NULL;
    enum kf_rc rc = ask(check, request, _reply);

    if (rc == KF_OK) {
        rc = kf_json_read(check->run.mem, &(*_reply)->body, &answer, check->run.err);
    }
    return rc == KF_BADREPLY
               ? kf_fail_prefix(check->run.err, rc,
                                "the Keyfactor API did not answer in JSON: check url and rest-path")
               : rc;
}

static enum kf_check_mark
ask_token(struct kf_check *check)
{
    const struct kf_config *config = check->run.config;
    struct kf_oauth_token token = {NULL, 0};
    enum kf_rc rc = kf_login_ask_token(&check->run, &token);

    if (rc != KF_OK) {
        return kf_check_fail(check, rc, check->run.err);
    }
    check->login = (struct kf_login){.way = KF_LOGIN_BEARER, .secret = token.text};
    kf_check_text(check, "endpoint", config->token_url);
    kf_check_number(check, "lifetime", token.lifetime);
    return token.lifetime == 0
               ? kf_check_say(check, KF_CHECK_OK, "from %s, which does not say how long it is good",
                              config->token_url)
               : kf_check_say(check, KF_CHECK_OK, "from %s, good for %" PRId64 " s",
                              config->token_url, token.lifetime);
}

enum kf_check_mark
kf_check_token(struct kf_check *check)
{
    const struct kf_config *config = check->run.config;
    enum kf_rc rc;

    if (config->auth == KF_LOGIN_BEARER && config->access_token == NULL) {
        return ask_token(check);
    }
    rc = kf_login_get(&check->run, &check->login);
    if (rc != KF_OK) {
        return kf_check_fail(check, rc, check->run.err);
    }
    return config->auth == KF_LOGIN_BEARER
               ? kf_check_say(check, KF_CHECK_OK, "from %s", config->access_token_file)
               : kf_check_say(check, KF_CHECK_SKIP, "only auth = oauth has one");
}

/* Whom the server has let in. */
static const char *
name_account(const struct kf_config *config)
{
    switch ((enum kf_login_way)config->auth) {
    case KF_LOGIN_BASIC:
        return config->username;
    case KF_LOGIN_BEARER:
        return config->client_id != NULL ? config->client_id : "the owner of the access token";
    case KF_LOGIN_NEGOTIATE:
        return "this host (Kerberos)";
    case KF_LOGIN_NONE:
        break;
    }
    return "this host (client certificate)";
}

/* Without the Keyfactor API there is nothing harmless to log in for. */
enum kf_check_mark
kf_check_login(struct kf_check *check)
{
    struct kf_run *run = &check->run;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_endpoints(run->mem, run->config, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_check_ask_rest(check, request, &reply);
    }
    check->rest_rc = rc;
    check->rest_err = *run->err;
    check->product = reply == NULL ? NULL : reply->product;
    if (rc == KF_NOAPI) {
        return kf_check_say(check, KF_CHECK_SKIP,
                            "this server has no Keyfactor API to try it with");
    }
    if (rc != KF_OK) {
        return kf_check_fail(check, rc, check->run.err);
    }
    kf_check_text(check, "account", name_account(run->config));
    return kf_check_say(check, KF_CHECK_OK, "as %s", name_account(run->config));
}

static enum kf_check_mark
tell_api(struct kf_check *check, const char *name, const char *more)
{
    kf_check_text(check, "api", check->api->name);
    kf_check_text(check, "product", check->product);
    return kf_check_say(check, KF_CHECK_OK, "%s%s%s%s", name,
                        check->product == NULL ? "" : ", Keyfactor Command ",
                        check->product == NULL ? "" : check->product, more);
}

static enum kf_check_mark
find_rest(struct kf_check *check, const char *more)
{
    return check->rest_rc == KF_OK ? tell_api(check, "Keyfactor API", more)
                                   : kf_check_fail(check, check->rest_rc, &check->rest_err);
}

/* KF_OK when the server has the Classic API: it says that its address is not one to GET, or that
 * something is missing in the request. */
static enum kf_rc
find_classic(struct kf_check *check)
{
    struct kf_run *run = &check->run;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_classic_probe(run->mem, run->config, &request, run->err);

    if (rc != KF_OK) {
        return rc;
    }
    rc = ask(check, request, &reply);
    return (rc == KF_NOAPI && reply->status == HTTP_METHOD_NOT_ALLOWED) || rc == KF_REFUSED ? KF_OK
                                                                                            : rc;
}

enum kf_check_mark
kf_check_api(struct kf_check *check)
{
    const struct kf_api *instead = NULL;
    enum kf_rc rc;

    check->api = kf_dialect_choose(&check->run, "-");
    if (check->api == &kf_api_rest) {
        return find_rest(check, "");
    }
    rc = find_classic(check);
    if (rc == KF_OK) {
        return tell_api(check, "Classic API", "");
    }
    instead = rc == KF_NOAPI ? kf_dialect_instead(&check->run, check->api) : NULL;
    if (instead == NULL) {
        return kf_check_fail(check, rc, check->run.err);
    }
    check->api = instead;
    return find_rest(check, "; it has no Classic API: application-key is not used");
}

/* Key and signature, by the call that versions 1 and 2 of the Classic API begin with. */
enum kf_check_mark
kf_check_application(struct kf_check *check)
{
    struct kf_run *run = &check->run;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc;

    if (check->api != &kf_api_classic) {
        return kf_check_say(check, KF_CHECK_SKIP, "only the Classic API has one");
    }
    rc = kf_classic_token(run->mem, run->config, &request, run->err);
    if (rc == KF_OK) {
        rc = ask(check, request, &reply);
    }
    if (rc == KF_NOAPI) {
        return kf_check_say(check, KF_CHECK_SKIP,
                            "no %s on this server to try it with: the first enrollment tells",
                            run->config->token_path);
    }
    if (rc != KF_OK) {
        return kf_check_fail(check, rc, check->run.err);
    }
    return kf_check_say(check, KF_CHECK_OK, "%s accepted",
                        run->config->application_secret == NULL ? "key" : "key and signature");
}
