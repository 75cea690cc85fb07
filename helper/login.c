/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Who we say we are. Layer 4. */

#include "login.h"

#include "log.h"
#include "state.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX (30 * INT64_C(86400)) /* seconds; a token says itself when it ends */
#define MARGIN   60                    /* a token is not used in its last seconds */

static const char *
token_file(const struct kf_run *run)
{
    return kf_state_name(run->mem, "token", run->config->nickname);
}

/* Whose token it is, and for what. */
static const char *
token_owner(const struct kf_run *run)
{
    const struct kf_config *config = run->config;

    return talloc_asprintf(run->mem, "%s %s %s %s", config->token_url, config->client_id,
                           config->scope == NULL ? "-" : config->scope,
                           config->audience == NULL ? "-" : config->audience);
}

/* A kept token is three lines: when it ends (seconds since 1970), its owner, itself. */
static void
keep(const struct kf_run *run, const struct kf_oauth_token *token)
{
    const char *name = token_file(run);
    const char *owner = token_owner(run);
    char *text = NULL;
    struct kf_secret *whole = NULL;

    if (name == NULL || owner == NULL || token->lifetime <= MARGIN) {
        return;
    }
    text = talloc_asprintf(run->mem, "%" PRId64 "\n%s\n%s\n", kf_run_now(run) + token->lifetime,
                           owner, token->text);
    if (text == NULL) {
        return;
    }
    whole = kf_secret_take(run->mem, (unsigned char *)text, strlen(text));
    if (whole != NULL) {
        kf_state_save(&run->state, name, &(struct kf_bytes){whole->data, whole->len});
    }
    talloc_free(whole);
}

/* The kept token, owned by run->mem; NULL when there is none that is good for a while. */
static const char *
recall(const struct kf_run *run)
{
    const char *name = token_file(run);
    const char *owner = token_owner(run);
    struct kf_bytes data = {NULL, 0};
    struct kf_secret *whole = NULL;
    char *rest = NULL;
    const char *until = NULL;
    const char *whose = NULL;
    const char *token = NULL;

    if (name == NULL || owner == NULL ||
        !kf_state_load(run->mem, &run->state, name, kf_run_now(run), KEPT_MAX, &data)) {
        return NULL;
    }
    whole = kf_secret_take(run->mem, data.data, data.len);
    if (whole == NULL) {
        return NULL;
    }
    rest = (char *)whole->data;
    until = strsep(&rest, "\n");
    whose = strsep(&rest, "\n");
    token = strsep(&rest, "\n");
    if (token == NULL || token[0] == '\0' || !kf_text_is_line(token) || strcmp(whose, owner) != 0 ||
        strtoll(until, NULL, 10) - MARGIN <= kf_run_now(run)) {
        talloc_free(whole);
        return NULL;
    }
    return token;
}

enum kf_rc
kf_login_ask_token(struct kf_run *run, struct kf_oauth_token *_token)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_oauth_build(run->mem, run->config, &request, run->err);

    if (rc == KF_OK) {
        rc = run->effects->perform(run->mem, run->effects->context, request, &reply, run->err);
    }
    if (rc == KF_UNCERTAIN || rc == KF_BADREPLY) {
        return KF_NOTSENT;
    }
    if (rc == KF_OK) {
        run->retry_after = reply->retry_after;
        rc = kf_oauth_read(run->mem, run->config, reply, _token, run->err);
    }
    return rc;
}

static enum kf_rc
ask_for_token(struct kf_run *run, const char **_token)
{
    struct kf_oauth_token token = {NULL, 0};
    enum kf_rc rc = kf_login_ask_token(run, &token);

    if (rc != KF_OK) {
        return rc;
    }
    kf_log(KF_LOG_INFO, "a new access token, good for %" PRId64 " s", token.lifetime);
    keep(run, &token);
    *_token = token.text;
    return KF_OK;
}

static enum kf_rc
get_token(struct kf_run *run, struct kf_login *login)
{
    if (run->config->access_token != NULL) {
        login->secret = (const char *)run->config->access_token->data;
        return KF_OK;
    }
    login->secret = recall(run);
    login->is_kept = login->secret != NULL;
    return login->is_kept ? KF_OK : ask_for_token(run, &login->secret);
}

enum kf_rc
kf_login_get(struct kf_run *run, struct kf_login *_login)
{
    const struct kf_config *config = run->config;
    struct kf_login login = {.way = (enum kf_login_way)config->auth};
    enum kf_rc rc = KF_OK;

    if (login.way == KF_LOGIN_BASIC) {
        login.username = config->username;
        login.secret = (const char *)config->password->data;
    } else if (login.way == KF_LOGIN_BEARER) {
        rc = get_token(run, &login);
    }
    *_login = login;
    return rc;
}

enum kf_rc
kf_login_renew(struct kf_run *run, struct kf_login *login)
{
    kf_log(KF_LOG_INFO, "the kept access token is refused: asking for a new one");
    login->is_kept = false;
    return ask_for_token(run, &login->secret);
}
