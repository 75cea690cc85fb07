/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* OAuth 2.0, client credentials. Layer 2, pure; no library. */

#include "oauth.h"

#include "json.h"
#include "text.h"

#include <string.h>

#define FIELDS_MAX   5
#define ANSWER_LIMIT 20           /* seconds: the request itself still wants its time */
#define TOKEN_MAX    (64 * 1024)  /* no server takes a longer header */
#define LIFETIME_MAX (30 * 86400) /* seconds: a longer one is not believed */

static void
add_field(struct kf_request *request, const char *name, const char *value)
{
    if (value != NULL) {
        request->form[request->form_count++] = (struct kf_parameter){name, value};
    }
}

enum kf_rc
kf_oauth_build(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
               struct kf_error *err)
{
    static struct kf_header headers[] = {{"Accept", "application/json", false}};
    const char *secret = (const char *)config->client_secret->data;
    struct kf_request *request = talloc_zero(mem_ctx, struct kf_request);

    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    request->method = "POST";
    request->url = config->token_url;
    request->headers = headers;
    request->header_count = 1;
    request->secret_body = true;
    request->secret_reply = true;
    request->time_limit = ANSWER_LIMIT;
    request->form = talloc_zero_array(request, struct kf_parameter, FIELDS_MAX);
    if (request->form == NULL) {
        talloc_free(request);
        return kf_fail_nomem(err);
    }
    add_field(request, "grant_type", "client_credentials");
    if (config->client_authentication == KF_CLIENT_HEADER) {
        request->login = (struct kf_login){.way = KF_LOGIN_BASIC,
                                           .username = config->client_id,
                                           .secret = secret,
                                           .is_encoded = true};
    } else {
        add_field(request, "client_id", config->client_id);
        add_field(request, "client_secret", secret);
    }
    add_field(request, "scope", config->scope);
    add_field(request, "audience", config->audience);
    *_request = request;
    return KF_OK;
}

/* RFC 6749 section 5.2. */
static enum kf_rc
fail_refused(const struct kf_config *config, const struct kf_reply *reply,
             const struct kf_json *answer, struct kf_error *err)
{
    const char *code = kf_json_text(kf_json_member(answer, "error"));
    const char *words = kf_json_text(kf_json_member(answer, "error_description"));
    const char *check = strcmp(code, "invalid_scope") == 0 ? "scope"
                        : strcmp(code, "unauthorized_client") == 0
                            ? "that the client may use client credentials"
                            : "client-id, client-secret-file, client-authentication and audience";

    return kf_fail(err, KF_AUTH,
                   "the token endpoint %s refuses this client (HTTP %d): check %s%s%s%s%s",
                   config->token_url, reply->status, check,
                   code[0] == '\0' ? "" : "; it says: ", code, words[0] == '\0' ? "" : ": ", words);
}

static enum kf_rc
fail_status(const struct kf_config *config, const struct kf_reply *reply,
            const struct kf_json *answer, struct kf_error *err)
{
    switch (reply->status) {
    case 400:
    case 401:
    case 403:
        return fail_refused(config, reply, answer, err);
    case 408:
    case 425:
    case 429:
        return kf_fail(err, KF_BUSY, "the token endpoint %s gives no token now (HTTP %d)",
                       config->token_url, reply->status);
    default:
        break;
    }
    return reply->status >= 500
               ? kf_fail(err, KF_BUSY, "the token endpoint %s failed (HTTP %d)", config->token_url,
                         reply->status)
               : kf_fail(err, KF_BADCONFIG, "no token endpoint at %s (HTTP %d): check token-url",
                         config->token_url, reply->status);
}

static enum kf_rc
read_token(const struct kf_config *config, const struct kf_json *answer,
           struct kf_oauth_token *_token, struct kf_error *err)
{
    const char *type = kf_json_text(kf_json_member(answer, "token_type"));
    const char *text = kf_json_text(kf_json_member(answer, "access_token"));
    const int64_t lifetime = kf_json_number(kf_json_member(answer, "expires_in"));

    if (text[0] == '\0' || strlen(text) > TOKEN_MAX || !kf_text_is_line(text) ||
        strcasecmp(type, "Bearer") != 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "the answer of %s has no bearer token: is token-url the token endpoint?",
                       config->token_url);
    }
    *_token = (struct kf_oauth_token){text, lifetime < LIFETIME_MAX ? lifetime : LIFETIME_MAX};
    return KF_OK;
}

enum kf_rc
kf_oauth_read(TALLOC_CTX *mem_ctx, const struct kf_config *config, const struct kf_reply *reply,
              struct kf_oauth_token *_token, struct kf_error *err)
{
    const struct kf_json *answer = NULL;
    enum kf_rc rc = kf_json_read(mem_ctx, &reply->body, &answer, err);

    if (rc == KF_INTERNAL) {
        return rc;
    }
    if (reply->status != 200) {
        return fail_status(config, reply, answer, err);
    }
    if (rc != KF_OK) {
        /* Such as a page that says that the service is being mended. */
        return kf_fail_prefix(err, KF_BUSY,
                              "the answer of %s is not JSON: is token-url the token endpoint?",
                              config->token_url);
    }
    return read_token(config, answer, _token, err);
}
