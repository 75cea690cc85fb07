/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The token endpoint of OAuth 2.0: the client credentials grant, as RFC 6749 has it. */

#include "oauth.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "bearer.h"
#include "encoding.h"
#include "fields.h"
#include "form.h"
#include "settings.h"

static const char BASIC[] = "Basic ";

/* An error as RFC 6749, 5.2 names it, and the sentence for error_description. */
static void
refuse(struct sim_answer *answer, unsigned status, const char *error, const char *description)
{
    sim_answer_json(answer, status,
                    json_pack("{s:s, s:s}", "error", error, "error_description", description));
    sim_answer_reason(answer, description);
}

static void
refuse_client(struct sim_answer *answer, const char *description)
{
    refuse(answer, 401, "invalid_client", description);
    sim_answer_header(answer, "WWW-Authenticate", "Basic realm=\"localhost\"");
}

static const char *
parameter(const json_t *form, const char *name)
{
    return json_string_value(json_object_get(form, name));
}

static bool
is_form(const struct sim_request *request)
{
    static const char FORM[] = "application/x-www-form-urlencoded";
    const char *type = sim_request_header(request, "content-type");

    return type != NULL && strncasecmp(type, FORM, strlen(FORM)) == 0 &&
           strchr("; ", type[strlen(FORM)]) != NULL;
}

/* Secrets are not for the request's URI (2.3.1), where they would get into logs. */
static bool
is_in_query(const struct sim_request *request, const char *name)
{
    char *value = sim_request_parameter(request, name);
    bool found = value != NULL;

    free(value);
    return found;
}

/* The form, to be freed, when it asks for what there is; NULL: 400. */
static json_t *
read_form(const struct sim_request *request, struct sim_answer *answer)
{
    const char *body = request->body != NULL ? request->body : "";
    const char *reason = NULL;
    json_t *form = NULL;

    if (!is_form(request)) {
        reason = "The media type must be application/x-www-form-urlencoded.";
    } else if (strlen(body) != request->body_size) {
        reason = "A parameter is not form-urlencoded.";
    } else if (is_in_query(request, "client_id") || is_in_query(request, "client_secret")) {
        reason = "The client credentials must not be in the request URI.";
    } else {
        form = sim_form_read(body, &reason);
    }
    if (form == NULL) {
        refuse(answer, 400, "invalid_request", reason);
    }
    return form;
}

static bool
check_grant(const json_t *form, struct sim_answer *answer)
{
    const char *type = parameter(form, "grant_type");

    if (type == NULL) {
        refuse(answer, 400, "invalid_request", "The parameter grant_type is missing.");
    } else if (strcmp(type, "client_credentials") != 0) {
        refuse(answer, 400, "unsupported_grant_type", "The grant type must be client_credentials.");
    } else {
        return true;
    }
    return false;
}

/* The client of that id, when the secret is its own. */
static const struct sim_oauth_client *
find_client(const struct sim_settings *settings, const char *id, const char *secret)
{
    const struct sim_oauth_client *client = sim_settings_oauth_client(settings, id);

    return client != NULL && sim_equal_secret(client->secret, secret) ? client : NULL;
}

/* The client of "ID:SECRET", both form-urlencoded. */
static const struct sim_oauth_client *
find_basic_client(const struct sim_settings *settings, const char *credentials)
{
    size_t length = strcspn(credentials, ":");
    const char *rest = credentials + length + (credentials[length] == ':');
    char *id = sim_form_decode(credentials, length);
    char *secret = sim_form_decode(rest, strlen(rest));
    const struct sim_oauth_client *client = NULL;

    if (id != NULL && secret != NULL) {
        client = find_client(settings, id, secret);
    }
    free(id);
    free(secret);
    return client;
}

static const struct sim_oauth_client *
by_basic(const struct sim_settings *settings, const char *header, struct sim_answer *answer)
{
    const struct sim_oauth_client *client = NULL;
    struct sim_bytes credentials;

    if (settings->oauth_client_auth == SIM_CLIENT_AUTH_POST) {
        refuse_client(answer, "The client must not authenticate by a header.");
        return NULL;
    }
    if (strncasecmp(header, BASIC, strlen(BASIC)) == 0 &&
        sim_base64_read(header + strlen(BASIC), &credentials)) {
        client = find_basic_client(settings, (const char *)credentials.data);
        free(credentials.data);
    }
    if (client == NULL) {
        refuse_client(answer, "The client credentials are wrong.");
        return NULL;
    }
    answer->authenticated = "basic";
    return client;
}

