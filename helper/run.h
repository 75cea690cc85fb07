/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_RUN_H
#define KF_RUN_H

/* What the operations that talk to the server share: one run of the helper. */

#include "config.h"
#include "csr.h"
#include "http.h"
#include "outcome.h"
#include "protocol.h"
#include "state.h"
#include "trace.h"

/* The world outside, passed in so that tests can be the world. */
struct kf_effects {
    /* As kf_http_perform(), with context as its kf_http. */
    enum kf_rc (*perform)(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
                          struct kf_reply **_reply, struct kf_error *err);
    void *context;
    int64_t (*now_ms)(void);  /* milliseconds since 1970 */
    uint32_t (*random)(void); /* uniform over its range */
};

struct kf_run {
    TALLOC_CTX *mem; /* for what lives as long as the run */
    struct kf_config *config;
    const struct kf_job *job;
    const struct kf_effects *effects;
    struct kf_state state;
    const struct kf_csr *csr; /* this and the next: SUBMIT and POLL only */
    const char *identity;     /* what names the request: kf_csr_identity() */
    int64_t since;            /* when this very request was first tried, seconds since 1970 */
    int64_t retry_after;      /* what the server asked for last, seconds from now */
    struct kf_trace trace;    /* SUBMIT and POLL only, for kf_aftermath_tell() */
    struct kf_error *err;     /* why it failed */
};

/* Seconds since 1970. */
int64_t kf_run_now(const struct kf_run *run);

/* The template that is asked for: the request's, else the configured one; NULL when there is none.
 * And which of the server's CAs is to issue, in the same way. */
const char *kf_run_template(const struct kf_run *run);
const char *kf_run_authority(const struct kf_run *run);

/* True when a failure may heal by itself. */
bool kf_run_is_transient(enum kf_rc rc);

#endif
