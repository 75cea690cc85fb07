/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Error documents: which format it is, and the one line that comes of its parts. Layer 1, pure;
 * no library. */

#include "errdoc_parts.h"
#include "text.h"

#include <string.h>

#define CODE_MAX 32

/* What is longer is not a reason, but some other document. */
#define PLAIN_MAX 1000

#define WHITE_SPACE " \t\r\n"
#define UTF8_BOM    "\xef\xbb\xbf"

enum format {
    FORMAT_JSON,
    FORMAT_MARKUP,
    FORMAT_PLAIN,
};

/* The text as one line, or NULL when there is nothing in it. */
static char *
read_line(struct kf_errdoc_parts *parts, const char *text, size_t len, size_t max)
{
    char *line = kf_text_line(parts->doc, text, len, max);

    if (line == NULL) {
        parts->nomem = true;
        return NULL;
    }
    if (line[0] == '\0') {
        talloc_free(line);
        return NULL;
    }
    return line;
}

static bool
contains(const char *text, const char *part)
{
    return text != NULL && strcasestr(text, part) != NULL;
}

static const char *
separator_after(const char *text)
{
    return strchr(".:;!?", text[strlen(text) - 1]) != NULL ? " " : "; ";
}

/* One line of both; line is freed. */
static char *
join(struct kf_errdoc_parts *parts, const char *message, char *line)
{
    char *both = talloc_asprintf(parts->doc, "%s%s%s", message, separator_after(message), line);
    char *joined = NULL;

    if (both == NULL) {
        parts->nomem = true;
    } else {
        joined = read_line(parts, both, strlen(both), KF_TEXT_LINE_MAX);
    }
    talloc_free(both);
    talloc_free(line);
    return joined;
}

bool
kf_errdoc_parts_add(struct kf_errdoc_parts *parts, const char *text, size_t len)
{
    struct kf_errdoc *doc = parts->doc;
    char *line = read_line(parts, text, len, KF_TEXT_LINE_MAX);

    if (line == NULL) {
        return false;
    }
    if (contains(doc->message, line)) {
        talloc_free(line);
        return false;
    }
    if (doc->message != NULL && !contains(line, doc->message)) {
        line = join(parts, doc->message, line);
    }
    talloc_free(doc->message);
    doc->message = line;
    return true;
}

void
kf_errdoc_parts_set_code(struct kf_errdoc_parts *parts, const char *text, size_t len)
{
    if (parts->doc->code == NULL) {
        parts->doc->code = read_line(parts, text, len, CODE_MAX);
    }
}

static void
read_plain(struct kf_errdoc_parts *parts, const char *data, size_t len)
{
    char *text = NULL;

    if (len > PLAIN_MAX || memchr(data, '\0', len) != NULL || memchr(data, '<', len) != NULL) {
        return;
    }
    text = talloc_strndup(parts->doc, data, len);
    if (text == NULL) {
        parts->nomem = true;
        return;
    }
    for (char *c = strpbrk(text, WHITE_SPACE); c != NULL; c = strpbrk(c + 1, WHITE_SPACE)) {
        *c = ' ';
    }
    if (kf_text_is_line(text)) {
        kf_errdoc_parts_add(parts, text, len);
    }
    talloc_free(text);
}

static bool
begins(const char *data, size_t len, const char *prefix)
{
    return len >= strlen(prefix) && memcmp(data, prefix, strlen(prefix)) == 0;
}

static bool
is_utf16(const char *data, size_t len)
{
    return begins(data, len, "\xff\xfe") || begins(data, len, "\xfe\xff");
}

/* How many bytes stand before the document: a byte order mark and white space. */
static size_t
leading(const char *data, size_t len)
{
    size_t start = begins(data, len, UTF8_BOM) ? strlen(UTF8_BOM) : 0;

    while (start < len && data[start] != '\0' && strchr(WHITE_SPACE, data[start]) != NULL) {
        start++;
    }
    return start;
}

/* Servers and proxies label their errors wrongly: the first byte counts more than the label. */
static enum format
sniff(const char *content_type, const char *data, size_t len)
{
    if (data[0] == '<' || is_utf16(data, len)) {
        return FORMAT_MARKUP;
    }
    if (data[0] != '\0' && strchr("{[\"", data[0]) != NULL) {
        return FORMAT_JSON;
    }
    if (contains(content_type, "json")) {
        return FORMAT_JSON;
    }
    return contains(content_type, "html") ? FORMAT_MARKUP : FORMAT_PLAIN;
}

static void
read_document(struct kf_errdoc_parts *parts, const char *content_type, const char *data, size_t len)
{
    switch (sniff(content_type, data, len)) {
    case FORMAT_JSON:
        if (kf_errdoc_json_read(parts, data, len)) {
            return;
        }
        break;
    case FORMAT_MARKUP:
        kf_errdoc_markup_read(parts, data, len);
        break;
    case FORMAT_PLAIN:
        break;
    }
    if (parts->doc->message == NULL) {
        read_plain(parts, data, len);
    }
}

struct kf_errdoc *
kf_errdoc_read(TALLOC_CTX *mem_ctx, const char *content_type, const struct kf_bytes *body)
{
    struct kf_errdoc_parts parts = {.doc = talloc_zero(mem_ctx, struct kf_errdoc)};
    const char *data = (const char *)body->data;
    size_t len = body->len < KF_ERRDOC_MAX ? body->len : KF_ERRDOC_MAX;
    size_t start = leading(data, len);

    if (parts.doc == NULL) {
        return NULL;
    }
    /* cppcheck-suppress knownConditionTrueFalse ; it takes len for 0 always */
    if (start < len) {
        read_document(&parts, content_type, data + start, len - start);
    }
    if (parts.nomem) {
        talloc_free(parts.doc);
        return NULL;
    }
    return parts.doc;
}
