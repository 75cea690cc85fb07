/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Classic API: CertEnroll in its three versions, and the tokens that the older two need. */

#include "classic.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "authentication.h"
#include "base.h"
#include "classic_answer.h"
#include "clock.h"
#include "enrollment.h"
#include "fields.h"
#include "settings.h"
#include "tokens.h"

#define FLAG_CERT_ONLY 1

static const char BAD_TIMESTAMP[] = "0xA0140004";
static const char BAD_TOKEN[] = "0xA0140005";

/* The request proper: the whole body, or the Request of version 3's envelope. The texts belong to
 * the request's JSON, the metadata does not. */
struct inner {
    json_int_t flags;
    const char *template_name;
    const char *csr;
    json_t *metadata; /* an object; NULL: none */
};

/* The digit in /CMSApi/CertEnroll/3/Pkcs10 */
static char
version_of(const struct sim_request *request)
{
    return request->path[strlen("/CMSApi/CertEnroll/")];
}

static void
refuse_shape(struct sim_answer *answer, const char *reason)
{
    sim_answer_refuse(answer, 400, NULL, "The request is invalid. %s", reason);
}

static bool
check_timestamp(const struct sim_settings *settings, const json_t *envelope,
                struct sim_answer *answer)
{
    const char *text = json_string_value(sim_fields_get(envelope, "Timestamp"));
    const char *reason =
        sim_clock_fault(text, settings->clock_offset_seconds, settings->clock_tolerance_seconds);

    if (reason != NULL) {
        sim_answer_refuse(answer, 403, BAD_TIMESTAMP, "The request timestamp %s.", reason);
    }
    return reason == NULL;
}

/* The array [{"MetadataFieldTypeName": n, "Value": v}] as an object; NULL when it is none. */
static json_t *
metadata_from_array(const json_t *array)
{
    json_t *object = json_object();
    size_t i;
    json_t *item;

    json_array_foreach (array, i, item) {
        const char *name = json_string_value(sim_fields_get(item, "MetadataFieldTypeName"));
        json_t *value = sim_fields_get(item, "Value");

        if (name == NULL || value == NULL) {
            json_decref(object);
            return NULL;
        }
        json_object_set(object, name, value);
    }
    return object;
}

static bool
read_metadata(json_t *list, struct inner *inner, struct sim_answer *answer)
{
    if (list == NULL || json_is_null(list)) {
        return true;
    }
    if (json_is_array(list)) {
        inner->metadata = metadata_from_array(list);
    } else if (json_is_object(list)) {
        inner->metadata = json_incref(list);
    }
    if (inner->metadata == NULL) {
        refuse_shape(answer, "MetadataList must be an object, or an array of objects with "
                             "MetadataFieldTypeName and Value.");
    }
    return inner->metadata != NULL;
}

static bool
read_inner(const json_t *json, struct inner *inner, struct sim_answer *answer)
{
    const json_t *flags = sim_fields_get(json, "Flags");

    inner->flags = json_integer_value(flags);
    inner->template_name = json_string_value(sim_fields_get(json, "TemplateName"));
    inner->csr = json_string_value(sim_fields_get(json, "Pkcs10Request"));
    if (!json_is_object(json)) {
        refuse_shape(answer, "Request must be an object.");
    } else if (!json_is_integer(flags) || (inner->flags & ~(json_int_t)FLAG_CERT_ONLY) != 0) {
        refuse_shape(answer, "Flags must be 0 or 1.");
    } else if (inner->template_name == NULL) {
        refuse_shape(answer, "TemplateName must be a string.");
    } else if (inner->csr == NULL) {
        refuse_shape(answer, "Pkcs10Request must be a string.");
    } else {
        return read_metadata(sim_fields_get(json, "MetadataList"), inner, answer);
    }
    return false;
}

/* Whether the request bears a good access token; false: 401. */
static bool
check_token(struct sim *sim, const struct sim_request *request,
            const struct sim_application *application, struct sim_answer *answer)
{
    const char *given = sim_request_header(request, sim->settings->token_header);
    const char *reason =
        given != NULL ? sim_tokens_use(sim->tokens, application, given) : "is missing";

    if (reason != NULL) {
        sim_answer_refuse(answer, 401, BAD_TOKEN, "The access token %s.", reason);
    }
    return reason == NULL;
}

/* Whether the request is no replay, by what its version has against that. */
static bool
is_fresh(struct sim *sim, const struct sim_request *request,
         const struct sim_application *application, const json_t *body, struct sim_answer *answer)
{
    if (version_of(request) == '3') {
        return check_timestamp(sim->settings, body, answer);
    }
    return check_token(sim, request, application, answer);
}

/* From here on the account is known, and its request is JSON. */
static void
enroll(struct sim *sim, const struct sim_request *request, const struct sim_account *account,
       const json_t *body, struct sim_answer *answer)
{
    const struct sim_application *application =
        sim_access_application(sim->settings, request, answer);
    const json_t *inner_json = version_of(request) == '3' ? sim_fields_get(body, "Request") : body;
    struct inner inner = {0};
    const struct sim_entry *entry = NULL;

    if (application == NULL || !sim_access_signed(sim->settings, application, request, answer) ||
        !is_fresh(sim, request, application, body, answer) ||
        !read_inner(inner_json, &inner, answer)) {
        return;
    }
    entry = sim_enrollment_submit(sim,
                                  &(const struct sim_enrollment){
                                      .api = "classic",
                                      .account = account,
                                      .application = application,
                                      .ca = &sim->cas->items[0],
                                      .template_name = inner.template_name,
                                      .csr = inner.csr,
                                      .metadata = inner.metadata,
                                  },
                                  answer);
    if (entry != NULL) {
        sim_classic_answer(sim, entry, (inner.flags & FLAG_CERT_ONLY) != 0, request->fault, answer);
    }
    json_decref(inner.metadata);
}

static void
put_product_version(const struct sim *sim, struct sim_answer *answer)
{
    char *product = sim_text("%s.0.0", sim_settings_version(sim->settings));

    sim_answer_header(answer, "X-CSS-CMS-Product-Version", product);
    free(product);
}

void
sim_classic_enroll(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = NULL;
    const char version[] = {version_of(request), '\0'};
    json_t *body = NULL;

    sim_answer_header(answer, "X-CSS-CMS-API-Version", version);
    put_product_version(sim, answer);
    account = sim_authenticate(sim, request, answer);
    if (account == NULL || !sim_access_permitted(account, SIM_ENROLL, answer)) {
        return;
    }
    if (!sim_request_is_json(request)) {
        sim_answer_refuse(answer, 415, NULL, "The media type of the request is not supported.");
        return;
    }
    body = json_loadb(request->body, request->body_size, 0, NULL);
    if (json_is_object(body)) {
        enroll(sim, request, account, body, answer);
    } else {
        refuse_shape(answer, "The body is not a JSON object.");
    }
    json_decref(body);
}

void
sim_classic_token(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_settings *settings = sim->settings;
    const struct sim_application *application = NULL;
    const char *token = NULL;

    put_product_version(sim, answer);
    if (sim_authenticate(sim, request, answer) == NULL) {
        return;
    }
    application = sim_access_application(settings, request, answer);
    if (application == NULL || !sim_access_signed(settings, application, request, answer)) {
        return;
    }
    token = sim_tokens_issue(sim->tokens, application);
    sim_answer_json(answer, 200,
                    json_pack("{s:s, s:I}", settings->token_name, token, "ExpiresIn",
                              (json_int_t)settings->token_seconds));
}
