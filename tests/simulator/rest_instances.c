/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: the workflows that enrollments go through. */

#include "rest_workflow.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "base.h"
#include "certificate.h"
#include "csr.h"
#include "encoding.h"
#include "enrollment.h"
#include "faults.h"
#include "rest.h"
#include "store.h"

static const char NOT_FOUND[] = "0xA0110006";

static char *
copy_text(const char *text)
{
    return sim_copy(text, strlen(text));
}

static char *
instance_of(const void *item)
{
    return copy_text(((const struct sim_entry *)item)->workflow.instance);
}

static char *
reference_of(const void *item)
{
    return sim_text("%lu", ((const struct sim_entry *)item)->workflow.reference);
}

static char *
status_of(const void *item)
{
    return copy_text(sim_workflow_word(((const struct sim_entry *)item)->workflow.status));
}

static char *
requester_of(const void *item)
{
    return copy_text(((const struct sim_entry *)item)->requester);
}

static const struct sim_filter_field FIELDS[] = {
    {"Id", false, instance_of},   {"ReferenceId", true, reference_of},
    {"Status", false, status_of}, {"InitiatingUserName", false, requester_of},
    {NULL, false, NULL},
};

static const struct sim_filter_language LANGUAGE = {.fields = FIELDS};

static json_t *
write_status(const struct sim *sim, const struct sim_entry *entry, const struct sim_fault *fault)
{
    enum sim_workflow_status status = entry->workflow.status;

    if (fault != NULL && fault->disposition != NULL) {
        return json_string(fault->disposition);
    }
    return sim->settings->workflow_status_numbers ? json_integer(sim_workflow_number(status))
                                                  : json_string(sim_workflow_word(status));
}

static const char *
write_message(const struct sim_entry *entry, const struct sim_fault *fault)
{
    if (fault != NULL && fault->message != NULL) {
        return fault->message;
    }
    return entry->state == SIM_IN_WORKFLOW && entry->comment != NULL && *entry->comment != '\0'
               ? entry->comment
               : sim_workflow_message(entry->workflow.status);
}

/* What a list shows of an instance. */
static json_t *
describe(const struct sim *sim, const struct sim_entry *entry, const struct sim_fault *fault)
{
    static const char NO_STEP[] = "00000000-0000-0000-0000-000000000000";
    const struct sim_workflow *workflow = &entry->workflow;
    bool waits = sim_workflow_is_open(workflow);
    char *subject = sim_certificate_name(X509_REQ_get_subject_name(entry->csr));
    char *title = sim_text("%s is enrolling for a certificate with %s.", entry->requester, subject);
    char *started = sim_rest_time(sim, (time_t)(entry->submitted_ms / 1000));
    json_t *json = json_pack(
        "{s:s, s:o, s:s, s:s, s:{s:s, s:s, s:i, s:s}, s:s?, s:s?, s:o, s:n, s:s, s:I}", "Id",
        workflow->instance, "Status", write_status(sim, entry, fault), "CurrentStepId", NO_STEP,
        "StatusMessage", write_message(entry, fault), "Definition", "Id", NO_STEP, "DisplayName",
        "Enrollment", "Version", 1, "WorkflowType", "Enrollment", "CurrentStepDisplayName",
        waits ? "Require Approval" : NULL, "CurrentStepUniqueName",
        waits ? "RequireApproval1" : NULL, "Title", sim_json_text(title), "LastModified",
        "StartDate", started, "ReferenceId", (json_int_t)workflow->reference);

    sim_must(json != NULL, "describe a workflow");
    free(subject);
    free(title);
    free(started);
    return json;
}

static json_t *
describe_request(const struct sim_entry *entry)
{
    char *subject = sim_certificate_name(X509_REQ_get_subject_name(entry->csr));
    char *csr = sim_csr_pem(entry->csr);
    json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:s, s:O, s:O, s:O, s:b}", "InitiatingUserName",
                             entry->requester, "CertificateAuthority", entry->authority, "Template",
                             entry->template_name, "Subject", sim_json_text(subject), "CSR", csr,
                             "SANs", entry->sans, "Metadata", entry->metadata,
                             "AdditionalAttributes", entry->fields, "IsPFX", 0);

    sim_must(json != NULL, "describe the request of a workflow");
    free(subject);
    free(csr);
    return json;
}

