/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_REST_CERTIFICATES_H
#define SIM_REST_CERTIFICATES_H

/* The Keyfactor API: certificates, described and downloaded. */

#include <stdbool.h>

#include <openssl/x509.h>

#include "answer.h"
#include "faults.h"
#include "request.h"
#include "simulator.h"
#include "store.h"

/* The formats of the X-CertificateFormat header; or-ed. */
enum sim_format {
    SIM_FORMAT_PEM = 1,
    SIM_FORMAT_DER = 2,
    SIM_FORMAT_P7B = 4,
};

/* The one that the request asks for; 0: 400, it asks for none of those that are allowed. */
enum sim_format sim_rest_format(const struct sim_request *request, unsigned allowed,
                                struct sim_answer *answer);

/*
 * The certificate of the request, and the CAs above it when asked for, as the fault (or NULL) has
 * them; to be freed.
 */
STACK_OF(X509) *sim_rest_chain(const struct sim *sim, const struct sim_entry *entry,
                               bool include_chain, const struct sim_fault *fault);

/* GET /KeyfactorAPI/Certificates */
void sim_rest_search(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);

/* POST /KeyfactorAPI/Certificates/Download */
void sim_rest_download(struct sim *sim, const struct sim_request *request,
                       struct sim_answer *answer);

#endif
