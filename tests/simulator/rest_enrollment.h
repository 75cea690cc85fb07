/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_ENROLLMENT_H
#define SIM_REST_ENROLLMENT_H

/* The Keyfactor API: enrollment. */

#include <jansson.h>

#include "answer.h"
#include "request.h"
#include "settings.h"
#include "simulator.h"

/* GET /KeyfactorAPI/Enrollment/CSR/Context/My */
void sim_rest_enrollment_context(struct sim *sim, const struct sim_request *request,
                                 struct sim_answer *answer);

/* POST /KeyfactorAPI/Enrollment/CSR */
void sim_rest_enroll(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);

/* GET /KeyfactorAPI/EnrollmentPatterns and .../N (25.1) */
void sim_rest_patterns(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer);
void sim_rest_pattern(struct sim *sim, const struct sim_request *request,
                      struct sim_answer *answer);

/* The number of a template: its place among them. */
long sim_rest_template_id(const struct sim *sim, const struct sim_template *template);

/* The enrollment fields that the template wants, described. */
json_t *sim_rest_enrollment_fields(const struct sim_template *template);

#endif
