/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ENROLL_H
#define KF_ENROLL_H

/* The request for a certificate, made ready to be sent. */

#include "api.h"
#include "run.h"

/* Makes the enrollment of run->csr: the template of the job, or the configured one; the key held
 * against what the server says of it (kf_template_check()); metadata filled in; a token, where this
 * API wants one. *_request is owned by run->mem. Nothing can have been issued when it fails. */
enum kf_rc kf_enroll_prepare(struct kf_run *run, const struct kf_api *api,
                             struct kf_request **_request);

#endif
