/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_COOKIE_H
#define KF_COOKIE_H

/*
 * What one run tells the next one through certmonger: one printable line of comma-separated fields,
 *     kf1,state=submit,attempt=2,since=1766500000,api=rest,request=0,workflow=-,csr=HEX
 * of at most KF_COOKIE_MAX bytes. docs/PROTOCOL has the fields and the state machine.
 */

#include "error.h"

#include <stdint.h>
#include <talloc.h>

#define KF_COOKIE_MAX 1024

enum kf_cookie_state {
    KF_COOKIE_SUBMIT,    /* nothing has reached the server yet: submit */
    KF_COOKIE_RESUME,    /* the server has the request: follow it up */
    KF_COOKIE_GUESS,     /* the same, for a request that may be somebody else's of the same name */
    KF_COOKIE_RECONCILE, /* the server may have issued: look before submitting again */
};

struct kf_cookie {
    enum kf_cookie_state state;
    uint32_t attempt;     /* failed runs since the first try, or polls */
    int64_t since;        /* seconds since 1970: the first try of this very request */
    int64_t request_id;   /* the server's number of the request (CMSRequestId), 0: none */
    const char *api;      /* which API has the request, or took the last one: its name; "-": none */
    const char *workflow; /* Command's workflow that decides on it (kf_verdict); "-": none */
    const char *csr_sha256; /* kf_csr_identity(): which request this is about */
};

/* The line, owned by mem_ctx; NULL when memory is out. */
char *kf_cookie_format(TALLOC_CTX *mem_ctx, const struct kf_cookie *cookie);

/* Reads what kf_cookie_format() wrote, white space around it ignored. The result is owned by
 * mem_ctx. KF_BADINPUT when it is of another version, damaged, or too long. */
enum kf_rc kf_cookie_parse(TALLOC_CTX *mem_ctx, const char *line, struct kf_cookie **_cookie,
                           struct kf_error *err);

#endif
