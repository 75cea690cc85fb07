/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the server remembers: requests and their certificates. */

#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "base.h"
#include "certificate.h"
#include "csr.h"
#include "files.h"

/* The kinds of id are apart, so that a client that mixes them up fails. */
#define FIRST_REQUEST_ID     101
#define FIRST_REFERENCE      301
#define FIRST_CERTIFICATE_ID 5001

struct sim_store {
    char *path;
    char *issued_directory;
    unsigned long next_request_id;
    unsigned long next_certificate_id;
    unsigned long next_reference;
    struct sim_entry **entries;
    size_t count;
    bool is_kept;
};

static const char *const STATE_WORDS[] = {
    [SIM_IN_WORKFLOW] = "in_workflow",
    [SIM_PENDING] = "pending",
    [SIM_EXTERNAL_VALIDATION] = "external_validation",
    [SIM_ISSUED] = "issued",
    [SIM_DENIED] = "denied",
    [SIM_FAILED] = "failed",
};

const char *
sim_store_state_word(enum sim_state state)
{
    return STATE_WORDS[state];
}

static void
free_entry(struct sim_entry *entry)
{
    free(entry->workflow.instance);
    free(entry->template_name);
    free(entry->authority);
    free(entry->requester);
    free(entry->comment);
    json_decref(entry->metadata);
    json_decref(entry->fields);
    json_decref(entry->sans);
    X509_REQ_free(entry->csr);
    X509_free(entry->certificate);
    free(entry);
}

static struct sim_entry *
append(struct sim_store *store)
{
    struct sim_entry *entry = sim_zeroed(sizeof(*entry));

    store->entries = sim_resize(store->entries, store->count + 1, sizeof(struct sim_entry *));
    store->entries[store->count++] = entry;
    return entry;
}

/* What was asked for. */
static json_t *
write_asked(const struct sim_entry *entry)
{
    char *csr = sim_csr_pem(entry->csr);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:O, s:I, s:I}", "api", entry->api, "template",
        entry->template_name, "authority", entry->authority, "requester", entry->requester, "csr",
        csr, "metadata", entry->metadata, "fields", entry->fields, "sans", entry->sans, "pattern",
        (json_int_t)entry->pattern, "renewal_id", (json_int_t)entry->renewal_id);

    free(csr);
    return json;
}

/* What became of it. */
static json_t *
write_course(const struct sim_entry *entry)
{
    const struct sim_workflow *workflow = &entry->workflow;
    char *certificate = entry->certificate != NULL ? sim_certificate_pem(entry->certificate) : NULL;
    json_t *json = json_pack(
        "{s:I, s:I, s:s, s:I, s:I, s:s*, s:s*, s:s, s:I, s:i}", "id", (json_int_t)entry->id,
        "certificate_id", (json_int_t)entry->certificate_id, "state", STATE_WORDS[entry->state],
        "hidden_searches", (json_int_t)entry->hidden_searches, "submitted_ms",
        (json_int_t)entry->submitted_ms, "comment", entry->comment, "certificate", certificate,
        "instance", workflow->instance, "reference", (json_int_t)workflow->reference, "status",
        (int)workflow->status);

    free(certificate);
    return json;
}

static json_t *
write_entry(const struct sim_entry *entry)
{
    json_t *json = write_course(entry);
    json_t *asked = write_asked(entry);

    sim_must(json != NULL && asked != NULL, "write a request to the state");
    json_object_update(json, asked);
    json_decref(asked);
    return json;
}

static enum sim_state
read_state(const char *word)
{
    for (size_t i = 0; i < sizeof(STATE_WORDS) / sizeof(STATE_WORDS[0]); i++) {
        if (strcmp(STATE_WORDS[i], word) == 0) {
            return (enum sim_state)i;
        }
    }
    sim_die("state.json: the state \"%s\" is not known", word);
}

static char *
copy_text(const char *text)
{
    return text != NULL ? sim_copy(text, strlen(text)) : NULL;
}

static void
read_asked(struct sim_entry *entry, json_t *json)
{
    const char *api, *template_name, *authority, *requester, *csr;
    json_int_t pattern, renewal_id;
    int rc =
        json_unpack(json, "{s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:O, s:I, s:I}", "api", &api,
                    "template", &template_name, "authority", &authority, "requester", &requester,
                    "csr", &csr, "metadata", &entry->metadata, "fields", &entry->fields, "sans",
                    &entry->sans, "pattern", &pattern, "renewal_id", &renewal_id);

    sim_must(rc == 0, "read what was asked for in a request of state.json");
    entry->api = strcmp(api, "rest") == 0 ? "rest" : "classic";
    entry->template_name = copy_text(template_name);
    entry->authority = copy_text(authority);
    entry->requester = copy_text(requester);
    entry->pattern = (long)pattern;
    entry->renewal_id = (long)renewal_id;
    entry->csr = sim_csr_read(csr);
    sim_must(entry->csr != NULL, "read the CSR of a request of state.json");
}

static void
read_course(struct sim_entry *entry, json_t *json)
{
    const char *state, *instance;
    const char *comment = NULL;
    const char *certificate = NULL;
    json_int_t id, certificate_id, hidden_searches, submitted_ms, reference, status;
    int rc = json_unpack(json, "{s:I, s:I, s:s, s:I, s:I, s?s, s?s, s:s, s:I, s:I}", "id", &id,
                         "certificate_id", &certificate_id, "state", &state, "hidden_searches",
                         &hidden_searches, "submitted_ms", &submitted_ms, "comment", &comment,
                         "certificate", &certificate, "instance", &instance, "reference",
                         &reference, "status", &status);

    sim_must(rc == 0, "read what became of a request of state.json");
    entry->id = (unsigned long)id;
    entry->certificate_id = (unsigned long)certificate_id;
    entry->state = read_state(state);
    entry->hidden_searches = (unsigned long)hidden_searches;
    entry->submitted_ms = submitted_ms;
    entry->comment = copy_text(comment);
    entry->certificate = certificate != NULL ? sim_certificate_from_pem(certificate) : NULL;
    entry->workflow.instance = copy_text(instance);
    entry->workflow.reference = (unsigned long)reference;
    entry->workflow.status = (enum sim_workflow_status)status;
}

