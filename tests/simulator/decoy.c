/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates that a sound server would not answer with. None of them is kept or recorded. */

#include "decoy.h"

#include "base.h"
#include "certificate.h"

#define DAY        (24 * 3600L)
#define MANY_COUNT 10000

const char *const SIM_DECOY_WORDS[] = {
    [SIM_DECOY_NONE] = "valid",
    [SIM_DECOY_OTHER_KEY] = "other-key",
    [SIM_DECOY_EXPIRED] = "expired",
    [SIM_DECOY_CHAIN_ONLY] = "chain-only",
    [SIM_DECOY_LOOP] = "loop",
    [SIM_DECOY_MANY] = "many",
    NULL,
};

/* The chain with the leaf on top; takes the leaf over. */
static STACK_OF(X509) *
chain_of(const struct sim_ca *ca, X509 *leaf)
{
    STACK_OF(X509) *chain = sim_ca_chain(ca, leaf);

    X509_free(leaf);
    return chain;
}

static STACK_OF(X509) *
other_key(const struct sim_ca *ca, X509_REQ *csr)
{
    EVP_PKEY *key = sim_certificate_new_key("P-256");
    const struct sim_profile profile = {
        .csr = csr,
        .key = key,
        .issuer = ca->issuing,
        .issuer_key = ca->issuing_key,
        .from_seconds = -60,
        .until_seconds = 365 * DAY,
        .extensions = SIM_SERVER_EXTENSIONS,
    };
    X509 *leaf = sim_certificate_make(&profile);

    EVP_PKEY_free(key);
    return chain_of(ca, leaf);
}

static STACK_OF(X509) *
expired(const struct sim_ca *ca, X509_REQ *csr)
{
    const struct sim_profile profile = {
        .csr = csr,
        .issuer = ca->issuing,
        .issuer_key = ca->issuing_key,
        .from_seconds = -2 * DAY,
        .until_seconds = -DAY,
        .extensions = SIM_SERVER_EXTENSIONS,
    };

    return chain_of(ca, sim_certificate_make(&profile));
}

static X509 *
make_ca(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    const struct sim_profile profile = {
        .name = name,
        .key = key,
        .issuer = issuer,
        .issuer_key = issuer_key,
        .from_seconds = -DAY,
        .until_seconds = 365 * DAY,
        .extensions = SIM_ROOT_EXTENSIONS,
    };

    return sim_certificate_make(&profile);
}

static void
push(STACK_OF(X509) *chain, X509 *certificate)
{
    sim_must(sk_X509_push(chain, certificate) > 0, "make a chain");
}

static STACK_OF(X509) *
loop(X509_REQ *csr)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    EVP_PKEY *key_a = sim_certificate_new_key("P-256");
    EVP_PKEY *key_b = sim_certificate_new_key("P-256");
    X509 *self_signed = make_ca("Loop A", key_a, NULL, NULL);
    X509 *b = make_ca("Loop B", key_b, self_signed, key_a);
    X509 *a = make_ca("Loop A", key_a, b, key_b);
    const struct sim_profile profile = {
        .csr = csr,
        .issuer = a,
        .issuer_key = key_a,
        .from_seconds = -60,
        .until_seconds = 365 * DAY,
        .extensions = SIM_SERVER_EXTENSIONS,
    };

    push(chain, sim_certificate_make(&profile));
    push(chain, a);
    push(chain, b);
    X509_free(self_signed);
    EVP_PKEY_free(key_a);
    EVP_PKEY_free(key_b);
    return chain;
}

static STACK_OF(X509) *
many(const struct sim_ca *ca, X509 *certificate)
{
    STACK_OF(X509) *chain = sim_ca_chain(ca, certificate);
    EVP_PKEY *key = sim_certificate_new_key("P-256");

    while (sk_X509_num(chain) < MANY_COUNT) {
        push(chain, make_ca("One of many", key, NULL, NULL));
    }
    EVP_PKEY_free(key);
    return chain;
}

STACK_OF(X509) *
sim_decoy_chain(enum sim_decoy decoy, const struct sim_ca *ca, X509_REQ *csr, X509 *certificate)
{
    switch (decoy) {
    case SIM_DECOY_NONE:
        break;
    case SIM_DECOY_OTHER_KEY:
        return other_key(ca, csr);
    case SIM_DECOY_EXPIRED:
        return expired(ca, csr);
    case SIM_DECOY_CHAIN_ONLY:
        return sim_ca_chain(ca, NULL);
    case SIM_DECOY_LOOP:
        return loop(csr);
    case SIM_DECOY_MANY:
        return many(ca, certificate);
    }
    return sim_ca_chain(ca, certificate);
}
