/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_VERDICT_H
#define KF_VERDICT_H

/* What a server's answer says about a request, whichever API it came from. */

#include "http.h"

enum kf_disposition {
    KF_DISPOSITION_ISSUED,   /* certificates came */
    KF_DISPOSITION_PENDING,  /* accepted, not decided */
    KF_DISPOSITION_DENIED,   /* the CA said no */
    KF_DISPOSITION_UNKNOWN,  /* neither a certificate, nor a request id, nor a refusal */
    KF_DISPOSITION_STRANGER, /* the request of this id was issued for somebody else's key */
};

struct kf_verdict {
    enum kf_disposition disposition;
    struct kf_bytes *certificates; /* for kf_chain_read() */
    size_t certificate_count;
    int64_t request_id;   /* 0: none */
    const char *workflow; /* Command's workflow that decides: its GUID, or its number; NULL: none */
    const char *message;  /* the server's words, one printable line, "" when none */
};

/* An empty verdict, KF_DISPOSITION_UNKNOWN, owned by mem_ctx; NULL when memory is out. */
struct kf_verdict *kf_verdict_new(TALLOC_CTX *mem_ctx);

/* Adds a copy of a text with certificates; a blank one is none. KF_INTERNAL: memory is out. */
enum kf_rc kf_verdict_add(struct kf_verdict *verdict, const char *text, struct kf_error *err);

/* How a dialect's answer to an enrollment names things. */
struct kf_verdict_form {
    const char *wrapper;    /* the member that the rest is in; NULL: none */
    const char *request_id; /* the server's number of the request */
};

/* Reads the body of a successful answer. *_verdict is owned by mem_ctx. KF_UNCERTAIN when it cannot
 * be understood, KF_BADREPLY when it has more than KF_CHAIN_MAX certificates. */
enum kf_rc kf_verdict_read(TALLOC_CTX *mem_ctx, const struct kf_verdict_form *form,
                           const struct kf_reply *reply, struct kf_verdict **_verdict,
                           struct kf_error *err);

/* True for the GUID or the number of a workflow. */
bool kf_verdict_is_workflow(const char *text);

/* Sets message, and disposition from what is there: facts first (a certificate is issued; a request
 * id or a workflow is pending), then the server's word for it, because the words differ between CAs
 * (Microsoft's: "Denied", "Taken Under Submission"; Command's: "ISSUED", "PENDING", "FAILED", ...).
 */
enum kf_rc kf_verdict_decide(struct kf_verdict *verdict, const char *word, const char *message,
                             struct kf_error *err);

#endif
