/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the Keyfactor API answers to an enrollment. */

#include "rest_csr_answer.h"

#include <ctype.h>
#include <string.h>

#include "base.h"
#include "certificates_form.h"
#include "enrollment.h"
#include "faults.h"
#include "rest.h"
#include "rest_certificates.h"

static const char NEEDS_VALIDATION[] = "0xA0010023";

static json_t *
write_certificates(const struct sim *sim, const struct sim_entry *entry,
                   const struct sim_csr_request *asked, const struct sim_fault *fault)
{
    enum sim_form form =
        sim_fault_form(fault, asked->format == SIM_FORMAT_DER ? SIM_FORM_DER : SIM_FORM_PEM);
    STACK_OF(X509) *chain = NULL;
    json_t *json = NULL;

    if (entry->certificate == NULL) {
        return json_null();
    }
    chain = sim_rest_chain(sim, entry, asked->include_chain, fault);
    json = sim_form_write_array(form, chain);
    sk_X509_pop_free(chain, X509_free);
    return json;
}

/* The word for what became of the request, to be freed: all in capitals from Command 25 on. */
static char *
disposition(const struct sim *sim, const struct sim_entry *entry, const struct sim_fault *fault)
{
    const char *word = sim_enrollment_disposition(entry);
    char *text = NULL;

    if (fault != NULL && fault->disposition != NULL) {
        return sim_copy(fault->disposition, strlen(fault->disposition));
    }
    text = sim_copy(word, strlen(word));
    for (char *at = text; sim->settings->product_version != SIM_PRODUCT_10_4 && *at != '\0'; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    return text;
}

/* The members that describe the request. */
static json_t *
describe_request(const struct sim *sim, const struct sim_entry *entry,
                 const struct sim_fault *fault, const char *word)
{
    const char *message =
        fault != NULL && fault->message != NULL ? fault->message : sim_enrollment_message(entry);
    json_t *json = json_pack("{s:o*, s:s, s:s, s:n}", "KeyfactorRequestId",
                             sim_enrollment_request_id(sim, entry, fault), "RequestDisposition",
                             word, "DispositionMessage", message, "EnrollmentContext");

    if (sim->settings->product_version != SIM_PRODUCT_10_4) {
        json_object_set_new(json, "WorkflowInstanceId", json_string(entry->workflow.instance));
        json_object_set_new(json, "WorkflowReferenceId",
                            json_integer((json_int_t)entry->workflow.reference));
    }
    return json;
}

/*
 * Whether the version takes for an error that the CA waits for a validation, though the CA has the
 * request.
 */
static bool
mistakes_validation(const struct sim *sim, const struct sim_entry *entry)
{
    return sim->settings->product_version != SIM_PRODUCT_10_4 &&
           entry->state == SIM_EXTERNAL_VALIDATION;
}

void
sim_rest_csr_answer(const struct sim *sim, const struct sim_request *request,
                    const struct sim_entry *entry, const struct sim_csr_request *asked,
                    struct sim_answer *answer)
{
    const struct sim_fault *fault = request->fault;
    json_t *information = NULL;
    json_t *rest = NULL;

    if (mistakes_validation(sim, entry)) {
        sim_answer_refuse(answer, 400, NEEDS_VALIDATION,
                          "The certificate request requires external validation.");
        return;
    }
    answer->disposition = disposition(sim, entry, fault);
    information = sim_enrollment_certificate(entry);
    rest = describe_request(sim, entry, fault, answer->disposition);
    sim_must(information != NULL && rest != NULL, "describe an enrollment");
    json_object_set_new(information, "KeyfactorID",
                        json_integer((json_int_t)entry->certificate_id)); /* 0 without */
    json_object_set_new(information, "Certificates", write_certificates(sim, entry, asked, fault));
    json_object_update(information, rest);
    json_decref(rest);
    sim_rest_answer(
        request,
        json_pack("{s:o, s:O}", "CertificateInformation", information, "Metadata", entry->metadata),
        answer);
}
