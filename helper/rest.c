/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API. Layer 2, pure; jansson for the bodies of requests. What is known of its
 * answers comes from the vendor's reference and from public clients, so it is read with tolerance.
 */

#include "rest_parts.h"

#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LISTED_MAX     1000 /* of a list that is short: patterns, pending requests */
#define PARAMETERS_MAX 8
#define HEADERS_MAX    6

/* State numbers of requests, where the word is missing. */
#define STATE_DENIED 3

static void
add_parameter(struct kf_request *request, const char *name, const char *value)
{
    request->query[request->query_count++] = (struct kf_parameter){name, value};
}

/* When memory is out, finish() fails. */
static void
add_number(struct kf_request *request, const char *name, unsigned number)
{
    add_parameter(request, name, talloc_asprintf(request, "%u", number));
}

struct kf_request *
kf_rest_start(TALLOC_CTX *mem_ctx, const struct kf_config *config, const char *method,
              const char *path)
{
    struct kf_request *request = talloc_zero(mem_ctx, struct kf_request);

    if (request == NULL) {
        return NULL;
    }
    request->method = method;
    request->absent = "no Keyfactor API (see rest-path)";
    request->url = talloc_asprintf(request, "%s/%s", config->rest_path, path);
    request->query = talloc_zero_array(request, struct kf_parameter, PARAMETERS_MAX);
    request->headers = talloc_zero_array(request, struct kf_header, HEADERS_MAX);
    if (request->url == NULL || request->query == NULL || request->headers == NULL) {
        talloc_free(request);
        return NULL;
    }
    kf_api_add_header(request, "Accept", "application/json", false);
    kf_api_add_header(request, "x-keyfactor-requested-with", config->requested_with, false);
    kf_api_add_header(request, "x-keyfactor-api-version", config->rest_version, false);
    if (config->application_key != NULL) { /* wanted by some front ends */
        kf_api_add_header(request, "x-keyfactor-appkey", config->application_key, true);
    }
    return request;
}

/* Hands over a request that kf_rest_start() made. */
static enum kf_rc
finish(struct kf_request *request, struct kf_request **_request, struct kf_error *err)
{
    for (size_t i = 0; request != NULL && i < request->query_count; i++) {
        if (request->query[i].value == NULL) {
            TALLOC_FREE(request);
        }
    }
    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    *_request = request;
    return KF_OK;
}

enum kf_rc
kf_rest_finish(struct kf_request *request, json_t *body, struct kf_request **_request,
               struct kf_error *err)
{
    enum kf_rc rc = kf_api_set_body(request, body, err);

    if (rc != KF_OK) {
        talloc_free(request);
        return rc;
    }
    kf_api_add_header(request, "Content-Type", "application/json", false);
    kf_api_add_header(request, "x-certificateformat", "PEM", false);
    *_request = request;
    return KF_OK;
}

/* Some accounts may only read what is in one collection. */
static void
add_collection(struct kf_request *request, const struct kf_config *config)
{
    if (config->collection_id != NULL) {
        add_parameter(request, "collectionId", config->collection_id);
    }
}

static enum kf_rc
read_json(TALLOC_CTX *mem_ctx, const struct kf_bytes *text, const struct kf_json **_root,
          struct kf_error *err)
{
    enum kf_rc rc = kf_json_read(mem_ctx, text, _root, err);

    return rc == KF_BADREPLY ? kf_fail_prefix(err, rc, "the Keyfactor API did not answer in JSON")
                             : rc;
}

/* Only an array with nothing in it says that there is nothing. */
static enum kf_rc
read_array(TALLOC_CTX *mem_ctx, const struct kf_bytes *text, const struct kf_json **_root,
           struct kf_error *err)
{
    enum kf_rc rc = read_json(mem_ctx, text, _root, err);

    return rc == KF_OK && !kf_json_is_array(*_root)
               ? kf_fail(err, KF_BADREPLY, "the Keyfactor API did not answer with a list")
               : rc;
}

enum kf_rc
kf_rest_search(TALLOC_CTX *mem_ctx, const struct kf_config *config, const char *query,
               unsigned page, struct kf_request **_request, struct kf_error *err)
{
    struct kf_request *request = kf_rest_start(mem_ctx, config, "GET", "Certificates");

    if (request != NULL) {
        /* Command 10 knows the first name, Command 25 the second; each passes over the other. */
        add_parameter(request, "pq.queryString", query);
        add_parameter(request, "QueryString", query);
        add_number(request, "pq.returnLimit", KF_REST_PAGE_SIZE);
        add_number(request, "ReturnLimit", KF_REST_PAGE_SIZE);
        add_number(request, "pq.pageReturned", page);
        add_number(request, "PageReturned", page);
        add_collection(request, config);
    }
    return finish(request, _request, err);
}

