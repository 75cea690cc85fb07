/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates for an answer, each with something wrong. */

#include "forge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base.h"
#include "certificate.h"

#define DAY          (24 * 3600L)
#define SANS_COUNT   10000
#define COUSIN_COUNT 98
#define SERIAL_SIZE  4000
#define NAME_SIZE    65536

/* A CA without a word on keys: any of the same name may be its issuer. */
static const struct sim_extension COUSIN_EXTENSIONS[] = {
    {NID_basic_constraints, "critical,CA:TRUE"},
    {0, NULL},
};

static const struct sim_extension NO_EXTENSIONS[] = {{0, NULL}};

/* The CA of the hostile server. */
static struct {
    EVP_PKEY *key;
    X509 *certificate;
} ca;

static void
open_ca(void)
{
    if (ca.key == NULL) {
        ca.key = sim_certificate_new_key("P-256");
        ca.certificate =
            sim_certificate_make(&(struct sim_profile){.name = "Hostile CA",
                                                       .key = ca.key,
                                                       .from_seconds = -3 * DAY,
                                                       .until_seconds = 900 * DAY,
                                                       .extensions = SIM_ROOT_EXTENSIONS});
    }
}

static struct sim_profile
leaf_profile(const struct hostile_order *order)
{
    open_ca();
    return (struct sim_profile){.csr = order->csr,
                                .issuer = ca.certificate,
                                .issuer_key = ca.key,
                                .from_seconds = -60,
                                .until_seconds = 90 * DAY,
                                .extensions = SIM_SERVER_EXTENSIONS};
}

/* PEM of the certificate, which is freed. */
static char *
take_pem(X509 *certificate)
{
    char *pem = sim_certificate_pem(certificate);

    X509_free(certificate);
    return pem;
}

static char *
make_pem(const struct sim_profile *profile)
{
    return take_pem(sim_certificate_make(profile));
}

/* Both texts, which are freed. */
static char *
join(char *first, char *second)
{
    char *both = sim_text("%s%s", first, second);

    free(first);
    free(second);
    return both;
}

static char *
forge_leaf(const struct hostile_order *order)
{
    const struct sim_profile profile = leaf_profile(order);

    return make_pem(&profile);
}

static char *
forge_issuer(const struct hostile_order *order)
{
    (void)order;
    open_ca();
    return sim_certificate_pem(ca.certificate);
}

static char *
forge_expired(const struct hostile_order *order)
{
    struct sim_profile profile = leaf_profile(order);

    profile.from_seconds = -2 * DAY;
    profile.until_seconds = -DAY;
    return make_pem(&profile);
}

static char *
forge_future(const struct hostile_order *order)
{
    struct sim_profile profile = leaf_profile(order);

    profile.from_seconds = DAY;
    return make_pem(&profile);
}

static char *
forge_backwards(const struct hostile_order *order)
{
    struct sim_profile profile = leaf_profile(order);

    profile.from_seconds = 20 * DAY;
    profile.until_seconds = 10 * DAY;
    return make_pem(&profile);
}

static char *
forge_other_key(const struct hostile_order *order)
{
    struct sim_profile profile = leaf_profile(order);

    profile.key = sim_certificate_new_key("P-256");
    return make_pem(&profile);
}

static char *
forge_sans(const struct hostile_order *order)
{
    struct sim_profile profile = leaf_profile(order);
    char *names = sim_zeroed(SANS_COUNT * sizeof(",DNS:n12345.example.com"));
    char *pem = NULL;
    size_t size = 0;

    for (int i = 0; i < SANS_COUNT; i++) {
        size += (size_t)sprintf(names + size, "%sDNS:n%d.example.com", i == 0 ? "" : ",", i);
    }
    profile.alternative_names = names;
    pem = make_pem(&profile);
    free(names);
    return pem;
}

