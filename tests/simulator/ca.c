/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The enterprise CA behind the server: a root, and an issuing CA that it signed. */

#include "ca.h"

#include <stdlib.h>

#include "base.h"
#include "certificate.h"

#define YEAR (365 * 24 * 3600L)

static X509 *
make_root(EVP_PKEY *key)
{
    const struct sim_profile profile = {
        .name = "Simulator Root CA",
        .key = key,
        .from_seconds = -3600,
        .until_seconds = 20 * YEAR,
        .extensions = SIM_ROOT_EXTENSIONS,
    };

    return sim_certificate_make(&profile);
}

static X509 *
make_issuing(EVP_PKEY *key, X509 *root, EVP_PKEY *root_key)
{
    const struct sim_profile profile = {
        .name = "Simulator Issuing CA",
        .key = key,
        .issuer = root,
        .issuer_key = root_key,
        .from_seconds = -3600,
        .until_seconds = 10 * YEAR,
        .extensions = SIM_ISSUING_EXTENSIONS,
    };

    return sim_certificate_make(&profile);
}

static void
create(const char *directory)
{
    EVP_PKEY *root_key = sim_certificate_new_key("P-384");
    EVP_PKEY *issuing_key = sim_certificate_new_key("P-256");
    X509 *root = make_root(root_key);
    X509 *issuing = make_issuing(issuing_key, root, root_key);

    sim_certificate_save(directory, "root", root, root_key);
    sim_certificate_save(directory, "issuing", issuing, issuing_key);
    X509_free(root);
    X509_free(issuing);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(issuing_key);
}

struct sim_ca *
sim_ca_open(const char *directory)
{
    struct sim_ca *ca = sim_zeroed(sizeof(*ca));
    EVP_PKEY *root_key = NULL;

    if (!sim_certificate_load(directory, "issuing", &ca->issuing, &ca->issuing_key)) {
        create(directory);
        sim_must(sim_certificate_load(directory, "issuing", &ca->issuing, &ca->issuing_key),
                 "read the issuing CA back");
    }
    sim_must(sim_certificate_load(directory, "root", &ca->root, &root_key), "read the root CA");
    EVP_PKEY_free(root_key);
    return ca;
}

void
sim_ca_close(struct sim_ca *ca)
{
    if (ca == NULL) {
        return;
    }
    X509_free(ca->root);
    X509_free(ca->issuing);
    EVP_PKEY_free(ca->issuing_key);
    free(ca);
}

X509 *
sim_ca_issue(const struct sim_ca *ca, X509_REQ *csr, const struct sim_template *template)
{
    const struct sim_profile profile = {
        .csr = csr,
        .issuer = ca->issuing,
        .issuer_key = ca->issuing_key,
        .from_seconds = -template->backdate_seconds,
        .until_seconds = template->validity_seconds,
        .extensions = SIM_SERVER_EXTENSIONS,
    };

    return sim_certificate_make(&profile);
}

STACK_OF(X509) *
sim_ca_chain(const struct sim_ca *ca, X509 *certificate)
{
    STACK_OF(X509) *chain = sk_X509_new_null();

    sim_must(chain != NULL &&
                 (certificate == NULL || X509_add_cert(chain, certificate, X509_ADD_FLAG_UP_REF)) &&
                 X509_add_cert(chain, ca->issuing, X509_ADD_FLAG_UP_REF) &&
                 X509_add_cert(chain, ca->root, X509_ADD_FLAG_UP_REF),
             "make a chain");
    return chain;
}
