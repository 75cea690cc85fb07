/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Classic API: CertEnroll Pkcs10. Layer 2, pure; jansson for the bodies of requests. The
 * vendor's page "CertEnroll Pkcs10" has the fields; the headers were seen in real clients. Version
 * 3 wraps the request and signs its time, versions 1 and 2 want an access token first. */

#include "api.h"

#include "hmac.h"
#include "json.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENROLL_PATH    "/CMSApi/CertEnroll/%d/Pkcs10"
#define FLAG_CERT_ONLY 0x01
#define HEX_PREFIX     "hex:"
#define HEADERS_MAX    5

/* The first version whose signed time stands in for a token. */
#define VERSION_WITHOUT_TOKEN 3

/* ISO 8601, UTC, with milliseconds. */
static const char *
format_timestamp(int64_t now_ms, char text[static 32])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    size_t len;

    if (gmtime_r(&seconds, &tm) == NULL) {
        return NULL;
    }
    len = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    if (len == 0) {
        return NULL;
    }
    snprintf(text + len, 32 - len, ".%03dZ", (int)(now_ms % 1000));
    return text;
}

static json_t *
pack_metadata(const struct kf_enrollment *enrollment)
{
    const bool as_array = enrollment->config->metadata_format == KF_METADATA_ARRAY;
    json_t *list = as_array ? json_array() : json_object();
    int failed = 0;

    for (size_t i = 0; i < enrollment->metadata_count && failed == 0; i++) {
        const struct kf_metadata *entry = &enrollment->metadata[i];

        if (as_array) {
            failed = json_array_append_new(list, json_pack("{s:s, s:s}", "MetadataFieldTypeName",
                                                           entry->type, "Value", entry->value));
        } else {
            failed = json_object_set_new(list, entry->type, json_string(entry->value));
        }
    }
    if (failed != 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *
pack_request(const struct kf_enrollment *enrollment)
{
    const int flags = enrollment->config->include_chain ? 0 : FLAG_CERT_ONLY;

    return json_pack("{s:i, s:s, s:s, s:o}", "Flags", flags, "TemplateName", enrollment->template,
                     "Pkcs10Request", enrollment->csr->pem, "MetadataList",
                     pack_metadata(enrollment));
}

static json_t *
pack_body(const struct kf_enrollment *enrollment)
{
    char timestamp[32];

    if (enrollment->config->api_version < VERSION_WITHOUT_TOKEN) {
        return pack_request(enrollment);
    }
    if (format_timestamp(enrollment->now_ms, timestamp) == NULL) {
        return NULL;
    }
    return json_pack("{s:s, s:o}", "Timestamp", timestamp, "Request", pack_request(enrollment));
}

static enum kf_rc
write_body(TALLOC_CTX *mem_ctx, const struct kf_enrollment *enrollment, struct kf_bytes *_body,
           struct kf_error *err)
{
    json_t *json = pack_body(enrollment);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    enum kf_rc rc = KF_INTERNAL;

    if (text != NULL) {
        rc = kf_bytes_copy(mem_ctx, text, strlen(text), _body);
    }
    free(text);
    json_decref(json);
    return rc == KF_OK ? KF_OK : kf_fail_nomem(err);
}

static bool
is_hex(const char *text)
{
    const size_t len = strlen(text);

    return len > 0 && len % 2 == 0 && strspn(text, "0123456789abcdefABCDEF") == len;
}

/* What X-CSS-CMS-AppKey carries: the console shows a key in hex, the header wants base64. */
static enum kf_rc
format_application_key(TALLOC_CTX *mem_ctx, const struct kf_config *config, const char **_value,
                       struct kf_error *err)
{
    const char *key = config->application_key;
    const bool prefixed = strncmp(key, HEX_PREFIX, strlen(HEX_PREFIX)) == 0;
    const char *digits = prefixed ? key + strlen(HEX_PREFIX) : key;
    struct kf_bytes bytes = {NULL, 0};

    if (config->application_key_format == KF_KEY_TEXT ||
        (config->application_key_format == KF_KEY_AUTO && !prefixed && !is_hex(key))) {
        *_value = key;
        return KF_OK;
    }
    if (!is_hex(digits)) {
        return kf_fail(err, KF_BADCONFIG,
                       "application-key is not an even number of hexadecimal digits: copy it from "
                       "the console, or set application-key-format = text");
    }
    if (kf_hex_decode(mem_ctx, digits, &bytes) != KF_OK) {
        return kf_fail_nomem(err);
    }
    *_value = kf_base64_encode(mem_ctx, bytes.data, bytes.len);
    return *_value == NULL ? kf_fail_nomem(err) : KF_OK;
}

static void
add_header(struct kf_request *request, const char *name, const char *value, bool secret)
{
    request->headers[request->header_count++] = (struct kf_header){name, value, secret};
}

/* The headers of every call; the body's signature among them, where there is a secret. */
static enum kf_rc
write_headers(struct kf_request *request, const struct kf_config *config, struct kf_error *err)
{
    const char *application_key = NULL;
    char *signature = NULL;
    enum kf_rc rc;

    request->headers = talloc_zero_array(request, struct kf_header, HEADERS_MAX);
    if (request->headers == NULL) {
        return kf_fail_nomem(err);
    }
    rc = format_application_key(request, config, &application_key, err);
    if (rc != KF_OK) {
        return rc;
    }
    add_header(request, "Content-Type", "application/json", false);
    add_header(request, "Accept", "application/json", false);
    add_header(request, "X-CSS-CMS-AppKey", application_key, true);
    if (config->application_secret == NULL) {
        return KF_OK;
    }
    rc = kf_hmac_sign(request, config->application_secret, &request->body, &signature, err);
    if (rc != KF_OK) {
        return rc;
    }
    add_header(request, "X-CSS-CMS-Signature", signature, true);
    return KF_OK;
}

/* A POST whose URL, body and headers are still to come. */
static struct kf_request *
start(TALLOC_CTX *mem_ctx)
{
    struct kf_request *request = talloc_zero(mem_ctx, struct kf_request);

    if (request != NULL) {
        request->method = "POST";
        request->absent = "no Classic API (removed in Command 11)";
    }
    return request;
}

static enum kf_rc
build_token(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
            struct kf_error *err)
{
    struct kf_request *request = NULL;
    enum kf_rc rc;

    if (config->api_version >= VERSION_WITHOUT_TOKEN) {
        *_request = NULL;
        return KF_OK;
    }
    request = start(mem_ctx);
    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    request->secret_reply = true;
    request->url = talloc_asprintf(request, "%s%s", config->url, config->token_path);
    rc = request->url == NULL || kf_bytes_copy(request, "{}", 2, &request->body) != KF_OK
             ? kf_fail_nomem(err)
             : write_headers(request, config, err);
    if (rc != KF_OK) {
        talloc_free(request);
        return rc;
    }
    *_request = request;
    return KF_OK;
}

static enum kf_rc
read_token(TALLOC_CTX *mem_ctx, const struct kf_config *config, const struct kf_reply *reply,
           const char **_token, struct kf_error *err)
{
    const struct kf_json *answer = NULL;
    const char *token = "";

    if (kf_json_read(mem_ctx, &reply->body, &answer, err) != KF_OK) {
        return kf_fail_prefix(err, KF_NOTSENT, "the answer of %s is not JSON", config->token_path);
    }
    token = kf_json_text(kf_json_is_object(answer) ? kf_json_member(answer, config->token_name)
                                                   : answer);
    if (token[0] == '\0' || !kf_text_is_line(token)) {
        return kf_fail(err, KF_BADCONFIG,
                       "the answer of %s has no access token called %s: see what this server calls "
                       "it, and set token-path, token-name and token-header",
                       config->token_path, config->token_name);
    }
    *_token = token;
    return KF_OK;
}

static enum kf_rc
build_enrollment(TALLOC_CTX *mem_ctx, const struct kf_enrollment *enrollment,
                 struct kf_request **_request, struct kf_error *err)
{
    const struct kf_config *config = enrollment->config;
    struct kf_request *request = start(mem_ctx);
    enum kf_rc rc;

    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    request->url = talloc_asprintf(request, "%s" ENROLL_PATH, config->url, config->api_version);
    rc = request->url == NULL ? kf_fail_nomem(err)
                              : write_body(request, enrollment, &request->body, err);
    if (rc == KF_OK) {
        rc = write_headers(request, config, err);
    }
    if (rc != KF_OK) {
        talloc_free(request);
        return rc;
    }
    if (enrollment->token != NULL) {
        add_header(request, config->token_header, enrollment->token, true);
    }
    *_request = request;
    return KF_OK;
}

/* "Certificates": a text, or an array of texts. */
static enum kf_rc
read_certificates(struct kf_verdict *verdict, const struct kf_json *value, struct kf_error *err)
{
    enum kf_rc rc = kf_verdict_add(verdict, kf_json_text(value), err);

    for (size_t i = 0; i < kf_json_count(value) && rc == KF_OK; i++) {
        rc = kf_verdict_add(verdict, kf_json_text(kf_json_item(value, i)), err);
    }
    return rc;
}

static enum kf_rc
read_answer(struct kf_verdict *verdict, const struct kf_json *answer, struct kf_error *err)
{
    enum kf_rc rc = read_certificates(verdict, kf_json_member(answer, "Certificates"), err);

    if (rc != KF_OK) {
        return rc;
    }
    verdict->request_id = kf_json_number(kf_json_member(answer, "CMSRequestId"));
    return kf_verdict_decide(verdict, kf_json_text(kf_json_member(answer, "RequestDisposition")),
                             kf_json_text(kf_json_member(answer, "DispositionMessage")), err);
}

static enum kf_rc
read_enrollment(TALLOC_CTX *mem_ctx, const struct kf_reply *reply, struct kf_verdict **_verdict,
                struct kf_error *err)
{
    struct kf_verdict *verdict = kf_verdict_new(mem_ctx);
    const struct kf_json *answer = NULL;
    enum kf_rc rc =
        verdict == NULL ? kf_fail_nomem(err) : kf_json_read(verdict, &reply->body, &answer, err);

    if (rc == KF_OK && !kf_json_is_object(answer)) {
        rc = kf_fail(err, KF_BADREPLY, "no object");
    }
    if (rc == KF_BADREPLY) {
        rc = kf_fail_prefix(err, KF_UNCERTAIN,
                            "the answer (HTTP %d, %zu bytes) is not the JSON of an enrollment",
                            reply->status, reply->body.len);
    }
    if (rc == KF_OK) {
        rc = read_answer(verdict, answer, err);
    }
    if (rc != KF_OK) {
        talloc_free(verdict);
        return rc;
    }
    *_verdict = verdict;
    return KF_OK;
}

const struct kf_api kf_api_classic = {
    .build_token = build_token,
    .read_token = read_token,
    .build_enrollment = build_enrollment,
    .read_enrollment = read_enrollment,
};
