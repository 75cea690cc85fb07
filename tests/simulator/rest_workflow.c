/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: certificate requests and what the CA's approver made of them. */

#include "rest_workflow.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "certificate.h"
#include "encoding.h"
#include "faults.h"
#include "parameters.h"
#include "rest.h"
#include "store.h"

static const char NOT_FOUND[] = "0xA0110006";

/* The CA counts for itself: a client that takes its number for Command's fails. */
#define CA_REQUEST_ID_OFFSET 70000

/* A request that is in its workflow is none of the CA's. */
static const struct state {
    int number;
    const char *word;
} STATES[] = {
    [SIM_PENDING] = {5, "Pending"}, [SIM_EXTERNAL_VALIDATION] = {8, "External Validation"},
    [SIM_ISSUED] = {1, "Active"},   [SIM_DENIED] = {3, "Denied"},
    [SIM_FAILED] = {4, "Failed"},
};

static const char *
state_word(const struct sim_entry *entry, const struct sim_fault *fault)
{
    return fault != NULL && fault->disposition != NULL ? fault->disposition
                                                       : STATES[entry->state].word;
}

static const char *
denial_comment(const struct sim_entry *entry, const struct sim_fault *fault)
{
    if (fault != NULL && fault->message != NULL) {
        return fault->message;
    }
    return entry->state == SIM_DENIED ? entry->comment : NULL;
}

static json_t *
describe(const struct sim *sim, const struct sim_entry *entry, const struct sim_fault *fault)
{
    char *ca_id = sim_text("%lu", entry->id + CA_REQUEST_ID_OFFSET);
    char *name = sim_certificate_common_name(X509_REQ_get_subject_name(entry->csr));
    char *submitted = sim_rest_time(sim, (time_t)(entry->submitted_ms / 1000));
    json_t *json = json_pack(
        "{s:o, s:s, s:o, s:i, s:s, s:s?, s:s, s:s, s:s}", "Id",
        sim_fault_request_id(fault, entry->id), "CARequestId", ca_id, "CommonName",
        sim_json_text(name), "State", STATES[entry->state].number, "StateString",
        state_word(entry, fault), "DenialComment", denial_comment(entry, fault), "Template",
        entry->template_name, "Requester", entry->requester, "SubmissionDate", submitted);

    sim_must(json != NULL, "describe a request");
    free(ca_id);
    free(name);
    free(submitted);
    return json;
}

/* The request whose number ends the path; NULL: 404. */
static const struct sim_entry *
find(const struct sim *sim, const char *path, struct sim_answer *answer)
{
    const char *digits = strrchr(path, '/') + 1;
    const struct sim_entry *entry = NULL;

    if (*digits != '\0' && strspn(digits, "0123456789") == strlen(digits)) {
        entry = sim_store_find(sim->store, strtoul(digits, NULL, 10));
    }
    if (entry == NULL || entry->state == SIM_IN_WORKFLOW) {
        sim_answer_refuse(answer, 404, NOT_FOUND, "The certificate request '%s' does not exist.",
                          digits);
        return NULL;
    }
    return entry;
}

void
sim_rest_request(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_entry *entry = NULL;

    if (sim_rest_permitted(sim, request, SIM_ALERTS_READ, answer) == NULL) {
        return;
    }
    entry = find(sim, request->path, answer);
    if (entry != NULL) {
        sim_rest_answer(request, describe(sim, entry, request->fault), answer);
    }
}

static void
list(struct sim *sim, const struct sim_request *request, enum sim_state state,
     struct sim_answer *answer)
{
    struct sim_entry **entries = NULL;
    struct sim_page page;
    json_t *json = NULL;

    if (sim_rest_permitted(sim, request, SIM_ALERTS_READ, answer) == NULL ||
        !sim_parameter_page(request, "", &page, answer)) {
        return;
    }
    entries = sim_store_newest_first(sim->store);
    json = json_array();
    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        if (entries[i]->state == state && sim_page_shows(&page)) {
            json_array_append_new(json, describe(sim, entries[i], request->fault));
        }
    }
    free(entries);
    sim_rest_answer(request, json, answer);
}

void
sim_rest_pending(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    list(sim, request, SIM_PENDING, answer);
}

void
sim_rest_denied(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    list(sim, request, SIM_DENIED, answer);
}

void
sim_rest_external_validation(struct sim *sim, const struct sim_request *request,
                             struct sim_answer *answer)
{
    if (sim->settings->product_version == SIM_PRODUCT_10_4) {
        /* A path that this version does not have is taken for a request's number. */
        sim_rest_request(sim, request, answer);
    } else {
        list(sim, request, SIM_EXTERNAL_VALIDATION, answer);
    }
}
