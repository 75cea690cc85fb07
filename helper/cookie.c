/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The cookie: what one run tells the next. Layer 1, pure; no library. */

#include "cookie.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT     "kf1"
#define SHA256_HEX 64
#define WORD_MAX   36

static const char *const state_names[] = {
    [KF_COOKIE_SUBMIT] = "submit",
    [KF_COOKIE_RESUME] = "resume",
    [KF_COOKIE_GUESS] = "guess",
    [KF_COOKIE_RECONCILE] = "reconcile",
};
#define STATE_COUNT (sizeof(state_names) / sizeof(state_names[0]))

char *
kf_cookie_format(TALLOC_CTX *mem_ctx, const struct kf_cookie *cookie)
{
    return talloc_asprintf(mem_ctx,
                           FORMAT ",state=%s,attempt=%" PRIu32 ",since=%" PRId64
                                  ",api=%s,request=%" PRId64 ",workflow=%s,csr=%s",
                           state_names[cookie->state], cookie->attempt, cookie->since, cookie->api,
                           cookie->request_id, cookie->workflow, cookie->csr_sha256);
}

static bool
read_number(const char *text, int64_t max, int64_t *_number)
{
    char *end = NULL;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number > max) {
        return false;
    }
    *_number = number;
    return true;
}

static bool
read_state(const char *text, enum kf_cookie_state *_state)
{
    for (size_t i = 0; i < STATE_COUNT; i++) {
        if (strcmp(text, state_names[i]) == 0) {
            *_state = (enum kf_cookie_state)i;
            return true;
        }
    }
    return false;
}

/* What goes into addresses and messages as it is. */
static bool
is_word(const char *text)
{
    const size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEF0123456789-");

    return len > 0 && len <= WORD_MAX && text[len] == '\0';
}

static bool
is_sha256(const char *text)
{
    return strlen(text) == SHA256_HEX && strspn(text, "0123456789abcdef") == SHA256_HEX;
}

/* The value of the next field, which must be called name; NULL when it is not. */
static const char *
next_field(char **rest, const char *name)
{
    char *value = strsep(rest, ",");
    char *key = strsep(&value, "=");

    return key != NULL && strcmp(key, name) == 0 ? value : NULL;
}

static bool
read_fields(char *line, struct kf_cookie *cookie)
{
    const char *version = strsep(&line, ",");
    const char *state = next_field(&line, "state");
    const char *attempt = next_field(&line, "attempt");
    const char *since = next_field(&line, "since");
    const char *api = next_field(&line, "api");
    const char *request = next_field(&line, "request");
    const char *workflow = next_field(&line, "workflow");
    int64_t number = 0;

    cookie->csr_sha256 = next_field(&line, "csr");
    if (strcmp(version, FORMAT) != 0 || cookie->csr_sha256 == NULL || line != NULL ||
        !is_sha256(cookie->csr_sha256)) {
        return false;
    }
    if (api == NULL || workflow == NULL || !is_word(api) || !is_word(workflow)) {
        return false;
    }
    cookie->api = api;
    cookie->workflow = workflow;
    if (state == NULL || attempt == NULL || since == NULL || request == NULL ||
        !read_state(state, &cookie->state) || !read_number(attempt, UINT32_MAX, &number) ||
        !read_number(since, INT64_MAX, &cookie->since) ||
        !read_number(request, INT64_MAX, &cookie->request_id)) {
        return false;
    }
    cookie->attempt = (uint32_t)number;
    return true;
}

static bool
is_whole(const struct kf_cookie *cookie)
{
    return cookie->state != KF_COOKIE_GUESS || cookie->request_id > 0;
}

enum kf_rc
kf_cookie_parse(TALLOC_CTX *mem_ctx, const char *line, struct kf_cookie **_cookie,
                struct kf_error *err)
{
    struct kf_cookie *cookie = NULL;
    char *copy = NULL;
    size_t len;

    line += strspn(line, " \t\r\n");
    len = strcspn(line, " \t\r\n");
    if (len > KF_COOKIE_MAX || line[len + strspn(line + len, " \t\r\n")] != '\0') {
        return kf_fail(err, KF_BADINPUT, "the cookie is not one line of this helper's");
    }
    cookie = talloc_zero(mem_ctx, struct kf_cookie);
    copy = cookie == NULL ? NULL : talloc_strndup(cookie, line, len);
    if (copy == NULL) {
        talloc_free(cookie);
        return kf_fail_nomem(err);
    }
    if (!read_fields(copy, cookie) || !is_whole(cookie)) {
        talloc_free(cookie);
        return kf_fail(err, KF_BADINPUT, "the cookie is damaged, or another version's");
    }
    *_cookie = cookie;
    return KF_OK;
}
