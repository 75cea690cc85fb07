/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_ROUTES_H
#define SIM_ROUTES_H

/* From a request to the answer: which handler, which fault, and the record. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* Picks the fault that the request is to meet. Call it when method, path and headers are known. */
void sim_routes_begin(struct sim *sim, struct sim_request *request);

/* Handles the request and records it. An answer of status 0 is none: the connection is cut. */
void sim_routes_handle(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer);

#endif
