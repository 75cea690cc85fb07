/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEST_SUPPORT_H
#define KF_TEST_SUPPORT_H

/* What the unit tests share. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <talloc.h>

#include "bytes.h"

#include <stdbool.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names of files, and NULL behind the last. */
#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* cmocka setup and teardown: *state is a fresh TALLOC_CTX for the test. A test that leaves memory
 * behind outside it fails. */
int kf_test_setup(void **state);
int kf_test_teardown(void **state);

#define KF_TEST(function) cmocka_unit_test_setup_teardown(function, kf_test_setup, kf_test_teardown)

/* The file tests/data/NAME ($KF_TEST_DATA is the folder), owned by mem; fails the test without. */
struct kf_bytes kf_test_data(TALLOC_CTX *mem, const char *name);

/* Fails the test when there is a file in tests/data/FOLDER that is_used() does not know. */
void kf_test_no_unused_data(TALLOC_CTX *mem, const char *folder, bool (*is_used)(const char *file));

/* A context, owned by mem, below which talloc gives out no more than size bytes, its own headers
 * and those of the context counted. */
TALLOC_CTX *kf_test_small_memory(TALLOC_CTX *mem, size_t size);

/* A fresh temporary folder, removed with all that is in it when mem is freed. */
char *kf_test_directory(TALLOC_CTX *mem);

/* How many entries a folder has, hidden ones among them; fails the test without the folder. */
size_t kf_test_count_files(const char *directory);

/* Writes text into DIRECTORY/NAME with mode and returns the path, owned by mem. */
char *kf_test_file(TALLOC_CTX *mem, const char *directory, const char *name, const char *text,
                   unsigned mode);

/* The text of the file PATH, owned by mem; NULL when there is none. */
char *kf_test_read(TALLOC_CTX *mem, const char *path);

/* A stream of this process that goes into a file for the while. */
struct kf_test_capture {
    int fd;
    int saved;
    FILE *file;
};

void kf_test_capture_begin(struct kf_test_capture *capture, int fd);

/* Gives the stream back. Returns what was written to it, owned by mem. */
char *kf_test_capture_end(TALLOC_CTX *mem, struct kf_test_capture *capture);

/* Fails the test unless text contains part. */
void kf_test_contains(const char *text, const char *part);

/* Fails the test unless text is the same JSON as expected. */
void kf_test_same_json(const char *text, const char *expected);

#endif
