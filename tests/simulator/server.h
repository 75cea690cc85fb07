/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

/* The HTTP server: TLS, connections, and requests put together. A thread a connection. */

#include "simulator.h"
#include "tls.h"

struct sim_server;

/* Serves who comes to the listening socket, which it takes over. sim and tls must outlive the
 * server.
 */
struct sim_server *sim_server_start(struct sim *sim, const struct sim_tls *tls, int listener);

/* Cuts what is still being sent, and frees the server. */
void sim_server_stop(struct sim_server *server);

#endif
