/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEXT_H
#define KF_TEXT_H

/* Text that came from outside: is it fit to be sent, and how to show it on one line. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

/* The longest line given to certmonger, in characters. */
#define KF_TEXT_LINE_MAX 300

/* True when text (NUL-terminated) is valid UTF-8 with no control character in it (C0, DEL, C1,
 * line and paragraph separators), that is: one line. */
bool kf_text_is_line(const char *text);

/* The len bytes of data as one line of at most max characters, owned by mem_ctx: white space runs
 * become one blank, none at either end; invalid UTF-8, control characters and invisible or
 * direction-changing characters (U+200B-200F, U+2028-202E, U+2066-2069, U+FEFF) become '?'; what is
 * cut ends in "...". NULL when memory is out. */
char *kf_text_line(TALLOC_CTX *mem_ctx, const void *data, size_t len, size_t max);

/* seconds since 1970 as ISO 8601 in UTC ("2026-11-24T12:00:00Z"), written to text, which is
 * returned; "unknown" when there is no such time. */
const char *kf_text_time(int64_t seconds, char text[static 32]);

#endif
