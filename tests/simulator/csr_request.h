/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CSR_REQUEST_H
#define SIM_CSR_REQUEST_H

/* What the body of a POST /KeyfactorAPI/Enrollment/CSR says. */

#include <stdbool.h>

#include <jansson.h>

#include "answer.h"
#include "rest_certificates.h"
#include "settings.h"

/* What is NULL, 0 or false was left out. All belongs to the body. */
struct sim_csr_request {
    enum sim_format format; /* of the header */
    const char *csr;
    const char *authority;
    const char *template_name;
    const char *timestamp;
    bool include_chain;
    bool has_pattern;
    long pattern;
    bool has_renewal_id;
    long renewal_id;
    json_t *metadata;
    json_t *fields; /* an object of strings, numbers and booleans */
    json_t *sans;   /* an object of arrays of strings */
};

/* Reads all but the format; members that the version does not have are ignored. False: 400. */
bool sim_csr_request_read(const struct sim_settings *settings, const json_t *body,
                          struct sim_csr_request *_request, struct sim_answer *answer);

#endif
