/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CLASSIC_H
#define SIM_CLASSIC_H

/* The Classic API, below /CMSApi. */

#include "answer.h"
#include "request.h"
#include "simulator.h"

/* POST /CMSApi/CertEnroll/N/Pkcs10 */
void sim_classic_enroll(struct sim *sim, const struct sim_request *request,
                        struct sim_answer *answer);

/* POST to the token_path of the settings */
void sim_classic_token(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer);

#endif
