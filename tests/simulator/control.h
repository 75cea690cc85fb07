/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

/* What a test tells the simulator and asks it, below /simulator. No API of the real server. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* GET, POST and DELETE /simulator/faults */
void sim_control_list_faults(struct sim *sim, const struct sim_request *request,
                             struct sim_answer *answer);
void sim_control_add_faults(struct sim *sim, const struct sim_request *request,
                            struct sim_answer *answer);
void sim_control_clear_faults(struct sim *sim, const struct sim_request *request,
                              struct sim_answer *answer);

/* GET /simulator/requests */
void sim_control_list_requests(struct sim *sim, const struct sim_request *request,
                               struct sim_answer *answer);

/* GET /simulator/certificates */
void sim_control_list_certificates(struct sim *sim, const struct sim_request *request,
                                   struct sim_answer *answer);

/* POST /simulator/requests/N */
void sim_control_decide(struct sim *sim, const struct sim_request *request,
                        struct sim_answer *answer);

/* GET and DELETE /simulator/tokens */
void sim_control_list_tokens(struct sim *sim, const struct sim_request *request,
                             struct sim_answer *answer);
void sim_control_revoke_tokens(struct sim *sim, const struct sim_request *request,
                               struct sim_answer *answer);

#endif
