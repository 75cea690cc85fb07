/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_CSR_ANSWER_H
#define SIM_REST_CSR_ANSWER_H

/* What the Keyfactor API answers to an enrollment. */

#include "answer.h"
#include "csr_request.h"
#include "request.h"
#include "simulator.h"
#include "store.h"

/* Describes the enrollment, whatever became of it, as the request's fault has it. */
void sim_rest_csr_answer(const struct sim *sim, const struct sim_request *request,
                         const struct sim_entry *entry, const struct sim_csr_request *asked,
                         struct sim_answer *answer);

#endif
