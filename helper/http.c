/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* HTTPS exchanges: sending and receiving. Layer 2; libcurl. */

#include "http_parts.h"

#include "crypto.h"
#include "log.h"
#include "secret.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define BODY_CHUNK       (16 * 1024)
#define HEADER_VALUE_MAX 64

static int64_t
monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
close_http(struct kf_http *http)
{
    if (http->curl != NULL) {
        curl_easy_cleanup(http->curl);
        curl_global_cleanup();
    }
    return 0;
}

enum kf_rc
kf_http_new(TALLOC_CTX *mem_ctx, const struct kf_config *config, const volatile sig_atomic_t *stop,
            struct kf_http **_http, struct kf_error *err)
{
    struct kf_http *http = talloc_zero(mem_ctx, struct kf_http);

    if (http == NULL) {
        return kf_fail_nomem(err);
    }
    http->config = config;
    http->stop = stop;
    talloc_set_destructor(http, close_http);
    *_http = http;
    return KF_OK;
}

static bool
reserve(struct kf_exchange *exchange, size_t more)
{
    struct kf_reply *reply = exchange->reply;
    size_t wanted = reply->body.len + more + 1;
    unsigned char *data = NULL;

    if (wanted <= exchange->capacity) {
        return true;
    }
    wanted = wanted < 2 * exchange->capacity ? 2 * exchange->capacity : wanted + BODY_CHUNK;
    data = talloc_realloc(reply, reply->body.data, unsigned char, wanted);
    if (data == NULL) {
        exchange->no_memory = true;
        return false;
    }
    reply->body.data = data;
    exchange->capacity = wanted;
    return true;
}

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
    struct kf_exchange *exchange = context;
    struct kf_bytes *body = &exchange->reply->body;
    const size_t len = size * count;

    if (len > KF_HTTP_BODY_MAX - body->len) {
        exchange->too_large = true;
        return 0;
    }
    if (!reserve(exchange, len)) {
        return 0;
    }
    memcpy(body->data + body->len, data, len);
    body->len += len;
    body->data[body->len] = '\0';
    return len;
}

/* The value of the header, when it is the one called name and not too long. */
static bool
read_header(const char *data, size_t len, const char *name, char value[static HEADER_VALUE_MAX])
{
    const size_t name_len = strlen(name);
    size_t end = len;
    size_t begin = name_len + 1;

    if (len <= name_len || data[name_len] != ':' || strncasecmp(data, name, name_len) != 0) {
        return false;
    }
    while (end > begin && strchr(" \t\r\n", data[end - 1]) != NULL) {
        end--;
    }
    while (begin < end && strchr(" \t", data[begin]) != NULL) {
        begin++;
    }
    if (end - begin >= HEADER_VALUE_MAX) {
        return false;
    }
    memcpy(value, data + begin, end - begin);
    value[end - begin] = '\0';
    return true;
}

static size_t
take_header(char *data, size_t size, size_t count, void *context)
{
    struct kf_exchange *exchange = context;
    const size_t len = size * count;
    char value[HEADER_VALUE_MAX];

    exchange->headers_size += len;
    if (exchange->headers_size > KF_HTTP_HEADERS_MAX) {
        exchange->too_large = true;
        return 0;
    }
    if (read_header(data, len, "Date", value)) {
        const time_t when = curl_getdate(value, NULL);

        exchange->reply->date = when > 0 ? when : 0;
    } else if (read_header(data, len, "x-keyfactor-product-version", value) && value[0] != '\0') {
        exchange->reply->product = talloc_strdup(exchange->reply, value);
    }
    return len;
}

static bool
add_header(struct kf_exchange *exchange, const char *line)
{
    struct curl_slist *headers = curl_slist_append(exchange->headers, line);

    if (headers == NULL) {
        return false;
    }
    exchange->headers = headers;
    return true;
}

