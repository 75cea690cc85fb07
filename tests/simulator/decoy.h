/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_DECOY_H
#define SIM_DECOY_H

/* Certificates that a sound server would not answer with, in place of the one it issued. */

#include <openssl/x509.h>

#include "ca.h"

enum sim_decoy {
    SIM_DECOY_NONE,       /* the chain as issued */
    SIM_DECOY_OTHER_KEY,  /* the leaf certifies another key */
    SIM_DECOY_EXPIRED,    /* the leaf ended yesterday */
    SIM_DECOY_CHAIN_ONLY, /* the CA certificates without the leaf */
    SIM_DECOY_LOOP,       /* two CA certificates that issue each other above the leaf */
    SIM_DECOY_MANY,       /* ten thousand certificates */
};

/* The words for them, ended by NULL. */
extern const char *const SIM_DECOY_WORDS[];

/* What is to be answered for the CSR and the certificate issued for it; to be freed. */
STACK_OF(X509) *sim_decoy_chain(enum sim_decoy decoy, const struct sim_ca *ca, X509_REQ *csr,
                                X509 *certificate);

#endif
