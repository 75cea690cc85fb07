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

/* What the files of the CA at that place of the parents are called, to be freed. */
static char *
parent_file(STACK_OF(X509) *parents, int place)
{
    const int number = sk_X509_num(parents) - 1 - place;

    return number == 0 ? sim_text("root") : sim_text("intermediate-%d", number);
}

static X509 *
make_issuing(const struct sim_authority *authority, const struct sim_ca *ca, EVP_PKEY *parent_key)
{
    char *file = parent_file(ca->parents, 0);
    struct sim_profile profile = {
        .name = authority->name,
        .key = ca->issuing_key,
        .issuer = sk_X509_value(ca->parents, 0),
        .issuer_key = parent_key,
        .from_seconds = -3600,
        .until_seconds = 10 * YEAR,
        .extensions = SIM_ISSUING_EXTENSIONS,
    };
    X509 *certificate =
        make_with_access(&profile, sim_aia_access(authority->issuer_url, ca->address, file));

    free(file);
    return certificate;
}

static X509 *
make_intermediate(long number, EVP_PKEY *key, X509 *parent, EVP_PKEY *parent_key)
{
    char *name = sim_text("Simulator Intermediate CA %ld", number);
    const struct sim_profile profile = {
        .name = name,
        .key = key,
        .issuer = parent,
        .issuer_key = parent_key,
        .from_seconds = -3600,
        .until_seconds = 15 * YEAR,
        .extensions = SIM_INTERMEDIATE_EXTENSIONS,
    };
    X509 *certificate = sim_certificate_make(&profile);

    free(name);
    return certificate;
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

/* Becomes the nearest of the parents, and its key takes the place of *_key. */
static void
open_intermediate(const char *directory, long number, STACK_OF(X509) *parents, EVP_PKEY **_key)
{
    char *file = sim_text("intermediate-%ld", number);
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;

    if (!sim_certificate_load(directory, file, &certificate, &key)) {
        key = sim_certificate_new_key("P-256");
        certificate = make_intermediate(number, key, sk_X509_value(parents, 0), *_key);
        sim_certificate_save(directory, file, certificate, key);
    }
    sim_must(sk_X509_unshift(parents, certificate) > 0, "keep an intermediate CA");
    EVP_PKEY_free(*_key);
    *_key = key;
    free(file);
}

/* *_key is that of the nearest one. */
static STACK_OF(X509) *
open_parents(const char *directory, long intermediates, EVP_PKEY **_key)
{
    STACK_OF(X509) *parents = sk_X509_new_null();
    X509 *root = NULL;

    open_root(directory, &root, _key);
    sim_must(parents != NULL && sk_X509_push(parents, root) > 0, "keep the root");
    for (long number = 1; number <= intermediates; number++) {
        open_intermediate(directory, number, parents, _key);
    }
    return parents;
}

static void
open_ca(const char *directory, const struct sim_authority *authority, EVP_PKEY *parent_key,
        struct sim_ca *ca)
{
    ca->name = sim_text("%s\\%s", authority->host, authority->name);
    if (!sim_certificate_load(directory, ca->file, &ca->issuing, &ca->issuing_key)) {
        ca->issuing_key = sim_certificate_new_key("P-256");
        ca->issuing = make_issuing(authority, ca, parent_key);
        sim_certificate_save(directory, ca->file, ca->issuing, ca->issuing_key);
    }
}

struct sim_cas *
sim_cas_open(const char *directory, const struct sim_settings *settings, const char *address)
{
    struct sim_cas *cas = sim_zeroed(sizeof(*cas));
    EVP_PKEY *parent_key = NULL;

    cas->parents = open_parents(directory, settings->intermediate_count, &parent_key);
    cas->address = address;
    cas->count = settings->authority_count;
    cas->items = sim_zeroed(cas->count * sizeof(struct sim_ca));
    for (size_t i = 0; i < cas->count; i++) {
        struct sim_ca *ca = &cas->items[i];

        ca->parents = cas->parents;
        ca->address = cas->address;
        ca->file = i == 0 ? sim_text("issuing") : sim_text("issuing-%zu", i + 1);
        open_ca(directory, &settings->authorities[i], parent_key, ca);
    }
    EVP_PKEY_free(parent_key);
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
        X509_free(cas->items[i].issuing);
        EVP_PKEY_free(cas->items[i].issuing_key);
    }
    sk_X509_pop_free(cas->parents, X509_free);
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

static X509 *
find_parent(STACK_OF(X509) *parents, const char *file)
{
    X509 *found = NULL;

    for (int i = 0; i < sk_X509_num(parents); i++) {
        char *name = parent_file(parents, i);

        found = strcmp(file, name) == 0 ? sk_X509_value(parents, i) : found;
        free(name);
    }
    return found;
}

X509 *
sim_cas_certificate(const struct sim_cas *cas, const char *file)
{
    for (size_t i = 0; i < cas->count; i++) {
        if (strcmp(file, cas->items[i].file) == 0) {
            return cas->items[i].issuing;
        }
    }
    return find_parent(cas->parents, file);
}

STACK_OF(X509) *
sim_ca_chain(const struct sim_ca *ca, X509 *certificate)
{
    STACK_OF(X509) *chain = sk_X509_new_null();

    sim_must(chain != NULL &&
                 (certificate == NULL || X509_add_cert(chain, certificate, X509_ADD_FLAG_UP_REF)) &&
                 X509_add_cert(chain, ca->issuing, X509_ADD_FLAG_UP_REF) &&
                 X509_add_certs(chain, ca->parents, X509_ADD_FLAG_UP_REF),
             "make a chain");
    return chain;
}
