/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_AIA_H
#define SIM_AIA_H

/* Authority information access (RFC 5280, 4.2.2.1): certificates say where their issuer is, and
 * there it is. */

#include <openssl/x509v3.h>

#include "answer.h"
#include "request.h"
#include "simulator.h"

/*
 * What a certificate says of its issuer, whose files have that name; to be freed. issuer_url is as
 * written in the settings: true for this server; an address, or several in an array, where one that
 * begins with "/" is on this server. NULL for nothing: false, or NULL.
 */
AUTHORITY_INFO_ACCESS *sim_aia_access(const json_t *issuer_url, const char *server,
                                      const char *issuer_file);

/* GET /aia/NAME.cer and .p7c: a CA's certificate, for anybody. */
void sim_aia_serve(struct sim *sim, const struct sim_request *request, struct sim_answer *answer);

#endif
