/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a test tells the simulator and asks it. Its errors are the tester's, and say so at length.
 */

#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "bearer.h"
#include "certificate.h"
#include "csr.h"
#include "encoding.h"
#include "enrollment.h"
#include "fields.h"
#include "store.h"

enum action {
    ACTION_MISSING,
    ACTION_APPROVE,
    ACTION_DENY,
    ACTION_FAIL,
    ACTION_EXTERNAL_VALIDATION,
    ACTION_REJECT,
    ACTION_SUSPEND,
    ACTION_RUN,
    ACTION_RESTART,
    ACTION_FORGET,
};

static const char *const ACTION_WORDS[] = {
    "",    "approve", "deny",   "fail", "external_validation", "reject", "suspend",
    "run", "restart", "forget", NULL,
};

struct decision {
    unsigned action;
    const char *comment;
    long hidden_searches;
};

#define DECISION(member) offsetof(struct decision, member)
static const struct sim_field DECISION_FIELDS[] = {
    {"action", SIM_FIELD_CHOICE, DECISION(action), ACTION_WORDS},
    {"comment", SIM_FIELD_TEXT, DECISION(comment), NULL},
    {"hidden_searches", SIM_FIELD_NUMBER, DECISION(hidden_searches), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

void
sim_control_list_faults(struct sim *sim, const struct sim_request *request,
                        struct sim_answer *answer)
{
    (void)request;
    sim_answer_json(answer, 200, sim_faults_list(sim->faults));
}

void
sim_control_add_faults(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer)
{
    json_t *array = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
    char *error = sim_faults_add(sim->faults, array);

    if (error != NULL) {
        sim_answer_refuse(answer, 400, NULL, "%s", error);
        free(error);
    } else {
        sim_answer_json(answer, 200, sim_faults_list(sim->faults));
    }
    json_decref(array);
}

void
sim_control_clear_faults(struct sim *sim, const struct sim_request *request,
                         struct sim_answer *answer)
{
    sim_faults_clear(sim->faults);
    sim_control_list_faults(sim, request, answer);
}

static json_t *
number_or_null(long number)
{
    return number != 0 ? json_integer(number) : json_null();
}

/* What was asked for. */
static json_t *
describe_asked(const struct sim_entry *entry)
{
    char *subject = sim_certificate_name(X509_REQ_get_subject_name(entry->csr));
    char *digest = sim_csr_key_digest(entry->csr);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:O, s:O, s:O, s:o, s:o}", "api", entry->api, "requester",
        entry->requester, "template", entry->template_name, "authority", entry->authority,
        "subject", sim_json_text(subject), "public_key_sha256", digest, "metadata", entry->metadata,
        "fields", entry->fields, "san", entry->sans, "pattern", number_or_null(entry->pattern),
        "renewal_id", number_or_null(entry->renewal_id));

    free(subject);
    free(digest);
    return json;
}

static json_t *
describe(const struct sim_entry *entry)
{
    const struct sim_workflow *workflow = &entry->workflow;
    char *serial = entry->certificate != NULL ? sim_certificate_serial(entry->certificate) : NULL;
    json_t *asked = describe_asked(entry);
    json_t *json =
        json_pack("{s:I, s:s, s:s?, s:I, s:s?, s:{s:s, s:I, s:s}}", "id", (json_int_t)entry->id,
                  "state", sim_store_state_word(entry->state), "serial", serial, "certificate_id",
                  (json_int_t)entry->certificate_id, "comment", entry->comment, "workflow",
                  "instance", workflow->instance, "reference", (json_int_t)workflow->reference,
                  "status", sim_workflow_word(workflow->status));

    sim_must(json != NULL && asked != NULL, "describe a request");
    json_object_update(json, asked);
    json_decref(asked);
    free(serial);
    return json;
}

void
sim_control_list_requests(struct sim *sim, const struct sim_request *request,
                          struct sim_answer *answer)
{
    json_t *list = json_array();

    (void)request;
    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        json_array_append_new(list, describe(sim_store_at(sim->store, i)));
    }
    sim_answer_json(answer, 200, list);
}

static json_t *
describe_certificate(const struct sim_entry *entry)
{
    char *subject = sim_certificate_name(X509_get_subject_name(entry->certificate));
    char *serial = sim_certificate_serial(entry->certificate);
    char *digest = sim_csr_key_digest(entry->csr);
    json_t *json = json_pack("{s:s, s:I, s:I, s:s, s:o, s:s}", "serial", serial, "certificate_id",
                             (json_int_t)entry->certificate_id, "request_id", (json_int_t)entry->id,
                             "template", entry->template_name, "subject", sim_json_text(subject),
                             "public_key_sha256", digest);

    sim_must(json != NULL, "describe a certificate");
    free(subject);
    free(serial);
    free(digest);
    return json;
}

void
sim_control_list_certificates(struct sim *sim, const struct sim_request *request,
                              struct sim_answer *answer)
{
    json_t *list = json_array();

