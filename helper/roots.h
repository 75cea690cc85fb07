/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ROOTS_H
#define KF_ROOTS_H

/* FETCH-ROOTS: the CA's root and intermediate certificates. */

#include "chain.h"
#include "run.h"

/* Answers with what is trustworthy: the certificates of ca-chain-file; else, when fetch-roots is
 * set, those that came with the certificate issued last, over the authenticated connection (until
 * one is issued: wait). KF_UNSUPPORTED when neither is set. *_outcome is owned by run->mem. The
 * form is certmonger's JSON (doc/helpers.txt). */
enum kf_rc kf_roots_fetch(struct kf_run *run, struct kf_outcome **_outcome);

/* The CA certificates of ca-chain-file (config->ca_chain), owned by run->mem; NULL when there is
 * no such file. KF_BADCONFIG, naming the file, when one of them is none. */
enum kf_rc kf_roots_configured(struct kf_run *run, struct kf_chain **_chain);

/* Keeps an issued chain for kf_roots_fetch(), when fetch-roots is set. */
void kf_roots_keep(const struct kf_run *run, const struct kf_chain *chain);

#endif
