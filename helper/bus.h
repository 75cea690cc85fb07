/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_BUS_H
#define KF_BUS_H

/* What the certmonger daemon keeps track of, asked over D-Bus (certmonger, doc/api.txt). Nothing is
 * changed there, and the PINs of keys are not asked for. */

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

/* A request, in the daemon's words. Texts are as they came, "" where the daemon has none; times are
 * in seconds since 1970, 0: none. */
struct kf_bus_request {
    const char *nickname;
    const char *status; /* "MONITORING", ... */
    bool is_stuck;      /* needs a person */
    const char *ca;     /* the CA's nickname */
    const char *helper; /* the command of the CA's helper */
    const char *error;  /* the last one, of a run that did not ask for another */
    const char *cookie;
    const char *csr; /* PEM */
    const char *subject;
    const char *template;
    const char *certificate; /* the file, or DATABASE:NICKNAME */
    int64_t begins;          /* when the certificate is valid; the next too */
    int64_t expires;
};

/* Asks for all requests of CAs with an external helper. address is a D-Bus address where the daemon
 * itself answers, or NULL: the system's bus; a daemon that does not run is not started. *_requests
 * are *_count, owned by mem_ctx. KF_FORBIDDEN when the daemon does not answer this user, KF_NOTSENT
 * when it is not running, KF_BADREPLY when it answers in another way. */
enum kf_rc kf_bus_list(TALLOC_CTX *mem_ctx, const char *address, struct kf_bus_request **_requests,
                       size_t *_count, struct kf_error *err);

#endif
