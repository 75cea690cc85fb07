/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the Classic API answers to an enrollment. */

#include "classic_answer.h"

#include <string.h>

#include "base.h"
#include "certificates_form.h"
#include "decoy.h"
#include "enrollment.h"

/* The Certificates of the answer: what was issued, unless a fault has it otherwise. */
static json_t *
write_certificates(const struct sim *sim, const struct sim_entry *entry, enum sim_form form,
                   const struct sim_fault *fault)
{
    STACK_OF(X509) *chain = NULL;
    json_t *json = NULL;

    if (entry->certificate != NULL) {
        chain = sim_decoy_chain(sim_fault_decoy(fault), sim_cas_get(sim->cas, entry->authority),
                                entry->csr, entry->certificate);
    } else if (form != SIM_FORM_EMPTY && form != SIM_FORM_GARBAGE) {
        return json_null();
    }
    json = sim_form_write(form, chain);
    sk_X509_pop_free(chain, X509_free);
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
}

void
sim_classic_answer(const struct sim *sim, const struct sim_entry *entry, bool certificate_only,
                   const struct sim_fault *fault, struct sim_answer *answer)
{
    enum sim_form form = sim_fault_form(fault, certificate_only ? SIM_FORM_DER : SIM_FORM_PKCS7);
    json_t *json = sim_enrollment_certificate(entry);
    const char *disposition;

    json_object_set_new(
        json, "CMSID",
        entry->certificate == NULL ? json_null() : json_integer((json_int_t)entry->certificate_id));
    json_object_set_new(json, "CMSRequestId", sim_enrollment_request_id(sim, entry, fault));
    json_object_set_new(json, "Certificates", write_certificates(sim, entry, form, fault));
    json_object_set_new(json, "RequestDisposition", json_string(sim_enrollment_disposition(entry)));
    json_object_set_new(json, "DispositionMessage", json_string(sim_enrollment_message(entry)));
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
