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

/* A longer answer is refused. */
#define KF_HTTP_BODY_MAX (8 * 1024 * 1024)

struct kf_header {
    const char *name;
    const char *value;
    bool secret; /* never shown in a trace */
};

struct kf_parameter {
    const char *name;
    const char *value; /* plain text: percent-encoded on the way */
};

/* Everything borrowed until the exchange is over. */
struct kf_request {
    const char *method; /* "GET" or "POST" */
    const char *url;    /* without a query */
    const char *absent; /* what 404 means: "no Classic API (removed in Command 11)" */
    struct kf_parameter *query;
    size_t query_count;
    struct kf_header *headers;
    size_t header_count;
    struct kf_bytes body; /* sent as it is; data NULL: no body */
    bool secret_reply;    /* the answer's body is never shown in a trace */
    int time_limit;       /* seconds for this exchange; 0: all that is left */
};

/* Everything owned by the struct. */
struct kf_reply {
    int status;               /* HTTP status */
    const char *content_type; /* or NULL */
    const char *location;     /* of a redirect, or NULL */
    int64_t date;             /* the server's clock, seconds since 1970; 0: not said */
    int64_t retry_after;      /* seconds from now; 0: not said */
    struct kf_bytes body;
};

struct kf_http;

/* Makes what exchanges need; opens nothing yet. An exchange ends, as one without a whole answer,
 * when *stop becomes other than 0 (by a signal). config and stop are borrowed for the life of the
 * result, which is owned by mem_ctx. */
enum kf_rc kf_http_new(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                       const volatile sig_atomic_t *stop, struct kf_http **_http,
                       struct kf_error *err);

/* Sends request with Basic authentication and waits for the answer, config->timeout seconds in all
 * for all exchanges of one kf_http. KF_OK for any HTTP status. *_reply is owned by mem_ctx.
 * KF_NOTSENT: not one byte of the request left. KF_UNCERTAIN: some did, and no whole answer came.
 * KF_UNTRUSTED: the server's certificate; KF_BADCONFIG: our CA file or folder; KF_BADREPLY: the
 * answer is longer than KF_HTTP_BODY_MAX. */
enum kf_rc kf_http_perform(TALLOC_CTX *mem_ctx, struct kf_http *http,
                           const struct kf_request *request, struct kf_reply **_reply,
                           struct kf_error *err);

#endif
