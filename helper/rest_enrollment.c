/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: Enrollment/CSR. Layer 2, pure; jansson for the body. The vendor's reference
 * has the fields; its public clients show what answers look like. */

#include "rest_parts.h"

/* NULL for none: the server takes 0 for a number. */
static json_t *
pack_id(int64_t id)
{
    return id == 0 ? NULL : json_integer(id);
}

/* "*" leaves out what is NULL. */
static json_t *
pack_body(const struct kf_enrollment *enrollment)
{
    const struct kf_metadata_list *list = &enrollment->enrollment_fields;
    json_t *fields = list->count == 0 ? NULL : kf_api_pack(list);
    char timestamp[32];

    return json_pack("{s:s, s:b, s:s, s:o, s:o*, s:s*, s:s*, s:o*, s:o*}", "CSR",
                     enrollment->csr->pem, "IncludeChain", enrollment->config->include_chain,
                     "Timestamp", kf_api_timestamp(enrollment->now_ms, timestamp), "Metadata",
                     kf_api_pack(&enrollment->metadata), "AdditionalEnrollmentFields", fields,
                     "Template", enrollment->template, "CertificateAuthority",
                     enrollment->certificate_authority, "EnrollmentPatternId",
                     pack_id(enrollment->pattern_id), "RenewalCertificateId",
                     pack_id(enrollment->renewed_id));
}

static enum kf_rc
build_enrollment(TALLOC_CTX *mem_ctx, const struct kf_enrollment *enrollment,
                 struct kf_request **_request, struct kf_error *err)
{
    struct kf_request *request =
        kf_rest_start(mem_ctx, enrollment->config, "POST", "Enrollment/CSR");

    return request == NULL ? kf_fail_nomem(err)
                           : kf_rest_finish(request, pack_body(enrollment), _request, err);
}

static enum kf_rc
read_enrollment(TALLOC_CTX *mem_ctx, const struct kf_reply *reply, struct kf_verdict **_verdict,
                struct kf_error *err)
{
    static const struct kf_verdict_form form = {.wrapper = "CertificateInformation",
                                                .request_id = "KeyfactorRequestId"};

    return kf_verdict_read(mem_ctx, &form, reply, _verdict, err);
}

const struct kf_api kf_api_rest = {
    .name = "rest",
    .build_enrollment = build_enrollment,
    .read_enrollment = read_enrollment,
};