static void
read_file(struct sim_store *store)
{
    json_error_t error;
    json_t *state = json_load_file(store->path, 0, &error);
    json_t *requests = NULL;
    json_int_t next_request_id, next_certificate_id, next_reference;
    size_t i;
    json_t *item;

    if (json_unpack_ex(state, &error, 0, "{s:I, s:I, s:I, s:o}", "next_request_id",
                       &next_request_id, "next_certificate_id", &next_certificate_id,
                       "next_reference", &next_reference, "requests", &requests) != 0) {
        sim_die("%s: %s", store->path, error.text);
    }
    store->next_request_id = (unsigned long)next_request_id;
    store->next_certificate_id = (unsigned long)next_certificate_id;
    store->next_reference = (unsigned long)next_reference;
    json_array_foreach (requests, i, item) {
        struct sim_entry *entry = append(store);

        read_course(entry, item);
        read_asked(entry, item);
    }
    json_decref(state);
}

struct sim_store *
sim_store_open(const char *directory, bool is_kept)
{
    struct sim_store *store = sim_zeroed(sizeof(*store));

    store->is_kept = is_kept;
    store->path = sim_file_path(directory, "state.json");
    store->issued_directory = sim_file_path(directory, "issued");
    store->next_request_id = FIRST_REQUEST_ID;
    store->next_certificate_id = FIRST_CERTIFICATE_ID;
    store->next_reference = FIRST_REFERENCE;
    sim_file_make_directory(store->issued_directory);
    if (access(store->path, F_OK) == 0) {
        read_file(store);
    }
    return store;
}

void
sim_store_close(struct sim_store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < store->count; i++) {
        free_entry(store->entries[i]);
    }
    free(store->entries);
    free(store->issued_directory);
    free(store->path);
    free(store);
}

struct sim_entry *
sim_store_add(struct sim_store *store, bool needs_approval)
{
    struct sim_entry *entry = append(store);

    entry->id = store->next_request_id++;
    entry->workflow = sim_workflow_new(store->next_reference++, needs_approval);
    entry->state = needs_approval ? SIM_IN_WORKFLOW : SIM_PENDING;
    return entry;
}

void
sim_store_issue(struct sim_store *store, struct sim_entry *entry, X509 *certificate)
{
    char *serial = sim_certificate_serial(certificate);

    entry->certificate_id = store->next_certificate_id++;
    entry->certificate = certificate;
    entry->state = SIM_ISSUED;
    sim_certificate_save(store->issued_directory, serial, certificate, NULL);
    free(serial);
}

struct sim_entry *
sim_store_find(struct sim_store *store, unsigned long id)
{
    for (size_t i = 0; i < store->count; i++) {
        if (store->entries[i]->id == id) {
            return store->entries[i];
        }
    }
    return NULL;
}

struct sim_entry *
sim_store_find_certificate(struct sim_store *store, unsigned long certificate_id)
{
    for (size_t i = 0; i < store->count; i++) {
        if (store->entries[i]->certificate != NULL &&
            store->entries[i]->certificate_id == certificate_id) {
            return store->entries[i];
        }
    }
    return NULL;
}

void
sim_store_forget(struct sim_store *store, struct sim_entry *entry)
{
    size_t i = 0;

    while (store->entries[i] != entry) {
        i++;
    }
    store->count--;
    memmove(&store->entries[i], &store->entries[i + 1],
            (store->count - i) * sizeof(struct sim_entry *));
    free_entry(entry);
}

void
sim_store_save(const struct sim_store *store)
{
    json_t *requests = NULL;
    json_t *state = NULL;
    char *text = NULL;

    if (!store->is_kept) {
        return;
    }
    requests = json_array();
    for (size_t i = 0; i < store->count; i++) {
        json_array_append_new(requests, write_entry(store->entries[i]));
    }
    state = json_pack("{s:I, s:I, s:I, s:o}", "next_request_id", (json_int_t)store->next_request_id,
                      "next_certificate_id", (json_int_t)store->next_certificate_id,
                      "next_reference", (json_int_t)store->next_reference, "requests", requests);
    text = json_dumps(state, JSON_INDENT(1));
    sim_must(text != NULL, "write the state");
    sim_file_write(store->path, text, strlen(text), 0644);
    free(text);
    json_decref(state);
}

size_t
sim_store_count(const struct sim_store *store)
{
    return store->count;
}

const struct sim_entry *
sim_store_at(const struct sim_store *store, size_t index)
{
    return store->entries[index];
}

static int
compare_age(const void *left, const void *right)
{
    const struct sim_entry *a = *(struct sim_entry *const *)left;
    const struct sim_entry *b = *(struct sim_entry *const *)right;

    if (a->certificate_id != b->certificate_id) {
        return a->certificate_id < b->certificate_id ? 1 : -1;
    }
    return a->id < b->id ? 1 : -1;
}

struct sim_entry **
sim_store_newest_first(const struct sim_store *store)
{
    struct sim_entry **entries = sim_zeroed((store->count + 1) * sizeof(struct sim_entry *));

    if (store->count > 0) {
        memcpy(entries, store->entries, store->count * sizeof(struct sim_entry *));
        qsort(entries, store->count, sizeof(struct sim_entry *), compare_age);
    }
    return entries;
}
