/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What every enrollment goes through: template, CSR, metadata, then the CA or an approver. */

#include "enrollment.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base.h"
#include "ca.h"
#include "certificate.h"
#include "clock.h"
#include "csr.h"
#include "fields.h"
#include "settings.h"

static const char BAD_REQUEST[] = "0xA0110001";
static const char BAD_TEMPLATE[] = "0xA0110002";
static const char BAD_CSR[] = "0xA0110003";
static const char BAD_METADATA[] = "0xA0110008";
static const char BAD_FIELD[] = "0xA0110009";
static const char NOT_ALLOWED[] = "0xA0140002";

static const struct sim_template *
find_template(const struct sim_settings *settings, const struct sim_enrollment *enrollment,
              struct sim_answer *answer)
{
    const char *name = enrollment->template_name;
    const struct sim_template *template = sim_settings_template(settings, name);

    if (template == NULL) {
        sim_answer_refuse(answer, 400, BAD_TEMPLATE, "The template '%s' does not exist.", name);
        return NULL;
    }
    if (!sim_settings_allows(enrollment->account->templates, name)) {
        sim_answer_refuse(answer, 403, NOT_ALLOWED,
                          "The user '%s' may not enroll for the template '%s'.",
                          enrollment->account->username, name);
        return NULL;
    }
    if (enrollment->application != NULL &&
        !sim_settings_allows(enrollment->application->templates, name)) {
        sim_answer_refuse(answer, 400, BAD_TEMPLATE,
                          "The template '%s' is not configured for this application.", name);
        return NULL;
    }
    return template;
}

static bool
check_key(const struct sim_template *template, EVP_PKEY *key, struct sim_answer *answer)
{
    bool rsa = template->key_type == SIM_KEY_RSA;
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_get_base_id(key) != (rsa ? EVP_PKEY_RSA : EVP_PKEY_EC)) {
        sim_answer_refuse(answer, 400, BAD_CSR,
                          "The key type of the CSR does not match the template '%s': %s keys only.",
                          template->name, rsa ? "RSA" : "ECC");
        return false;
    }
    if (bits < template->key_size) {
        sim_answer_refuse(answer, 400, BAD_CSR,
                          "The key size %d of the CSR does not match the template '%s': at least "
                          "%ld bits.",
                          bits, template->name, template->key_size);
        return false;
    }
    return true;
}

/* The CSR, to be freed; NULL when it is refused. */
static X509_REQ *
read_csr(const struct sim_template *template, const char *text, struct sim_answer *answer)
{
    X509_REQ *csr = sim_csr_read(text);
    EVP_PKEY *key = csr != NULL ? X509_REQ_get0_pubkey(csr) : NULL;

    if (csr == NULL) {
        sim_answer_refuse(answer, 400, BAD_CSR, "The CSR is not a base-64 PKCS#10 request.");
    } else if (key == NULL || X509_REQ_verify(csr, key) != 1) {
        sim_answer_refuse(answer, 400, BAD_CSR, "The signature of the CSR is not valid.");
    } else if (check_key(template, key, answer)) {
        return csr;
    }
    X509_REQ_free(csr);
    return NULL;
}

static bool
check_metadata(const struct sim_settings *settings, json_t *metadata, struct sim_answer *answer)
{
    const char *name;
    json_t *value;

    json_object_foreach (metadata, name, value) {
        if (!sim_settings_lists(settings->metadata_types, name)) {
            sim_answer_refuse(answer, 400, BAD_METADATA, "The metadata field '%s' does not exist.",
                              name);
            return false;
        }
        if (!json_is_string(value)) {
            sim_answer_refuse(answer, 400, BAD_REQUEST,
                              "The value of the metadata field '%s' is not a string.", name);
            return false;
        }
    }
    return true;
}

/* Whether the object has a value under each of the names. */
static bool
has_all(const json_t *object, const json_t *names, const char *what, const char *code,
        struct sim_answer *answer)
{
    size_t i;
    json_t *name;

    json_array_foreach (names, i, name) {
        json_t *value = sim_fields_get(object, json_string_value(name));

        if (value == NULL || (json_is_string(value) && json_string_length(value) == 0)) {
            sim_answer_refuse(answer, 400, code, "The %s '%s' is required.", what,
                              json_string_value(name));
            return false;
        }
    }
    return true;
}

static bool
check_extras(const struct sim_settings *settings, const struct sim_template *template,
             const struct sim_enrollment *enrollment, struct sim_answer *answer)
{
    return check_metadata(settings, enrollment->metadata, answer) &&
           has_all(enrollment->metadata, settings->required_metadata, "metadata field",
                   BAD_METADATA, answer) &&
           has_all(enrollment->fields, template->enrollment_fields, "enrollment field", BAD_FIELD,
                   answer);
}

