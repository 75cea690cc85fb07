/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The certificate that the server shows its clients, good or bad, and whom it trusts in turn. */

#include "tls.h"

#include <stdlib.h>

#include "base.h"
#include "certificate.h"
#include "files.h"

#define DAY (24 * 3600L)

static X509 *
make_ca(const char *name, EVP_PKEY *key)
{
    const struct sim_profile profile = {
        .name = name,
        .key = key,
        .from_seconds = -3 * DAY,
        .until_seconds = 3650 * DAY,
        .extensions = SIM_ROOT_EXTENSIONS,
    };

    return sim_certificate_make(&profile);
}

static void
open_ca(const char *directory, X509 **_ca, EVP_PKEY **_key)
{
    if (sim_certificate_load(directory, "tls-ca", _ca, _key)) {
        return;
    }
    *_key = sim_certificate_new_key("P-256");
    *_ca = make_ca("Simulator TLS CA", *_key);
    sim_certificate_save(directory, "tls-ca", *_ca, *_key);
}

static X509 *
make_server(const struct sim_settings *settings, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
    const enum sim_tls_mode mode = settings->tls;
    const char *more = settings->tls_name;
    bool self_signed = mode == SIM_TLS_SELF_SIGNED;
    bool wrong_name = mode == SIM_TLS_WRONG_NAME;
    char *names = sim_text("DNS:localhost,IP:127.0.0.1,IP:::1%s%s", more != NULL ? ",DNS:" : "",
                           more != NULL ? more : "");
    const struct sim_profile profile = {
        .name = wrong_name ? "elsewhere.example.com" : "localhost",
        .key = key,
        .issuer = self_signed ? NULL : ca,
        .issuer_key = self_signed ? NULL : ca_key,
        .from_seconds = -2 * DAY,
        .until_seconds = mode == SIM_TLS_EXPIRED ? -DAY : 365 * DAY,
        .alternative_names = wrong_name ? "DNS:elsewhere.example.com" : names,
        .extensions = SIM_SERVER_EXTENSIONS,
    };
    X509 *certificate = sim_certificate_make(&profile);

    free(names);
    return certificate;
}

static char *
read_client_ca(const char *path)
{
    struct sim_bytes pem;

    if (!sim_file_read(path, &pem)) {
        sim_die("settings: \"client_ca\": cannot read %s", path);
    }
    return (char *)pem.data;
}

struct sim_tls *
sim_tls_new(const char *directory, const struct sim_settings *settings)
{
    enum sim_tls_mode mode = settings->tls;
    struct sim_tls *tls = sim_zeroed(sizeof(*tls));
    EVP_PKEY *key = sim_certificate_new_key("P-256");
    EVP_PKEY *ca_key = NULL;
    X509 *ca = NULL;
    X509 *server = NULL;

    open_ca(directory, &ca, &ca_key);
    if (mode == SIM_TLS_UNTRUSTED) {
        EVP_PKEY_free(ca_key);
        X509_free(ca);
        ca_key = sim_certificate_new_key("P-256");
        ca = make_ca("Another TLS CA", ca_key);
    }
    server = make_server(settings, key, ca, ca_key);
    tls->certificate_pem = sim_certificate_pem(server);
    tls->key_pem = sim_certificate_key_pem(key);
    tls->client_ca_pem = settings->client_ca != NULL ? read_client_ca(settings->client_ca) : NULL;
    X509_free(server);
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return tls;
}

void
sim_tls_free(struct sim_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    free(tls->certificate_pem);
    free(tls->key_pem);
    free(tls->client_ca_pem);
    free(tls);
}
