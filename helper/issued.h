/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ISSUED_H
#define KF_ISSUED_H

/* A certificate that was issued, on its way to the daemon. */

#include "run.h"
#include "verdict.h"

/* Puts the certificates of verdict in order, the leaf for run->csr first. What is missing of the
 * chain is taken from ca-chain-file and, with fetch-issuers, from where the certificates say that
 * their issuers are (RFC 5280 section 4.2.2.1): a failure there is said in the log and costs no
 * more. The issuers are kept (kf_issuers_keep()). *_outcome is owned by run->mem. KF_BADREPLY as
 * kf_chain_read(); KF_PENDING when the certificate has ended by this host's clock. */
enum kf_rc kf_issued_answer(struct kf_run *run, struct kf_verdict *verdict,
                            struct kf_outcome **_outcome);

#endif
