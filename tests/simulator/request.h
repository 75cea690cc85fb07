/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

/* One HTTP request, as received. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "client_certificate.h"
#include "faults.h"

/* No request that the API knows is longer. */
#define SIM_BODY_MAX (1024 * 1024)

struct sim_request {
    int64_t time_ms; /* when its headers were read, by the true clock */
    char *method;
    char *path;
    char *query;     /* what follows "?", as sent; "" without */
    json_t *headers; /* names in lower case */
    char *body;      /* with a zero byte after it */
    size_t body_size;
    unsigned long connection; /* the number of the TCP connection that it came by */
    bool is_resumed;          /* whether that began with an earlier one's TLS session */
    struct sim_client_certificate certificate; /* the client's */
    bool too_large;          /* longer than SIM_BODY_MAX; body holds the beginning */
    struct sim_fault *fault; /* what is to go wrong with it, or NULL */
};

void sim_request_clear(struct sim_request *request);

/* The value, or NULL without such a header. */
const char *sim_request_header(const struct sim_request *request, const char *name);

/* Adds a header; several of one name become one, with commas, as HTTP has it. */
void sim_request_add_header(struct sim_request *request, const char *name, const char *value);

/* Adds to the body, up to SIM_BODY_MAX. */
void sim_request_add_body(struct sim_request *request, const char *data, size_t size);

/*
 * The value of the query's parameter of that name, "%xx" undone, "+" left as it is; NULL without;
 * to be freed.
 */
char *sim_request_parameter(const struct sim_request *request, const char *name);

/* Whether the body is declared to be JSON. */
bool sim_request_is_json(const struct sim_request *request);

#endif
