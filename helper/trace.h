/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TRACE_H
#define KF_TRACE_H

/* What a run of SUBMIT or POLL learns of its request that its outcome does not say. Texts are
 * borrowed; NULL: not known. */

#include <stdint.h>

struct kf_trace {
    const char *csr_sha256; /* content_sha256 of struct kf_csr */
    const char *subject;    /* of the request */
    int64_t request_id;     /* the server's number of it; 0: none */
    const char *reason;     /* why it waits: the failure, or the server's words */
};

#endif
