/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Text from outside. Layer 0; no library: the only UTF-8 reader of this program. */

#include "text.h"

#include <string.h>
#include <time.h>

#define BYTES_PER_CHARACTER 4
#define ELLIPSIS            "..."

/* Reads the character at data (RFC 3629: shortest form, no surrogates). Returns its length in
 * bytes, 0 when there is none. */
static size_t
read_character(const unsigned char *data, size_t len, uint32_t *_character)
{
    static const struct {
        unsigned char mask;
        unsigned char lead;
        uint32_t least;
    } forms[] = {
        {0x80, 0x00, 0x00}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]) && form < len; form++) {
        uint32_t character = data[0] & (unsigned char)~forms[form].mask;

        if ((data[0] & forms[form].mask) != forms[form].lead) {
            continue;
        }
        for (size_t i = 1; i <= form; i++) {
            if ((data[i] & 0xc0) != 0x80) {
                return 0;
            }
            character = character << 6 | (data[i] & 0x3f);
        }
        if (character < forms[form].least || character > 0x10ffff ||
            (character >= 0xd800 && character <= 0xdfff)) {
            return 0;
        }
        *_character = character;
        return form + 1;
    }
    return 0;
}

static bool
is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

/* Invisible, or turns the direction of what follows. */
static bool
is_deceptive(uint32_t c)
{
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static bool
is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

bool
kf_text_is_line(const char *text)
{
    const unsigned char *data = (const unsigned char *)text;
    size_t left = strlen(text);

    while (left > 0) {
        uint32_t character = 0;
        size_t len = read_character(data, left, &character);

        if (len == 0 || is_control(character)) {
            return false;
        }
        data += len;
        left -= len;
    }
    return true;
}

/* A line while it is written. */
struct line {
    char *text;
    size_t len;        /* bytes */
    size_t characters; /* written so far */
    size_t cut_len;    /* bytes up to where the ellipsis goes if the line is cut */
    bool blank;        /* white space is due before the next character */
};

static void
append(struct line *line, const void *character, size_t len, size_t max)
{
    if (line->characters + strlen(ELLIPSIS) == max) {
        line->cut_len = line->len;
    }
    memcpy(line->text + line->len, character, len);
    line->len += len;
    line->characters++;
}

/* Takes one character, or one byte that is none, off data. Returns its length. */
static size_t
take(struct line *line, const unsigned char *data, size_t left, size_t max)
{
    uint32_t character = 0;
    size_t len = read_character(data, left, &character);

    if (len > 0 && is_blank(character)) {
        line->blank = line->characters > 0;
        return len;
    }
    if (line->blank) {
        append(line, " ", 1, max);
        line->blank = false;
    }
    if (line->characters <= max) {
        if (len == 0 || is_control(character) || is_deceptive(character)) {
            append(line, "?", 1, max);
        } else {
            append(line, data, len, max);
        }
    }
    return len == 0 ? 1 : len;
}

char *
kf_text_line(TALLOC_CTX *mem_ctx, const void *data, size_t len, size_t max)
{
    /* One character over the limit, a blank before it, and the NUL still fit. */
    const size_t most = len <= max ? len : max + 2;
    struct line line = {.text = talloc_size(mem_ctx, most * BYTES_PER_CHARACTER + 1)};
    const unsigned char *bytes = data;

    if (line.text == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < len && line.characters <= max;) {
        i += take(&line, bytes + i, len - i, max);
    }
    if (line.characters > max) {
        memcpy(line.text + line.cut_len, ELLIPSIS, strlen(ELLIPSIS));
        line.len = line.cut_len + strlen(ELLIPSIS);
    }
    line.text[line.len] = '\0';
    return line.text;
}

const char *
kf_text_time(int64_t seconds, char text[static 32])
{
    const time_t when = (time_t)seconds;
    struct tm tm;

    if (gmtime_r(&when, &tm) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        return "unknown";
    }
    return text;
}
