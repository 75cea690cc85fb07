/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: what all its calls go through, and the list of them. */

#include "rest.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "authentication.h"
#include "base.h"
#include "clock.h"
#include "faults.h"

static const char BAD_REQUEST[] = "0xA0110001";
static const char NOT_FOUND[] = "0xA0110006";

static const struct endpoint {
    const char *name;
    unsigned permissions; /* of which it needs one; 0: none */
    unsigned since;       /* enum sim_product */
} ENDPOINTS[] = {
    {"GET /Certificates", SIM_CERTIFICATES_READ, SIM_PRODUCT_10_4},
    {"POST /Certificates/Download", SIM_CERTIFICATES_DOWNLOAD, SIM_PRODUCT_10_4},
    {"POST /Enrollment/CSR", SIM_ENROLL, SIM_PRODUCT_10_4},
    {"GET /Enrollment/CSR/Context/My", SIM_ENROLL, SIM_PRODUCT_10_4},
    {"GET /EnrollmentPatterns", SIM_PATTERNS_READ, SIM_PRODUCT_25_1},
    {"GET /EnrollmentPatterns/{id}", SIM_PATTERNS_READ, SIM_PRODUCT_25_1},
    {"GET /Status/Endpoints", 0, SIM_PRODUCT_10_4},
    {"GET /Workflow/Certificates/{id}", SIM_ALERTS_READ, SIM_PRODUCT_10_4},
    {"GET /Workflow/Certificates/Denied", SIM_ALERTS_READ, SIM_PRODUCT_10_4},
    {"GET /Workflow/Certificates/ExternalValidation", SIM_ALERTS_READ, SIM_PRODUCT_25_1},
    {"GET /Workflow/Certificates/Pending", SIM_ALERTS_READ, SIM_PRODUCT_10_4},
    {"GET /Workflow/Instances", SIM_WORKFLOWS_READ, SIM_PRODUCT_10_4},
    {"GET /Workflow/Instances/{instanceId}", SIM_WORKFLOWS_READ | SIM_WORKFLOWS_READ_MINE,
     SIM_PRODUCT_10_4},
    {"GET /Workflow/Instances/My", SIM_WORKFLOWS_READ | SIM_WORKFLOWS_READ_MINE, SIM_PRODUCT_10_4},
};

static void
put_product_version(const struct sim *sim, struct sim_answer *answer)
{
    char *version = sim_text("%s.0.0", sim_settings_version(sim->settings));

    sim_answer_header(answer, "x-keyfactor-product-version", version);
    free(version);
}

static bool
check_headers(const struct sim_request *request, struct sim_answer *answer)
{
    const char *client = sim_request_header(request, "x-keyfactor-requested-with");
    const char *version = sim_request_header(request, "x-keyfactor-api-version");

    if (client == NULL ||
        (strcasecmp(client, "APIClient") != 0 && strcasecmp(client, "XMLHttpRequest") != 0)) {
        sim_answer_refuse(answer, 400, BAD_REQUEST,
                          "You must supply 'APIClient' or 'XMLHttpRequest' in the "
                          "'X-Keyfactor-Requested-With' header of the request.");
        return false;
    }
    if (version != NULL && strcmp(version, "1") != 0 && strcmp(version, "1.0") != 0) {
        sim_answer_refuse(answer, 400, BAD_REQUEST,
                          "The API version '%s' in the 'X-Keyfactor-Api-Version' header of the "
                          "request is not supported.",
                          version);
        return false;
    }
    return true;
}

const struct sim_account *
sim_rest_account(const struct sim *sim, const struct sim_request *request,
                 struct sim_answer *answer)
{
    const struct sim_account *account = NULL;

    put_product_version(sim, answer);
    account = sim_authenticate(sim, request, answer);
    return account != NULL && check_headers(request, answer) ? account : NULL;
}

const struct sim_account *
sim_rest_permitted(const struct sim *sim, const struct sim_request *request,
                   enum sim_permission permission, struct sim_answer *answer)
{
    const struct sim_account *account = sim_rest_account(sim, request, answer);

    return account != NULL && sim_access_permitted(account, permission, answer) ? account : NULL;
}

bool
sim_rest_collection(const struct sim *sim, const struct sim_request *request,
                    const struct sim_account *account, const json_t **_templates,
                    struct sim_answer *answer)
{
    long number;

    if (!sim_parameter_number(request, "collectionId", 0, &number, answer)) {
        return false;
    }
    if (account->collection != 0 && account->collection != number) {
        sim_access_refuse(account, SIM_CERTIFICATES_READ, answer);
        return false;
    }
    *_templates = sim_settings_collection(sim->settings, number);
    if (*_templates == NULL && number != 0) {
        sim_answer_refuse(answer, 404, NOT_FOUND, "The certificate collection %ld does not exist.",
                          number);
        return false;
    }
    return true;
}

const char *
sim_rest_prefix(const struct sim *sim)
{
    return sim->settings->product_version == SIM_PRODUCT_10_4 ? "pq." : "";
}

bool
sim_rest_list(const struct sim *sim, const struct sim_request *request,
              const struct sim_filter_language *language, struct sim_list *_list,
              struct sim_answer *answer)
{
    char *name = NULL;
    char *query = NULL;

    if (!sim_parameter_page(request, sim_rest_prefix(sim), &_list->page, answer)) {
        return false;
    }
    name = sim_text("%squeryString", sim_rest_prefix(sim));
    query = sim_request_parameter(request, name);
    _list->filter = sim_filter_read(language, query != NULL ? query : "", answer);
    free(query);
    free(name);
    return _list->filter != NULL;
}

json_t *
sim_rest_body(const struct sim_request *request, struct sim_answer *answer)
{
    json_t *body = NULL;

    if (!sim_request_is_json(request)) {
        sim_answer_refuse(answer, 415, NULL, "The media type of the request is not supported.");
        return NULL;
    }
    body = json_loadb(request->body, request->body_size, 0, NULL);
    if (!json_is_object(body)) {
        sim_answer_refuse(answer, 400, BAD_REQUEST, "The body of the request is not valid.");
        json_decref(body);
        return NULL;
    }
    return body;
}

void
sim_rest_answer(const struct sim_request *request, json_t *json, struct sim_answer *answer)
{
    sim_must(json != NULL, "describe an answer");
    if (request->fault != NULL) {
        sim_fault_omit(request->fault, json);
    }
    sim_answer_json(answer, 200, json);
}

char *
sim_rest_time(const struct sim *sim, time_t when)
{
    char *iso = sim_clock_iso(when);
    char *text =
        sim_text("%s%s", iso, sim->settings->product_version == SIM_PRODUCT_10_4 ? "" : "Z");

    free(iso);
    return text;
}

static bool
has_endpoint(const struct sim *sim, const struct sim_account *account,
             const struct endpoint *endpoint)
{
    return endpoint->since <= sim->settings->product_version &&
           (endpoint->permissions == 0 || (endpoint->permissions & account->permissions) != 0);
}

void
sim_rest_endpoints(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = sim_rest_account(sim, request, answer);
    json_t *list = NULL;

    if (account == NULL) {
        return;
    }
    list = json_array();
    for (size_t i = 0; i < sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]); i++) {
        if (has_endpoint(sim, account, &ENDPOINTS[i])) {
            json_array_append_new(list, json_string(ENDPOINTS[i].name));
        }
    }
    sim_rest_answer(request, list, answer);
}
