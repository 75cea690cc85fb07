/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FOLLOW_H
#define KF_FOLLOW_H

/* What became of a request that the server has, or may have: through the Keyfactor API. Nothing
 * here asks for a new certificate. A failure says that the question was not answered. */

#include "run.h"
#include "verdict.h"

/* What became of the request of that id (0: not known yet), which the workflow decides on (NULL:
 * none does): also the id, once it is known. While it is not, a certificate for run->csr is looked
 * for that was issued at run->since or later. *_verdict is owned by run->mem: issued, with
 * certificates for run->csr; denied; stranger; pending when the server says so; unknown when it
 * does not. An account that may read certificates but not requests learns less, and fails at
 * nothing. */
enum kf_rc kf_follow_request(struct kf_run *run, int64_t request_id, const char *workflow,
                             struct kf_verdict **_verdict);

/* Looks for what became of run->csr when it was sent at run->since or later and the answer was
 * lost: a certificate for its key, issued since and not the one that is being renewed, or a pending
 * request for its subject. Looks by the metadata of reconcile-metadata, when that is configured,
 * else by the subject. *_verdict is owned by run->mem: issued, pending, or unknown when there is
 * nothing. KF_FORBIDDEN and KF_NOAPI when the server cannot be asked, KF_UNSUPPORTED when there is
 * nothing to ask for. */
enum kf_rc kf_follow_lost(struct kf_run *run, struct kf_verdict **_verdict);

#endif
