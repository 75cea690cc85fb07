/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_BYTES_H
#define KF_BYTES_H

/* Bytes with a length, and their base64 and hexadecimal forms (RFC 4648), through OpenSSL. */

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

/* A byte beyond the end is always there and always NUL, so that text can be read as text. */
struct kf_bytes {
    unsigned char *data;
    size_t len;
};

/* Copies len bytes of data into memory owned by mem_ctx. KF_INTERNAL when memory is out. */
enum kf_rc kf_bytes_copy(TALLOC_CTX *mem_ctx, const void *data, size_t len, struct kf_bytes *_copy);

/* The base64 of data on one line, owned by mem_ctx; NULL when memory is out. */
char *kf_base64_encode(TALLOC_CTX *mem_ctx, const void *data, size_t len);

/* Reads base64, white space anywhere and missing padding at the end allowed. _decoded->data is
 * owned by mem_ctx. KF_BADINPUT when text is anything else, or holds nothing. */
enum kf_rc kf_base64_decode(TALLOC_CTX *mem_ctx, const char *text, size_t len,
                            struct kf_bytes *_decoded);

/* The lower-case hexadecimal form of data, owned by mem_ctx; NULL when memory is out. */
char *kf_hex_encode(TALLOC_CTX *mem_ctx, const void *data, size_t len);

/* Reads an even number of hexadecimal digits and nothing else (no separators).
 * _decoded->data is owned by mem_ctx. KF_BADINPUT when text is anything else, or empty. */
enum kf_rc kf_hex_decode(TALLOC_CTX *mem_ctx, const char *text, struct kf_bytes *_decoded);

#endif
