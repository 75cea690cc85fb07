/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: what all answers with certificates have in common. */

#include "rest_certificates.h"

#include <string.h>

#include "ca.h"
#include "decoy.h"

static const char NO_FORMAT[] = "0xA0110007";

static const struct format {
    const char *word;
    enum sim_format format;
} FORMATS[] = {
    {"PEM", SIM_FORMAT_PEM},
    {"DER", SIM_FORMAT_DER},
    {"P7B", SIM_FORMAT_P7B},
};

enum sim_format
sim_rest_format(const struct sim_request *request, unsigned allowed, struct sim_answer *answer)
{
    const char *word = sim_request_header(request, "x-certificateformat");

    if (word == NULL) {
        sim_answer_refuse(answer, 400, NO_FORMAT,
                          "You must supply a certificate format in the 'X-CertificateFormat' "
                          "header of the request.");
        return 0;
    }
    for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
        if ((FORMATS[i].format & allowed) != 0 && strcasecmp(FORMATS[i].word, word) == 0) {
            return FORMATS[i].format;
        }
    }
    sim_answer_refuse(answer, 400, NO_FORMAT, "The certificate format '%s' is not supported.",
                      word);
    return 0;
}

STACK_OF(X509) *
sim_rest_chain(const struct sim *sim, const struct sim_entry *entry, bool include_chain,
               const struct sim_fault *fault)
{
    STACK_OF(X509) *chain =
        sim_decoy_chain(sim_fault_decoy(fault), sim_cas_get(sim->cas, entry->authority), entry->csr,
                        entry->certificate);

    while (!include_chain && sk_X509_num(chain) > 1) {
        X509_free(sk_X509_pop(chain));
    }
    return chain;
}
