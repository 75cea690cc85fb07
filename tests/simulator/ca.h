/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CA_H
#define SIM_CA_H

/* The enterprise CA behind the server: a root, and an issuing CA that it signed. */

#include "settings.h"

#include <openssl/x509.h>

struct sim_ca {
    X509 *root;
    X509 *issuing;
    EVP_PKEY *issuing_key;
};

/* The CA kept in the directory; a new one, kept there, when there is none. */
struct sim_ca *sim_ca_open(const char *directory);

void sim_ca_close(struct sim_ca *ca);

/* The certificate for a CSR, valid as the template says; to be freed. */
X509 *sim_ca_issue(const struct sim_ca *ca, X509_REQ *csr, const struct sim_template *template);

/* Certificate, issuing CA, root; certificate may be NULL: left out. To be freed. */
STACK_OF(X509) *sim_ca_chain(const struct sim_ca *ca, X509 *certificate);

#endif
