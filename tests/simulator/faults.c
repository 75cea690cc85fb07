/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is to go wrong with the next requests: a queue, and its effect on an answer. */

#include "faults.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "fields.h"
#include "files.h"

struct sim_faults {
    struct sim_fault **items;
    size_t count;
};

static const char *const WHEN_WORDS[] = {"as-fits", "before", "after", NULL};
static const char *const CUT_WORDS[] = {"none", "request", "answer", "body", NULL};

#define FAULT(member) offsetof(struct sim_fault, member)
static const struct sim_field FAULT_FIELDS[] = {
    {"when", SIM_FIELD_CHOICE, FAULT(when), WHEN_WORDS},
    {"path", SIM_FIELD_TEXT, FAULT(path), NULL},
    {"count", SIM_FIELD_NUMBER, FAULT(count), NULL},
    {"status", SIM_FIELD_NUMBER, FAULT(status), NULL},
    {"body", SIM_FIELD_TEXT, FAULT(body), NULL},
    {"body_file", SIM_FIELD_TEXT, FAULT(body_file), NULL},
    {"content_type", SIM_FIELD_TEXT, FAULT(content_type), NULL},
    {"headers", SIM_FIELD_OBJECT, FAULT(headers), NULL},
    {"delay_ms", SIM_FIELD_NUMBER, FAULT(delay_ms), NULL},
    {"cut", SIM_FIELD_CHOICE, FAULT(cut), CUT_WORDS},
    {"size", SIM_FIELD_NUMBER, FAULT(size), NULL},
    {"endless", SIM_FIELD_FLAG, FAULT(endless), NULL},
    {"bytes_per_second", SIM_FIELD_NUMBER, FAULT(bytes_per_second), NULL},
    {"certificates", SIM_FIELD_CHOICE, FAULT(certificates), SIM_FORM_WORDS},
    {"certificate", SIM_FIELD_CHOICE, FAULT(certificate), SIM_DECOY_WORDS},
    {"disposition", SIM_FIELD_TEXT, FAULT(disposition), NULL},
    {"message", SIM_FIELD_TEXT, FAULT(message), NULL},
    {"request_id", SIM_FIELD_ID, FAULT(request_id), NULL},
    {"omit", SIM_FIELD_TEXTS, FAULT(omit), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

void
sim_fault_free(struct sim_fault *fault)
{
    if (fault != NULL) {
        json_decref(fault->source);
        free(fault);
    }
}

/* Whether the fault has an answer, or a lack of one, to put in place of the true one. */
static bool
answers(const struct sim_fault *fault)
{
    return fault->status != 0 || fault->body != NULL || fault->body_file != NULL ||
           fault->size != 0 || fault->endless || fault->cut == SIM_CUT_REQUEST ||
           fault->cut == SIM_CUT_ANSWER;
}

/* Whether the fault changes what the API answers, so that there must be an answer. */
static bool
spoils(const struct sim_fault *fault)
{
    return fault->certificates != SIM_FORM_AS_ASKED || fault->certificate != SIM_DECOY_NONE ||
           fault->disposition != NULL || fault->message != NULL || fault->request_id != NULL ||
           fault->omit != NULL;
}

static unsigned
fitting_when(const struct sim_fault *fault)
{
    if (fault->when != SIM_WHEN_AS_FITS) {
        return fault->when;
    }
    return answers(fault) && !spoils(fault) ? SIM_WHEN_BEFORE : SIM_WHEN_AFTER;
}

static const char *
contradiction(const struct sim_fault *fault)
{
    if (fault->when == SIM_WHEN_BEFORE && !answers(fault)) {
        return "\"before\" needs an answer: status, body, body_file, size, endless or cut";
    }
    if (fault->when == SIM_WHEN_BEFORE && spoils(fault)) {
        return "what changes the true answer needs \"when\": \"after\"";
    }
    if (fault->when == SIM_WHEN_AFTER && fault->cut == SIM_CUT_REQUEST) {
        return "a request that is cut cannot be handled: \"cut\": \"request\" is \"before\"";
    }
    if (fault->endless && fault->cut == SIM_CUT_BODY) {
        return "an endless body has no middle to cut it in";
    }
    if (fault->status != 0 && (fault->status < 200 || fault->status > 599)) {
        return "\"status\" must be 200 to 599";
    }
    if (fault->count < 0 || fault->delay_ms < 0 || fault->size < 0 || fault->bytes_per_second < 0) {
        return "a number is negative";
    }
    if (fault->body != NULL && fault->body_file != NULL) {
        return "\"body\" and \"body_file\" exclude each other";
    }
    return NULL;
}

static const char *
unreadable(const struct sim_fault *fault)
{
    struct sim_bytes bytes;

    if (fault->body_file != NULL) {
        if (!sim_file_read(fault->body_file, &bytes)) {
            return "\"body_file\" cannot be read";
        }
        free(bytes.data);
    }
    return NULL;
}

/* Reads one fault; *_error is NULL or what is wrong with it, and then there is none. */
static struct sim_fault *
read_fault(const json_t *source, char **_error)
{
    struct sim_fault *fault = sim_zeroed(sizeof(*fault));
    const char *reason = NULL;

    fault->source = json_deep_copy(source);
    fault->count = 1;
    *_error = sim_fields_read(fault->source, FAULT_FIELDS, fault);
    if (*_error == NULL) {
        fault->when = fitting_when(fault);
        reason = contradiction(fault);
        reason = reason != NULL ? reason : unreadable(fault);
        *_error = reason != NULL ? sim_copy(reason, strlen(reason)) : NULL;
    }
    if (*_error != NULL) {
        sim_fault_free(fault);
        return NULL;
    }
    return fault;
}

struct sim_faults *
sim_faults_new(void)
{
    return sim_zeroed(sizeof(struct sim_faults));
}

void
sim_faults_clear(struct sim_faults *faults)
{
    while (faults->count > 0) {
        sim_fault_free(faults->items[--faults->count]);
    }
}

void
sim_faults_free(struct sim_faults *faults)
{
    if (faults != NULL) {
        sim_faults_clear(faults);
        free(faults->items);
        free(faults);
    }
}

char *
sim_faults_add(struct sim_faults *faults, const json_t *array)
{
    size_t before = faults->count;

    if (!json_is_array(array)) {
        return sim_text("faults must be an array");
    }
    faults->items =
        sim_resize(faults->items, before + json_array_size(array), sizeof(struct sim_fault *));
    for (size_t i = 0; i < json_array_size(array); i++) {
        char *error = NULL;
        struct sim_fault *fault = read_fault(json_array_get(array, i), &error);

        if (fault == NULL) {
            char *text = sim_text("fault %zu: %s", i + 1, error);

            free(error);
            while (faults->count > before) {
                sim_fault_free(faults->items[--faults->count]);
            }
            return text;
        }
        faults->items[faults->count++] = fault;
    }
    return NULL;
}

json_t *
sim_faults_list(const struct sim_faults *faults)
{
    json_t *list = json_array();

    for (size_t i = 0; i < faults->count; i++) {
        json_array_append_new(list, json_deep_copy(faults->items[i]->source));
    }
    return list;
}

static bool
matches(const struct sim_fault *fault, const char *path)
{
    return fault->path == NULL || strncasecmp(fault->path, path, strlen(fault->path)) == 0;
}

static void
use_up(struct sim_faults *faults, size_t index)
{
    struct sim_fault *fault = faults->items[index];

    if (fault->count == 0) {
        return;
    }
    if (--fault->count > 0) {
        json_object_set_new(fault->source, "count", json_integer(fault->count));
        return;
    }
    sim_fault_free(fault);
    faults->count--;
    memmove(&faults->items[index], &faults->items[index + 1],
            (faults->count - index) * sizeof(struct sim_fault *));
}

struct sim_fault *
sim_faults_take(struct sim_faults *faults, const char *path)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (matches(faults->items[i], path)) {
            char *error = NULL;
            struct sim_fault *copy = read_fault(faults->items[i]->source, &error);

            if (copy == NULL) {
                sim_die("a fault cannot be had any more: %s", error);
            }
            use_up(faults, i);
            return copy;
        }
    }
    return NULL;
}

