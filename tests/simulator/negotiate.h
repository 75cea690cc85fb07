/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_NEGOTIATE_H
#define SIM_NEGOTIATE_H

/* Kerberos by way of SPNEGO (RFC 4559), with the keys of a keytab. */

#include <stdbool.h>

struct sim_negotiate;

/* What came of a client's token. All are to be freed, and NULL when there is none. */
struct sim_negotiated {
    char *principal; /* who the client is */
    char *reply;     /* for the client, in base64: proves who the server is */
    char *reason;    /* why the client is refused */
};

/* Dies when the keytab has no key of an HTTP service. Replays are remembered in the directory. */
struct sim_negotiate *sim_negotiate_open(const char *keytab, const char *directory);

void sim_negotiate_close(struct sim_negotiate *negotiate);

/* Whether the client's token, in base64, says who it is. One round must do. */
bool sim_negotiate_accept(struct sim_negotiate *negotiate, const char *token,
                          struct sim_negotiated *result);

void sim_negotiated_clear(struct sim_negotiated *result);

#endif
