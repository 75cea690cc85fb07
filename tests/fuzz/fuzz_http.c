/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What http.c and its like make of what libcurl hands it: the functions of libcurl that matter are
 * here, and say what the input says. Its lines are those of an answer, after three that are
 * libcurl's: CODE of enum CURLcode what libcurl has to say about that Retry-After in seconds, as it
 * gives it HTTP/1.1 503 ... Date: ...
 *
 *     body
 */

#include "fuzz.h"

#include "http.h"
#include "reply.h"
#include "retry.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define NOW INT64_C(1767225600)

/* The transfer that libcurl would be making. */
static struct {
    CURLcode code;
    const char *reason;
    curl_off_t retry_after;
    const char *answer;
    curl_write_callback take_header;
    void *header_context;
    curl_write_callback take_body;
    void *body_context;
    char *error;
} transfer;

CURLcode
curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    va_list args;

    (void)curl;
    va_start(args, option);
    if (option == CURLOPT_HEADERFUNCTION) {
        transfer.take_header = va_arg(args, curl_write_callback);
    } else if (option == CURLOPT_HEADERDATA) {
        transfer.header_context = va_arg(args, void *);
    } else if (option == CURLOPT_WRITEFUNCTION) {
        transfer.take_body = va_arg(args, curl_write_callback);
    } else if (option == CURLOPT_WRITEDATA) {
        transfer.body_context = va_arg(args, void *);
    } else if (option == CURLOPT_ERRORBUFFER) {
        transfer.error = va_arg(args, char *);
    }
    va_end(args);
    return CURLE_OK;
}

/* Hands one line over, or what is left; NULL when it was not taken. */
static const char *
hand_line_over(const char *line)
{
    const char *end = strchr(line, '\n');
    const size_t len = end == NULL ? strlen(line) : (size_t)(end - line) + 1;
    char *copy = talloc_memdup(NULL, line, len); /* as in libcurl, no NUL is behind it */
    const size_t taken = transfer.take_header(copy, 1, len, transfer.header_context);

    talloc_free(copy);
    return taken == len ? line + len : NULL;
}

CURLcode
curl_easy_perform(CURL *curl)
{
    const char *rest = transfer.answer;

    (void)curl;
    snprintf(transfer.error, CURL_ERROR_SIZE, "%s", transfer.reason);
    while (rest != NULL && rest[0] != '\0' && rest[0] != '\n') {
        rest = hand_line_over(rest);
    }
    if (rest == NULL) {
        return CURLE_WRITE_ERROR;
    }
    return transfer.take_body((char *)(uintptr_t)rest, 1, strlen(rest), transfer.body_context) ==
                   strlen(rest)
               ? transfer.code
               : CURLE_WRITE_ERROR;
}

CURLcode
curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
    va_list args;
    int status = 0;

    (void)curl;
    va_start(args, info);
    if (info == CURLINFO_RESPONSE_CODE) {
        (void)!sscanf(transfer.answer, "HTTP/1.1 %3d", &status);
        *va_arg(args, long *) = status;
    } else if (info == CURLINFO_CONTENT_TYPE) {
        *va_arg(args, const char **) = strcasestr(transfer.answer, "Content-Type:");
    } else if (info == CURLINFO_REDIRECT_URL) {
        *va_arg(args, const char **) = strcasestr(transfer.answer, "Location:");
    } else if (info == CURLINFO_RETRY_AFTER) {
        *va_arg(args, curl_off_t *) = transfer.retry_after;
    } else if (info == CURLINFO_HTTP_CONNECTCODE || info == CURLINFO_REQUEST_SIZE) {
        *va_arg(args, long *) = transfer.code % 2 == 0 ? 0 : 407;
    } else {
        *va_arg(args, curl_off_t *) = 0;
    }
    va_end(args);
    return CURLE_OK;
}

/* Takes a line off text. */
static const char *
next_line(char **text)
{
    const char *line = strsep(text, "\n");

    return line == NULL ? "" : line;
}

static void
set_transfer(char *text)
{
    const unsigned long code = strtoul(next_line(&text), NULL, 10);

    transfer.code = (CURLcode)(code % CURL_LAST);
    transfer.reason = next_line(&text);
    transfer.retry_after = strtoll(next_line(&text), NULL, 10);
    transfer.answer = text == NULL ? "" : text;
}

static void
check_reply(const struct kf_request *request, const struct kf_reply *reply)
{
    const struct kf_config *config = kf_fuzz_config();
    struct kf_error err = {""};

    KF_FUZZ_PROMISE(reply->date >= 0 && reply->retry_after >= 0);
    KF_FUZZ_PROMISE(reply->body.data[reply->body.len] == '\0');
    KF_FUZZ_PROMISE(kf_retry_delay(config, 1, reply->retry_after, UINT32_MAX) <=
                    2 * (unsigned)config->retry_interval_max);
    KF_FUZZ_PROMISE(kf_poll_delay(config, 1, reply->retry_after, UINT32_MAX) <=
                    2 * (unsigned)config->poll_interval_max);
    KF_FUZZ_PROMISE(kf_reply_check(request, reply, NOW, &err) == KF_OK || err.text[0] != '\0');
}

/* One for all inputs, as libcurl is slow to begin. */
static struct kf_http *
open_http(void)
{
    static const volatile sig_atomic_t stop;
    static struct kf_http *http;
    struct kf_error err;

    if (http == NULL) {
        KF_FUZZ_PROMISE(kf_http_new(kf_fuzz_lasting(), kf_fuzz_config(), &stop, &http, &err) ==
                        KF_OK);
    }
    return http;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_request request = {
        .method = "GET", .url = "https://keyfactor.example.com/", .absent = "no API"};
    struct kf_reply *reply = NULL;
    struct kf_error err = {""};
    enum kf_rc rc;

    set_transfer(kf_fuzz_text(mem, data, size));
    rc = kf_http_perform(mem, open_http(), &request, &reply, &err);
    if (rc == KF_OK) {
        check_reply(&request, reply);
    } else {
        KF_FUZZ_PROMISE(err.text[0] != '\0' && reply == NULL);
    }
    talloc_free(mem);
    return 0;
}
