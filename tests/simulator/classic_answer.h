/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CLASSIC_ANSWER_H
#define SIM_CLASSIC_ANSWER_H

/* What the Classic API answers to an enrollment. */

#include <stdbool.h>

#include "answer.h"
#include "faults.h"
#include "simulator.h"
#include "store.h"

/* Describes the request, issued or pending, as the fault (or NULL) has it. */
void sim_classic_answer(const struct sim *sim, const struct sim_entry *entry, bool certificate_only,
                        const struct sim_fault *fault, struct sim_answer *answer);

#endif
