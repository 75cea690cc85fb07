/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CA_H
#define SIM_CA_H

/* The enterprise CAs behind the server: a root, and issuing CAs that it signed. */

#include "settings.h"

#include <openssl/x509.h>

struct sim_ca {
    char *name;              /* as the server calls it: HOST\LOGICAL NAME */
    char *file;              /* what its files in the directory are called, without the ending */
    const char *address;     /* the server's own */
    STACK_OF(X509) *parents; /* the cas' */
    X509 *issuing;
    EVP_PKEY *issuing_key;
};

/* All of them; the first one is taken when a request names none. */
struct sim_cas {
    struct sim_ca *items;
    size_t count;
    const char *address;     /* the server's own */
    STACK_OF(X509) *parents; /* those above the issuing CAs, the nearest first, the root last */
};

/*
 * The CAs of the settings, as kept in the directory; those it lacks are made and kept there. The
 * address, borrowed, is the server's: https://HOST:PORT.
 */
struct sim_cas *sim_cas_open(const char *directory, const struct sim_settings *settings,
                             const char *address);

void sim_cas_close(struct sim_cas *cas);

/* The CA of that name, or of that logical name, without regard to case; NULL without. */
const struct sim_ca *sim_cas_find(const struct sim_cas *cas, const char *name);

/* The same, or the first one: for a request of an earlier run. */
const struct sim_ca *sim_cas_get(const struct sim_cas *cas, const char *name);

/* The certificate for a CSR, valid as the template says; to be freed. */
X509 *sim_ca_issue(const struct sim_ca *ca, X509_REQ *csr, const struct sim_template *template);

/* The certificate of the CA whose files have that name; or NULL. */
X509 *sim_cas_certificate(const struct sim_cas *cas, const char *file);

/* Certificate, issuing CA, those above it; certificate may be NULL: left out. To be freed. */
STACK_OF(X509) *sim_ca_chain(const struct sim_ca *ca, X509 *certificate);

#endif
