/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* HTTPS exchanges. Transport layer; the only file that knows libcurl. Reports where a failure
 * happened, because a request that may have arrived must never be sent again blindly. */

#include "http.h"

#include "log.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define HEADERS_SIZE_MAX (256 * 1024)
#define BODY_CHUNK       (16 * 1024)

struct kf_http {
    const struct kf_config *config;
    const volatile sig_atomic_t *stop;
    CURL *curl;
    int64_t deadline_ms; /* on the monotonic clock; 0: not started */
};

/* One exchange while it runs. */
struct exchange {
    struct kf_reply *reply;
    size_t capacity;
    size_t headers_size;
    bool too_large;
    bool no_memory;
    struct curl_slist *headers;
    char *url; /* with its query */
    char error[CURL_ERROR_SIZE];
};

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
reserve(struct exchange *exchange, size_t more)
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
    struct exchange *exchange = context;
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

static size_t
take_header(char *data, size_t size, size_t count, void *context)
{
    static const char date[] = "Date:";
    struct exchange *exchange = context;
    const size_t len = size * count;
    char value[64] = "";

    exchange->headers_size += len;
    if (exchange->headers_size > HEADERS_SIZE_MAX) {
        exchange->too_large = true;
        return 0;
    }
    if (len > strlen(date) && len - strlen(date) < sizeof(value) &&
        strncasecmp(data, date, strlen(date)) == 0) {
        time_t when;

        memcpy(value, data + strlen(date), len - strlen(date));
        when = curl_getdate(value, NULL);
        exchange->reply->date = when > 0 ? when : 0;
    }
    return len;
}

static bool
add_header(struct exchange *exchange, const char *line)
{
    struct curl_slist *headers = curl_slist_append(exchange->headers, line);

    if (headers == NULL) {
        return false;
    }
    exchange->headers = headers;
    return true;
}

static bool
add_headers(struct exchange *exchange, const struct kf_request *request)
{
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
add_parameter(CURL *curl, struct exchange *exchange, const struct kf_parameter *parameter,
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
write_url(CURL *curl, struct exchange *exchange, const struct kf_request *request)
{
    exchange->url = talloc_strdup(exchange->reply, request->url);
    for (size_t i = 0; i < request->query_count && exchange->url != NULL; i++) {
        if (!add_parameter(curl, exchange, &request->query[i], i == 0 ? '?' : '&')) {
            return false;
        }
    }
    return exchange->url != NULL;
}

/* Called now and then during an exchange; ends it when it returns other than 0. */
static int
watch(void *context, curl_off_t to_receive, curl_off_t received, curl_off_t to_send,
      curl_off_t sent)
{
    const struct kf_http *http = context;

    (void)to_receive;
    (void)received;
    (void)to_send;
    (void)sent;
    return *http->stop != 0;
}

/* Settings of a transfer while they are made; code is the first failure. */
struct settings {
    CURL *curl;
    CURLcode code;
};

static void
set_number(struct settings *settings, CURLoption option, long number)
{
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, option, number);
    }
}

static void
set_pointer(struct settings *settings, CURLoption option, const void *pointer)
{
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, option, pointer);
    }
}

static void
set_callback(struct settings *settings, CURLoption option, curl_write_callback callback)
{
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, option, callback);
    }
}

static void
set_security(struct settings *settings, const struct kf_config *config)
{
    const bool own_trust = config->ca_file != NULL || config->ca_directory != NULL;

#if LIBCURL_VERSION_NUM >= 0x075500
    set_pointer(settings, CURLOPT_PROTOCOLS_STR, "https");
#else
    set_number(settings, CURLOPT_PROTOCOLS, CURLPROTO_HTTPS);
#endif
    set_number(settings, CURLOPT_FOLLOWLOCATION, 0);
    set_number(settings, CURLOPT_SSL_VERIFYPEER, 1);
    set_number(settings, CURLOPT_SSL_VERIFYHOST, 2);
    set_number(settings, CURLOPT_SSLVERSION,
               config->tls_min_version == 13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2);
    if (own_trust) {
        /* Both, so that what is configured stands in for the system's trust and does not add to
         * it. */
        set_pointer(settings, CURLOPT_CAINFO, config->ca_file);
        set_pointer(settings, CURLOPT_CAPATH, config->ca_directory);
    }
}

