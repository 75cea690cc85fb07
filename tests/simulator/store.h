/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_STORE_H
#define SIM_STORE_H

/* What the server remembers: requests and their certificates. Kept in DIRECTORY/state.json, unless
 * it is told not to. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <openssl/x509.h>

#include "workflow.h"

enum sim_state {
    SIM_IN_WORKFLOW, /* the CA has not seen it; what became of it is the workflow's status */
    SIM_PENDING,
    SIM_EXTERNAL_VALIDATION,
    SIM_ISSUED,
    SIM_DENIED,
    SIM_FAILED,
};

/* A request. It owns what it points to. */
struct sim_entry {
    unsigned long id;
    unsigned long certificate_id; /* 0 until issued */
    enum sim_state state;
    unsigned long hidden_searches; /* how many more searches do not find the certificate */
    int64_t submitted_ms;
    struct sim_workflow workflow;
    const char *api; /* "classic" or "rest" */
    char *template_name;
    char *authority; /* the name of the CA */
    char *requester;
    char *comment;    /* what the approver said; NULL without */
    json_t *metadata; /* an object of strings */
    json_t *fields;   /* the further fields of the enrollment: an object */
    json_t *sans;     /* the alternative names beside the CSR's: an object of arrays of strings */
    long pattern;     /* that it was enrolled by; 0: none */
    long renewal_id;  /* of the certificate that it renews; 0: none */
    X509_REQ *csr;
    X509 *certificate; /* NULL until issued */
};

struct sim_store;

/* Opens the store with what an earlier run remembered. Dies when that cannot be read. Unless
 * is_kept, what is added or changed is for this run alone. */
struct sim_store *sim_store_open(const char *directory, bool is_kept);

void sim_store_close(struct sim_store *store);

/*
 * Adds a new request with an id and a workflow, pending, or in the workflow when that needs
 * approval; the store owns it. Not kept before sim_store_save.
 */
struct sim_entry *sim_store_add(struct sim_store *store, bool needs_approval);

/* Makes the request an issued one, takes the certificate over and writes issued/SERIAL.pem. */
void sim_store_issue(struct sim_store *store, struct sim_entry *entry, X509 *certificate);

/* NULL without. */
struct sim_entry *sim_store_find(struct sim_store *store, unsigned long id);

/* The request of the certificate with that number; NULL without. */
struct sim_entry *sim_store_find_certificate(struct sim_store *store, unsigned long certificate_id);

/* As though the request had never been. */
void sim_store_forget(struct sim_store *store, struct sim_entry *entry);

/* Writes state.json. */
void sim_store_save(const struct sim_store *store);

/* How many requests there are, and the one at index, oldest first. */
size_t sim_store_count(const struct sim_store *store);
const struct sim_entry *sim_store_at(const struct sim_store *store, size_t index);

/*
 * All of them, sim_store_count many: certificates first, the newest before the older ones, then
 * the requests without, likewise. The array is to be freed.
 */
struct sim_entry **sim_store_newest_first(const struct sim_store *store);

/* The state in a word, in lower case with "_". */
const char *sim_store_state_word(enum sim_state state);

#endif
