/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Classic API: CertEnroll, version 3. */

#include "classic.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "access.h"
#include "base.h"
#include "ca.h"
#include "certificate.h"
#include "clock.h"
#include "encoding.h"
#include "enrollment.h"
#include "fields.h"
#include "settings.h"

#define FLAG_CERT_ONLY 1

static const char BAD_TIMESTAMP[] = "0xA0140004";

/* The Request of the envelope. The texts belong to the request's JSON, the metadata does not. */
struct inner {
    json_int_t flags;
    const char *template_name;
    const char *csr;
    json_t *metadata; /* an object; NULL: none */
};

static void
refuse_shape(struct sim_answer *answer, const char *reason)
{
    sim_answer_refuse(answer, 400, NULL, "The request is invalid. %s", reason);
}

static bool
check_timestamp(const struct sim_settings *settings, const json_t *envelope,
                struct sim_answer *answer)
{
    const char *text = json_string_value(sim_fields_get(envelope, "Timestamp"));
    time_t now = time(NULL) + settings->clock_offset_seconds;
    time_t when;

    if (text == NULL) {
        sim_answer_refuse(answer, 403, BAD_TIMESTAMP, "The request timestamp is missing.");
        return false;
    }
    if (!sim_clock_read_timestamp(text, &when)) {
        sim_answer_refuse(answer, 403, BAD_TIMESTAMP, "The request timestamp is not ISO 8601 UTC.");
        return false;
    }
    if (labs(now - when) > settings->clock_tolerance_seconds) {
        sim_answer_refuse(answer, 403, BAD_TIMESTAMP,
                          "The request timestamp is outside the allowed range.");
        return false;
    }
    return true;
}

/* The array [{"MetadataFieldTypeName": n, "Value": v}] as an object; NULL when it is none. */
static json_t *
metadata_from_array(const json_t *array)
{
    json_t *object = json_object();
    size_t i;
    json_t *item;

    json_array_foreach (array, i, item) {
        const char *name = json_string_value(sim_fields_get(item, "MetadataFieldTypeName"));
        json_t *value = sim_fields_get(item, "Value");

        if (name == NULL || value == NULL) {
            json_decref(object);
            return NULL;
        }
        json_object_set(object, name, value);
    }
    return object;
}

static bool
read_metadata(json_t *list, struct inner *inner, struct sim_answer *answer)
{
    if (list == NULL || json_is_null(list)) {
        return true;
    }
    if (json_is_array(list)) {
        inner->metadata = metadata_from_array(list);
    } else if (json_is_object(list)) {
        inner->metadata = json_incref(list);
    }
    if (inner->metadata == NULL) {
        refuse_shape(answer, "MetadataList must be an object, or an array of objects with "
                             "MetadataFieldTypeName and Value.");
    }
    return inner->metadata != NULL;
}

static bool
read_inner(const json_t *json, struct inner *inner, struct sim_answer *answer)
{
    const json_t *flags = sim_fields_get(json, "Flags");

    inner->flags = json_integer_value(flags);
    inner->template_name = json_string_value(sim_fields_get(json, "TemplateName"));
    inner->csr = json_string_value(sim_fields_get(json, "Pkcs10Request"));
    if (!json_is_object(json)) {
        refuse_shape(answer, "Request must be an object.");
    } else if (!json_is_integer(flags) || (inner->flags & ~(json_int_t)FLAG_CERT_ONLY) != 0) {
        refuse_shape(answer, "Flags must be 0 or 1.");
    } else if (inner->template_name == NULL) {
        refuse_shape(answer, "TemplateName must be a string.");
    } else if (inner->csr == NULL) {
        refuse_shape(answer, "Pkcs10Request must be a string.");
    } else {
        return read_metadata(sim_fields_get(json, "MetadataList"), inner, answer);
    }
    return false;
}

/* The Certificates of the answer: what was issued, unless a fault has it otherwise. */
static json_t *
write_certificates(const struct sim *sim, const struct sim_entry *entry, enum sim_form form,
                   const struct sim_fault *fault)
{
    enum sim_decoy decoy = fault != NULL ? fault->certificate : SIM_DECOY_NONE;
    STACK_OF(X509) *chain = NULL;
    json_t *json = NULL;

    if (entry->certificate != NULL) {
        chain = sim_decoy_chain(decoy, sim->ca, entry->csr, entry->certificate);
    } else if (form != SIM_FORM_EMPTY && form != SIM_FORM_GARBAGE) {
        return json_null();
    }
    json = sim_form_write(form, chain);
    sk_X509_pop_free(chain, X509_free);
    return json;
}

