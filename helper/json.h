/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_JSON_H
#define KF_JSON_H

/* Reads JSON, that of answers mostly, and writes it. Names of members are compared without regard
 * to case, as Keyfactor Command itself does; every function takes NULL for "not there". */

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* A document of more values is refused: each takes a hundred times the bytes that it is written
 * with. */
#define KF_JSON_VALUES_MAX 50000

/* For those who call jansson themselves: without memory it leaves out parts of what it reads or
 * writes, and does not say so. The first has it take its memory by way of us, and forgets what was;
 * the second tells whether there was none since. */
void kf_json_forget(void);
bool kf_json_was_out_of_memory(void);

/* A value in a document; it lives as long as the document. */
struct kf_json;

/* Reads the document in text. *_root is owned by mem_ctx. KF_BADREPLY when text is not JSON (first
 * bytes and place of the fault in err), is nested too deeply, or has too many values. */
enum kf_rc kf_json_read(TALLOC_CTX *mem_ctx, const struct kf_bytes *text,
                        const struct kf_json **_root, struct kf_error *err);

/* True for {...}, and for [...]. */
bool kf_json_is_object(const struct kf_json *value);
bool kf_json_is_array(const struct kf_json *value);

/* The member of an object; NULL when it is not there. */
const struct kf_json *kf_json_member(const struct kf_json *object, const char *name);

/* Member number i of an object, in the order of the text; false beyond the last. */
bool kf_json_member_at(const struct kf_json *object, size_t i, const char **_name,
                       const struct kf_json **_value);

/* The number of items of an array; 0 for anything else. */
size_t kf_json_count(const struct kf_json *array);

/* Item number i of an array; NULL beyond its end. */
const struct kf_json *kf_json_item(const struct kf_json *array, size_t i);

/* True for true, and for nothing else. */
bool kf_json_is_true(const struct kf_json *value);

/* The text of a value; "" when it is none. */
const char *kf_json_text(const struct kf_json *value);

/* The number of a value: a JSON integer, or the digits of one in a text; 0 for anything else, and
 * for negative ones. */
int64_t kf_json_number(const struct kf_json *value);

/* Writes value, a json_t of jansson's, which is taken: in one line, or to be looked at. The text is
 * owned by mem_ctx; NULL when memory is out, also when value is. */
char *kf_json_write(TALLOC_CTX *mem_ctx, void *value, bool is_indented);

#endif
