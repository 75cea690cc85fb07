/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Memory, text and the end of a simulator that cannot go on. Lowest layer. */

#include "base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

void
sim_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    _Exit(1); /* other threads go on: nothing is taken from under them */
}

void *
sim_zeroed(size_t size)
{
    void *memory = calloc(1, size);

    sim_must(memory != NULL, "get memory");
    return memory;
}

void *
sim_resize(void *items, size_t count, size_t size)
{
    void *memory = reallocarray(items, count > 0 ? count : 1, size);

    sim_must(memory != NULL, "get memory");
    return memory;
}

char *
sim_text_args(const char *format, va_list args)
{
    char *text = NULL;

    sim_must(vasprintf(&text, format, args) >= 0, "get memory");
    return text;
}

char *
sim_text(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    text = sim_text_args(format, args);
    va_end(args);
    return text;
}

char *
sim_copy(const void *data, size_t size)
{
    char *copy = sim_zeroed(size + 1);

    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

bool
sim_equal_secret(const char *left, const char *right)
{
    size_t size = strlen(left);

    return size == strlen(right) && CRYPTO_memcmp(left, right, size) == 0;
}