static enum sim_form
choose_form(json_int_t flags, const struct sim_fault *fault)
{
    if (fault != NULL && fault->certificates != SIM_FORM_AS_ASKED) {
        return fault->certificates;
    }
    return (flags & FLAG_CERT_ONLY) != 0 ? SIM_FORM_DER : SIM_FORM_PKCS7;
}

static char *
thumbprint(const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    sim_must(X509_digest(certificate, EVP_sha1(), digest, &size) == 1, "compute a thumbprint");
    return sim_hex(digest, size);
}

/* The members that describe the certificate: null while there is none. */
static json_t *
describe_certificate(const struct sim_entry *entry)
{
    char *serial, *issuer, *thumb;
    json_t *json = NULL;

    if (entry->certificate == NULL) {
        return json_pack("{s:n, s:n, s:n, s:n}", "SerialNumber", "IssuerDN", "Thumbprint", "CMSID");
    }
    serial = sim_certificate_serial(entry->certificate);
    issuer = sim_certificate_name(X509_get_issuer_name(entry->certificate));
    thumb = thumbprint(entry->certificate);
    json = json_pack("{s:s, s:s, s:s, s:I}", "SerialNumber", serial, "IssuerDN", issuer,
                     "Thumbprint", thumb, "CMSID", (json_int_t)entry->certificate_id);
    free(serial);
    free(issuer);
    free(thumb);
    return json;
}

/* The words of a fault in place of the true ones. */
static void
change_words(json_t *json, const struct sim_fault *fault)
{
    if (fault->disposition != NULL) {
        json_object_set_new(json, "RequestDisposition", json_string(fault->disposition));
    }
    if (fault->message != NULL) {
        json_object_set_new(json, "DispositionMessage", json_string(fault->message));
    }
    if (fault->request_id != NULL) {
        json_object_set(json, "CMSRequestId", fault->request_id);
    }
}

static void
write_answer(const struct sim *sim, const struct sim_entry *entry, enum sim_form form,
             const struct sim_fault *fault, struct sim_answer *answer)
{
    bool issued = entry->certificate != NULL;
    json_t *json = describe_certificate(entry);
    const char *disposition;

    json_object_set_new(json, "CMSRequestId", json_integer((json_int_t)entry->id));
    json_object_set_new(json, "Certificates", write_certificates(sim, entry, form, fault));
    json_object_set_new(json, "RequestDisposition", json_string(issued ? "Issued" : "PENDING"));
    json_object_set_new(json, "DispositionMessage",
                        json_string(issued ? "" : "The certificate request is pending approval."));
    if (fault != NULL) {
        change_words(json, fault);
    }
    disposition = json_string_value(json_object_get(json, "RequestDisposition"));
    answer->disposition = sim_copy(disposition, strlen(disposition));
    if (fault != NULL) {
        sim_fault_omit(fault, json);
    }
    sim_answer_json(answer, 200, json);
}

/* From here on the client is known, and its request is JSON. */
static void
enroll(struct sim *sim, const struct sim_request *request, const struct sim_account *account,
       const json_t *envelope, struct sim_answer *answer)
{
    const struct sim_settings *settings = sim->settings;
    const struct sim_application *application = sim_access_application(settings, request, answer);
    struct inner inner = {0};
    const struct sim_entry *entry = NULL;

    if (application == NULL || !sim_access_signed(settings, application, request, answer) ||
        !check_timestamp(settings, envelope, answer) ||
        !read_inner(sim_fields_get(envelope, "Request"), &inner, answer)) {
        return;
    }
    entry = sim_enrollment_submit(sim,
                                  &(const struct sim_enrollment){
                                      .requester = account->username,
                                      .template_name = inner.template_name,
                                      .templates = application->templates,
                                      .csr = inner.csr,
                                      .metadata = inner.metadata,
                                  },
                                  answer);
    if (entry != NULL) {
        write_answer(sim, entry, choose_form(inner.flags, request->fault), request->fault, answer);
    }
    json_decref(inner.metadata);
}

void
sim_classic_enroll(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const struct sim_account *account = NULL;
    json_t *envelope = NULL;

    sim_answer_header(answer, "X-CSS-CMS-API-Version", "3");
    sim_answer_header(answer, "X-CSS-CMS-Product-Version", "10.4.0.0");
    account = sim_access_account(sim->settings, request, answer);
    if (account == NULL) {
        return;
    }
    if (!sim_request_is_json(request)) {
        sim_answer_refuse(answer, 415, NULL, "The media type of the request is not supported.");
        return;
    }
    envelope = json_loadb(request->body, request->body_size, 0, NULL);
    if (json_is_object(envelope)) {
        enroll(sim, request, account, envelope, answer);
    } else {
        refuse_shape(answer, "The body is not a JSON object.");
    }
    json_decref(envelope);
}
