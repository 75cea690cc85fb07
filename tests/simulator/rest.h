/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_H
#define SIM_REST_H

/* The Keyfactor API, below /KeyfactorAPI: what all its calls go through. */

#include <stdbool.h>
#include <time.h>

#include <jansson.h>

#include "answer.h"
#include "filter.h"
#include "parameters.h"
#include "request.h"
#include "settings.h"
#include "simulator.h"

/*
 * The account of a call whose headers are as they must be; NULL: 401 or 400. Also puts the product
 * version on the answer.
 */
const struct sim_account *sim_rest_account(const struct sim *sim, const struct sim_request *request,
                                           struct sim_answer *answer);

/* The same, NULL also without the permission: 403. */
const struct sim_account *sim_rest_permitted(const struct sim *sim,
                                             const struct sim_request *request,
                                             enum sim_permission permission,
                                             struct sim_answer *answer);

/*
 * Whether the account may see what it asks for; false: 400, 403 or 404. *_templates then has the
 * names of the templates whose certificates it sees; NULL: all.
 */
bool sim_rest_collection(const struct sim *sim, const struct sim_request *request,
                         const struct sim_account *account, const json_t **_templates,
                         struct sim_answer *answer);

/* What is asked of a list. The filter is to be freed. */
struct sim_list {
    struct sim_filter *filter;
    struct sim_page page;
};

/* What stands before the names of a list's parameters in this version. */
const char *sim_rest_prefix(const struct sim *sim);

/* Reads queryString, pageReturned and returnLimit; false: 400. */
bool sim_rest_list(const struct sim *sim, const struct sim_request *request,
                   const struct sim_filter_language *language, struct sim_list *_list,
                   struct sim_answer *answer);

/* The JSON object sent, to be freed; NULL: 415 or 400. */
json_t *sim_rest_body(const struct sim_request *request, struct sim_answer *answer);

/* Answers with what the request's fault leaves of the JSON; takes it over. */
void sim_rest_answer(const struct sim_request *request, json_t *json, struct sim_answer *answer);

/* The time as the version writes it; to be freed. */
char *sim_rest_time(const struct sim *sim, time_t when);

/* GET /KeyfactorAPI/Status/Endpoints */
void sim_rest_endpoints(struct sim *sim, const struct sim_request *request,
                        struct sim_answer *answer);

#endif
