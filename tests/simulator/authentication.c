/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Who asks: Basic, Bearer, Negotiate, or the certificate of the TLS connection. */

#include "authentication.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "bearer.h"
#include "encoding.h"
#include "negotiate.h"

#define REALM "realm=\"localhost\""

/* An attempt to find out who asks. */
struct attempt {
    const struct sim *sim;
    const struct sim_request *request;
    struct sim_answer *answer;
    char *reason; /* why it failed; to be freed */
};

static void
fail(struct attempt *attempt, const char *reason)
{
    free(attempt->reason);
    attempt->reason = sim_copy(reason, strlen(reason));
}

/* The account named in "user:password"; NULL when there is none or the password is another. */
static const struct sim_account *
find_account(const struct sim_settings *settings, char *credentials)
{
    char *colon = strchr(credentials, ':');
    const struct sim_account *account = NULL;

    if (colon == NULL) {
        return NULL;
    }
    *colon = '\0';
    account = sim_settings_account(settings, credentials);
    return account != NULL && account->password != NULL &&
                   sim_equal_secret(account->password, colon + 1)
               ? account
               : NULL;
}

static const struct sim_account *
by_basic(struct attempt *attempt, const char *text)
{
    const struct sim_account *account = NULL;
    struct sim_bytes credentials;

    if (sim_base64_read(text, &credentials)) {
        account = find_account(attempt->sim->settings, (char *)credentials.data);
        free(credentials.data);
    }
    if (account == NULL) {
        fail(attempt, "the credentials are wrong");
    }
    return account;
}

static const struct sim_account *
by_bearer(struct attempt *attempt, const char *token)
{
    const char *reason = NULL;
    const struct sim_account *account = sim_bearer_use(attempt->sim->bearer, token, &reason);

    if (account == NULL) {
        fail(attempt, reason);
    }
    return account;
}

static const struct sim_account *
by_negotiate(struct attempt *attempt, const char *token)
{
    const struct sim_account *account = NULL;
    struct sim_negotiated result = {0};

    if (!sim_negotiate_accept(attempt->sim->negotiate, token, &result)) {
        fail(attempt, result.reason);
    } else {
        account = sim_settings_account_of_principal(attempt->sim->settings, result.principal);
        if (account != NULL) {
            char *header = sim_text("Negotiate %s", result.reply);

            sim_answer_header(attempt->answer, "WWW-Authenticate", header);
            free(header);
        } else {
            fail(attempt, "no account has the principal");
        }
    }
    sim_negotiated_clear(&result);
    return account;
}

static const struct sim_account *
by_certificate(struct attempt *attempt)
{
    const struct sim_client_certificate *certificate = &attempt->request->certificate;
    const struct sim_account *account = NULL;

    if (certificate->state != SIM_CLIENT_GOOD) {
        fail(attempt, "no credentials");
        return NULL;
    }
    account = sim_settings_account_of_certificate(attempt->sim->settings, certificate->common_name,
                                                  certificate->sha256);
    if (account == NULL) {
        fail(attempt, "no account has the certificate");
    }
    return account;
}

/* The ways in by a header, in the order in which they are offered. */
static const struct way {
    enum sim_authentication bit;
    const char *word;   /* for the record */
    const char *scheme; /* before a blank and the credentials */
    const char *challenge;
    const char *challenge_again; /* after wrong credentials of the scheme */
    const struct sim_account *(*check)(struct attempt *attempt, const char *credentials);
} WAYS[] = {
    {SIM_NEGOTIATE, "negotiate", "Negotiate", "Negotiate", "Negotiate", by_negotiate},
    {SIM_BEARER, "bearer", "Bearer", "Bearer " REALM, "Bearer " REALM ", error=\"invalid_token\"",
     by_bearer},
    {SIM_BASIC, "basic", "Basic", "Basic " REALM, "Basic " REALM, by_basic},
};

#define WAY_COUNT (sizeof(WAYS) / sizeof(WAYS[0]))

static bool
is_on(const struct sim *sim, enum sim_authentication bit)
{
    return (sim->settings->authentication & bit) != 0;
}

static bool
is_of(const struct way *way, const char *header)
{
    size_t length = strlen(way->scheme);

    return strncasecmp(header, way->scheme, length) == 0 && header[length] == ' ';
}

static const struct way *
find_way(const struct sim *sim, const char *header)
{
    for (size_t i = 0; header != NULL && i < WAY_COUNT; i++) {
        if (is_on(sim, WAYS[i].bit) && is_of(&WAYS[i], header)) {
            return &WAYS[i];
        }
    }
    return NULL;
}

static void
refuse(struct attempt *attempt, const struct way *tried)
{
    sim_answer_refuse_page(attempt->answer, 401, attempt->reason);
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (is_on(attempt->sim, WAYS[i].bit)) {
            sim_answer_add_header(attempt->answer, "WWW-Authenticate",
                                  tried == &WAYS[i] ? WAYS[i].challenge_again : WAYS[i].challenge);
        }
    }
}

const struct sim_account *
sim_authenticate(const struct sim *sim, const struct sim_request *request,
                 struct sim_answer *answer)
{
    const char *header = sim_request_header(request, "authorization");
    const struct way *way = find_way(sim, header);
    struct attempt attempt = {.sim = sim, .request = request, .answer = answer};
    const struct sim_account *account = NULL;

    if (way != NULL) {
        account = way->check(&attempt, header + strlen(way->scheme) + 1);
    } else if (header != NULL) {
        fail(&attempt, "the authentication scheme is not supported");
    } else if (is_on(sim, SIM_CERTIFICATE)) {
        account = by_certificate(&attempt);
    } else {
        fail(&attempt, "no credentials");
    }
    if (account != NULL) {
        answer->authenticated = way != NULL ? way->word : "certificate";
        answer->account = account->username;
    } else {
        refuse(&attempt, way);
    }
    free(attempt.reason);
    /* cppcheck-suppress returnDanglingLifetime ; an account is the simulator's */
    return account;
}

bool
sim_authentication_admits(const struct sim *sim, const struct sim_request *request,
                          struct sim_answer *answer)
{
    switch (request->certificate.state) {
    case SIM_CLIENT_GOOD:
        return true;
    case SIM_CLIENT_NONE:
        if (sim->settings->require_client_certificate) {
            sim_answer_refuse_exactly(answer, "403.7",
                                      "The page you are attempting to access requires your browser "
                                      "to have a Secure Sockets Layer (SSL) client certificate "
                                      "that the Web server recognizes.");
        }
        return !sim->settings->require_client_certificate;
    case SIM_CLIENT_EXPIRED:
        sim_answer_refuse_exactly(answer, "403.17",
                                  "Your client certificate has expired or is not yet valid.");
        return false;
    case SIM_CLIENT_UNTRUSTED:
        sim_answer_refuse_exactly(answer, "403.16",
                                  "Your client certificate is either not trusted or is invalid.");
        return false;
    }
    return false;
}
