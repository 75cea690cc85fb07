/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Authority information access: what certificates say of their issuers, and those themselves. */

#include "aia.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "ca.h"
#include "certificates_form.h"
#include "encoding.h"

static const char AIA_PATH[] = "/aia/";

/* Adds an address, which is taken over. */
static void
add(AUTHORITY_INFO_ACCESS *access, char *url)
{
    ACCESS_DESCRIPTION *description = ACCESS_DESCRIPTION_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    sim_must(description != NULL && text != NULL && ASN1_STRING_set(text, url, -1) == 1 &&
                 sk_ACCESS_DESCRIPTION_push(access, description) > 0,
             "say where an issuer is");
    description->method = OBJ_nid2obj(NID_ad_ca_issuers);
    GENERAL_NAME_set0_value(description->location, GEN_URI, text);
    free(url);
}

static void
add_text(AUTHORITY_INFO_ACCESS *access, const json_t *text, const char *server)
{
    const char *url = json_string_value(text);

    add(access, sim_text("%s%s", url[0] == '/' ? server : "", url));
}

AUTHORITY_INFO_ACCESS *
sim_aia_access(const json_t *issuer_url, const char *server, const char *issuer_file)
{
    AUTHORITY_INFO_ACCESS *access = NULL;

    if (issuer_url == NULL || json_is_false(issuer_url)) {
        return NULL;
    }
    access = AUTHORITY_INFO_ACCESS_new();
    sim_must(access != NULL, "say where an issuer is");
    if (json_is_true(issuer_url)) {
        add(access, sim_text("%s%s%s.cer", server, AIA_PATH, issuer_file));
    } else if (json_is_string(issuer_url)) {
        add_text(access, issuer_url, server);
    }
    for (size_t i = 0; i < json_array_size(issuer_url); i++) {
        add_text(access, json_array_get(issuer_url, i), server);
    }
    return access;
}

static struct sim_bytes
write_certificate(X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    struct sim_bytes bytes = {NULL, (size_t)size};

    sim_must(size > 0, "write a certificate");
    bytes.data = (unsigned char *)sim_copy(der, bytes.size);
    OPENSSL_free(der);
    return bytes;
}

static struct sim_bytes
write_pkcs7(X509 *certificate)
{
    STACK_OF(X509) *alone = sk_X509_new_null();
    struct sim_bytes bytes;

    sim_must(alone != NULL && sk_X509_push(alone, certificate) > 0, "make a PKCS#7");
    bytes = sim_form_pkcs7(alone);
    sk_X509_free(alone);
    return bytes;
}

/* What the endings of names stand for. */
static const struct ending {
    const char *text;
    const char *content_type;
    struct sim_bytes (*write)(X509 *certificate);
} ENDINGS[] = {
    {".cer", "application/pkix-cert", write_certificate},
    {".p7c", "application/pkcs7-mime", write_pkcs7},
};

static const struct ending *
find_ending(const char *text)
{
    for (size_t i = 0; text != NULL && i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        if (strcasecmp(text, ENDINGS[i].text) == 0) {
            return &ENDINGS[i];
        }
    }
    return NULL;
}

static void
answer_bytes(struct sim_answer *answer, const char *content_type, struct sim_bytes bytes)
{
    sim_answer_text(answer, 200, content_type, "");
    free(answer->body);
    answer->body = (char *)bytes.data;
    answer->body_size = bytes.size;
}

void
sim_aia_serve(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const char *name = request->path + strlen(AIA_PATH);
    const char *dot = strrchr(name, '.');
    const struct ending *ending = find_ending(dot);
    char *file = ending != NULL ? sim_copy(name, (size_t)(dot - name)) : NULL;
    X509 *certificate = file != NULL ? sim_cas_certificate(sim->cas, file) : NULL;

    if (certificate == NULL) {
        sim_answer_refuse_page(answer, 404, "there is no such CA");
    } else {
        answer_bytes(answer, ending->content_type, ending->write(certificate));
    }
    free(file);
}
