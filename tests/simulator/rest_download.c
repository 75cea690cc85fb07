/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: the download of a certificate and its chain. */

#include "rest_certificates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "certificate.h"
#include "encoding.h"
#include "faults.h"
#include "fields.h"
#include "rest.h"
#include "store.h"

static const char BAD_REQUEST[] = "0xA0110001";
static const char NOT_FOUND[] = "0xA0110006";

/* What is asked for. The texts belong to the request's JSON. */
struct download {
    const json_t *templates; /* the names of those whose certificates are shown; NULL: all */
    enum sim_format format;
    json_int_t id; /* 0: none given */
    const char *thumbprint;
    const char *serial;
    const char *issuer;
    bool include_chain;
    bool root_first;
};

static bool
read_order(const json_t *json, struct download *download, struct sim_answer *answer)
{
    const char *order = json_string_value(json);

    download->root_first = order != NULL && strcasecmp(order, "RootFirst") == 0;
    if (json != NULL && !download->root_first &&
        (order == NULL || strcasecmp(order, "EndEntityFirst") != 0)) {
        sim_answer_refuse(answer, 400, BAD_REQUEST,
                          "ChainOrder must be EndEntityFirst or RootFirst.");
        return false;
    }
    return true;
}

static bool
read_body(const json_t *body, struct download *download, struct sim_answer *answer)
{
    const json_t *chain = sim_fields_get(body, "IncludeChain");

    download->id = json_integer_value(sim_fields_get(body, "CertID"));
    download->thumbprint = json_string_value(sim_fields_get(body, "Thumbprint"));
    download->serial = json_string_value(sim_fields_get(body, "SerialNumber"));
    download->issuer = json_string_value(sim_fields_get(body, "IssuerDN"));
    download->include_chain = json_is_true(chain);
    if (download->id == 0 && download->thumbprint == NULL &&
        (download->serial == NULL || download->issuer == NULL)) {
        sim_answer_refuse(answer, 400, BAD_REQUEST,
                          "You must supply CertID, Thumbprint, or SerialNumber and IssuerDN.");
        return false;
    }
    if (chain != NULL && !json_is_boolean(chain)) {
        sim_answer_refuse(answer, 400, BAD_REQUEST, "IncludeChain must be true or false.");
        return false;
    }
    return read_order(sim_fields_get(body, "ChainOrder"), download, answer);
}

/* Whether two names differ at most in blanks and the case of letters. */
static bool
same_name(const char *left, const char *right)
{
    do {
        left += strspn(left, " ");
        right += strspn(right, " ");
        if (tolower((unsigned char)*left) != tolower((unsigned char)*right)) {
            return false;
        }
    } while (*left++ != '\0' && *right++ != '\0');
    return true;
}

static bool
is_asked_for(const struct download *download, const struct sim_entry *entry)
{
    char *thumbprint = sim_certificate_thumbprint(entry->certificate);
    char *serial = sim_certificate_serial(entry->certificate);
    char *issuer = sim_certificate_name(X509_get_issuer_name(entry->certificate));
    bool fits;

    if (download->id != 0) {
        fits = entry->certificate_id == (unsigned long)download->id;
    } else if (download->thumbprint != NULL) {
        fits = strcasecmp(thumbprint, download->thumbprint) == 0;
    } else {
        fits = strcasecmp(serial, download->serial) == 0 && same_name(issuer, download->issuer);
    }
    free(thumbprint);
    free(serial);
    free(issuer);
    return fits;
}

/* NULL: 404. */
static const struct sim_entry *
find(const struct sim *sim, const struct download *download, struct sim_answer *answer)
{
    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        const struct sim_entry *entry = sim_store_at(sim->store, i);

        if (entry->certificate != NULL &&
            sim_settings_allows(download->templates, entry->template_name) &&
            is_asked_for(download, entry)) {
            return entry;
        }
    }
    sim_answer_refuse(answer, 404, NOT_FOUND, "The certificate does not exist.");
    return NULL;
}

static void
reverse(STACK_OF(X509) *chain)
{
    for (int i = 1; i < sk_X509_num(chain); i++) {
        sk_X509_insert(chain, sk_X509_delete(chain, i), 0);
    }
}

static json_t *
base64_of_text(json_t *json)
{
    char *base64 = sim_base64(json_string_value(json), json_string_length(json));

    json_decref(json);
    json = json_string(base64);
    free(base64);
    return json;
}

/* PEM is sent as base64 of its text; what a fault puts in its place is sent as it is. */
static json_t *
write_content(const struct download *download, STACK_OF(X509) *chain, const struct sim_fault *fault)
{
    enum sim_form spoilt = sim_fault_form(fault, SIM_FORM_AS_ASKED);

    if (spoilt != SIM_FORM_AS_ASKED) {
        return sim_form_write(spoilt, chain);
    }
    switch (download->format) {
    case SIM_FORMAT_DER:
        return sim_form_write(SIM_FORM_DER, chain);
    case SIM_FORMAT_P7B:
        return sim_form_write(SIM_FORM_PKCS7, chain);
    case SIM_FORMAT_PEM:
        break;
    }
    return base64_of_text(sim_form_write(SIM_FORM_PEM_COMMENTS, chain));
}

static void
send_content(const struct sim *sim, const struct sim_request *request,
             const struct download *download, struct sim_answer *answer)
{
    const struct sim_fault *fault = request->fault;
    const struct sim_entry *entry = find(sim, download, answer);
    STACK_OF(X509) *chain = NULL;
    json_t *content = NULL;

    if (entry == NULL) {
        return;
    }
    chain = sim_rest_chain(sim, entry, download->include_chain, fault);
    if (download->root_first) {
        reverse(chain);
    }
    content = write_content(download, chain, fault);
    sk_X509_pop_free(chain, X509_free);
    sim_rest_answer(request, json_pack("{s:o}", "Content", content), answer);
}

void
sim_rest_download(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account =
        sim_rest_permitted(sim, request, SIM_CERTIFICATES_DOWNLOAD, answer);
    struct download download = {0};
    json_t *body = NULL;

    if (account == NULL ||
        !sim_rest_collection(sim, request, account, &download.templates, answer)) {
        return;
    }
    download.format =
        sim_rest_format(request, SIM_FORMAT_PEM | SIM_FORMAT_DER | SIM_FORMAT_P7B, answer);
    if (download.format == 0) {
        return;
    }
    body = sim_rest_body(request, answer);
    if (body != NULL && read_body(body, &download, answer)) {
        send_content(sim, request, &download, answer);
    }
    json_decref(body);
}
