/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ERRDOC_PARTS_H
#define KF_ERRDOC_PARTS_H

/* What errdoc.c shares with the two readers of formats, one of which modules.c loads. */

#include "errdoc.h"

#include <stdbool.h>

/* An error document while it is put together. */
struct kf_errdoc_parts {
    struct kf_errdoc *doc; /* what was found so far; owns its texts */
    bool nomem;            /* memory ran out: doc is not whole */
};

/* Adds text to the message, unless that says it already. True when the message changed. */
bool kf_errdoc_parts_add(struct kf_errdoc_parts *parts, const char *text, size_t len);

/* Takes text as the error code, unless there is one. */
void kf_errdoc_parts_set_code(struct kf_errdoc_parts *parts, const char *text, size_t len);

/* Reads a JSON document. False when data is not JSON. */
bool kf_errdoc_json_read(struct kf_errdoc_parts *parts, const char *data, size_t len);

/* Reads an XML or HTML document, however broken; len is at most KF_ERRDOC_MAX. */
void kf_errdoc_markup_read(struct kf_errdoc_parts *parts, const char *data, size_t len);

#endif
