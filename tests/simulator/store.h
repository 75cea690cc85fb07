/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_STORE_H
#define SIM_STORE_H

/* What the server remembers: requests and their certificates. Kept in DIRECTORY/state.json. */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <openssl/x509.h>

enum sim_state {
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
    char *template_name;
    char *requester;
    char *comment;    /* what the approver said; NULL without */
    json_t *metadata; /* an object of strings */
    X509_REQ *csr;
    X509 *certificate; /* NULL until issued */
};

struct sim_store;

/* Opens the store with what an earlier run remembered. Dies when that cannot be read. */
struct sim_store *sim_store_open(const char *directory);

void sim_store_close(struct sim_store *store);

/* Adds a new request, pending, with an id; the store owns it. Not kept before sim_store_save. */
struct sim_entry *sim_store_add(struct sim_store *store);

/* Makes the request an issued one, takes the certificate over and writes issued/SERIAL.pem. */
void sim_store_issue(struct sim_store *store, struct sim_entry *entry, X509 *certificate);

/* NULL without. */
struct sim_entry *sim_store_find(struct sim_store *store, unsigned long id);

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