/* A certificate of another subject than the builder's, whose length it does not check. */
static char *
forge_subject(const struct sim_profile *profile, const char *text, size_t size)
{
    X509 *certificate = sim_certificate_make(profile);
    X509_NAME *name = X509_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_UTF8STRING);
    X509_NAME_ENTRY *entry = NULL;

    sim_must(name != NULL && value != NULL && ASN1_STRING_set(value, text, (int)size) == 1,
             "make a name");
    entry = X509_NAME_ENTRY_create_by_NID(NULL, NID_organizationName, V_ASN1_UTF8STRING,
                                          (const unsigned char *)"x", 1);
    sim_must(entry != NULL && ASN1_STRING_copy(X509_NAME_ENTRY_get_data(entry), value) == 1 &&
                 X509_NAME_add_entry(name, entry, -1, 0) == 1 &&
                 X509_set_subject_name(certificate, name) == 1 &&
                 X509_sign(certificate, profile->issuer_key, EVP_sha256()) > 0,
             "make a name");
    X509_NAME_ENTRY_free(entry);
    ASN1_STRING_free(value);
    X509_NAME_free(name);
    return take_pem(certificate);
}

static char *
forge_long_name(const struct hostile_order *order)
{
    const struct sim_profile profile = leaf_profile(order);
    char *text = sim_zeroed(NAME_SIZE);

    memset(text, 'n', NAME_SIZE);
    return forge_subject(&profile, text, NAME_SIZE);
}

static char *
forge_escape_name(const struct hostile_order *order)
{
    static const char text[] = "\x1b]0;owned\x07\x1b[2J\r\nkeyfactor-submit: all is well\0!";
    struct sim_profile profile = leaf_profile(order);

    profile.key = sim_certificate_new_key("P-256");
    return forge_subject(&profile, text, sizeof(text) - 1);
}

static char *
forge_long_serial(const struct hostile_order *order)
{
    const struct sim_profile profile = leaf_profile(order);
    X509 *certificate = sim_certificate_make(&profile);
    unsigned char *number = sim_zeroed(SERIAL_SIZE);

    memset(number, 0x77, SERIAL_SIZE);
    sim_must(ASN1_STRING_set(X509_get_serialNumber(certificate), number, SERIAL_SIZE) == 1 &&
                 X509_sign(certificate, ca.key, EVP_sha256()) > 0,
             "make a serial number");
    free(number);
    return take_pem(certificate);
}

static char *
forge_aia(const struct hostile_order *order)
{
    struct sim_profile profile = leaf_profile(order);
    char *value = sim_text("caIssuers;URI:%s/issuer", order->address);
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, NULL, NID_info_access, value);

    sim_must(extension != NULL, "say where the issuer is");
    profile.access = X509V3_EXT_d2i(extension);
    X509_EXTENSION_free(extension);
    free(value);
    return make_pem(&profile);
}

static X509 *
make_cousin(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
    return sim_certificate_make(&(struct sim_profile){.name = name,
                                                      .key = key,
                                                      .issuer = issuer,
                                                      .issuer_key = issuer_key,
                                                      .from_seconds = -DAY,
                                                      .until_seconds = 90 * DAY,
                                                      .extensions = COUSIN_EXTENSIONS});
}

/* A leaf that names issuer, without a word on its key. */
static X509 *
make_nephew(const struct hostile_order *order, X509 *issuer, EVP_PKEY *issuer_key)
{
    struct sim_profile profile = leaf_profile(order);

    profile.issuer = issuer;
    profile.issuer_key = issuer_key;
    profile.extensions = NO_EXTENSIONS;
    return sim_certificate_make(&profile);
}

static char *
forge_loop(const struct hostile_order *order)
{
    EVP_PKEY *left_key = sim_certificate_new_key("P-256");
    EVP_PKEY *right_key = sim_certificate_new_key("P-256");
    X509 *first = make_cousin(left_key, "Left", NULL, NULL);
    X509 *right = make_cousin(right_key, "Right", first, left_key);
    X509 *left = make_cousin(left_key, "Left", right, right_key);
    char *leaf = take_pem(make_nephew(order, left, left_key));

    X509_free(first);
    EVP_PKEY_free(left_key);
    EVP_PKEY_free(right_key);
    return join(leaf, join(take_pem(left), take_pem(right)));
}

/* Each is issued by the next one, and all have one name: which of them is next takes trying. */
static char *
forge_tower(const struct hostile_order *order)
{
    EVP_PKEY *key = sim_certificate_new_key("P-521");
    X509 *top = make_cousin(key, "Cousin", NULL, NULL);
    char *pems = sim_certificate_pem(top);

    for (int i = 1; i < COUSIN_COUNT; i++) {
        EVP_PKEY *next_key = sim_certificate_new_key("P-521");
        X509 *next = make_cousin(next_key, "Cousin", top, key);

        EVP_PKEY_free(key);
        X509_free(top);
        key = next_key;
        top = next;
        pems = join(pems, sim_certificate_pem(top));
    }
    pems = join(pems, take_pem(make_nephew(order, top, key)));
    EVP_PKEY_free(key);
    X509_free(top);
    return pems;
}