bool
sim_enrollment_issue(struct sim *sim, struct sim_entry *entry)
{
    const struct sim_ca *ca = sim_cas_get(sim->cas, entry->authority);
    const struct sim_template *template =
        sim_settings_template(sim->settings, entry->template_name);

    if (template == NULL) {
        return false;
    }
    sim_store_issue(sim->store, entry, sim_ca_issue(ca, entry->csr, template));
    return true;
}

bool
sim_enrollment_send(struct sim *sim, struct sim_entry *entry)
{
    const struct sim_template *template =
        sim_settings_template(sim->settings, entry->template_name);

    if (template == NULL) {
        return false;
    }
    if (template->external_validation) {
        entry->state = SIM_EXTERNAL_VALIDATION;
        return true;
    }
    if (template->requires_approval) {
        entry->state = SIM_PENDING;
        return true;
    }
    return sim_enrollment_issue(sim, entry);
}

/* A copy of the object, or an empty one. */
static json_t *
copy_object(const json_t *object)
{
    return object != NULL ? json_deep_copy(object) : json_object();
}

static char *
copy_text(const char *text)
{
    return sim_copy(text, strlen(text));
}

/* Takes the CSR over. */
static struct sim_entry *
remember(struct sim *sim, const struct sim_template *template,
         const struct sim_enrollment *enrollment, X509_REQ *csr)
{
    struct sim_entry *entry = sim_store_add(sim->store, template->workflow);

    entry->submitted_ms = sim_clock_now_ms();
    entry->api = enrollment->api;
    entry->template_name = copy_text(template->name);
    entry->authority = copy_text(enrollment->ca->name);
    entry->requester = copy_text(enrollment->account->username);
    entry->metadata = copy_object(enrollment->metadata);
    entry->fields = copy_object(enrollment->fields);
    entry->sans = copy_object(enrollment->sans);
    entry->pattern = enrollment->pattern;
    entry->renewal_id = enrollment->renewal_id;
    entry->csr = csr;
    return entry;
}

struct sim_entry *
sim_enrollment_submit(struct sim *sim, const struct sim_enrollment *enrollment,
                      struct sim_answer *answer)
{
    const struct sim_template *template = find_template(sim->settings, enrollment, answer);
    struct sim_entry *entry = NULL;
    X509_REQ *csr = NULL;

    if (template == NULL) {
        return NULL;
    }
    csr = read_csr(template, enrollment->csr, answer);
    if (csr == NULL || !check_extras(sim->settings, template, enrollment, answer)) {
        X509_REQ_free(csr);
        return NULL;
    }
    entry = remember(sim, template, enrollment, csr);
    answer->request_id = entry->id;
    if (!template->workflow) {
        sim_must(sim_enrollment_send(sim, entry), "bring a request before the CA");
    }
    if (entry->certificate != NULL) {
        answer->serial = sim_certificate_serial(entry->certificate);
    }
    sim_store_save(sim->store);
    return entry;
}

json_t *
sim_enrollment_request_id(const struct sim *sim, const struct sim_entry *entry,
                          const struct sim_fault *fault)
{
    bool named = fault != NULL && fault->request_id != NULL;

    if (entry->state != SIM_IN_WORKFLOW || named) {
        return sim_fault_request_id(fault, entry->id);
    }
    return sim->settings->workflow_request_id == SIM_NO_REQUEST_ID_ABSENT ? NULL : json_integer(0);
}

const char *
sim_enrollment_disposition(const struct sim_entry *entry)
{
    if (entry->certificate != NULL) {
        return "Issued";
    }
    return entry->state == SIM_EXTERNAL_VALIDATION ? "EXTERNAL_VALIDATION" : "PENDING";
}

const char *
sim_enrollment_message(const struct sim_entry *entry)
{
    if (entry->certificate != NULL) {
        return "";
    }
    return entry->state == SIM_EXTERNAL_VALIDATION
               ? "The certificate request is being processed by the CA, and will be available at "
                 "a later time."
               : "The certificate request is pending approval.";
}

json_t *
sim_enrollment_certificate(const struct sim_entry *entry)
{
    char *serial, *issuer, *thumbprint;
    json_t *json = NULL;

    if (entry->certificate == NULL) {
        return json_pack("{s:n, s:n, s:n}", "SerialNumber", "IssuerDN", "Thumbprint");
    }
    serial = sim_certificate_serial(entry->certificate);
    issuer = sim_certificate_name(X509_get_issuer_name(entry->certificate));
    thumbprint = sim_certificate_thumbprint(entry->certificate);
    json = json_pack("{s:s, s:s, s:s}", "SerialNumber", serial, "IssuerDN", issuer, "Thumbprint",
                     thumbprint);
    free(serial);
    free(issuer);
    free(thumbprint);
    return json;
}
