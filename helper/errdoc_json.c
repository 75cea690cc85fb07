/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Error documents in JSON: ASP.NET Web API's and Keyfactor's, problem details (RFC 9457), OAuth's
 * (RFC 6749). Layer 1, pure; jansson. */

#include "errdoc_parts.h"
#include "json.h"

#include <jansson.h>
#include <strings.h>

/* The member called name; the servers do not mind its case, and neither does this. */
static json_t *
member(json_t *object, const char *name)
{
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value) {
        if (strcasecmp(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}

static void
add_text(struct kf_errdoc_parts *parts, json_t *value)
{
    if (json_is_string(value)) {
        kf_errdoc_parts_add(parts, json_string_value(value), json_string_length(value));
    }
}

/* {"field": ["text", ...], ...} */
static void
add_fields(struct kf_errdoc_parts *parts, json_t *object)
{
    const char *key;
    json_t *texts;
    json_t *text;
    size_t i;

    json_object_foreach (object, key, texts) {
        json_array_foreach (texts, i, text) {
            add_text(parts, text);
        }
    }
}

/* [{"Reason": "text"}, ...] */
static void
add_reasons(struct kf_errdoc_parts *parts, json_t *array)
{
    json_t *operation;
    size_t i;

    json_array_foreach (array, i, operation) {
        add_text(parts, member(operation, "Reason"));
    }
}

static void
read_object(struct kf_errdoc_parts *parts, json_t *object)
{
    static const struct {
        const char *name;
        void (*add)(struct kf_errdoc_parts *parts, json_t *value);
    } members[] = {
        {"Message", add_text},
        {"title", add_text},
        {"detail", add_text},
        {"error", add_text},
        {"error_description", add_text},
        {"ExceptionMessage", add_text},
        {"ModelState", add_fields},
        {"errors", add_fields},
        {"FailedOperations", add_reasons},
    };
    json_t *code = member(object, "ErrorCode");

    if (json_is_string(code)) {
        kf_errdoc_parts_set_code(parts, json_string_value(code), json_string_length(code));
    }
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        members[i].add(parts, member(object, members[i].name));
    }
}

bool
kf_errdoc_json_read(struct kf_errdoc_parts *parts, const char *data, size_t len)
{
    json_error_t error;
    json_t *root = NULL;

    kf_json_forget();
    root = json_loadb(data, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    parts->nomem |= kf_json_was_out_of_memory();
    if (root == NULL) {
        return false;
    }
    add_text(parts, root);
    read_object(parts, root);
    json_decref(root);
    return true;
}
