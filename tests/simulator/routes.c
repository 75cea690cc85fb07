/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* From a request to the answer: which handler, which fault, and the record. */

#include "routes.h"

#include <fnmatch.h>
#include <string.h>

#include "aia.h"
#include "authentication.h"
#include "classic.h"
#include "control.h"
#include "faults.h"
#include "oauth.h"
#include "record.h"
#include "rest.h"
#include "rest_certificates.h"
#include "rest_enrollment.h"
#include "rest_workflow.h"
#include "settings.h"

#define ALWAYS 0

static const char CONTROL[] = "/simulator/";
static const char TOKEN_PATH[] = "token_path";
static const char OAUTH_TOKEN_PATH[] = "oauth_token_path";

/*
 * Paths are compared as IIS does, without regard to case; "*" is one part of a path. TOKEN_PATH and
 * OAUTH_TOKEN_PATH are those of the settings.
 */
static const struct route {
    const char *method;
    const char *path;
    unsigned api; /* enum sim_api, or ALWAYS */
    void (*handle)(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);
} ROUTES[] = {
    {"POST", "/CMSApi/CertEnroll/[123]/Pkcs10", SIM_API_CLASSIC, sim_classic_enroll},
    {"POST", TOKEN_PATH, SIM_API_CLASSIC, sim_classic_token},
    {"POST", OAUTH_TOKEN_PATH, ALWAYS, sim_oauth_token},
    {"GET", "/KeyfactorAPI/Certificates", SIM_API_REST, sim_rest_search},
    {"POST", "/KeyfactorAPI/Certificates/Download", SIM_API_REST, sim_rest_download},
    {"POST", "/KeyfactorAPI/Enrollment/CSR", SIM_API_REST, sim_rest_enroll},
    {"GET", "/KeyfactorAPI/Enrollment/CSR/Context/My", SIM_API_REST, sim_rest_enrollment_context},
    {"GET", "/KeyfactorAPI/EnrollmentPatterns", SIM_API_REST, sim_rest_patterns},
    {"GET", "/KeyfactorAPI/EnrollmentPatterns/*", SIM_API_REST, sim_rest_pattern},
    {"GET", "/KeyfactorAPI/Status/Endpoints", SIM_API_REST, sim_rest_endpoints},
    {"GET", "/KeyfactorAPI/Workflow/Certificates/Pending", SIM_API_REST, sim_rest_pending},
    {"GET", "/KeyfactorAPI/Workflow/Certificates/Denied", SIM_API_REST, sim_rest_denied},
    {"GET", "/KeyfactorAPI/Workflow/Certificates/ExternalValidation", SIM_API_REST,
     sim_rest_external_validation},
    {"GET", "/KeyfactorAPI/Workflow/Certificates/*", SIM_API_REST, sim_rest_request},
    {"GET", "/KeyfactorAPI/Workflow/Instances", SIM_API_REST, sim_rest_instances},
    {"GET", "/KeyfactorAPI/Workflow/Instances/My", SIM_API_REST, sim_rest_my_instances},
    {"GET", "/KeyfactorAPI/Workflow/Instances/*", SIM_API_REST, sim_rest_instance},
    {"GET", "/aia/*", ALWAYS, sim_aia_serve},
    {"GET", "/simulator/faults", ALWAYS, sim_control_list_faults},
    {"POST", "/simulator/faults", ALWAYS, sim_control_add_faults},
    {"DELETE", "/simulator/faults", ALWAYS, sim_control_clear_faults},
    {"GET", "/simulator/requests", ALWAYS, sim_control_list_requests},
    {"GET", "/simulator/certificates", ALWAYS, sim_control_list_certificates},
    {"POST", "/simulator/requests/*", ALWAYS, sim_control_decide},
    {"GET", "/simulator/tokens", ALWAYS, sim_control_list_tokens},
    {"DELETE", "/simulator/tokens", ALWAYS, sim_control_revoke_tokens},
};

static const char *
pattern_of(const struct route *route, const struct sim_settings *settings)
{
    if (route->path == TOKEN_PATH) {
        return settings->token_path;
    }
    return route->path == OAUTH_TOKEN_PATH ? settings->oauth_token_path : route->path;
}

static bool
serves(const struct route *route, const struct sim *sim, const char *path)
{
    return (route->api == ALWAYS || (route->api & sim->settings->apis) != 0) &&
           fnmatch(pattern_of(route, sim->settings), path,
                   FNM_CASEFOLD | FNM_PATHNAME | FNM_NOESCAPE) == 0;
}

/* The route for path and method; else NULL, and *_other is one of the path with another method. */
static const struct route *
find_route(const struct sim *sim, const struct sim_request *request, const struct route **_other)
{
    *_other = NULL;
    for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
        if (serves(&ROUTES[i], sim, request->path)) {
            if (strcmp(ROUTES[i].method, request->method) == 0) {
                return &ROUTES[i];
            }
            *_other = &ROUTES[i];
        }
    }
    return NULL;
}

static void
route_request(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct route *other = NULL;
    const struct route *route = find_route(sim, request, &other);

    if (route == NULL && other == NULL) {
        sim_answer_refuse_page(answer, 404, "nothing is at this path");
    } else if (route == NULL) {
        sim_answer_header(answer, "Allow", other->method);
        sim_answer_refuse(answer, 405, NULL,
                          "The requested resource does not support http method '%s'.",
                          request->method);
    } else if (request->too_large) {
        sim_answer_refuse_page(answer, 413, "the body is too large");
    } else {
        route->handle(sim, request, answer);
    }
}

static bool
is_control(const struct sim_request *request)
{
    return strncasecmp(request->path, CONTROL, strlen(CONTROL)) == 0;
}

void
sim_routes_begin(struct sim *sim, struct sim_request *request)
{
    if (!is_control(request)) {
        request->fault = sim_faults_take(sim->faults, request->path);
    }
}

void
sim_routes_handle(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_fault *fault = request->fault;

    answer->status = 200;
    if ((fault == NULL || fault->when == SIM_WHEN_AFTER) &&
        (is_control(request) || sim_authentication_admits(sim, request, answer))) {
        route_request(sim, request, answer);
    }
    if (fault != NULL) {
        sim_fault_replace(fault, answer);
        if (fault->cut == SIM_CUT_REQUEST || fault->cut == SIM_CUT_ANSWER) {
            answer->status = 0;
        }
    }
    if (!is_control(request)) {
        sim_record_write(sim->record, request, answer);
    }
}