static void
replace_body_by_file(struct sim_answer *answer, unsigned status, const char *path)
{
    struct sim_bytes bytes;

    sim_must(sim_file_read(path, &bytes), "read the body_file of a fault");
    sim_answer_text(answer, status, "application/json; charset=utf-8", "");
    free(answer->body);
    answer->body = (char *)bytes.data;
    answer->body_size = bytes.size;
}

static void
replace_body(const struct sim_fault *fault, struct sim_answer *answer)
{
    unsigned status = fault->status != 0 ? (unsigned)fault->status : answer->status;

    if (fault->body != NULL) {
        sim_answer_text(answer, status, "application/json; charset=utf-8", fault->body);
    } else if (fault->body_file != NULL) {
        replace_body_by_file(answer, status, fault->body_file);
    } else if (fault->status >= 400) {
        sim_answer_page(answer, status);
    } else if (fault->status != 0) {
        sim_answer_text(answer, status, "text/plain", "");
    }
}

void
sim_fault_replace(const struct sim_fault *fault, struct sim_answer *answer)
{
    const char *name;
    json_t *value;

    replace_body(fault, answer);
    if (fault->content_type != NULL) {
        free(answer->content_type);
        answer->content_type = sim_copy(fault->content_type, strlen(fault->content_type));
    }
    json_object_foreach (fault->headers, name, value) {
        sim_answer_header(answer, name, json_string_value(value));
    }
}

enum sim_decoy
sim_fault_decoy(const struct sim_fault *fault)
{
    return fault != NULL ? fault->certificate : SIM_DECOY_NONE;
}

enum sim_form
sim_fault_form(const struct sim_fault *fault, enum sim_form asked)
{
    return fault != NULL && fault->certificates != SIM_FORM_AS_ASKED ? fault->certificates : asked;
}

json_t *
sim_fault_request_id(const struct sim_fault *fault, unsigned long id)
{
    return fault != NULL && fault->request_id != NULL ? json_incref(fault->request_id)
                                                      : json_integer((json_int_t)id);
}

static void
omit_name(json_t *json, const char *omitted)
{
    const char *name;
    json_t *value;
    size_t i;

    json_object_del(json, omitted);
    json_object_foreach (json, name, value) {
        omit_name(value, omitted);
    }
    json_array_foreach (json, i, value) {
        omit_name(value, omitted);
    }
}

void
sim_fault_omit(const struct sim_fault *fault, json_t *answer)
{
    size_t i;
    json_t *name;

    json_array_foreach (fault->omit, i, name) {
        omit_name(answer, json_string_value(name));
    }
}
