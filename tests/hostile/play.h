/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef HOSTILE_PLAY_H
#define HOSTILE_PLAY_H

/* Does to one client what the scenario says. */

#include "scenario.h"
#include "tls.h"

/* What all connections of a server have in common. */
struct hostile_server {
    struct hostile_authority authority;
    unsigned port;        /* it listens there */
    unsigned honest_port; /* so does the honest server */
};

/* Plays the steps to the client at the socket, and ends the process. */
_Noreturn void hostile_play(const struct hostile_server *server, const struct hostile_token *steps,
                            int client);

/* Is the honest server to the client, and ends the process with it. */
_Noreturn void hostile_play_honest(const struct hostile_server *server, int client);

/* Dies naming the first step that is none. */
void hostile_play_check(const struct hostile_token *steps);

#endif
