/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Who asks, and what they may: account, permission, application, signature. */

#include "access.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base.h"
#include "encoding.h"

static const char NO_APPLICATION[] = "0xA0140001";
static const char NO_PERMISSION[] = "0xA0140002";
static const char BAD_SIGNATURE[] = "0xA0140003";

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
    return account != NULL && sim_equal_secret(account->password, colon + 1) ? account : NULL;
}

const struct sim_account *
sim_access_account(const struct sim_settings *settings, const struct sim_request *request,
                   struct sim_answer *answer)
{
    static const char BASIC[] = "Basic ";
    const char *header = sim_request_header(request, "authorization");
    const struct sim_account *account = NULL;
    struct sim_bytes credentials;

    if (header != NULL && strncasecmp(header, BASIC, strlen(BASIC)) == 0 &&
        sim_base64_read(header + strlen(BASIC), &credentials)) {
        account = find_account(settings, (char *)credentials.data);
        free(credentials.data);
    }
    if (account == NULL) {
        sim_answer_refuse_page(answer, 401,
                               header == NULL ? "no credentials" : "the credentials are wrong");
        sim_answer_header(answer, "WWW-Authenticate", "Basic realm=\"localhost\"");
    }
    return account;
}

static const char *
permission_words(enum sim_permission permission)
{
    switch (permission) {
    case SIM_CERTIFICATES_READ:
        return "Certificates - Read";
    case SIM_CERTIFICATES_DOWNLOAD:
        return "Certificates - Download";
    case SIM_ALERTS_READ:
        return "Alerts - Read";
    case SIM_ENROLL:
        return "Certificate Enrollment - Enroll CSR";
    }
    return "";
}

void
sim_access_refuse(const struct sim_account *account, enum sim_permission permission,
                  struct sim_answer *answer)
{
    sim_answer_refuse(answer, 403, NO_PERMISSION,
                      "The user '%s' does not have any of the required permissions: %s",
                      account->username, permission_words(permission));
}

bool
sim_access_permitted(const struct sim_account *account, enum sim_permission permission,
                     struct sim_answer *answer)
{
    bool permitted = (account->permissions & permission) != 0;

    if (!permitted) {
        sim_access_refuse(account, permission, answer);
    }
    return permitted;
}

static bool
is_key(const char *given, const char *key)
{
    struct sim_bytes bytes;
    char *base64 = NULL;
    bool equal;

    sim_must(sim_hex_read(key, &bytes), "read the key of an application");
    base64 = sim_base64(bytes.data, bytes.size);
    equal = sim_equal_secret(given, base64) || sim_equal_secret(given, key);
    free(base64);
    free(bytes.data);
    return equal;
}

const struct sim_application *
sim_access_application(const struct sim_settings *settings, const struct sim_request *request,
                       struct sim_answer *answer)
{
    const char *given = sim_request_header(request, "x-css-cms-appkey");

    if (given == NULL) {
        sim_answer_refuse(answer, 403, NO_APPLICATION, "The application key is missing.");
        return NULL;
    }
    for (size_t i = 0; i < settings->application_count; i++) {
        if (is_key(given, settings->applications[i].key)) {
            return &settings->applications[i];
        }
    }
    sim_answer_refuse(answer, 403, NO_APPLICATION, "The application key is not valid.");
    return NULL;
}

/* The signature that the header should hold, to be freed. */
static char *
signature_of(const struct sim_request *request, const char *secret)
{
    const void *body = request->body != NULL ? request->body : "";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    sim_must(HMAC(EVP_sha1(), secret, (int)strlen(secret), body, request->body_size, digest,
                  &size) != NULL,
             "compute a signature");
    return sim_base64(digest, size);
}

bool
sim_access_signed(const struct sim_settings *settings, const struct sim_application *application,
                  const struct sim_request *request, struct sim_answer *answer)
{
    const char *given = sim_request_header(request, "x-css-cms-signature");
    char *right = NULL;
    bool equal;

    if (application->secret == NULL) {
        return true;
    }
    if (given == NULL) {
        if (settings->require_signature) {
            sim_answer_refuse(answer, 403, BAD_SIGNATURE, "The request signature is missing.");
        }
        return !settings->require_signature;
    }
    right = signature_of(request, application->secret);
    equal = sim_equal_secret(given, right);
    free(right);
    if (!equal) {
        sim_answer_refuse(answer, 403, BAD_SIGNATURE, "The request signature is not valid.");
    }
    return equal;
}
