/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the dialects share in making requests. Layer 2, pure; jansson for bodies. */

#include "api_parts.h"

#include "json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void
kf_api_add_header(struct kf_request *request, const char *name, const char *value, bool secret)
{
    request->headers[request->header_count++] = (struct kf_header){name, value, secret};
}

enum kf_rc
kf_api_set_body(struct kf_request *request, json_t *json, struct kf_error *err)
{
    char *text = kf_json_write(request, json, false);

    if (text == NULL) {
        return kf_fail_nomem(err);
    }
    request->body = (struct kf_bytes){(unsigned char *)text, strlen(text)};
    return KF_OK;
}

json_t *
kf_api_pack(const struct kf_metadata_list *list)
{
    json_t *object = json_object();
    int failed = 0;

    for (size_t i = 0; i < list->count && failed == 0; i++) {
        const struct kf_metadata *entry = &list->entries[i];

        failed = json_object_set_new(object, entry->type, json_string(entry->value));
    }
    if (failed != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

const char *
kf_api_timestamp(int64_t now_ms, char text[static 32])
{
    const time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm = {.tm_sec = 0};
    size_t len;

    gmtime_r(&seconds, &tm);
    len = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + len, 32 - len, ".%03dZ", (int)(now_ms % 1000));
    return text;
}
