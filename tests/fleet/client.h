/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_CLIENT_H
#define FLEET_CLIENT_H

/* What a host does, and how long it waits, after each answer. */

#include "chance.h"
#include "config.h"
#include "line.h"

enum policy {
    POLICY_HELPER,     /* what keyfactor-submit does */
    POLICY_CERTMONGER, /* exit statuses 1 and 3: the daemon's own waits */
    POLICY_FIXED,      /* 60 seconds, whatever happened */
    POLICY_COUNT,
};

enum answer {
    ANSWER_NOT_NOW,     /* HTTP 503 */
    ANSWER_UNREACHABLE, /* no connection */
    ANSWER_LOST,        /* sent, and no usable answer */
    ANSWER_PENDING,
};

/* As in the helper's cookie. */
enum host_state { HOST_SUBMIT, HOST_RECONCILE, HOST_RESUME, HOST_DONE };

struct host {
    enum host_state state;
    uint32_t attempt;
    int64_t due;
    int64_t available;     /* when the CA will have decided; due when nobody has to */
    uint32_t certificates; /* that the CA issued for it, or will */
};

const char *policy_name(enum policy policy);

enum request_kind client_first_request(const struct host *host);

/* Changes the state of host after answer, which came at now, and returns the seconds until it tries
 * again. retry_after: what the server asked for. */
int64_t client_wait(enum policy policy, const struct kf_config *config, struct host *host,
                    enum answer answer, int64_t now, int64_t retry_after, struct chance *chance);

#endif
