/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_CERTIFICATES_H
#define SIM_REST_CERTIFICATES_H

/* The Keyfactor API: certificates, described and downloaded. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* GET /KeyfactorAPI/Certificates */
void sim_rest_search(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);

/* POST /KeyfactorAPI/Certificates/Download */
void sim_rest_download(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer);

#endif
