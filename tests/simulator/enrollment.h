/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_ENROLLMENT_H
#define SIM_ENROLLMENT_H

/* What every enrollment goes through, whichever API it came by. */

#include <stdbool.h>

#include <jansson.h>

#include "answer.h"
#include "ca.h"
#include "faults.h"
#include "settings.h"
#include "simulator.h"
#include "store.h"

/* What the client asks for. */
struct sim_enrollment {
    const char *api; /* "classic" or "rest" */
    const struct sim_account *account;
    const struct sim_application *application; /* NULL: the API has none */
    const struct sim_ca *ca;
    const char *template_name;
    long pattern;     /* 0: none */
    long renewal_id;  /* of the certificate that is renewed; 0: none */
    const char *csr;  /* as sent */
    json_t *metadata; /* an object; NULL: none */
    json_t *fields;   /* the same */
    json_t *sans;     /* the same, of arrays of strings */
};

/*
 * The new request, whatever became of it, in the store's hands; the answer then has what the
 * record is to say. NULL when it is refused: the answer is the refusal.
 */
struct sim_entry *sim_enrollment_submit(struct sim *sim, const struct sim_enrollment *enrollment,
                                        struct sim_answer *answer);

/* Brings a request before the CA. False when its template is not known any more. */
bool sim_enrollment_send(struct sim *sim, struct sim_entry *entry);

/* Issues the certificate of a request. False when its template is not known any more. */
bool sim_enrollment_issue(struct sim *sim, struct sim_entry *entry);

/* What an answer says of the request: its number as the fault (or NULL) has it, NULL: left out. */
json_t *sim_enrollment_request_id(const struct sim *sim, const struct sim_entry *entry,
                                  const struct sim_fault *fault);
const char *sim_enrollment_disposition(const struct sim_entry *entry);
const char *sim_enrollment_message(const struct sim_entry *entry);

/*
 * What an answer says of the certificate, an object: SerialNumber, IssuerDN and Thumbprint, null
 * while there is none.
 */
json_t *sim_enrollment_certificate(const struct sim_entry *entry);

#endif
