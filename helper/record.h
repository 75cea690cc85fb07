/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_RECORD_H
#define KF_RECORD_H

/* What became of a run of SUBMIT or POLL, for whoever watches: the journal, the metrics, and
 * keyfactor-submit --status. */

#include "cookie.h"
#include "outcome.h"

enum kf_fate {
    KF_FATE_ISSUED,
    KF_FATE_PENDING,  /* the server has the request and has not decided */
    KF_FATE_RETRYING, /* the server could not be asked: for a while */
    KF_FATE_REJECTED,
    KF_FATE_UNREACHABLE,
    KF_FATE_UNCONFIGURED,
};
#define KF_FATE_COUNT 6

/* Texts are one printable line each; "" when there is none. */
struct kf_record {
    const char *ca;
    const char *template;
    const char *subject;
    const char *reason; /* why there is no certificate; "" when there is one */
    enum kf_fate fate;
    int status;           /* what the daemon was told */
    unsigned delay;       /* seconds after which it asks again; 0: that is the daemon's choice */
    uint32_t attempt;     /* how often it was tried in vain, or asked about */
    int64_t request_id;   /* the server's number of the request; 0: not known */
    int64_t time;         /* when the run ended, seconds since 1970 */
    int64_t milliseconds; /* how long it took */
};

/* "issued", "pending", "retrying", "rejected", "unreachable", "unconfigured". */
const char *kf_fate_name(enum kf_fate fate);

/* Fills in what outcome says: fate, status, delay, attempt, and the reason of a failure. Of one
 * that waits, the cookie says whether the server has the request, and its number. The reason is
 * owned by mem_ctx. */
void kf_record_outcome(TALLOC_CTX *mem_ctx, const struct kf_outcome *outcome,
                       struct kf_record *record);

/* text as one printable line, owned by mem_ctx; "" when it is NULL, or memory is out. */
const char *kf_record_text(TALLOC_CTX *mem_ctx, const char *text);

#endif
