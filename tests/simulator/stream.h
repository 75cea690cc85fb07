/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

/* The body of an answer on its way: whole, cut, slow, huge or endless. */

#include "answer.h"
#include "faults.h"
#include "pause.h"

struct MHD_Response;

/* The answer for libmicrohttpd, with its body as the fault (or NULL) has it. Takes the body. */
struct MHD_Response *sim_stream_new(struct sim_answer *answer, const struct sim_fault *fault,
                                    struct sim_pause *pause);

#endif
