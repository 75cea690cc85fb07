/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef NEEDLES_H
#define NEEDLES_H

/* What is looked for: any stretch of NEEDLE_MIN bytes of a secret, so that a copy whose beginning
 * the allocator has written over is found too. */

#include <stdbool.h>
#include <stddef.h>

#define NEEDLE_MIN 12

struct needle_piece {
    const unsigned char *bytes; /* NEEDLE_MIN of them */
    const char *name;           /* of the secret */
};

struct needles {
    char *text;                  /* of the file, bytes in place of their digits */
    struct needle_piece *pieces; /* sorted by their bytes */
    size_t count;
    unsigned char starts[65536 / 8]; /* a bit for each first two bytes that some piece has */
};

/* Reads lines "NAME HEX", where HEX is NEEDLE_MIN bytes at least. False, with a line on standard
 * error, when that is not what is in the file. What is read is to be freed in either case. */
bool needles_read(const char *path, struct needles *needles);
void needles_free(struct needles *needles);

/* The secret of which bytes begin with a piece; NULL: none. NEEDLE_MIN bytes are there. */
const char *needles_match(const struct needles *needles, const unsigned char *bytes);

#endif
