/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CHAIN_PARTS_H
#define KF_CHAIN_PARTS_H

/* What chain.c shares with the reader of forms, and nobody else. */

#include "cert.h"
#include "chain.h"

/* The certificates that were found, in their order; owns them. */
struct kf_chain_found {
    struct kf_cert *list[KF_CHAIN_MAX];
    size_t count;
};

/* Adds the certificates in text, whatever its form (kf_chain_read()). KF_BADREPLY when it is
 * broken, or there are too many. */
enum kf_rc kf_chain_take(struct kf_chain_found *found, const struct kf_bytes *text,
                         struct kf_error *err);

#endif
