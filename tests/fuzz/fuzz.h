/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FUZZ_H
#define KF_FUZZ_H

/* What the fuzz targets share. A target is one file, fuzz_NAME.c, with one function: it is given
 * bytes, hands them to a reader of the helper, and ends the program when a promise is broken. */

#include "bytes.h"
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The target. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, saying where, unless the promise is kept. */
#define KF_FUZZ_PROMISE(promise) kf_fuzz_promise((promise), #promise, __FILE__, __LINE__)
void kf_fuzz_promise(bool is_kept, const char *promise, const char *file, int line);

/* Owns what a target makes once for all inputs. */
TALLOC_CTX *kf_fuzz_lasting(void);

/* The input as bytes owned by mem, in memory that ends with them and a NUL. */
struct kf_bytes kf_fuzz_bytes(TALLOC_CTX *mem, const uint8_t *data, size_t size);

/* The input up to its first NUL, as text owned by mem. */
char *kf_fuzz_text(TALLOC_CTX *mem, const uint8_t *data, size_t size);

/* The input as PEM owned by mem: DER gets an armour with this label, all else is text already. */
const char *kf_fuzz_armour(TALLOC_CTX *mem, const char *label, const uint8_t *data, size_t size);

/* Takes what stands before the next line "%%", or all that is left, off the input; owned by mem. */
struct kf_bytes kf_fuzz_part(TALLOC_CTX *mem, const uint8_t **data, size_t *size);

/* True for one printable line of UTF-8 of at most max characters. */
bool kf_fuzz_is_line(const char *text, size_t max);

/* True when the first certificate in pem has this key. */
bool kf_fuzz_carries(const char *pem, const struct kf_bytes *public_key);

/* A configuration with all that a request wants, made once. */
struct kf_config *kf_fuzz_config(void);

/* The name of FILE below tests/ of the source tree ($srcdir), owned by mem. */
char *kf_fuzz_path(TALLOC_CTX *mem, const char *file);

/* What is in it, owned by mem; the program ends when it cannot be read. */
struct kf_bytes kf_fuzz_file(TALLOC_CTX *mem, const char *file);

#endif