enum kf_rc
kf_rest_read_search(TALLOC_CTX *mem_ctx, const struct kf_reply *reply, struct kf_known **_known,
                    size_t *_count, struct kf_error *err)
{
    const struct kf_json *root = NULL;
    struct kf_known *known = NULL;
    enum kf_rc rc = read_array(mem_ctx, &reply->body, &root, err);

    if (rc != KF_OK) {
        return rc;
    }
    known = talloc_zero_array(mem_ctx, struct kf_known, kf_json_count(root));
    if (known == NULL) {
        return kf_fail_nomem(err);
    }
    for (size_t i = 0; i < kf_json_count(root); i++) {
        const struct kf_json *item = kf_json_item(root, i);

        known[i].id = kf_json_number(kf_json_member(item, "Id"));
        known[i].request_id = kf_json_number(kf_json_member(item, "CertRequestId"));
        known[i].thumbprint = kf_json_text(kf_json_member(item, "Thumbprint"));
        known[i].content = kf_json_text(kf_json_member(item, "ContentBytes"));
    }
    *_known = known;
    *_count = kf_json_count(root);
    return KF_OK;
}

enum kf_rc
kf_rest_download(TALLOC_CTX *mem_ctx, const struct kf_config *config, int64_t id,
                 struct kf_request **_request, struct kf_error *err)
{
    struct kf_request *request = kf_rest_start(mem_ctx, config, "POST", "Certificates/Download");

    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    request->may_repeat = true;
    add_collection(request, config);
    return kf_rest_finish(request,
                          json_pack("{s:I, s:b, s:s}", "CertID", (json_int_t)id, "IncludeChain", 1,
                                    "ChainOrder", "EndEntityFirst"),
                          _request, err);
}

enum kf_rc
kf_rest_read_download(const struct kf_reply *reply, struct kf_verdict *verdict,
                      struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(verdict);
    const struct kf_json *root = NULL;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : read_json(tmp, &reply->body, &root, err);

    if (rc == KF_OK) {
        rc = kf_verdict_add(verdict, kf_json_text(kf_json_member(root, "Content")), err);
    }
    talloc_free(tmp);
    return rc;
}

enum kf_rc
kf_rest_state(TALLOC_CTX *mem_ctx, const struct kf_config *config, int64_t request_id,
              struct kf_request **_request, struct kf_error *err)
{
    char path[64];

    snprintf(path, sizeof(path), "Workflow/Certificates/%" PRId64, request_id);
    return finish(kf_rest_start(mem_ctx, config, "GET", path), _request, err);
}

enum kf_rc
kf_rest_read_state(const struct kf_reply *reply, struct kf_verdict *verdict, struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(verdict);
    const struct kf_json *root = NULL;
    const char *word = NULL;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : read_json(tmp, &reply->body, &root, err);

    if (rc == KF_OK) {
        word = kf_json_text(kf_json_member(root, "StateString"));
        if (word[0] == '\0' && kf_json_number(kf_json_member(root, "State")) == STATE_DENIED) {
            word = "Denied";
        }
        rc = kf_verdict_decide(verdict, word, kf_json_text(kf_json_member(root, "DenialComment")),
                               err);
    }
    talloc_free(tmp);
    return rc;
}

enum kf_rc
kf_rest_instance(TALLOC_CTX *mem_ctx, const struct kf_config *config, const char *workflow,
                 struct kf_request **_request, struct kf_error *err)
{
    const bool is_number = workflow[strspn(workflow, "0123456789")] == '\0';
    struct kf_request *request = NULL;
    char *query = NULL;
    char path[64];

    snprintf(path, sizeof(path), "Workflow/Instances/%s", is_number ? "My" : workflow);
    request = kf_rest_start(mem_ctx, config, "GET", path);
    if (request != NULL && is_number) {
        query = talloc_asprintf(request, "ReferenceId -eq %s", workflow);
        if (query == NULL) {
            return kf_fail_nomem(err);
        }
        add_parameter(request, "QueryString", query);
    }
    return finish(request, _request, err);
}

/* The workflow of that number in a list: a server may pass over the filter. */
static const struct kf_json *
find_instance(const struct kf_json *list, const char *workflow)
{
    const int64_t number = strtoll(workflow, NULL, 10);

    for (size_t i = 0; i < kf_json_count(list); i++) {
        const struct kf_json *item = kf_json_item(list, i);

        if (kf_json_number(kf_json_member(item, "ReferenceId")) == number) {
            return item;
        }
    }
    return NULL;
}

enum kf_rc
kf_rest_read_instance(const struct kf_reply *reply, struct kf_verdict *verdict,
                      struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(verdict);
    const struct kf_json *root = NULL;
    const struct kf_json *data = NULL;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : read_json(tmp, &reply->body, &root, err);

    if (rc == KF_OK) {
        root = kf_json_is_array(root) ? find_instance(root, verdict->workflow) : root;
        data = kf_json_member(root, "CurrentStateData");
        if (verdict->request_id == 0) {
            verdict->request_id = kf_json_number(kf_json_member(data, "KeyfactorRequestId"));
        }
        rc = kf_verdict_decide(verdict, kf_json_text(kf_json_member(root, "Status")),
                               kf_json_text(kf_json_member(root, "StatusMessage")), err);
    }
    talloc_free(tmp);
    return rc;
}

