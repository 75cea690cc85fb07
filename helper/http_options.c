/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How an exchange is made: credentials, proxy, limits. Layer 2; libcurl. */

#include "http_parts.h"

#include <string.h>

#define DER_SEQUENCE 0x30 /* what a PKCS#12 file begins with */

void
kf_http_set_number(struct kf_http_settings *settings, CURLoption option, long number)
{
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, option, number);
    }
}

void
kf_http_set_pointer(struct kf_http_settings *settings, CURLoption option, const void *pointer)
{
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, option, pointer);
    }
}

/* What is borrowed is not copied once more. */
void
kf_http_set_blob(struct kf_http_settings *settings, CURLoption option,
                 const struct kf_secret *secret)
{
    struct curl_blob blob = {secret->data, secret->len, CURL_BLOB_NOCOPY};

    kf_http_set_pointer(settings, option, &blob);
}

static void
set_protocols(struct kf_http_settings *settings, bool is_public)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    kf_http_set_pointer(settings, CURLOPT_PROTOCOLS_STR, is_public ? "http,https" : "https");
#else
    kf_http_set_number(settings, CURLOPT_PROTOCOLS,
                       is_public ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS);
#endif
    kf_http_set_number(settings, CURLOPT_FOLLOWLOCATION, 0);
}

static void
set_certificate(struct kf_http_settings *settings, const struct kf_config *config)
{
    const struct kf_secret *file = config->client_identity;

    if (kf_config_is_token(config->client_certificate)) {
        kf_http_set_pointer(settings, CURLOPT_SSLCERTTYPE, "ENG");
        kf_http_set_pointer(settings, CURLOPT_SSLCERT, config->client_certificate);
    } else {
        kf_http_set_pointer(settings, CURLOPT_SSLCERTTYPE,
                            file->data[0] == DER_SEQUENCE ? "P12" : "PEM");
        kf_http_set_blob(settings, CURLOPT_SSLCERT_BLOB, file);
    }
}

/* The key is where the certificate is, unless another place is named. */
static void
set_key(struct kf_http_settings *settings, const struct kf_config *config)
{
    const bool is_apart = config->client_key != NULL;
    const char *key = is_apart ? config->client_key : config->client_certificate;
    const struct kf_secret *file = is_apart ? config->client_private_key : config->client_identity;
    const struct kf_secret *password = config->client_key_password;

    if (kf_config_is_token(key)) {
        kf_http_set_pointer(settings, CURLOPT_SSLKEYTYPE, "ENG");
        kf_http_set_pointer(settings, CURLOPT_SSLKEY, key);
    } else if (is_apart || file->data[0] != DER_SEQUENCE) {
        kf_http_set_blob(settings, CURLOPT_SSLKEY_BLOB, file);
    }
    /* Without a password libcurl 7.88 dies over an encrypted key. */
    kf_http_set_pointer(settings, CURLOPT_KEYPASSWD,
                        password == NULL ? "" : (const char *)password->data);
}

static void
set_text(struct kf_http_settings *settings, CURLoption option, const char *text, bool is_encoded)
{
    char *encoded = is_encoded ? curl_easy_escape(settings->curl, text, 0) : NULL;

    if (is_encoded && encoded == NULL) {
        settings->code = CURLE_OUT_OF_MEMORY;
    }
    kf_http_set_pointer(settings, option, is_encoded ? encoded : text);
    curl_free(encoded);
}

static void
set_login(struct kf_http_settings *settings, const struct kf_login *login)
{
    kf_http_set_number(settings, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    switch (login->way) {
    case KF_LOGIN_NONE:
        return;
    case KF_LOGIN_BASIC:
        kf_http_set_number(settings, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        set_text(settings, CURLOPT_USERNAME, login->username, login->is_encoded);
        set_text(settings, CURLOPT_PASSWORD, login->secret, login->is_encoded);
        return;
    case KF_LOGIN_BEARER:
        kf_http_set_number(settings, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        kf_http_set_pointer(settings, CURLOPT_XOAUTH2_BEARER, login->secret);
        return;
    case KF_LOGIN_NEGOTIATE:
        kf_http_set_number(settings, CURLOPT_HTTPAUTH, CURLAUTH_NEGOTIATE);
        kf_http_set_pointer(settings, CURLOPT_USERPWD, ":"); /* whom the ticket names */
        return;
    }
}

/* Without a proxy of ours, libcurl takes that of the environment. */
static void
set_proxy(struct kf_http_settings *settings, const struct kf_config *config)
{
    if (config->proxy != NULL) {
        kf_http_set_pointer(settings, CURLOPT_PROXY, config->proxy);
    }
    if (config->no_proxy != NULL) {
        kf_http_set_pointer(settings, CURLOPT_NOPROXY, config->no_proxy);
    }
    if (config->proxy_password != NULL) {
        kf_http_set_number(settings, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
        kf_http_set_pointer(settings, CURLOPT_PROXYUSERNAME, config->proxy_username);
        kf_http_set_pointer(settings, CURLOPT_PROXYPASSWORD, config->proxy_password->data);
    }
    kf_http_set_number(settings, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
}

static void
set_body(struct kf_http_settings *settings, const struct kf_exchange *exchange)
{
    const struct kf_bytes *body = &exchange->request->body;
    const struct kf_secret *form = exchange->form;

    if (body->data == NULL && form == NULL) {
        return;
    }
    kf_http_set_number(settings, CURLOPT_POST, 1);
    kf_http_set_number(settings, CURLOPT_POSTFIELDSIZE,
                       (long)(form == NULL ? body->len : form->len));
    kf_http_set_pointer(settings, CURLOPT_POSTFIELDS, form == NULL ? body->data : form->data);
    /* On a connection that was used before, libcurl sends a request a second time when the first
     * got no answer: an enrollment must not be. */
    kf_http_set_number(settings, CURLOPT_FRESH_CONNECT, exchange->request->may_repeat ? 0 : 1);
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

static void
set_limits(struct kf_http_settings *settings, const struct kf_http *http, long time_left)
{
    kf_http_set_number(settings, CURLOPT_NOSIGNAL, 1);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Not to wait for a name look-up that is still under way. */
    kf_http_set_number(settings, CURLOPT_QUICK_EXIT, 1);
#endif
    if (settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, CURLOPT_XFERINFOFUNCTION, watch);
    }
    kf_http_set_pointer(settings, CURLOPT_XFERINFODATA, http);
    kf_http_set_number(settings, CURLOPT_NOPROGRESS, 0);
    kf_http_set_number(settings, CURLOPT_TIMEOUT_MS, time_left);
    kf_http_set_number(settings, CURLOPT_CONNECTTIMEOUT_MS, http->config->connect_timeout * 1000L);
}

void
kf_http_set_options(struct kf_http_settings *settings, const struct kf_http *http,
                    const struct kf_exchange *exchange)
{
    const struct kf_request *request = exchange->request;

    kf_http_set_number(settings, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    kf_http_set_pointer(settings, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
    set_limits(settings, http, exchange->time_left);
    set_protocols(settings, request->is_public);
    kf_http_set_trust(settings, http);
    set_proxy(settings, http->config);
    if (!request->is_public && http->config->client_certificate != NULL) {
        set_certificate(settings, http->config);
        set_key(settings, http->config);
    }
    set_login(settings, &request->login);
    kf_http_set_pointer(settings, CURLOPT_URL, exchange->url);
    kf_http_set_pointer(settings, CURLOPT_HTTPHEADER, exchange->headers);
    set_body(settings, exchange);
}
