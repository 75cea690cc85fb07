/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CSR_H
#define SIM_CSR_H

/* The PKCS#10 request as clients write it. */

#include <openssl/x509.h>

/*
 * Takes base64 of the DER, alone or between the lines of either PEM armour, with line breaks or
 * blanks anywhere in it. NULL when it is anything else. To be freed.
 */
X509_REQ *sim_csr_read(const char *text);

/* PEM, to be freed. */
char *sim_csr_pem(X509_REQ *csr);

/* The SHA-256 of the public key's SubjectPublicKeyInfo, capital hex; to be freed. */
char *sim_csr_key_digest(X509_REQ *csr);

#endif