enum kf_rc
kf_rest_pending(TALLOC_CTX *mem_ctx, const struct kf_config *config, bool is_external,
                struct kf_request **_request, struct kf_error *err)
{
    struct kf_request *request = kf_rest_start(
        mem_ctx, config, "GET",
        is_external ? "Workflow/Certificates/ExternalValidation" : "Workflow/Certificates/Pending");

    if (request != NULL) { /* without, it is 50 */
        add_number(request, "ReturnLimit", LISTED_MAX);
    }
    return finish(request, _request, err);
}

/* Seconds since 1970 of an ISO 8601 time in UTC, with or without fraction and Z; 0 for others. */
static int64_t
read_time(const char *text)
{
    struct tm tm = {.tm_sec = 0};

    return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL ? 0 : timegm(&tm);
}

enum kf_rc
kf_rest_read_pending(const struct kf_reply *reply, const char *common_name, int64_t since,
                     int64_t *_request_id, struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    const struct kf_json *root = NULL;
    int64_t newest = 0;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : read_array(tmp, &reply->body, &root, err);

    for (size_t i = 0; rc == KF_OK && i < kf_json_count(root); i++) {
        const struct kf_json *item = kf_json_item(root, i);
        const int64_t id = kf_json_number(kf_json_member(item, "Id"));

        if (strcasecmp(kf_json_text(kf_json_member(item, "CommonName")), common_name) == 0 &&
            read_time(kf_json_text(kf_json_member(item, "SubmissionDate"))) >= since &&
            id > newest) {
            newest = id;
        }
    }
    if (rc == KF_OK && newest == 0 && kf_json_count(root) >= LISTED_MAX) {
        rc = kf_fail(err, KF_UNSUPPORTED,
                     "there are more pending requests than are looked through, and this one is not "
                     "among the first");
    }
    talloc_free(tmp);
    if (rc == KF_OK) {
        *_request_id = newest;
    }
    return rc;
}

enum kf_rc
kf_rest_patterns(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
                 struct kf_error *err)
{
    struct kf_request *request = kf_rest_start(mem_ctx, config, "GET", "EnrollmentPatterns");

    if (request != NULL) { /* the name is no field that can be asked for */
        add_number(request, "ReturnLimit", LISTED_MAX);
    }
    return finish(request, _request, err);
}

enum kf_rc
kf_rest_read_patterns(const struct kf_reply *reply, const char *name, int64_t *_id,
                      struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    const struct kf_json *root = NULL;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : read_array(tmp, &reply->body, &root, err);

    *_id = 0;
    for (size_t i = 0; rc == KF_OK && i < kf_json_count(root); i++) {
        const struct kf_json *item = kf_json_item(root, i);

        if (strcasecmp(kf_json_text(kf_json_member(item, "Name")), name) == 0) {
            *_id = kf_json_number(kf_json_member(item, "Id"));
        }
    }
    talloc_free(tmp);
    return rc;
}

enum kf_rc
kf_rest_endpoints(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
                  struct kf_error *err)
{
    return finish(kf_rest_start(mem_ctx, config, "GET", "Status/Endpoints"), _request, err);
}

enum kf_rc
kf_rest_templates(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
                  struct kf_error *err)
{
    return finish(kf_rest_start(mem_ctx, config, "GET", "Enrollment/CSR/Context/My"), _request,
                  err);
}

/* The names of the CAs of a template, owned by mem_ctx; NULL when memory is out. */
static const char **
read_authorities(TALLOC_CTX *mem_ctx, const struct kf_json *list)
{
    const char **names = talloc_zero_array(mem_ctx, const char *, kf_json_count(list) + 1);

    for (size_t i = 0; i < kf_json_count(list) && names != NULL; i++) {
        names[i] = kf_json_text(kf_json_member(kf_json_item(list, i), "Name"));
    }
    return names;
}

enum kf_rc
kf_rest_read_templates(TALLOC_CTX *mem_ctx, const struct kf_bytes *text,
                       struct kf_template **_templates, size_t *_count, struct kf_error *err)
{
    const struct kf_json *root = NULL;
    const struct kf_json *list = NULL;
    struct kf_template *templates = NULL;
    enum kf_rc rc = read_json(mem_ctx, text, &root, err);

    if (rc != KF_OK) {
        return rc;
    }
    list = kf_json_member(root, "Templates");
    templates = talloc_zero_array(mem_ctx, struct kf_template, kf_json_count(list));
    if (templates == NULL) {
        return kf_fail_nomem(err);
    }
    for (size_t i = 0; i < kf_json_count(list); i++) {
        const struct kf_json *item = kf_json_item(list, i);

        templates[i].name = kf_json_text(kf_json_member(item, "Name"));
        templates[i].key_type = kf_json_text(kf_json_member(item, "KeyType"));
        templates[i].key_size = kf_json_number(kf_json_member(item, "KeySize"));
        templates[i].needs_approval = kf_json_is_true(kf_json_member(item, "RequiresApproval"));
        templates[i].authorities = read_authorities(templates, kf_json_member(item, "CAs"));
        if (templates[i].authorities == NULL) {
            talloc_free(templates);
            return kf_fail_nomem(err);
        }
    }
    *_templates = templates;
    *_count = kf_json_count(list);
    return KF_OK;
}
