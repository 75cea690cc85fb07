/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CLASSIC_H
#define KF_CLASSIC_H

/* What can be asked of the Classic API without asking for a certificate; enrolling is
 * kf_api_classic (api.h). Pure: bytes out, bytes in. */

#include "config.h"
#include "http.h"

/* GET where enrollments are POSTed: a server that has the API answers that this is no method for it
 * (HTTP 405). */
enum kf_rc kf_classic_probe(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                            struct kf_request **_request, struct kf_error *err);

/* POST to the API's own token endpoint, which versions 1 and 2 need, signed as an enrollment is:
 * what tells whether the application is known. */
enum kf_rc kf_classic_token(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                            struct kf_request **_request, struct kf_error *err);

#endif
