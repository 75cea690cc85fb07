/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: enrollment by a CSR. */

#include "rest_enrollment.h"

#include <string.h>

#include "ca.h"
#include "clock.h"
#include "csr_request.h"
#include "enrollment.h"
#include "rest.h"
#include "rest_certificates.h"
#include "rest_csr_answer.h"

static const char BAD_REQUEST[] = "0xA0110001";
static const char BAD_TEMPLATE[] = "0xA0110002";
static const char BAD_CA[] = "0xA011000A";
static const char BAD_PATTERN[] = "0xA011000B";

static bool
check_timestamp(const struct sim_settings *settings, const struct sim_csr_request *asked,
                struct sim_answer *answer)
{
    const char *reason = NULL;

    if (asked->timestamp != NULL || settings->require_timestamp) {
        reason = sim_clock_fault(asked->timestamp, settings->clock_offset_seconds,
                                 settings->clock_tolerance_seconds);
    }
    if (reason != NULL) {
        sim_answer_refuse(answer, 400, BAD_REQUEST, "The Timestamp %s.", reason);
    }
    return reason == NULL;
}

/* The CA that is asked for; NULL: 400. */
static const struct sim_ca *
find_ca(const struct sim *sim, const char *name, struct sim_answer *answer)
{
    const struct sim_ca *ca = name != NULL ? sim_cas_find(sim->cas, name) : &sim->cas->items[0];

    if (ca == NULL) {
        sim_answer_refuse(answer, 400, BAD_CA, "The certificate authority '%s' does not exist.",
                          name);
    }
    return ca;
}

static const struct sim_pattern *
find_pattern_by_id(const struct sim_settings *settings, const struct sim_csr_request *asked,
                   struct sim_answer *answer)
{
    const struct sim_pattern *pattern = sim_settings_pattern(settings, asked->pattern);

    if (pattern == NULL) {
        sim_answer_refuse(answer, 400, BAD_PATTERN, "The enrollment pattern %ld does not exist.",
                          asked->pattern);
        return NULL;
    }
    if (asked->template_name != NULL && strcmp(asked->template_name, pattern->template_name) != 0) {
        sim_answer_refuse(answer, 400, BAD_PATTERN,
                          "The template '%s' is not that of the enrollment pattern '%s'.",
                          asked->template_name, pattern->name);
        return NULL;
    }
    return pattern;
}

static const struct sim_pattern *
find_default_pattern(const struct sim_settings *settings, const char *template_name,
                     struct sim_answer *answer)
{
    const struct sim_pattern *pattern = sim_settings_default_pattern(settings, template_name);

    if (pattern == NULL) {
        sim_answer_refuse(answer, 400, BAD_TEMPLATE,
                          "The template '%s' does not exist or has no default enrollment pattern.",
                          template_name);
    }
    return pattern;
}

/* Settles template and pattern, of which one may be left out from Command 25 on; false: 400. */
static bool
settle_template(const struct sim_settings *settings, struct sim_csr_request *asked,
                struct sim_answer *answer)
{
    const struct sim_pattern *pattern = NULL;

    if (asked->template_name == NULL && !asked->has_pattern) {
        sim_answer_refuse(answer, 400, BAD_TEMPLATE,
                          settings->product_version == SIM_PRODUCT_10_4
                              ? "You must supply a Template."
                              : "You must supply a Template or an EnrollmentPatternId.");
        return false;
    }
    if (settings->product_version == SIM_PRODUCT_10_4) {
        return true;
    }
    pattern = asked->has_pattern ? find_pattern_by_id(settings, asked, answer)
                                 : find_default_pattern(settings, asked->template_name, answer);
    if (pattern == NULL) {
        return false;
    }
    asked->pattern = pattern->id;
    asked->template_name = pattern->template_name;
    return true;
}

static bool
check_renewal(struct sim *sim, const struct sim_csr_request *asked, struct sim_answer *answer)
{
    if (asked->has_renewal_id &&
        sim_store_find_certificate(sim->store, (unsigned long)asked->renewal_id) == NULL) {
        sim_answer_refuse(answer, 400, BAD_REQUEST,
                          "The certificate %ld, which is to be renewed, does not exist.",
                          asked->renewal_id);
        return false;
    }
    return true;
}

static void
enroll(struct sim *sim, const struct sim_request *request, const struct sim_account *account,
       struct sim_csr_request *asked, struct sim_answer *answer)
{
    const struct sim_ca *ca = find_ca(sim, asked->authority, answer);
    struct sim_enrollment enrollment = {
        .api = "rest",
        .account = account,
        .ca = ca,
        .csr = asked->csr,
        .renewal_id = asked->renewal_id,
        .metadata = asked->metadata,
        .fields = asked->fields,
        .sans = asked->sans,
    };
    const struct sim_entry *entry = NULL;

    if (ca == NULL || !check_timestamp(sim->settings, asked, answer) ||
        !settle_template(sim->settings, asked, answer) || !check_renewal(sim, asked, answer)) {
        return;
    }
    enrollment.template_name = asked->template_name;
    enrollment.pattern = asked->pattern;
    entry = sim_enrollment_submit(sim, &enrollment, answer);
    if (entry != NULL) {
        sim_rest_csr_answer(sim, request, entry, asked, answer);
    }
}

void
sim_rest_enroll(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = sim_rest_permitted(sim, request, SIM_ENROLL, answer);
    struct sim_csr_request asked = {0};
    json_t *body = NULL;

    if (account == NULL) {
        return;
    }
    asked.format = sim_rest_format(request, SIM_FORMAT_PEM | SIM_FORMAT_DER, answer);
    if (asked.format == 0) {
        return;
    }
    body = sim_rest_body(request, answer);
    if (body != NULL && sim_csr_request_read(sim->settings, body, &asked, answer)) {
        enroll(sim, request, account, &asked, answer);
    }
    json_decref(body);
}
