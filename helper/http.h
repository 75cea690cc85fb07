/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_HTTP_H
#define KF_HTTP_H

/* One HTTPS exchange, through libcurl. TLS 1.2 at least, always verified; no redirect is followed.
 */

#include "bytes.h"
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A longer answer is refused, and one with longer headers. */
#define KF_HTTP_BODY_MAX    (3 * 1024 * 1024)
#define KF_HTTP_HEADERS_MAX (256 * 1024)

struct kf_header {
    const char *name;
    const char *value;
    bool secret; /* never shown in a trace */
};

struct kf_parameter {
    const char *name;
    const char *value; /* plain text: percent-encoded on the way */
};

struct kf_login {
    enum kf_login_way way;
    const char *username;
    const char *secret;
    bool is_encoded; /* name and password are percent-encoded first: RFC 6749 section 2.3.1 */
    bool is_kept;    /* the secret comes from an earlier run */
};

/* How far an exchange came. */
enum kf_stage {
    KF_STAGE_BEGUN,
    KF_STAGE_NAMED,     /* the name has an address: the proxy's name, where there is one */
    KF_STAGE_CONNECTED, /* to the server, through the proxy, where there is one */
    KF_STAGE_SECURED,   /* TLS, with a certificate that is trusted */
    KF_STAGE_ANSWERED,
};

/* Whom an exchange met on its way; NULL is what is not known. What is there is owned by mem_ctx,
 * which the caller sets. */
struct kf_contact {
    TALLOC_CTX *mem_ctx;
    enum kf_stage stage;
    bool has_proxy;     /* the connection is one through a proxy */
    char **addresses;   /* of the server's name; NULL-terminated; NULL with a proxy */
    char *address;      /* that answered: the server's, or the proxy's */
    int port;           /* there */
    int64_t connect_us; /* how long connecting took */
    char *protocol;     /* "TLSv1.3" */
    char *certificates; /* that the server showed, its own first; PEM */
};

/* Everything borrowed until the exchange is over. */
struct kf_request {
    const char *method; /* "GET" or "POST" */
    const char *url;    /* without a query; "/...": below the server's address, to be completed */
    const char *absent; /* what 404 means: "no Classic API (removed in Command 11)" */
    struct kf_parameter *query;
    size_t query_count;
    struct kf_header *headers;
    size_t header_count;
    struct kf_bytes body;      /* sent as it is; data NULL: no body */
    struct kf_parameter *form; /* the body, as application/x-www-form-urlencoded */
    size_t form_count;
    struct kf_login login;
    bool secret_body;  /* the form's values are never shown in a trace */
    bool secret_reply; /* nor is the answer's */
    bool may_repeat;   /* a POST that changes nothing: it may go by a connection that was used
                        * before, where libcurl may send it twice */
    bool is_public;    /* what anyone may have: http:// will do, no client certificate is shown */
    int time_limit;    /* seconds for this exchange; 0: all that is left */
    struct kf_contact *contact; /* is filled in, also when the exchange fails; NULL: not wanted */
};

/* Everything owned by the struct. */
struct kf_reply {
    int status;               /* HTTP status */
    const char *content_type; /* or NULL */
    const char *location;     /* of a redirect, or NULL */
    int64_t date;             /* the server's clock, seconds since 1970; 0: not said */
    int64_t retry_after;      /* seconds from now; 0: not said */
    const char *product;      /* the server's version ("25.1"), or NULL */
    struct kf_bytes body;
};

struct kf_http;

/* Makes what exchanges need; opens nothing yet. An exchange ends, as one without a whole answer,
 * when *stop becomes other than 0 (by a signal). config and stop are borrowed for the life of the
 * result, which is owned by mem_ctx. */
enum kf_rc kf_http_new(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                       const volatile sig_atomic_t *stop, struct kf_http **_http,
                       struct kf_error *err);

/* Sends request and waits for the answer, config->timeout seconds in all for all exchanges of one
 * kf_http. KF_OK for any HTTP status. *_reply is owned by mem_ctx. KF_NOTSENT: not one byte of the
 * request left, also for a server's certificate that is not valid yet. KF_UNCERTAIN: some did, and
 * no whole answer came. KF_UNTRUSTED: the server's certificate; KF_BADCONFIG: our CA file or
 * folder, client certificate, or proxy; KF_AUTH: the server cut the handshake for want of a client
 * certificate that it accepts; KF_BADREPLY: the answer or its headers are too long. */
enum kf_rc kf_http_perform(TALLOC_CTX *mem_ctx, struct kf_http *http,
                           const struct kf_request *request, struct kf_reply **_reply,
                           struct kf_error *err);

/* What of the features that a configuration may ask for the libcurl at hand has: "libcurl/8.0 ...,
 * Kerberos: yes, ..."; owned by mem_ctx, NULL when memory is out. */
char *kf_http_describe(TALLOC_CTX *mem_ctx);

#endif
