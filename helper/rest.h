/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_REST_H
#define KF_REST_H

/* What the helper asks of the Keyfactor API (KeyfactorAPI, Command 10 to 25), which stands beside
 * the Classic API with the same account. Pure: bytes out, bytes in. Requests are owned by mem_ctx;
 * readers take the body of a successful answer and fail with KF_BADREPLY when it is not JSON. */

#include "config.h"
#include "http.h"
#include "verdict.h"

/* An issued certificate that the server knows. */
struct kf_known {
    int64_t id;             /* Command's number of the certificate (Id), 0: none */
    int64_t request_id;     /* Command's number of the request (CertRequestId), 0: none */
    const char *thumbprint; /* SHA-1, hexadecimal; "" when it is not said */
    const char *content;    /* base64 of the DER (ContentBytes), "" when it is not said */
};

/* A template that the account may enroll for. */
struct kf_template {
    const char *name;
    const char *key_type;     /* "RSA", "ECC", ...; "" when it is not said */
    int64_t key_size;         /* the smallest, bits; 0 when it is not said */
    bool needs_approval;      /* at the CA */
    const char **authorities; /* that issue for it, HOST\\NAME; NULL-terminated */
};

/* So many certificates are asked for at a time. */
#define KF_REST_PAGE_SIZE 200

/* GET Certificates: those that query selects, such as `CertRequestId -eq 5`, a page of them (from 1
 * on); query is borrowed as long as the request lives. */
enum kf_rc kf_rest_search(TALLOC_CTX *mem_ctx, const struct kf_config *config, const char *query,
                          unsigned page, struct kf_request **_request, struct kf_error *err);
enum kf_rc kf_rest_read_search(TALLOC_CTX *mem_ctx, const struct kf_reply *reply,
                               struct kf_known **_known, size_t *_count, struct kf_error *err);

/* POST Certificates/Download: the certificate of that id with its chain, added to verdict. */
enum kf_rc kf_rest_download(TALLOC_CTX *mem_ctx, const struct kf_config *config, int64_t id,
                            struct kf_request **_request, struct kf_error *err);
enum kf_rc kf_rest_read_download(const struct kf_reply *reply, struct kf_verdict *verdict,
                                 struct kf_error *err);

/* GET Workflow/Certificates/ID: the state of a request that was not issued, into verdict: denied or
 * pending. */
enum kf_rc kf_rest_state(TALLOC_CTX *mem_ctx, const struct kf_config *config, int64_t request_id,
                         struct kf_request **_request, struct kf_error *err);
enum kf_rc kf_rest_read_state(const struct kf_reply *reply, struct kf_verdict *verdict,
                              struct kf_error *err);

/* GET Workflow/Instances: what the workflow of the verdict, which is Command's and not the CA's own
 * approval, has decided, into verdict: denied or pending, and the request's number where it is
 * told. */
enum kf_rc kf_rest_instance(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                            const char *workflow, struct kf_request **_request,
                            struct kf_error *err);
enum kf_rc kf_rest_read_instance(const struct kf_reply *reply, struct kf_verdict *verdict,
                                 struct kf_error *err);

/* GET Workflow/Certificates/Pending, or .../ExternalValidation (not in Command 10): the newest
 * request for common_name that was submitted at since (seconds since 1970) or later; *_request_id
 * is 0 when there is none. KF_UNSUPPORTED when it is not among as many as are listed at a time. */
enum kf_rc kf_rest_pending(TALLOC_CTX *mem_ctx, const struct kf_config *config, bool is_external,
                           struct kf_request **_request, struct kf_error *err);
enum kf_rc kf_rest_read_pending(const struct kf_reply *reply, const char *common_name,
                                int64_t since, int64_t *_request_id, struct kf_error *err);

/* GET EnrollmentPatterns (Command 25): all of them; the number of the one of that name, 0 when
 * there is none. */
enum kf_rc kf_rest_patterns(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                            struct kf_request **_request, struct kf_error *err);
enum kf_rc kf_rest_read_patterns(const struct kf_reply *reply, const char *name, int64_t *_id,
                                 struct kf_error *err);

/* GET Status/Endpoints: what anyone with an account may ask. */
enum kf_rc kf_rest_endpoints(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                             struct kf_request **_request, struct kf_error *err);

/* GET Enrollment/CSR/Context/My: the templates that this account may enroll for. */
enum kf_rc kf_rest_templates(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                             struct kf_request **_request, struct kf_error *err);
enum kf_rc kf_rest_read_templates(TALLOC_CTX *mem_ctx, const struct kf_bytes *text,
                                  struct kf_template **_templates, size_t *_count,
                                  struct kf_error *err);

#endif
