/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: the search for certificates. */

#include "rest_certificates.h"

#include <stdlib.h>
#include <time.h>

#include "base.h"
#include "certificate.h"
#include "certificate_filter.h"
#include "encoding.h"
#include "faults.h"
#include "parameters.h"
#include "rest.h"
#include "store.h"

#define ACTIVE 1

/* What is asked for. */
struct search {
    const json_t *templates; /* the names of those whose certificates are shown; NULL: all */
    struct sim_list list;
    bool include_expired;
    bool include_metadata;
};

static bool
read_expired(const struct sim *sim, const struct sim_request *request, struct search *search,
             struct sim_answer *answer)
{
    char *name = sim_text("%sincludeExpired", sim_rest_prefix(sim));
    bool read = sim_parameter_flag(request, name, &search->include_expired, answer);

    free(name);
    return read;
}

static bool
fits(const struct search *search, const struct sim_entry *entry)
{
    return entry->certificate != NULL &&
           sim_settings_allows(search->templates, entry->template_name) &&
           (search->include_expired ||
            sim_certificate_time(X509_get0_notAfter(entry->certificate)) > time(NULL)) &&
           sim_filter_fits(search->list.filter, entry);
}

/* Whether the server knows the certificate by now. Counts the search. */
static bool
is_known(struct sim *sim, struct sim_entry *entry)
{
    if (entry->hidden_searches == 0) {
        return true;
    }
    entry->hidden_searches--;
    sim_store_save(sim->store);
    return false;
}

static json_t *
content(const struct sim *sim, const struct sim_entry *entry, const struct sim_fault *fault)
{
    STACK_OF(X509) *chain = sim_rest_chain(sim, entry, true, fault);
    json_t *json = sim_form_write(sim_fault_form(fault, SIM_FORM_DER), chain);

    sk_X509_pop_free(chain, X509_free);
    return json;
}

/* The members that tell whose the certificate is. */
static json_t *
describe_names(const struct sim_entry *entry)
{
    char *thumbprint = sim_certificate_thumbprint(entry->certificate);
    char *serial = sim_certificate_serial(entry->certificate);
    char *subject = sim_certificate_compact_name(X509_get_subject_name(entry->certificate));
    char *name = sim_certificate_common_name(X509_get_subject_name(entry->certificate));
    char *issuer = sim_certificate_compact_name(X509_get_issuer_name(entry->certificate));
    json_t *json =
        json_pack("{s:I, s:s, s:s, s:o, s:o, s:s}", "Id", (json_int_t)entry->certificate_id,
                  "Thumbprint", thumbprint, "SerialNumber", serial, "IssuedDN",
                  sim_json_text(subject), "IssuedCN", sim_json_text(name), "IssuerDN", issuer);

    free(thumbprint);
    free(serial);
    free(subject);
    free(name);
    free(issuer);
    return json;
}

static const char *
display_name(const struct sim *sim, const struct sim_entry *entry)
{
    const struct sim_template *template =
        sim_settings_template(sim->settings, entry->template_name);

    return template != NULL ? template->display_name : entry->template_name;
}

/* The other members. */
static json_t *
describe_rest(const struct sim *sim, const struct sim_entry *entry, const struct search *search,
              const struct sim_fault *fault)
{
    X509 *certificate = entry->certificate;
    char *from = sim_rest_time(sim, sim_certificate_time(X509_get0_notBefore(certificate)));
    char *until = sim_rest_time(sim, sim_certificate_time(X509_get0_notAfter(certificate)));
    json_t *json =
        json_pack("{s:s, s:s, s:o, s:i, s:s, s:s, s:o, s:o}", "NotBefore", from, "NotAfter", until,
                  "CertRequestId", sim_fault_request_id(fault, entry->id), "CertState", ACTIVE,
                  "CertStateString", "Active", "TemplateName", display_name(sim, entry),
                  "ContentBytes", content(sim, entry, fault), "Metadata",
                  search->include_metadata ? json_deep_copy(entry->metadata) : json_object());

    free(from);
    free(until);
    return json;
}

static json_t *
describe(const struct sim *sim, const struct sim_entry *entry, const struct search *search,
         const struct sim_fault *fault)
{
    json_t *json = describe_names(entry);
    json_t *rest = describe_rest(sim, entry, search, fault);

    sim_must(json != NULL && rest != NULL, "describe a certificate");
    json_object_update(json, rest);
    json_decref(rest);
    return json;
}

static json_t *
run(struct sim *sim, struct search *search, const struct sim_fault *fault)
{
    struct sim_entry **entries = sim_store_newest_first(sim->store);
    json_t *list = json_array();

    for (size_t i = 0; i < sim_store_count(sim->store); i++) {
        if (fits(search, entries[i]) && is_known(sim, entries[i]) &&
            sim_page_shows(&search->list.page)) {
            json_array_append_new(list, describe(sim, entries[i], search, fault));
        }
    }
    free(entries);
    return list;
}

void
sim_rest_search(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account =
        sim_rest_permitted(sim, request, SIM_CERTIFICATES_READ, answer);
    const struct sim_filter_language language = sim_certificate_filter(sim->settings);
    struct search search = {0};

    if (account != NULL && sim_rest_collection(sim, request, account, &search.templates, answer) &&
        sim_rest_list(sim, request, &language, &search.list, answer) &&
        read_expired(sim, request, &search, answer) &&
        sim_parameter_flag(request, "includeMetadata", &search.include_metadata, answer)) {
        sim_rest_answer(request, run(sim, &search, request->fault), answer);
    }
    sim_filter_free(search.list.filter);
}
