/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_VERDICT_H
#define KF_VERDICT_H

/* What a server's answer says about a request, whichever API it came from. */

#include "bytes.h"

#include <stdint.h>

enum kf_disposition {
    KF_DISPOSITION_ISSUED,   /* certificates came */
    KF_DISPOSITION_PENDING,  /* accepted; request_id to follow up */
    KF_DISPOSITION_DENIED,   /* the CA said no */
    KF_DISPOSITION_UNKNOWN,  /* neither a certificate, nor a request id, nor a refusal */
    KF_DISPOSITION_STRANGER, /* the request of this id was issued for somebody else's key */
};

struct kf_verdict {
    enum kf_disposition disposition;
    struct kf_bytes *certificates; /* for kf_chain_read() */
    size_t certificate_count;
    int64_t request_id;  /* 0: none */
    const char *message; /* the server's words, one printable line, "" when none */
};

/* An empty verdict, KF_DISPOSITION_UNKNOWN, owned by mem_ctx; NULL when memory is out. */
struct kf_verdict *kf_verdict_new(TALLOC_CTX *mem_ctx);

/* Adds a copy of a text with certificates; a blank one is none. KF_INTERNAL: memory is out. */
enum kf_rc kf_verdict_add(struct kf_verdict *verdict, const char *text, struct kf_error *err);

/* Sets message, and disposition from what is there: facts first (a certificate is issued; a request
 * id is pending), then the server's word for it, because the words differ between CAs (Microsoft's:
 * "Denied", "Taken Under Submission"; Command's: "ISSUED", "PENDING", "FAILED", ...). */
enum kf_rc kf_verdict_decide(struct kf_verdict *verdict, const char *word, const char *message,
                             struct kf_error *err);

#endif