/* Nobody knows the primes, if there are any: the key is good for nothing but to be tried. */
static EVP_PKEY *
make_rsa_lookalike(int bits)
{
    BIGNUM *n = BN_new();
    BIGNUM *e = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = NULL;

    sim_must(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1 &&
                 BN_hex2bn(&e, "FFFFFFFFFFFFFFC5") > 0 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1,
             "make a big key");
    parameters = OSSL_PARAM_BLD_to_param(builder);
    sim_must(EVP_PKEY_fromdata_init(context) == 1 &&
                 EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1,
             "make a big key");
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    BN_free(e);
    return key;
}

/* Makes the certificate look as if it was signed with an RSA key of so many bits. */
static void
fake_signature(X509 *certificate, int bits)
{
    const ASN1_BIT_STRING *signature = NULL;
    const size_t size = (size_t)bits / 8;
    unsigned char *bytes = sim_zeroed(size);

    X509_get0_signature(&signature, NULL, certificate);
    sim_must(RAND_bytes(bytes, (int)size) == 1, "get random bytes");
    bytes[0] = 0x01;
    sim_must(ASN1_BIT_STRING_set((ASN1_BIT_STRING *)(uintptr_t)signature, bytes, (int)size) == 1,
             "fake a signature");
    free(bytes);
}

/* A leaf and count CAs of one name, each with an RSA key of so many bits, that issued nothing. */
static char *
forge_cousins(const struct hostile_order *order, int count, int bits)
{
    EVP_PKEY *signer = EVP_RSA_gen(2048);
    EVP_PKEY *key = make_rsa_lookalike(bits);
    X509 *issuer = make_cousin(signer, "Cousin", NULL, NULL);
    X509 *leaf = make_nephew(order, issuer, signer);
    char *pems = NULL;

    fake_signature(leaf, bits);
    pems = take_pem(leaf);
    for (int i = 0; i < count; i++) {
        pems = join(pems, take_pem(make_cousin(key, "Cousin", issuer, signer)));
    }
    X509_free(issuer);
    EVP_PKEY_free(signer);
    EVP_PKEY_free(key);
    return pems;
}

static char *
forge_giant(const struct hostile_order *order)
{
    return forge_cousins(order, 1, 32768);
}

static char *
forge_big_cousins(const struct hostile_order *order)
{
    return forge_cousins(order, COUSIN_COUNT, 16384);
}

static char *
forge_key(const struct hostile_order *order)
{
    (void)order;
    open_ca();
    return sim_certificate_key_pem(ca.key);
}

static char *
forge_request(const struct hostile_order *order)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *pem = NULL;
    long size;

    sim_must(bio != NULL && PEM_write_bio_X509_REQ(bio, order->csr) == 1, "write the CSR");
    size = BIO_get_mem_data(bio, &data);
    pem = sim_copy(data, (size_t)size);
    BIO_free(bio);
    return pem;
}

static const struct kind {
    const char *name;
    char *(*forge)(const struct hostile_order *order);
} kinds[] = {
    {"leaf", forge_leaf},
    {"issuer", forge_issuer},
    {"expired", forge_expired},
    {"future", forge_future},
    {"backwards", forge_backwards},
    {"other-key", forge_other_key},
    {"sans", forge_sans},
    {"long-name", forge_long_name},
    {"escape-name", forge_escape_name},
    {"long-serial", forge_long_serial},
    {"aia", forge_aia},
    {"loop", forge_loop},
    {"giant", forge_giant},
    {"big-cousins", forge_big_cousins},
    {"tower", forge_tower},
    {"key", forge_key},
    {"request", forge_request},
};

static const struct kind *
find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

bool
hostile_forge_is_kind(const char *kind)
{
    return find_kind(kind) != NULL;
}

char *
hostile_forge(const char *kind, const struct hostile_order *order)
{
    return find_kind(kind)->forge(order);
}
