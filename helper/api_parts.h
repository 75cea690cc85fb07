/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_API_PARTS_H
#define KF_API_PARTS_H

/* What the dialects share in making requests. */

#include "api.h"

#include <jansson.h>

/* Adds a header to a request that has room for it; texts are borrowed. */
void kf_api_add_header(struct kf_request *request, const char *name, const char *value,
                       bool secret);

/* Makes json, which it takes over, the body: once, so that what is signed is what is sent. json may
 * be NULL, for want of memory. */
enum kf_rc kf_api_set_body(struct kf_request *request, json_t *json, struct kf_error *err);

/* {"type": "value", ...}; NULL when memory is out. */
json_t *kf_api_pack(const struct kf_metadata_list *list);

/* ISO 8601, UTC, with milliseconds, into text, which is returned. */
const char *kf_api_timestamp(int64_t now_ms, char text[static 32]);

#endif