static void
set_credentials(struct settings *settings, const struct kf_config *config)
{
    set_number(settings, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set_number(settings, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set_pointer(settings, CURLOPT_USERNAME, config->username);
    set_pointer(settings, CURLOPT_PASSWORD, config->password->data);
}

static void
set_request(struct settings *settings, const struct kf_request *request,
            const struct exchange *exchange)
{
    set_pointer(settings, CURLOPT_URL, exchange->url);
    set_pointer(settings, CURLOPT_HTTPHEADER, exchange->headers);
    if (request->body.data == NULL) {
        return;
    }
    set_number(settings, CURLOPT_POST, 1);
    set_number(settings, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
    set_pointer(settings, CURLOPT_POSTFIELDS, request->body.data);
    /* On a connection that was used before, libcurl sends a request a second time when the first
     * got no answer: an enrollment must not be. */
    set_number(settings, CURLOPT_FRESH_CONNECT, 1);
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

static void
set_transfer(struct settings *settings, struct exchange *exchange)
{
    set_pointer(settings, CURLOPT_ERRORBUFFER, exchange->error);
    set_number(settings, CURLOPT_NOSIGNAL, 1);
    set_number(settings, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_number(settings, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Not to wait for a name look-up that is still under way. */
    set_number(settings, CURLOPT_QUICK_EXIT, 1);
#endif
    set_pointer(settings, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
    set_callback(settings, CURLOPT_WRITEFUNCTION, take_body);
    set_pointer(settings, CURLOPT_WRITEDATA, exchange);
    set_callback(settings, CURLOPT_HEADERFUNCTION, take_header);
    set_pointer(settings, CURLOPT_HEADERDATA, exchange);
}

static CURLcode
set_options(struct kf_http *http, const struct kf_request *request, struct exchange *exchange)
{
    struct settings settings = {http->curl, CURLE_OK};

    curl_easy_reset(http->curl);
    set_transfer(&settings, exchange);
    if (settings.code == CURLE_OK) {
        settings.code = curl_easy_setopt(http->curl, CURLOPT_XFERINFOFUNCTION, watch);
    }
    set_pointer(&settings, CURLOPT_XFERINFODATA, http);
    set_number(&settings, CURLOPT_NOPROGRESS, 0);
    set_number(&settings, CURLOPT_TIMEOUT_MS, time_left(http, request));
    set_number(&settings, CURLOPT_CONNECTTIMEOUT_MS, http->config->connect_timeout * 1000L);
    set_security(&settings, http->config);
    set_credentials(&settings, http->config);
    set_request(&settings, request, exchange);
    return settings.code;
}

/* What a proxy answered to CONNECT; 0 without one. */
static long
proxy_status(CURL *curl)
{
    long status = 0;

    return curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK ? status : 0;
}

/* True unless libcurl is sure that not one byte of the request was written. */
static bool
was_sent(CURL *curl)
{
    curl_off_t began = 0;
    curl_off_t uploaded = 0;
    long request_size = 0;

    if (proxy_status(curl) >= 300) {
        return false;
    }
    if (curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &began) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &uploaded) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_size) != CURLE_OK) {
        return true;
    }
    return began > 0 || uploaded > 0 || request_size > 0;
}

/* The words differ between versions of libcurl. */
static bool
is_about_name(const char *reason)
{
    static const char *const words[] = {"host name", "hostname", "subject name", "IP address"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasestr(reason, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static enum kf_rc
fail_untrusted(const struct kf_http *http, const char *url, const char *reason,
               struct kf_error *err)
{
    const struct kf_config *config = http->config;
    const char *trust = config->ca_file != NULL        ? config->ca_file
                        : config->ca_directory != NULL ? config->ca_directory
                                                       : "the system's trust store";

    if (strstr(reason, "expired") != NULL || strstr(reason, "not yet valid") != NULL) {
        return kf_fail(err, KF_UNTRUSTED,
                       "%s is not trusted: %s: renew the server's certificate, or set this "
                       "host's clock",
                       url, reason);
    }
    if (is_about_name(reason)) {
        return kf_fail(err, KF_UNTRUSTED,
                       "%s is not trusted: %s: url must name the host as its certificate does", url,
                       reason);
    }
    return kf_fail(err, KF_UNTRUSTED,
                   "%s is not trusted by %s: %s: put the certificate of the server's CA into a "
                   "file and set ca-file to it",
                   url, trust, reason);
}

static enum kf_rc
fail_exchange(struct kf_http *http, const struct kf_request *request,
              const struct exchange *exchange, CURLcode code, struct kf_error *err)
{
    const char *reason = code == CURLE_ABORTED_BY_CALLBACK && *http->stop != 0
                             ? "told to stop by a signal"
                         : exchange->error[0] != '\0' ? exchange->error
                                                      : curl_easy_strerror(code);

    if (exchange->too_large) {
        return kf_fail(err, KF_BADREPLY,
                       "the answer of %s is over the limit of %d MiB: is url right?", request->url,
                       KF_HTTP_BODY_MAX / (1024 * 1024));
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        return fail_untrusted(http, request->url, reason, err);
    }
    if (code == CURLE_SSL_CACERT_BADFILE) {
        return kf_fail(err, KF_BADCONFIG,
                       "ca-file or ca-directory: %s: see that it is there and PEM", reason);
    }
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return kf_fail(err, KF_BADCONFIG, "url: %s: %s", request->url, reason);
    }
    if (proxy_status(http->curl) == 407) {
        return kf_fail(err, KF_BADCONFIG,
                       "the proxy wants credentials (HTTP 407): check https_proxy in the "
                       "certmonger service's environment");
    }
    if (was_sent(http->curl)) {
        return kf_fail(err, KF_UNCERTAIN, "%s took the request and gave no whole answer: %s",
                       request->url, reason);
    }
    if (exchange->no_memory || code == CURLE_OUT_OF_MEMORY) {
        return kf_fail_nomem(err);
    }
    return kf_fail(err, KF_NOTSENT,
                   "%s cannot be reached: %s: check url, name resolution and firewall",
                   request->url, reason);
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
    reply->retry_after = retry_after;
    reply->content_type = content_type == NULL ? NULL : talloc_strdup(reply, content_type);
    reply->location = location == NULL ? NULL : talloc_strdup(reply, location);
    return KF_OK;
}

static enum kf_rc
exchange_once(struct kf_http *http, const struct kf_request *request, struct exchange *exchange,
              struct kf_error *err)
{
    CURLcode code;

    if (!add_headers(exchange, request) || !write_url(http->curl, exchange, request) ||
        !reserve(exchange, 0)) {
        return kf_fail_nomem(err);
    }
    exchange->reply->body.data[0] = '\0';
    code = set_options(http, request, exchange);
    if (code != CURLE_OK) {
        return kf_fail(err, KF_BADCONFIG, "libcurl refuses a setting: %s",
                       curl_easy_strerror(code));
    }
    code = curl_easy_perform(http->curl);
    if (code != CURLE_OK) {
        return fail_exchange(http, request, exchange, code, err);
    }
    return finish_reply(http->curl, exchange->reply, err);
}

static enum kf_rc
open_curl(struct kf_http *http, struct kf_error *err)
{
    if (http->curl != NULL) {
        return KF_OK;
    }
    http->deadline_ms = monotonic_ms() + http->config->timeout * INT64_C(1000);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return kf_fail(err, KF_INTERNAL, "libcurl cannot be initialised");
    }
    http->curl = curl_easy_init();
    return http->curl == NULL ? kf_fail_nomem(err) : KF_OK;
}

enum kf_rc
kf_http_perform(TALLOC_CTX *mem_ctx, struct kf_http *http, const struct kf_request *request,
                struct kf_reply **_reply, struct kf_error *err)
{
    struct exchange exchange = {.reply = NULL};
    const int64_t began_ms = monotonic_ms();
    enum kf_rc rc = open_curl(http, err);

    if (rc != KF_OK) {
        return rc;
    }
    exchange.reply = talloc_zero(mem_ctx, struct kf_reply);
    if (exchange.reply == NULL) {
        return kf_fail_nomem(err);
    }
    kf_log(KF_LOG_INFO, "%s %s", request->method, request->url);
    for (size_t i = 0; i < request->query_count; i++) {
        kf_log(KF_LOG_DEBUG, "> %s=%s", request->query[i].name, request->query[i].value);
    }
    if (request->body.data != NULL) {
        kf_log(KF_LOG_DEBUG, "> %s", (const char *)request->body.data);
    }
    rc = exchange_once(http, request, &exchange, err);
    curl_slist_free_all(exchange.headers);
    if (rc != KF_OK) {
        talloc_free(exchange.reply);
        return rc;
    }
    kf_log(KF_LOG_INFO, "HTTP %d, %zu bytes, %d ms", exchange.reply->status,
           exchange.reply->body.len, (int)(monotonic_ms() - began_ms));
    kf_log(KF_LOG_DEBUG, "< %s",
           request->secret_reply ? "***" : (const char *)exchange.reply->body.data);
    *_reply = exchange.reply;
    return KF_OK;
}
