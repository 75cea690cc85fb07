/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CERTIFICATE_H
#define SIM_CERTIFICATE_H

/* Making certificates, and keeping them and their keys in files. */

#include <stdbool.h>
#include <time.h>

#include <openssl/x509v3.h>

/* One extension in the words of x509v3_config(5); a table of them ends with a zero nid. */
struct sim_extension {
    int nid;
    const char *value;
};

/* What a certificate is to be. */
struct sim_profile {
    const char *name; /* common name; NULL: the CSR's subject */
    X509_REQ *csr;    /* subject, alternative names and key come from it unless given; or NULL */
    EVP_PKEY *key;    /* NULL: the CSR's */
    X509 *issuer;     /* NULL: self-signed */
    EVP_PKEY *issuer_key;          /* NULL: self-signed with key */
    const char *alternative_names; /* in the words of x509v3_config(5); NULL: the CSR's */
    long from_seconds;             /* validity, from now */
    long until_seconds;
    const struct sim_extension *extensions;
    AUTHORITY_INFO_ACCESS *access; /* where the issuer is; NULL: it is not said */
};

extern const struct sim_extension SIM_ROOT_EXTENSIONS[];
extern const struct sim_extension SIM_INTERMEDIATE_EXTENSIONS[];
extern const struct sim_extension SIM_ISSUING_EXTENSIONS[];
extern const struct sim_extension SIM_SERVER_EXTENSIONS[];

/* A new EC key on the curve, to be freed. */
EVP_PKEY *sim_certificate_new_key(const char *curve);

/* The certificate, with a random serial number of 16 bytes; to be freed. */
X509 *sim_certificate_make(const struct sim_profile *profile);

/* Capital hex; to be freed. */
char *sim_certificate_serial(const X509 *certificate);

/* Of its SHA-1, capital hex; to be freed. */
char *sim_certificate_thumbprint(const X509 *certificate);

/* "CN=..., DC=example, DC=com"; to be freed. */
char *sim_certificate_name(const X509_NAME *name);

/* The same without blanks after the commas; to be freed. */
char *sim_certificate_compact_name(const X509_NAME *name);

/* The last common name, or "" without; to be freed. */
char *sim_certificate_common_name(const X509_NAME *name);

time_t sim_certificate_time(const ASN1_TIME *when);

/* PEM, to be freed. */
char *sim_certificate_pem(X509 *certificate);
char *sim_certificate_key_pem(EVP_PKEY *key);

/* The first certificate or key of the PEM text; NULL without. */
X509 *sim_certificate_from_pem(const char *pem);

/* Reads both from DIRECTORY/NAME.pem and .key; false when one is missing. */
bool sim_certificate_load(const char *directory, const char *name, X509 **_certificate,
                          EVP_PKEY **_key);

/* Writes both to DIRECTORY/NAME.pem and .key; the key may be NULL. */
void sim_certificate_save(const char *directory, const char *name, X509 *certificate,
                          EVP_PKEY *key);

#endif
