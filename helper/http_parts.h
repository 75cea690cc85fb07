/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_HTTP_PARTS_H
#define KF_HTTP_PARTS_H

/* What the files of http.h share: only they know libcurl. */

#include "http.h"

#include <curl/curl.h>

struct kf_http_watch;

struct kf_http {
    const struct kf_config *config;
    const volatile sig_atomic_t *stop;
    CURL *curl;
    int64_t deadline_ms;         /* on the monotonic clock; 0: not started */
    struct kf_http_watch *watch; /* NULL: the host has no room for one */
    bool reads_bundle;           /* the folder of the system's trust store does not have it all */
};

/* One exchange while it runs. */
struct kf_exchange {
    const struct kf_request *request;
    struct kf_reply *reply;
    size_t capacity; /* of reply->body */
    size_t headers_size;
    bool too_large;
    bool no_memory;
    struct curl_slist *headers;
    char *url;      /* with its query */
    long time_left; /* milliseconds */
    struct kf_secret *form;
    char error[CURL_ERROR_SIZE];
    char kerberos[CURL_ERROR_SIZE]; /* what went wrong on this host; "": nothing */
};

/* Settings of a transfer while they are made; code is the first failure. */
struct kf_http_settings {
    CURL *curl;
    CURLcode code;
};

/* Strings are copied; a secret is not, and has to last as long as the transfer. */
void kf_http_set_number(struct kf_http_settings *settings, CURLoption option, long number);
void kf_http_set_pointer(struct kf_http_settings *settings, CURLoption option, const void *pointer);
void kf_http_set_blob(struct kf_http_settings *settings, CURLoption option,
                      const struct kf_secret *secret);

/* Tells libcurl whom to trust: what is configured, else what this host trusts. */
void kf_http_set_trust(struct kf_http_settings *settings, const struct kf_http *http);

/* True when an exchange that ended with code, before anything was sent, is to be made once more
 * with the bundle of the system's trust store: an administrator may have added to that alone. */
bool kf_http_trust_bundle(struct kf_http *http, CURLcode code);

/* Tells libcurl all of that, who we are, which way to go, and what to send. */
void kf_http_set_options(struct kf_http_settings *settings, const struct kf_http *http,
                         const struct kf_exchange *exchange);

/* Cuts all connections that it is told of at the deadline, which is on the monotonic clock; owned
 * by mem_ctx. NULL when there is no memory, or no thread, for it. */
struct kf_http_watch *kf_http_watch_new(TALLOC_CTX *mem_ctx, int64_t deadline_ms);

/* Has libcurl tell watch, which may be NULL, of its connections. */
void kf_http_watch_set(struct kf_http_settings *settings, struct kf_http_watch *watch);

/* For an exchange with a contact: asks libcurl to keep what is wanted, takes a line of its trace,
 * and fills the contact in when the exchange has ended with code. */
void kf_http_want_contact(struct kf_http_settings *settings);
void kf_http_trace_contact(struct kf_contact *contact, curl_infotype type, const char *line);
void kf_http_fill_contact(const struct kf_http *http, const struct kf_exchange *exchange,
                          CURLcode code);

/* What a proxy answered to CONNECT; 0 without one. */
long kf_http_proxy_status(CURL *curl);

/* Says why libcurl failed with code, and whether the request may have reached the server. */
enum kf_rc kf_http_fail(const struct kf_http *http, const struct kf_exchange *exchange,
                        CURLcode code, struct kf_error *err);

/* The same for want of a Kerberos ticket: the request has not been sent with one. */
enum kf_rc kf_http_fail_kerberos(const struct kf_exchange *exchange, struct kf_error *err);

#endif