/* Adds what came of the certificate. */
static void
put_certificate(json_t *data, const struct sim_entry *entry)
{
    char *serial = sim_certificate_serial(entry->certificate);
    char *thumbprint = sim_certificate_thumbprint(entry->certificate);
    STACK_OF(X509) *leaf = sk_X509_new_null();

    sk_X509_push(leaf, entry->certificate);
    json_object_set_new(data, "KeyfactorId", json_integer((json_int_t)entry->certificate_id));
    json_object_set_new(data, "SerialNumber", json_string(serial));
    json_object_set_new(data, "Thumbprint", json_string(thumbprint));
    json_object_set_new(data, "CACertificate", sim_form_write(SIM_FORM_DER, leaf));
    sk_X509_free(leaf);
    free(serial);
    free(thumbprint);
}

/* The request, and what the CA made of it. */
static json_t *
describe_state(const struct sim *sim, const struct sim_entry *entry, const struct sim_fault *fault)
{
    json_t *data = describe_request(entry);

    if (entry->state == SIM_IN_WORKFLOW) {
        return data;
    }
    json_object_set_new(data, "KeyfactorRequestId", sim_enrollment_request_id(sim, entry, fault));
    json_object_set_new(data, "RequestDisposition", json_string(sim_enrollment_disposition(entry)));
    json_object_set_new(data, "DispositionMessage", json_string(sim_enrollment_message(entry)));
    if (entry->certificate != NULL) {
        put_certificate(data, entry);
    }
    return data;
}

/* The account, which may read all instances, or its own; NULL: 403. */
static const struct sim_account *
reader(const struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = sim_rest_account(sim, request, answer);

    if (account == NULL || (account->permissions & SIM_WORKFLOWS_READ) != 0) {
        return account;
    }
    return sim_access_permitted(account, SIM_WORKFLOWS_READ_MINE, answer) ? account : NULL;
}

static bool
is_mine(const struct sim_account *account, const struct sim_entry *entry)
{
    return strcasecmp(account->username, entry->requester) == 0;
}

/* The instance whose GUID ends the path; NULL without. */
static const struct sim_entry *
find(const struct sim *sim, const char *guid)
{
    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        const struct sim_entry *entry = sim_store_at(sim->store, i);

        if (strcasecmp(entry->workflow.instance, guid) == 0) {
            return entry;
        }
    }
    return NULL;
}

void
sim_rest_instance(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = reader(sim, request, answer);
    const char *guid = strrchr(request->path, '/') + 1;
    const struct sim_entry *entry = account != NULL ? find(sim, guid) : NULL;
    json_t *json = NULL;

    if (account == NULL) {
        return;
    }
    if (entry == NULL) {
        sim_answer_refuse(answer, 404, NOT_FOUND, "The workflow instance '%s' does not exist.",
                          guid);
        return;
    }
    if ((account->permissions & SIM_WORKFLOWS_READ) == 0 && !is_mine(account, entry)) {
        sim_access_refuse(account, SIM_WORKFLOWS_READ, answer);
        return;
    }
    json = describe(sim, entry, request->fault);
    json_object_set_new(json, "Signals", json_array());
    json_object_set_new(json, "InitialData", describe_request(entry));
    json_object_set_new(json, "CurrentStateData", describe_state(sim, entry, request->fault));
    sim_rest_answer(request, json, answer);
}

/* Lists the instances; those of the account alone unless it is NULL. */
static void
list_instances(struct sim *sim, const struct sim_request *request,
               const struct sim_account *account, struct sim_answer *answer)
{
    struct sim_list list = {0};
    struct sim_entry **entries = NULL;
    json_t *json = NULL;

    if (!sim_rest_list(sim, request, &LANGUAGE, &list, answer)) {
        return;
    }
    entries = sim_store_newest_first(sim->store);
    json = json_array();
    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        if ((account == NULL || is_mine(account, entries[i])) &&
            sim_filter_fits(list.filter, entries[i]) && sim_page_shows(&list.page)) {
            json_array_append_new(json, describe(sim, entries[i], request->fault));
        }
    }
    free(entries);
    sim_filter_free(list.filter);
    sim_rest_answer(request, json, answer);
}

void
sim_rest_instances(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    if (sim_rest_permitted(sim, request, SIM_WORKFLOWS_READ, answer) != NULL) {
        list_instances(sim, request, NULL, answer);
    }
}

void
sim_rest_my_instances(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = reader(sim, request, answer);

    if (account != NULL) {
        list_instances(sim, request, account, answer);
    }
}
