/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Who the server says it is: the truth, and many lies. */

#include "tls.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base.h"
#include "certificate.h"

#define DAY         (24 * 3600L)
#define HUGE_COUNT  10000
#define CHAIN_COUNT 150

static const char HOSTS[] = "DNS:localhost,DNS:*.keyfactor.test,IP:127.0.0.1,IP:::1";

/* A case that this OpenSSL is too good for is left out by who reads this. */
_Noreturn static void
leave_out(void)
{
    sim_die("left out: OpenSSL refuses to be so bad");
}

static const struct sim_extension CLIENT_EXTENSIONS[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_ext_key_usage, "clientAuth"},
    {0, NULL},
};

static struct hostile_authority
make_authority(const char *name, EVP_PKEY *key, const struct hostile_authority *issuer)
{
    const struct sim_profile profile = {
        .name = name,
        .key = key,
        .issuer = issuer == NULL ? NULL : issuer->certificate,
        .issuer_key = issuer == NULL ? NULL : issuer->key,
        .from_seconds = -3 * DAY,
        .until_seconds = 365 * DAY,
        .extensions = SIM_ROOT_EXTENSIONS,
    };

    return (struct hostile_authority){sim_certificate_make(&profile), key};
}

struct hostile_authority
hostile_tls_authority(const char *directory)
{
    struct hostile_authority authority =
        make_authority("TLS CA", sim_certificate_new_key("P-256"), NULL);

    sim_certificate_save(directory, "tls-ca", authority.certificate, NULL);
    return authority;
}

/* A certificate in the making, with what is to become of it. */
struct server {
    struct sim_profile profile;
    EVP_PKEY *key;
    STACK_OF(X509) *chain;
    const EVP_MD *digest; /* with which it is signed once more; NULL: it is not */
    bool has_nul_name;
};

static void
be_expired(struct server *server)
{
    server->profile.until_seconds = -DAY;
}

static void
be_future(struct server *server)
{
    server->profile.from_seconds = DAY;
}

static void
be_wrong_name(struct server *server)
{
    server->profile.alternative_names = "DNS:elsewhere.example.com";
}

/* "localhost", a zero byte, ".example.com": a client that thinks in C strings takes it for ours. */
static void
be_nul_name(struct server *server)
{
    server->profile.alternative_names = "DNS:localhost0.example.com";
    server->has_nul_name = true;
}

static void
be_untrusted(struct server *server)
{
    const struct hostile_authority another =
        make_authority("Another TLS CA", sim_certificate_new_key("P-256"), NULL);

    server->profile.issuer = another.certificate;
    server->profile.issuer_key = another.key;
}

static void
be_self_signed(struct server *server)
{
    server->profile.issuer = NULL;
    server->profile.issuer_key = NULL;
}

static void
be_client(struct server *server)
{
    server->profile.extensions = CLIENT_EXTENSIONS;
}

static void
be_sha1(struct server *server)
{
    server->digest = EVP_sha1();
}

/* Puts a CA between the server's certificate and its issuer. */
static void
add_between(struct server *server, EVP_PKEY *key)
{
    const struct hostile_authority issuer = {server->profile.issuer, server->profile.issuer_key};
    const struct hostile_authority between = make_authority("TLS CA between", key, &issuer);

    server->chain = server->chain == NULL ? sk_X509_new_null() : server->chain;
    sim_must(sk_X509_unshift(server->chain, between.certificate) > 0, "make a chain");
    server->profile.issuer = between.certificate;
    server->profile.issuer_key = between.key;
}

/* There is no MD5 for elliptic curves. */
static void
be_md5(struct server *server)
{
    add_between(server, EVP_RSA_gen(2048));
    server->digest = EVP_md5();
}

static void
be_weak_key(struct server *server)
{
    server->key = EVP_RSA_gen(1024);
    if (server->key == NULL) {
        leave_out();
    }
    server->profile.key = server->key;
}

static void
be_huge(struct server *server)
{
    char *names = sim_copy("DNS:localhost", strlen("DNS:localhost"));
    size_t size = strlen(names);

    names = sim_resize(names, size + HUGE_COUNT * sizeof(",DNS:h12345.example.com"), 1);
    for (int i = 0; i < HUGE_COUNT; i++) {
        size += (size_t)sprintf(names + size, ",DNS:h%d.example.com", i);
    }
    server->profile.alternative_names = names;
}

static void
be_long_chain(struct server *server)
{
    for (int i = 0; i < CHAIN_COUNT; i++) {
        add_between(server, sim_certificate_new_key("P-256"));
    }
}

static const struct kind {
    const char *name;
    void (*be)(struct server *server);
} kinds[] = {
    {"good", NULL},
    {"expired", be_expired},
    {"future", be_future},
    {"wrong-name", be_wrong_name},
    {"nul-name", be_nul_name},
    {"untrusted", be_untrusted},
    {"self-signed", be_self_signed},
    {"client", be_client},
    {"sha1", be_sha1},
    {"md5", be_md5},
    {"weak-key", be_weak_key},
    {"huge", be_huge},
    {"long-chain", be_long_chain},
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
hostile_tls_is_kind(const char *kind)
{
    return find_kind(kind) != NULL;
}

/* Writes a zero byte into the alternative name, in place of the "0" behind localhost. */
static void
put_nul_into_name(X509 *certificate)
{
    const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
    ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
    unsigned char *digit = memmem(value->data, (size_t)value->length, "localhost0", 10);

    sim_must(digit != NULL, "find the alternative name");
    digit[9] = '\0';
}

/* Signs again, after a change or with another digest. */
static void
sign_again(X509 *certificate, EVP_PKEY *key, const EVP_MD *digest)
{
    if (X509_sign(certificate, key, digest) <= 0) {
        leave_out();
    }
}

static X509 *
make_certificate(const struct server *server)
{
    X509 *certificate = sim_certificate_make(&server->profile);
    EVP_PKEY *signer =
        server->profile.issuer_key != NULL ? server->profile.issuer_key : server->key;

    if (server->has_nul_name) {
        put_nul_into_name(certificate);
        sign_again(certificate, signer, EVP_sha256());
    }
    if (server->digest != NULL) {
        sign_again(certificate, signer, server->digest);
    }
    return certificate;
}

SSL_CTX *
hostile_tls_server(const struct hostile_authority *authority, const char *kind, int version)
{
    EVP_PKEY *key = sim_certificate_new_key("P-256");
    struct server server = {.key = key,
                            .profile = {.name = "localhost",
                                        .key = key,
                                        .issuer = authority->certificate,
                                        .issuer_key = authority->key,
                                        .alternative_names = HOSTS,
                                        .from_seconds = -2 * DAY,
                                        .until_seconds = 100 * DAY,
                                        .extensions = SIM_SERVER_EXTENSIONS}};
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (find_kind(kind)->be != NULL) {
        find_kind(kind)->be(&server);
    }
    sim_must(context != NULL, "begin TLS");
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    if (SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") != 1 ||
        SSL_CTX_set_max_proto_version(context, version) != 1 ||
        SSL_CTX_use_cert_and_key(context, make_certificate(&server), server.key, server.chain, 1) !=
            1) {
        leave_out();
    }
    return context;
}
