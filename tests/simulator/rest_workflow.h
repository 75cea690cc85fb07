/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_WORKFLOW_H
#define SIM_REST_WORKFLOW_H

/* The Keyfactor API: what approvers made of requests, those of the CA and those of workflows. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* GET /KeyfactorAPI/Workflow/Certificates/N */
void sim_rest_request(struct sim *sim, const struct sim_request *request,
                      struct sim_answer *answer);

/* GET /KeyfactorAPI/Workflow/Certificates/Pending, Denied and ExternalValidation */
void sim_rest_pending(struct sim *sim, const struct sim_request *request,
                      struct sim_answer *answer);
void sim_rest_denied(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);
void sim_rest_external_validation(struct sim *sim, const struct sim_request *request,
                                  struct sim_answer *answer);

/* GET /KeyfactorAPI/Workflow/Instances/GUID */
void sim_rest_instance(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer);

/* GET /KeyfactorAPI/Workflow/Instances, and .../My */
void sim_rest_instances(struct sim *sim, const struct sim_request *request,
                        struct sim_answer *answer);
void sim_rest_my_instances(struct sim *sim, const struct sim_request *request,
                           struct sim_answer *answer);

#endif