    (void)request;
    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        const struct sim_entry *entry = sim_store_at(sim->store, i);

        if (entry->certificate != NULL) {
            json_array_append_new(list, describe_certificate(entry));
        }
    }
    sim_answer_json(answer, 200, list);
}

/* The request that the path names; NULL without. */
static struct sim_entry *
find_entry(struct sim *sim, const char *path)
{
    const char *digits = strrchr(path, '/') + 1;
    char *end = NULL;
    unsigned long id = strtoul(digits, &end, 10);

    return *digits != '\0' && *end == '\0' ? sim_store_find(sim->store, id) : NULL;
}

/* Each is false when the request's state does not allow it. */

static bool
apply_at_ca(struct sim *sim, struct sim_entry *entry, enum action action)
{
    if (entry->state != SIM_PENDING && entry->state != SIM_EXTERNAL_VALIDATION) {
        return false;
    }
    switch (action) {
    case ACTION_APPROVE:
        return sim_enrollment_issue(sim, entry);
    case ACTION_DENY:
        entry->state = SIM_DENIED;
        return true;
    case ACTION_FAIL:
        entry->state = SIM_FAILED;
        return true;
    case ACTION_EXTERNAL_VALIDATION:
        entry->state = SIM_EXTERNAL_VALIDATION;
        return true;
    case ACTION_MISSING:
    case ACTION_REJECT:
    case ACTION_SUSPEND:
    case ACTION_RUN:
    case ACTION_RESTART:
    case ACTION_FORGET:
        break;
    }
    return false;
}

static bool
apply_in_workflow(struct sim *sim, struct sim_entry *entry, enum action action)
{
    static const enum sim_workflow_status STATUSES[] = {
        [ACTION_APPROVE] = SIM_WORKFLOW_COMPLETE, [ACTION_FAIL] = SIM_WORKFLOW_FAILED,
        [ACTION_REJECT] = SIM_WORKFLOW_REJECTED,  [ACTION_SUSPEND] = SIM_WORKFLOW_SUSPENDED,
        [ACTION_RESTART] = SIM_WORKFLOW_CANCELED, [ACTION_RUN] = SIM_WORKFLOW_RUNNING,
    };

    if (action == ACTION_DENY || action == ACTION_EXTERNAL_VALIDATION ||
        !sim_workflow_is_open(&entry->workflow)) {
        return false;
    }
    if (action == ACTION_APPROVE && !sim_enrollment_send(sim, entry)) {
        return false;
    }
    entry->workflow.status = STATUSES[action];
    return true;
}

static bool
apply(struct sim *sim, struct sim_entry *entry, enum action action)
{
    return entry->state == SIM_IN_WORKFLOW ? apply_in_workflow(sim, entry, action)
                                           : apply_at_ca(sim, entry, action);
}

static void
decide(struct sim *sim, struct sim_entry *entry, const struct decision *decision,
       struct sim_answer *answer)
{
    if (decision->action == ACTION_FORGET) {
        sim_store_forget(sim->store, entry);
        sim_answer_json(answer, 200, json_object());
    } else if (apply(sim, entry, decision->action)) {
        free(entry->comment);
        entry->hidden_searches = (unsigned long)decision->hidden_searches;
        entry->comment = decision->comment != NULL
                             ? sim_copy(decision->comment, strlen(decision->comment))
                             : NULL;
        sim_answer_json(answer, 200, describe(entry));
    } else {
        sim_answer_refuse(answer, 409, NULL, "request %lu is %s, or its template is gone",
                          entry->id, sim_store_state_word(entry->state));
        return;
    }
    sim_store_save(sim->store);
}

void
sim_control_decide(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    json_t *json = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
    struct sim_entry *entry = find_entry(sim, request->path);
    struct decision decision = {0};
    char *error = sim_fields_read(json, DECISION_FIELDS, &decision);

    if (entry == NULL) {
        sim_answer_refuse(answer, 404, NULL, "there is no such request");
    } else if (error != NULL) {
        sim_answer_refuse(answer, 400, NULL, "%s", error);
    } else if (decision.action == ACTION_MISSING) {
        sim_answer_refuse(answer, 400, NULL, "\"action\" is missing");
    } else if (decision.hidden_searches < 0) {
        sim_answer_refuse(answer, 400, NULL, "\"hidden_searches\" is negative");
    } else {
        decide(sim, entry, &decision, answer);
    }
    free(error);
    json_decref(json);
}

void
sim_control_list_tokens(struct sim *sim, const struct sim_request *request,
                        struct sim_answer *answer)
{
    (void)request;
    sim_answer_json(answer, 200, sim_bearer_list(sim->bearer));
}

void
sim_control_revoke_tokens(struct sim *sim, const struct sim_request *request,
                          struct sim_answer *answer)
{
    sim_bearer_revoke(sim->bearer);
    sim_control_list_tokens(sim, request, answer);
}
