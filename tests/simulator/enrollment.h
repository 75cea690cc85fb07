/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_ENROLLMENT_H
#define SIM_ENROLLMENT_H

/* What every enrollment goes through, whichever API it came by. */

#include <stdbool.h>

#include <jansson.h>

#include "answer.h"
#include "settings.h"
#include "simulator.h"
#include "store.h"

/* What the client asks for. */
struct sim_enrollment {
    const struct sim_account *account;
    const struct sim_application *application;
    const char *template_name;
    const char *csr;  /* as sent */
    json_t *metadata; /* an object; NULL: none */
};

/*
 * The new request, issued or pending, in the store's hands; the answer then has what the record is
 * to say. NULL when it is refused: the answer is the refusal.
 */
struct sim_entry *sim_enrollment_submit(struct sim *sim, const struct sim_enrollment *enrollment,
                                        struct sim_answer *answer);

/* Issues the certificate of a request. False when its template is not known any more. */
bool sim_enrollment_issue(struct sim *sim, struct sim_entry *entry);

#endif