static bool
add_headers(struct kf_exchange *exchange)
{
    const struct kf_request *request = exchange->request;

    for (size_t i = 0; i < request->header_count; i++) {
        const struct kf_header *header = &request->headers[i];
        char *line = talloc_asprintf(NULL, "%s: %s", header->name, header->value);
        bool added = line != NULL && add_header(exchange, line);

        talloc_free(line);
        if (!added) {
            return false;
        }
        kf_log(KF_LOG_DEBUG, "> %s: %s", header->name, header->secret ? "***" : header->value);
    }
    /* libcurl would wait a second for 100 Continue before it sends a large body. */
    return add_header(exchange, "Expect:");
}

/* Appends "?name=value" or "&name=value" to exchange->url. */
static bool
add_parameter(CURL *curl, struct kf_exchange *exchange, const struct kf_parameter *parameter,
              char separator)
{
    char *value = curl_easy_escape(curl, parameter->value, 0);

    if (value != NULL) {
        exchange->url = talloc_asprintf_append_buffer(exchange->url, "%c%s=%s", separator,
                                                      parameter->name, value);
    }
    curl_free(value);
    return value != NULL && exchange->url != NULL;
}

static bool
write_url(CURL *curl, struct kf_exchange *exchange)
{
    const struct kf_request *request = exchange->request;

    exchange->url = talloc_strdup(exchange->reply, request->url);
    for (size_t i = 0; i < request->query_count && exchange->url != NULL; i++) {
        if (!add_parameter(curl, exchange, &request->query[i], i == 0 ? '?' : '&')) {
            return false;
        }
    }
    return exchange->url != NULL;
}

static enum kf_rc
finish_reply(CURL *curl, struct kf_reply *reply, struct kf_error *err)
{
    const char *content_type = NULL;
    const char *location = NULL;
    curl_off_t retry_after = 0;
    long status = 0;

    if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &content_type) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after) != CURLE_OK) {
        return kf_fail(err, KF_UNCERTAIN, "libcurl does not tell the answer's status");
    }
    reply->status = (int)status;
    reply->retry_after = retry_after > 0 ? retry_after : 0; /* a date may have passed */
    reply->content_type = content_type == NULL ? NULL : talloc_strdup(reply, content_type);
    reply->location = location == NULL ? NULL : talloc_strdup(reply, location);
    return KF_OK;
}

/* Appends "name=value" to form, which may move; NULL when memory is out. */
static char *
add_field(CURL *curl, char *form, const struct kf_parameter *field)
{
    char *value = curl_easy_escape(curl, field->value, 0);

    if (value != NULL) {
        form = talloc_asprintf_append_buffer(form, "%s%s=%s", form[0] == '\0' ? "" : "&",
                                             field->name, value);
    }
    curl_free(value);
    return value == NULL ? NULL : form;
}

static bool
write_form(CURL *curl, struct kf_exchange *exchange)
{
    const struct kf_request *request = exchange->request;
    char *form = talloc_strdup(exchange->reply, "");

    for (size_t i = 0; i < request->form_count && form != NULL; i++) {
        form = add_field(curl, form, &request->form[i]);
    }
    exchange->form =
        form == NULL ? NULL : kf_secret_take(exchange->reply, (unsigned char *)form, strlen(form));
    return exchange->form != NULL;
}

/* Milliseconds that an exchange may take, at least one. */
static long
time_left(const struct kf_http *http, const struct kf_request *request)
{
    int64_t left = http->deadline_ms - monotonic_ms();

    if (request->time_limit > 0 && left > request->time_limit * INT64_C(1000)) {
        left = request->time_limit * INT64_C(1000);
    }
    return left < 1 ? 1 : (long)left;
}

/* Ends text in front of its line end, and of the ". " that libcurl writes after each sentence. */
static void
cut_end(char *text)
{
    size_t len = strcspn(text, "\r\n");

    while (len > 0 && strchr(". ", text[len - 1]) != NULL) {
        len--;
    }
    text[len] = '\0';
}

static void
trace_kerberos(struct kf_exchange *exchange, const char *line)
{
    static const char *const steps[] = {
        "gss_init_sec_context() failed: ", "SPNEGO handshake failure", NULL};

    for (size_t i = 0; steps[i] != NULL; i++) {
        if (strncmp(line, steps[i], strlen(steps[i])) == 0) {
            snprintf(exchange->kerberos, sizeof(exchange->kerberos), "%s", line + strlen(steps[i]));
        }
    }
}

