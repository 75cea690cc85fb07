/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_OAUTH_H
#define SIM_OAUTH_H

/* The token endpoint of OAuth 2.0: the client credentials grant (RFC 6749, 4.4) and no other. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* POST to the setting oauth_token_path */
void sim_oauth_token(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);

#endif
