/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_OVERVIEW_REPORT_H
#define KF_OVERVIEW_REPORT_H

/* How keyfactor-submit --status shows the requests of this host. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

/* Texts are one printable line each, "" where there is none; times are in seconds since 1970, and
 * 0 where there is none, as for the other numbers. */
struct kf_overview_report_entry {
    const char *nickname; /* certmonger's name of the request */
    const char *status;   /* certmonger's word */
    const char *state;    /* ours: keyfactor-submit(8) */
    bool needs_look;      /* of a person */
    const char *ca;
    const char *template;
    const char *subject;
    const char *certificate; /* where it is */
    const char *reason;      /* why it is not as it should be */
    int64_t request_id;      /* the server's number of the request */
    uint32_t attempt;        /* how often it was tried in vain, or asked about */
    int64_t last_try;
    int64_t next_try;
    int64_t expires;
};

struct kf_overview_report {
    const char *complaint; /* why the daemon could not be asked; NULL: it was */
    struct kf_overview_report_entry *entries;
    size_t count;
};

/* True when a person should look: at a request, or after the daemon. */
bool kf_overview_report_needs_look(const struct kf_overview_report *overview);

/* A table with a line for each request, and its reason below; owned by mem_ctx. NULL when memory is
 * out. */
char *kf_overview_report_lines(TALLOC_CTX *mem_ctx, const struct kf_overview_report *overview);

/* A JSON object: daemon (true when it was asked), complaint, and requests, an array of an object
 * each with the members of struct kf_overview_report_entry; what there is not is null. Owned by
 * mem_ctx. NULL when memory is out. */
char *kf_overview_report_json(TALLOC_CTX *mem_ctx, const struct kf_overview_report *overview);

#endif
