/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_REST_PARTS_H
#define KF_REST_PARTS_H

/* What the files of the Keyfactor API share. */

#include "api_parts.h"
#include "rest.h"

/* A request for path, below the API's own, with the headers of every call; the caller sets the
 * rest. NULL when memory is out. */
struct kf_request *kf_rest_start(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                                 const char *method, const char *path);

/* Gives a request its body, which it takes over, and hands it over; certificates are asked for as
 * PEM. */
enum kf_rc kf_rest_finish(struct kf_request *request, json_t *body, struct kf_request **_request,
                          struct kf_error *err);

#endif
