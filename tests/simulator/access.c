/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the one who asks may: permission, application, signature. */

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
    case SIM_WORKFLOWS_READ:
        return "Workflow Instances - Read";
    case SIM_WORKFLOWS_READ_MINE:
        return "Workflow Instances - Read Mine";
    case SIM_PATTERNS_READ:
        return "Enrollment Patterns - Read";
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