/* What went wrong with Kerberos on this host, and what TLS is spoken, is told in a trace only. */
static int
take_trace(CURL *curl, curl_infotype type, char *data, size_t size, void *context)
{
    struct kf_exchange *exchange = context;
    char line[CURL_ERROR_SIZE];

    (void)curl;
    snprintf(line, sizeof(line), "%.*s", type == CURLINFO_TEXT ? (int)size : 0, data);
    cut_end(line);
    trace_kerberos(exchange, line);
    if (exchange->request->contact != NULL) {
        kf_http_trace_contact(exchange->request->contact, type, line);
    }
    return 0;
}

static bool
wants_trace(const struct kf_request *request)
{
    return request->login.way == KF_LOGIN_NEGOTIATE || request->contact != NULL;
}

static void
set_callback(struct kf_http_settings *settings, CURLoption option, curl_write_callback callback)
{
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, option, callback);
    }
}

static CURLcode
set_up(struct kf_http *http, struct kf_exchange *exchange)
{
    struct kf_http_settings settings = {http->curl, CURLE_OK};

    curl_easy_reset(http->curl);
    exchange->time_left = time_left(http, exchange->request);
    kf_http_set_pointer(&settings, CURLOPT_ERRORBUFFER, exchange->error);
    set_callback(&settings, CURLOPT_WRITEFUNCTION, take_body);
    kf_http_set_pointer(&settings, CURLOPT_WRITEDATA, exchange);
    set_callback(&settings, CURLOPT_HEADERFUNCTION, take_header);
    kf_http_set_pointer(&settings, CURLOPT_HEADERDATA, exchange);
    if (exchange->request->contact != NULL) {
        kf_http_want_contact(&settings);
    }
    if (wants_trace(exchange->request) && settings.code == CURLE_OK) {
        kf_http_set_number(&settings, CURLOPT_VERBOSE, 1);
        settings.code = curl_easy_setopt(http->curl, CURLOPT_DEBUGFUNCTION, take_trace);
        kf_http_set_pointer(&settings, CURLOPT_DEBUGDATA, exchange);
    }
    kf_http_watch_set(&settings, http->watch);
    kf_http_set_options(&settings, http, exchange);
    return settings.code;
}

static bool
has_kerberos(void)
{
    return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SPNEGO) != 0;
}

/* Sends the request and takes the answer; *_code says how that went. */
static enum kf_rc
perform(struct kf_http *http, struct kf_exchange *exchange, CURLcode *_code, struct kf_error *err)
{
    CURLcode code;

    kf_crypto_forget();
    code = set_up(http, exchange);
    if (code == CURLE_OUT_OF_MEMORY) {
        return kf_fail_nomem(err);
    }
    if (code != CURLE_OK) {
        return kf_fail(err, KF_BADCONFIG, "libcurl refuses a setting: %s",
                       curl_easy_strerror(code));
    }
    *_code = curl_easy_perform(http->curl);
    return KF_OK;
}

static enum kf_rc
exchange_once(struct kf_http *http, struct kf_exchange *exchange, struct kf_error *err)
{
    CURLcode code = CURLE_OK;
    enum kf_rc rc;

    if (exchange->request->login.way == KF_LOGIN_NEGOTIATE && !has_kerberos()) {
        return kf_fail(err, KF_BADCONFIG,
                       "auth = negotiate: the libcurl of this host has no Kerberos "
                       "(keyfactor-submit --version): install one that has, or use another way");
    }
    if (!add_headers(exchange) || !write_url(http->curl, exchange) || !reserve(exchange, 0) ||
        (exchange->request->form_count > 0 && !write_form(http->curl, exchange))) {
        return kf_fail_nomem(err);
    }
    exchange->reply->body.data[0] = '\0';
    rc = perform(http, exchange, &code, err);
    if (rc == KF_OK && kf_http_trust_bundle(http, code)) {
        rc = perform(http, exchange, &code, err);
    }
    if (rc != KF_OK) {
        return rc;
    }
    if (exchange->request->contact != NULL) {
        kf_http_fill_contact(http, exchange, code);
    }
    if (code != CURLE_OK) {
        return kf_http_fail(http, exchange, code, err);
    }
    rc = finish_reply(http->curl, exchange->reply, err);
    /* Without a ticket libcurl asks as nobody, which a server may accept. */
    return rc == KF_OK && exchange->reply->status == 401 && exchange->kerberos[0] != '\0'
               ? kf_http_fail_kerberos(exchange, err)
               : rc;
}

