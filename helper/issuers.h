/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ISSUERS_H
#define KF_ISSUERS_H

/* The certificates of the CAs that issued, kept in the state folder for keyfactor-deploy(8): a file
 * for each issuer, so that requests at several CAs do not write over each other's. */

#include "chain.h"
#include "state.h"

/* Keeps what follows the leaf in an issued chain. What cannot be kept is said in the log. */
void kf_issuers_keep(const struct kf_state *state, const struct kf_chain *chain);

/* Reads what was kept in directory: *_texts has *_count PEM texts and is owned by mem_ctx. There
 * are none when the folder cannot be read. KF_INTERNAL when memory is out. */
enum kf_rc kf_issuers_load(TALLOC_CTX *mem_ctx, const char *directory, struct kf_bytes **_texts,
                           size_t *_count, struct kf_error *err);

#endif
