/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_API_H
#define KF_API_H

/* What the flow asks of a Keyfactor API: pure, bytes out and bytes in. */

#include "config.h"
#include "csr.h"
#include "http.h"
#include "verdict.h"

/* One certificate asked for. Everything borrowed. */
struct kf_enrollment {
    const struct kf_config *config;
    const struct kf_csr *csr;
    const char *template;
    const char *token;                  /* what read_token() got; NULL where none is needed */
    const struct kf_metadata *metadata; /* values filled in */
    size_t metadata_count;
    int64_t now_ms; /* milliseconds since 1970 */
};

/* A dialect. build_* make a request owned by mem_ctx; read_* read the body of a successful answer:
 * KF_UNCERTAIN when it cannot be understood. */
struct kf_api {
    /* The exchange that goes before an enrollment: *_request is NULL when there is none. */
    enum kf_rc (*build_token)(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                              struct kf_request **_request, struct kf_error *err);
    enum kf_rc (*read_token)(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                             const struct kf_reply *reply, const char **_token,
                             struct kf_error *err);
    enum kf_rc (*build_enrollment)(TALLOC_CTX *mem_ctx, const struct kf_enrollment *enrollment,
                                   struct kf_request **_request, struct kf_error *err);
    enum kf_rc (*read_enrollment)(TALLOC_CTX *mem_ctx, const struct kf_reply *reply,
                                  struct kf_verdict **_verdict, struct kf_error *err);
};

/* The Classic API, CertEnroll Pkcs10 versions 1 to 3: classic.c. */
extern const struct kf_api kf_api_classic;

#endif
