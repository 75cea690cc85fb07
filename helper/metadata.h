/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_METADATA_H
#define KF_METADATA_H

/* Fills the variables of metadata values in: keyfactor.conf(5), METADATA. */

#include "config.h"
#include "csr.h"
#include "protocol.h"

/* What the values are filled in from. Everything borrowed. */
struct kf_metadata_source {
    const struct kf_config *config;
    const struct kf_job *job;
    const struct kf_csr *csr;
    const char *template;
};

/* Copies list with %{hostname} (this host's name), %{subject} (the request's), %{profile}
 * (template), %{ca} (nickname), %{previous-serial} (of the certificate that is renewed, or nothing)
 * and %{env:NAME} filled in; "%%{" stands for "%{", any other % for itself. *_filled is owned by
 * mem_ctx. KF_BADCONFIG naming FILE:LINE and type for an unknown variable, an environment variable
 * that is not set, and a value that is not one line of text. */
enum kf_rc kf_metadata_fill(TALLOC_CTX *mem_ctx, const struct kf_metadata_source *source,
                            const struct kf_metadata_list *list, struct kf_metadata_list *_filled,
                            struct kf_error *err);

/* Adds a line to a list that kf_metadata_fill() made; type and value are borrowed. */
enum kf_rc kf_metadata_add(TALLOC_CTX *mem_ctx, struct kf_metadata_list *list, const char *type,
                           const char *value, struct kf_error *err);

#endif
