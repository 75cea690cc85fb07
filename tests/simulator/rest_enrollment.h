/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_ENROLLMENT_H
#define SIM_REST_ENROLLMENT_H

/* The Keyfactor API: enrollment. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* GET /KeyfactorAPI/Enrollment/CSR/Context/My */
void sim_rest_enrollment_context(struct sim *sim, const struct sim_request *request,
                                 struct sim_answer *answer);

#endif
