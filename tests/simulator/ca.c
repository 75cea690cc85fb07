/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The enterprise CAs behind the server: a root, and issuing CAs that it signed. */

#include "ca.h"

#include <stdlib.h>
#include <string.h>

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
make_issuing(const char *name, EVP_PKEY *key, X509 *root, EVP_PKEY *root_key)
{
    const struct sim_profile profile = {
        .name = name,
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
open_root(const char *directory, X509 **_root, EVP_PKEY **_key)
{
    if (!sim_certificate_load(directory, "root", _root, _key)) {
        *_key = sim_certificate_new_key("P-384");
        *_root = make_root(*_key);
        sim_certificate_save(directory, "root", *_root, *_key);
    }
}

static void
open_ca(const char *directory, const char *file, const struct sim_authority *authority,
        EVP_PKEY *root_key, struct sim_ca *ca)
{
    ca->name = sim_text("%s\\%s", authority->host, authority->name);
    if (!sim_certificate_load(directory, file, &ca->issuing, &ca->issuing_key)) {
        ca->issuing_key = sim_certificate_new_key("P-256");
        ca->issuing = make_issuing(authority->name, ca->issuing_key, ca->root, root_key);
        sim_certificate_save(directory, file, ca->issuing, ca->issuing_key);
    }
}

struct sim_cas *
sim_cas_open(const char *directory, const struct sim_settings *settings)
{
    struct sim_cas *cas = sim_zeroed(sizeof(*cas));
    EVP_PKEY *root_key = NULL;
    X509 *root = NULL;

    open_root(directory, &root, &root_key);
    cas->count = settings->authority_count;
    cas->items = sim_zeroed(cas->count * sizeof(struct sim_ca));
    for (size_t i = 0; i < cas->count; i++) {
        char *file = i == 0 ? sim_text("issuing") : sim_text("issuing-%zu", i + 1);

        X509_up_ref(root);
        cas->items[i].root = root;
        open_ca(directory, file, &settings->authorities[i], root_key, &cas->items[i]);
        free(file);
    }
    X509_free(root);
    EVP_PKEY_free(root_key);
    return cas;
}

void
sim_cas_close(struct sim_cas *cas)
{
    if (cas == NULL) {
        return;
    }
    for (size_t i = 0; i < cas->count; i++) {
        free(cas->items[i].name);
        X509_free(cas->items[i].root);
        X509_free(cas->items[i].issuing);
        EVP_PKEY_free(cas->items[i].issuing_key);
    }
    free(cas->items);
    free(cas);
}

const struct sim_ca *
sim_cas_find(const struct sim_cas *cas, const char *name)
{
    for (size_t i = 0; i < cas->count; i++) {
        const char *full = cas->items[i].name;

        if (strcasecmp(full, name) == 0 || strcasecmp(strchr(full, '\\') + 1, name) == 0) {
            return &cas->items[i];
        }
    }
    return NULL;
}

const struct sim_ca *
sim_cas_get(const struct sim_cas *cas, const char *name)
{
    const struct sim_ca *ca = sim_cas_find(cas, name);

    return ca != NULL ? ca : &cas->items[0];
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
