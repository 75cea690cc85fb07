/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The enterprise CAs behind the server: a root, and issuing CAs that it signed. */

#include "ca.h"

#include <stdlib.h>
#include <string.h>

#include "aia.h"
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

/* The certificate, and the access is freed. */
static X509 *
make_with_access(struct sim_profile *profile, AUTHORITY_INFO_ACCESS *access)
{
    X509 *certificate = NULL;

    profile->access = access;
    certificate = sim_certificate_make(profile);
    AUTHORITY_INFO_ACCESS_free(access);
    return certificate;
}

static X509 *
make_issuing(const struct sim_authority *authority, const struct sim_ca *ca, EVP_PKEY *root_key)
{
    struct sim_profile profile = {
        .name = authority->name,
        .key = ca->issuing_key,
        .issuer = ca->root,
        .issuer_key = root_key,
        .from_seconds = -3600,
        .until_seconds = 10 * YEAR,
        .extensions = SIM_ISSUING_EXTENSIONS,
    };

    return make_with_access(&profile,
                            sim_aia_access(authority->issuer_url, ca->address, SIM_ROOT_FILE));
}

static void
open_root(const char *directory, X509 **_root, EVP_PKEY **_key)
{
    if (!sim_certificate_load(directory, SIM_ROOT_FILE, _root, _key)) {
        *_key = sim_certificate_new_key("P-384");
        *_root = make_root(*_key);
        sim_certificate_save(directory, SIM_ROOT_FILE, *_root, *_key);
    }
}

static void
open_ca(const char *directory, const struct sim_authority *authority, EVP_PKEY *root_key,
        struct sim_ca *ca)
{
    ca->name = sim_text("%s\\%s", authority->host, authority->name);
    if (!sim_certificate_load(directory, ca->file, &ca->issuing, &ca->issuing_key)) {
        ca->issuing_key = sim_certificate_new_key("P-256");
        ca->issuing = make_issuing(authority, ca, root_key);
        sim_certificate_save(directory, ca->file, ca->issuing, ca->issuing_key);
    }
}

struct sim_cas *
sim_cas_open(const char *directory, const struct sim_settings *settings, const char *address)
{
    struct sim_cas *cas = sim_zeroed(sizeof(*cas));
    EVP_PKEY *root_key = NULL;
    X509 *root = NULL;

    open_root(directory, &root, &root_key);
    cas->address = address;
    cas->count = settings->authority_count;
    cas->items = sim_zeroed(cas->count * sizeof(struct sim_ca));
    for (size_t i = 0; i < cas->count; i++) {
        struct sim_ca *ca = &cas->items[i];

        X509_up_ref(root);
        ca->root = root;
        ca->address = cas->address;
        ca->file = i == 0 ? sim_text("issuing") : sim_text("issuing-%zu", i + 1);
        open_ca(directory, &settings->authorities[i], root_key, ca);
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
        free(cas->items[i].file);
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
    struct sim_profile profile = {
        .csr = csr,
        .issuer = ca->issuing,
        .issuer_key = ca->issuing_key,
        .from_seconds = -template->backdate_seconds,
        .until_seconds = template->validity_seconds,
        .extensions = SIM_SERVER_EXTENSIONS,
    };

    return make_with_access(&profile, sim_aia_access(template->issuer_url, ca->address, ca->file));
}

X509 *
sim_cas_certificate(const struct sim_cas *cas, const char *file)
{
    if (strcmp(file, SIM_ROOT_FILE) == 0) {
        return cas->items[0].root;
    }
    for (size_t i = 0; i < cas->count; i++) {
        if (strcmp(file, cas->items[i].file) == 0) {
            return cas->items[i].issuing;
        }
    }
    return NULL;
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
