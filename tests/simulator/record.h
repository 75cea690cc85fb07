/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

/* DIRECTORY/requests.jsonl: what was received and what the server decided, a line a request. */

#include "answer.h"
#include "request.h"

struct sim_record;

/* Goes on after the lines of an earlier run. Dies when the file cannot be written. */
struct sim_record *sim_record_open(const char *directory);

void sim_record_close(struct sim_record *record);

/* Writes the line and flushes it. Call it before the answer is sent. */
void sim_record_write(struct sim_record *record, const struct sim_request *request,
                      const struct sim_answer *answer);

#endif