static const struct sim_oauth_client *
by_post(const struct sim_settings *settings, const char *id, const char *secret,
        struct sim_answer *answer)
{
    const struct sim_oauth_client *client = NULL;

    if (id == NULL || secret == NULL) {
        refuse_client(answer, "The client credentials are missing.");
        return NULL;
    }
    if (settings->oauth_client_auth == SIM_CLIENT_AUTH_BASIC) {
        refuse_client(answer, "The client must not authenticate in the body.");
        return NULL;
    }
    client = find_client(settings, id, secret);
    if (client == NULL) {
        refuse_client(answer, "The client credentials are wrong.");
        return NULL;
    }
    answer->authenticated = "post";
    return client;
}

static const struct sim_oauth_client *
authenticate(const struct sim_settings *settings, const struct sim_request *request,
             const json_t *form, struct sim_answer *answer)
{
    const char *header = sim_request_header(request, "authorization");
    const char *id = parameter(form, "client_id");
    const char *secret = parameter(form, "client_secret");

    if (header != NULL && (id != NULL || secret != NULL)) {
        refuse(answer, 400, "invalid_request",
               "The client authenticates in the header and in the body.");
        return NULL;
    }
    return header != NULL ? by_basic(settings, header, answer)
                          : by_post(settings, id, secret, answer);
}

/* Whether each word between single blanks is one of the client's scopes. */
static bool
has_scopes(const struct sim_oauth_client *client, const char *scope)
{
    const char *next = scope;
    bool all = true;

    do {
        size_t length = strcspn(next, " ");
        char *word = sim_copy(next, length);

        all = client->scopes != NULL && sim_settings_lists(client->scopes, word);
        free(word);
        next += length;
    } while (all && *next++ == ' ');
    return all;
}

/* All that the client has, to be freed; NULL: it has none. */
static char *
all_scopes(const struct sim_oauth_client *client)
{
    char *all = NULL;
    size_t i;
    json_t *item;

    json_array_foreach (client->scopes, i, item) {
        char *longer = all != NULL ? sim_text("%s %s", all, json_string_value(item))
                                   : sim_text("%s", json_string_value(item));

        free(all);
        all = longer;
    }
    return all;
}

static bool
check_audience(const struct sim_oauth_client *client, const char *audience,
               struct sim_answer *answer)
{
    if (audience == NULL && client->audience != NULL) {
        refuse(answer, 400, "invalid_request", "The parameter audience is missing.");
        return false;
    }
    if (audience != NULL && (client->audience == NULL || strcmp(audience, client->audience) != 0)) {
        refuse(answer, 400, "invalid_target", "The client may not ask for this audience.");
        return false;
    }
    return true;
}

static void
answer_token(struct sim *sim, const struct sim_request *request,
             const struct sim_oauth_client *client, const json_t *form, struct sim_answer *answer)
{
    const struct sim_settings *settings = sim->settings;
    const char *asked = parameter(form, "scope");
    char *granted = asked != NULL ? sim_copy(asked, strlen(asked)) : all_scopes(client);
    const char *token = sim_bearer_issue(sim->bearer, client, granted, parameter(form, "audience"),
                                         settings->oauth_token_seconds);
    json_t *json = json_pack("{s:s, s:s}", "access_token", token, "token_type", "Bearer");

    if (settings->oauth_expires_in) {
        json_object_set_new(json, "expires_in", json_integer(settings->oauth_token_seconds));
    }
    if (asked == NULL && granted != NULL) {
        json_object_set_new(json, "scope", json_string(granted));
    }
    if (request->fault != NULL) {
        sim_fault_omit(request->fault, json);
    }
    sim_answer_json(answer, 200, json);
    free(granted);
}

static void
grant(struct sim *sim, const struct sim_request *request, const json_t *form,
      struct sim_answer *answer)
{
    const char *scope = parameter(form, "scope");
    const struct sim_oauth_client *client = NULL;

    if (!check_grant(form, answer)) {
        return;
    }
    client = authenticate(sim->settings, request, form, answer);
    if (client == NULL) {
        return;
    }
    answer->account = client->account.username;
    if (scope != NULL && !has_scopes(client, scope)) {
        refuse(answer, 400, "invalid_scope", "The client may not ask for this scope.");
    } else if (check_audience(client, parameter(form, "audience"), answer)) {
        answer_token(sim, request, client, form, answer);
    }
}

void
sim_oauth_token(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    json_t *form = NULL;

    sim_answer_header(answer, "Cache-Control", "no-store");
    sim_answer_header(answer, "Pragma", "no-cache");
    form = read_form(request, answer);
    if (form != NULL) {
        grant(sim, request, form, answer);
        json_decref(form);
    }
}
