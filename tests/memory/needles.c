/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is looked for in memory. */

#include "needles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned
start_of(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static int
compare(const void *a, const void *b)
{
    const struct needle_piece *one = a;
    const struct needle_piece *other = b;

    return memcmp(one->bytes, other->bytes, NEEDLE_MIN);
}

/* The number of bytes, which are written over the digits; 0: not hexadecimal. */
static size_t
decode(char *hex)
{
    const size_t len = strlen(hex);
    unsigned char *bytes = (unsigned char *)hex;

    if (len % 2 != 0 || strspn(hex, "0123456789abcdef") != len) {
        return 0;
    }
    for (size_t i = 0; i < len / 2; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return len / 2;
}

static bool
add_piece(struct needles *needles, const unsigned char *bytes, const char *name)
{
    struct needle_piece *pieces =
        reallocarray(needles->pieces, needles->count + 1, sizeof(*pieces));

    if (pieces == NULL) {
        return false;
    }
    needles->pieces = pieces;
    needles->pieces[needles->count++] = (struct needle_piece){bytes, name};
    needles->starts[start_of(bytes) / 8] |= (unsigned char)(1 << start_of(bytes) % 8);
    return true;
}

static bool
add_needle(struct needles *needles, const char *name, char *hex)
{
    const size_t len = hex == NULL ? 0 : decode(hex);
    bool added = len >= NEEDLE_MIN;

    for (size_t i = 0; i + NEEDLE_MIN <= len && added; i++) {
        added = add_piece(needles, (unsigned char *)hex + i, name);
    }
    return added;
}

static bool
add_lines(struct needles *needles, char *text)
{
    bool good = true;

    for (const char *name = strtok(text, " "); good && name != NULL; name = strtok(NULL, " ")) {
        good = add_needle(needles, name, strtok(NULL, "\n"));
    }
    return good;
}

/* The text stays NULL when the file is empty. */
static bool
read_text(const char *path, struct needles *needles)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    bool good = file != NULL;

    if (good && getdelim(&text, &size, '\0', file) >= 0) {
        needles->text = text;
    } else {
        free(text);
        good = good && ferror(file) == 0;
    }
    if (!good) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    if (file != NULL) {
        fclose(file);
    }
    return good;
}

bool
needles_read(const char *path, struct needles *needles)
{
    *needles = (struct needles){.text = NULL};
    if (!read_text(path, needles)) {
        return false;
    }
    if (needles->text != NULL && !add_lines(needles, needles->text)) {
        fprintf(stderr, "%s: lines \"NAME HEX\" of %d bytes at least are wanted\n", path,
                NEEDLE_MIN);
        return false;
    }
    if (needles->count > 0) {
        qsort(needles->pieces, needles->count, sizeof(*needles->pieces), compare);
    }
    return true;
}

void
needles_free(struct needles *needles)
{
    free(needles->pieces);
    free(needles->text);
}

const char *
needles_match(const struct needles *needles, const unsigned char *bytes)
{
    const struct needle_piece wanted = {bytes, NULL};
    const struct needle_piece *found = NULL;

    if ((needles->starts[start_of(bytes) / 8] >> start_of(bytes) % 8 & 1) == 0) {
        return NULL;
    }
    found = bsearch(&wanted, needles->pieces, needles->count, sizeof(wanted), compare);
    return found == NULL ? NULL : found->name;
}
