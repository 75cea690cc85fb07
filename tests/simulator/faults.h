/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

/* What is to go wrong with the next requests: a queue, and its effect on an answer. */

#include <stdbool.h>

#include <jansson.h>

#include "answer.h"
#include "certificates_form.h"
#include "decoy.h"

enum sim_fault_when {
    SIM_WHEN_AS_FITS, /* settled when the fault is read: never seen in the queue */
    SIM_WHEN_BEFORE,  /* instead of handling the request */
    SIM_WHEN_AFTER,   /* the request is handled, then the answer is spoilt */
};

enum sim_cut {
    SIM_CUT_NONE,
    SIM_CUT_REQUEST, /* while the body is received */
    SIM_CUT_ANSWER,  /* without a byte of answer */
    SIM_CUT_BODY,    /* in the middle of the answer's body */
};

/* Numbers and texts not given are 0 and NULL. The README says what they do. */
struct sim_fault {
    json_t *source; /* as given; the texts of all others belong to it */
    unsigned when;  /* enum sim_fault_when */
    const char *path;
    long count;
    long status;
    const char *body;
    const char *body_file;
    const char *content_type;
    json_t *headers;
    long delay_ms;
    unsigned cut; /* enum sim_cut */
    long size;
    bool endless;
    long bytes_per_second;
    unsigned certificates; /* enum sim_form */
    unsigned certificate;  /* enum sim_decoy */
    const char *disposition;
    const char *message;
    json_t *request_id;
    json_t *omit;
};

struct sim_faults;

struct sim_faults *sim_faults_new(void);
void sim_faults_free(struct sim_faults *faults);

/* Appends all of the array or, when one is wrong, none. Returns NULL or what is wrong, to be
 * freed. */
char *sim_faults_add(struct sim_faults *faults, const json_t *array);

void sim_faults_clear(struct sim_faults *faults);

/* What is left in the queue, as an array. */
json_t *sim_faults_list(const struct sim_faults *faults);

/* The fault for a request with that path, counted as used; NULL without; to be freed. */
struct sim_fault *sim_faults_take(struct sim_faults *faults, const char *path);

void sim_fault_free(struct sim_fault *fault);

/* Status, body and headers as the fault has them. */
void sim_fault_replace(const struct sim_fault *fault, struct sim_answer *answer);

/* What the fault (or NULL) leaves of the certificate, of the form asked for and of the number. */
enum sim_decoy sim_fault_decoy(const struct sim_fault *fault);
enum sim_form sim_fault_form(const struct sim_fault *fault, enum sim_form asked);
json_t *sim_fault_request_id(const struct sim_fault *fault, unsigned long id);

/* Takes the members that the fault omits out of the JSON answer, at any depth. */
void sim_fault_omit(const struct sim_fault *fault, json_t *answer);

#endif
