/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Classic API: CertEnroll Pkcs10. Layer 2, pure; jansson for the bodies of requests. The
 * vendor's page "CertEnroll Pkcs10" has the fields; the headers were seen in real clients. Version
 * 3 wraps the request and signs its time, versions 1 and 2 want an access token first. */

#include "classic.h"

#include "api_parts.h"
#include "hmac.h"
#include "json.h"
#include "text.h"

#include <string.h>

#define ENROLL_PATH    "/CMSApi/CertEnroll/%d/Pkcs10"
#define FLAG_CERT_ONLY 0x01
#define HEX_PREFIX     "hex:"
#define HEADERS_MAX    5

/* The first version whose signed time stands in for a token. */
#define VERSION_WITHOUT_TOKEN 3

/* [{"MetadataFieldTypeName": type, "Value": value}, ...] */
static json_t *
pack_array(const struct kf_metadata_list *list)
{
    json_t *array = json_array();
    int failed = 0;

    for (size_t i = 0; i < list->count && failed == 0; i++) {
        const struct kf_metadata *entry = &list->entries[i];

        failed = json_array_append_new(array, json_pack("{s:s, s:s}", "MetadataFieldTypeName",
                                                        entry->type, "Value", entry->value));
    }
    if (failed != 0) {
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *
pack_request(const struct kf_enrollment *enrollment)
{
    const struct kf_config *config = enrollment->config;
    const int flags = config->include_chain ? 0 : FLAG_CERT_ONLY;
    json_t *metadata = config->metadata_format == KF_METADATA_ARRAY
                           ? pack_array(&enrollment->metadata)
                           : kf_api_pack(&enrollment->metadata);

    return json_pack("{s:i, s:s, s:s, s:o}", "Flags", flags, "TemplateName", enrollment->template,
                     "Pkcs10Request", enrollment->csr->pem, "MetadataList", metadata);
}

static json_t *
pack_body(const struct kf_enrollment *enrollment)
{
    char timestamp[32];

    if (enrollment->config->api_version < VERSION_WITHOUT_TOKEN) {
        return pack_request(enrollment);
    }
    return json_pack("{s:s, s:o}", "Timestamp", kf_api_timestamp(enrollment->now_ms, timestamp),
                     "Request", pack_request(enrollment));
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
    kf_api_add_header(request, "Content-Type", "application/json", false);
    kf_api_add_header(request, "Accept", "application/json", false);
    kf_api_add_header(request, "X-CSS-CMS-AppKey", application_key, true);
    if (config->application_secret == NULL) {
        return KF_OK;
    }
    rc = kf_hmac_sign(request, config->application_secret, &request->body, &signature, err);
    if (rc != KF_OK) {
        return rc;
    }
    kf_api_add_header(request, "X-CSS-CMS-Signature", signature, true);
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

enum kf_rc
kf_classic_probe(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
                 struct kf_error *err)
{
    struct kf_request *request = start(mem_ctx);

    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    request->method = "GET";
    request->url = talloc_asprintf(request, ENROLL_PATH, config->api_version);
    if (request->url == NULL) {
        talloc_free(request);
        return kf_fail_nomem(err);
    }
    *_request = request;
    return KF_OK;
}

enum kf_rc
kf_classic_token(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
                 struct kf_error *err)
{
    struct kf_request *request = start(mem_ctx);
    enum kf_rc rc;

    if (request == NULL) {
        return kf_fail_nomem(err);
    }
    request->secret_reply = true;
    request->url = config->token_path;
    rc = kf_bytes_copy(request, "{}", 2, &request->body) != KF_OK
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
build_token(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_request **_request,
            struct kf_error *err)
{
    if (config->api_version >= VERSION_WITHOUT_TOKEN) {
        *_request = NULL;
        return KF_OK;
    }
    return kf_classic_token(mem_ctx, config, _request, err);
}

static enum kf_rc
read_token(TALLOC_CTX *mem_ctx, const struct kf_config *config, const struct kf_reply *reply,
           const char **_token, struct kf_error *err)
{
    const struct kf_json *answer = NULL;
    const char *token = "";
    enum kf_rc rc = kf_json_read(mem_ctx, &reply->body, &answer, err);

    if (rc == KF_INTERNAL) {
        return rc;
    }
    if (rc != KF_OK) {
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
    request->url = talloc_asprintf(request, ENROLL_PATH, config->api_version);
    rc = request->url == NULL ? kf_fail_nomem(err)
                              : kf_api_set_body(request, pack_body(enrollment), err);
    if (rc == KF_OK) {
        rc = write_headers(request, config, err);
    }
    if (rc != KF_OK) {
        talloc_free(request);
        return rc;
    }
    if (enrollment->token != NULL) {
        kf_api_add_header(request, config->token_header, enrollment->token, true);
    }
    *_request = request;
    return KF_OK;
}

static enum kf_rc
read_enrollment(TALLOC_CTX *mem_ctx, const struct kf_reply *reply, struct kf_verdict **_verdict,
                struct kf_error *err)
{
    static const struct kf_verdict_form form = {.request_id = "CMSRequestId"};

    return kf_verdict_read(mem_ctx, &form, reply, _verdict, err);
}

const struct kf_api kf_api_classic = {
    .name = "classic",
    .build_token = build_token,
    .read_token = read_token,
    .build_enrollment = build_enrollment,
    .read_enrollment = read_enrollment,
};
