/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_PARAMETERS_H
#define SIM_PARAMETERS_H

/* Reading numbers and flags from a query. Each writes its refusal, a 400, to the answer. */

#include <stdbool.h>
#include <stddef.h>

#include "answer.h"
#include "request.h"

/* Which part of a list is asked for. */
struct sim_page {
    long number; /* from 1 */
    long limit;
    long seen; /* items so far, on this page and before it */
};

/* *_value is the fallback when the parameter is not there. */
bool sim_parameter_number(const struct sim_request *request, const char *name, long fallback,
                          long *_value, struct sim_answer *answer);

/* *_value is false when the parameter is not there. */
bool sim_parameter_flag(const struct sim_request *request, const char *name, bool *_value,
                        struct sim_answer *answer);

/* Reads pageReturned and returnLimit, with the prefix before their names. */
bool sim_parameter_page(const struct sim_request *request, const char *prefix,
                        struct sim_page *_page, struct sim_answer *answer);

/* Counts an item; whether it is on the page. */
bool sim_page_shows(struct sim_page *page);

#endif