static enum kf_rc
open_curl(struct kf_http *http, struct kf_error *err)
{
    if (http->curl != NULL) {
        return KF_OK;
    }
    http->deadline_ms = monotonic_ms() + http->config->timeout * INT64_C(1000);
    kf_crypto_forget();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return kf_fail(err, KF_INTERNAL, "libcurl cannot be initialised");
    }
    /* It takes an OpenSSL for whole that has no names for algorithms. */
    if (kf_crypto_was_out_of_memory()) {
        curl_global_cleanup();
        return kf_fail_nomem(err);
    }
    http->watch = kf_http_watch_new(http, http->deadline_ms);
    http->curl = curl_easy_init();
    return http->curl == NULL ? kf_fail_nomem(err) : KF_OK;
}

static void
log_request(const struct kf_request *request)
{
    kf_log(KF_LOG_INFO, "%s %s", request->method, request->url);
    for (size_t i = 0; i < request->query_count; i++) {
        kf_log(KF_LOG_DEBUG, "> %s=%s", request->query[i].name, request->query[i].value);
    }
    for (size_t i = 0; i < request->form_count; i++) {
        kf_log(KF_LOG_DEBUG, "> %s=%s", request->form[i].name,
               request->secret_body ? "***" : request->form[i].value);
    }
    if (request->body.data != NULL) {
        kf_log(KF_LOG_DEBUG, "> %s", (const char *)request->body.data);
    }
}

static void
log_reply(const struct kf_request *request, const struct kf_reply *reply, int64_t began_ms)
{
    kf_log(KF_LOG_INFO, "HTTP %d, %zu bytes, %d ms", reply->status, reply->body.len,
           (int)(monotonic_ms() - began_ms));
    kf_log(KF_LOG_DEBUG, "< %s", request->secret_reply ? "***" : (const char *)reply->body.data);
}

enum kf_rc
kf_http_perform(TALLOC_CTX *mem_ctx, struct kf_http *http, const struct kf_request *request,
                struct kf_reply **_reply, struct kf_error *err)
{
    struct kf_exchange exchange = {.request = request};
    const int64_t began_ms = monotonic_ms();
    enum kf_rc rc = open_curl(http, err);

    if (rc != KF_OK) {
        return rc;
    }
    exchange.reply = talloc_zero(mem_ctx, struct kf_reply);
    if (exchange.reply == NULL) {
        return kf_fail_nomem(err);
    }
    log_request(request);
    rc = exchange_once(http, &exchange, err);
    curl_slist_free_all(exchange.headers);
    if (rc != KF_OK) {
        talloc_free(exchange.reply);
        return rc;
    }
    log_reply(request, exchange.reply, began_ms);
    *_reply = exchange.reply;
    return KF_OK;
}

static bool
has_pkcs11(void)
{
    CURL *curl = curl_easy_init();
    const bool has =
        curl != NULL && curl_easy_setopt(curl, CURLOPT_SSLENGINE, "pkcs11") == CURLE_OK;

    curl_easy_cleanup(curl);
    return has;
}

char *
kf_http_describe(TALLOC_CTX *mem_ctx)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

    return talloc_asprintf(mem_ctx, "libcurl %s, %s, Kerberos: %s, PKCS#11: %s", info->version,
                           info->ssl_version == NULL ? "no TLS" : info->ssl_version,
                           has_kerberos() ? "yes" : "no", has_pkcs11() ? "yes" : "no");
}
