/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_AUTHENTICATION_H
#define SIM_AUTHENTICATION_H

/* Who asks: Basic, Bearer, Negotiate, or the certificate of the TLS connection. */

#include <stdbool.h>

#include "answer.h"
#include "request.h"
#include "settings.h"
#include "simulator.h"

/*
 * Whether the web server lets a request of this connection in at all; false: 403. It does not when
 * the client's certificate is bad, or is missing where it is required.
 */
bool sim_authentication_admits(const struct sim *sim, const struct sim_request *request,
                               struct sim_answer *answer);

/* The account of the one who asks; NULL: 401. A header goes before a certificate. */
const struct sim_account *sim_authenticate(const struct sim *sim, const struct sim_request *request,
                                           struct sim_answer *answer);

#endif
