/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_RESUMPTION_H
#define SIM_RESUMPTION_H

/* TLS sessions that go on in another connection: tickets, of TLS 1.3 and of RFC 5077. */

#include <stdbool.h>

struct sim_resumption;

/* With a key of its own: no ticket outlives it. */
struct sim_resumption *sim_resumption_new(void);

void sim_resumption_free(struct sim_resumption *resumption);

/* Before the handshake: the client of the session, a gnutls_session_t, is given tickets, and may
 * come with one. */
void sim_resumption_offer(const struct sim_resumption *resumption, void *session);

/* After the handshake: whether the client came with a good one. */
bool sim_resumption_is_resumed(void *session);

#endif
