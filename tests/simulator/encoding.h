/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_ENCODING_H
#define SIM_ENCODING_H

/* Base64 and hex, and text for JSON. */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct sim_bytes {
    unsigned char *data; /* with a zero byte after it, so that text can be read as text */
    size_t size;
};

/* One line of base64, to be freed. */
char *sim_base64(const void *data, size_t size);

/* Strict: whole groups, padding at the end only, no blanks. *_bytes.data is to be freed. */
bool sim_base64_read(const char *text, struct sim_bytes *_bytes);

/* Capital hex digits, to be freed. */
char *sim_hex(const void *data, size_t size);

/* An even number of hex digits and nothing else. *_bytes.data is to be freed. */
bool sim_hex_read(const char *text, struct sim_bytes *_bytes);

/* The text as a JSON string. What clients send is not always UTF-8: then "?" is for its bytes. */
json_t *sim_json_text(const char *text);

#endif
