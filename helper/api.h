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
    const char *template;              /* NULL: what the enrollment pattern says */
    const char *certificate_authority; /* NULL: the server chooses */
    int64_t pattern_id;                /* enrollment pattern; 0: none */
    int64_t renewed_id;                /* the certificate that is renewed; 0: none */
    const char *token;                 /* what read_token() got; NULL where none is needed */
    struct kf_metadata_list metadata;  /* values filled in; enrollment_fields too */
    struct kf_metadata_list enrollment_fields;
    int64_t now_ms; /* milliseconds since 1970 */
};

/* A dialect. build_* make a request owned by mem_ctx; read_* read the body of a successful answer.
 */
struct kf_api {
    const char *name; /* as in "api = NAME" */
    /* The exchange that goes before an enrollment: *_request is NULL when there is none. Both NULL
     * where there never is one. read_token: KF_NOTSENT when the answer is not JSON, KF_BADCONFIG
     * when there is no token in it. */
    enum kf_rc (*build_token)(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                              struct kf_request **_request, struct kf_error *err);
    enum kf_rc (*read_token)(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                             const struct kf_reply *reply, const char **_token,
                             struct kf_error *err);
    enum kf_rc (*build_enrollment)(TALLOC_CTX *mem_ctx, const struct kf_enrollment *enrollment,
                                   struct kf_request **_request, struct kf_error *err);
    /* KF_UNCERTAIN when the answer cannot be understood. */
    enum kf_rc (*read_enrollment)(TALLOC_CTX *mem_ctx, const struct kf_reply *reply,
                                  struct kf_verdict **_verdict, struct kf_error *err);
};

/* The Classic API, CertEnroll Pkcs10 versions 1 to 3: classic.c. */
extern const struct kf_api kf_api_classic;

/* The Keyfactor API, Enrollment/CSR: rest_enrollment.c. */
extern const struct kf_api kf_api_rest;

#endif
