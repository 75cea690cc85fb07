/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Reads and writes JSON. Layer 1, pure; jansson. struct kf_json is a json_t in disguise, so
 * that nobody else needs jansson for reading. */

#include "json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

static bool was_refused; /* jansson asked for memory, and there was none */

static void *
allocate(size_t size)
{
    void *memory = malloc(size);

    was_refused = was_refused || (memory == NULL && size > 0);
    return memory;
}

void
kf_json_forget(void)
{
    json_set_alloc_funcs(allocate, free);
    was_refused = false;
}

bool
kf_json_was_out_of_memory(void)
{
    return was_refused;
}

/* Keeps a document alive as long as its talloc context. */
struct document {
    json_t *root;
};

static int
release(struct document *document)
{
    json_decref(document->root);
    return 0;
}

/* jansson counts references in values that it only reads. */
static json_t *
reveal(const struct kf_json *value)
{
    return (json_t *)value;
}

static const struct kf_json *
disguise(const json_t *value)
{
    return (const struct kf_json *)value;
}

/* Each value but the first stands behind one of these bytes. Those in texts count as well. */
static bool
has_too_many_values(const struct kf_bytes *text)
{
    size_t count = 0;

    for (size_t i = 0; i < text->len; i++) {
        count += text->data[i] == ',' || text->data[i] == '[' || text->data[i] == '{';
    }
    return count > KF_JSON_VALUES_MAX;
}

enum kf_rc
kf_json_read(TALLOC_CTX *mem_ctx, const struct kf_bytes *text, const struct kf_json **_root,
             struct kf_error *err)
{
    struct document *document = NULL;
    json_error_t where;

    if (has_too_many_values(text)) {
        return kf_fail(err, KF_BADREPLY, "more than %d values", KF_JSON_VALUES_MAX);
    }
    document = talloc_zero(mem_ctx, struct document);
    if (document == NULL) {
        return kf_fail_nomem(err);
    }
    talloc_set_destructor(document, release);
    kf_json_forget();
    document->root = json_loadb((const char *)text->data, text->len, JSON_DECODE_ANY, &where);
    if (kf_json_was_out_of_memory()) {
        talloc_free(document);
        return kf_fail_nomem(err);
    }
    if (document->root == NULL) {
        talloc_free(document);
        return kf_fail(err, KF_BADREPLY, "line %d, column %d: %s", where.line, where.column,
                       where.text);
    }
    *_root = disguise(document->root);
    return KF_OK;
}

bool
kf_json_is_object(const struct kf_json *value)
{
    return json_is_object(reveal(value));
}

bool
kf_json_is_array(const struct kf_json *value)
{
    return json_is_array(reveal(value));
}

const struct kf_json *
kf_json_member(const struct kf_json *object, const char *name)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach (reveal(object), key, value) {
        if (strcasecmp(key, name) == 0) {
            return disguise(value);
        }
    }
    return NULL;
}

bool
kf_json_member_at(const struct kf_json *object, size_t i, const char **_name,
                  const struct kf_json **_value)
{
    void *member = json_object_iter(reveal(object));

    for (; member != NULL && i > 0; i--) {
        member = json_object_iter_next(reveal(object), member);
    }
    if (member == NULL) {
        return false;
    }
    *_name = json_object_iter_key(member);
    *_value = disguise(json_object_iter_value(member));
    return true;
}

size_t
kf_json_count(const struct kf_json *array)
{
    return json_array_size(reveal(array));
}

const struct kf_json *
kf_json_item(const struct kf_json *array, size_t i)
{
    return disguise(json_array_get(reveal(array), i));
}

bool
kf_json_is_true(const struct kf_json *value)
{
    return json_is_true(reveal(value));
}

const char *
kf_json_text(const struct kf_json *value)
{
    const char *text = json_string_value(reveal(value));

    return text == NULL ? "" : text;
}

int64_t
kf_json_number(const struct kf_json *value)
{
    const char *text = kf_json_text(value);
    long long number = json_integer_value(reveal(value));
    char *end = NULL;

    if (text[0] != '\0') {
        errno = 0;
        number = strtoll(text, &end, 10);
        number = *end != '\0' || errno != 0 ? 0 : number;
    }
    return number > 0 ? number : 0;
}

char *
kf_json_write(TALLOC_CTX *mem_ctx, void *value, bool is_indented)
{
    char *text = NULL;
    char *copy = NULL;

    if (value == NULL) {
        return NULL;
    }
    kf_json_forget();
    text = json_dumps(value, is_indented ? JSON_INDENT(2) : JSON_COMPACT);
    copy = text == NULL || kf_json_was_out_of_memory() ? NULL : talloc_strdup(mem_ctx, text);
    free(text);
    json_decref(value);
    return copy;
}
