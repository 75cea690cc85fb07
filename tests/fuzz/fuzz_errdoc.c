/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Error documents in JSON, XML, HTML and text: whatever they are labelled, what comes out is one
 * line, and an exit status. */

#include "fuzz.h"

#include "errdoc.h"
#include "outcome.h"
#include "reply.h"
#include "text.h"

#include <string.h>

#define CODE_MAX 32
#define NOW      INT64_C(1767225600)

/* Which of count is meant: the last byte says it, so that every document is an input as it is. */
static size_t
choose(const struct kf_bytes *body, size_t count)
{
    return body->len == 0 ? 0 : body->data[body->len - 1] % count;
}

static void
try_document(TALLOC_CTX *mem, const struct kf_bytes *body)
{
    static const char *const types[] = {NULL, "text/html", "application/json"};
    const struct kf_errdoc *doc = kf_errdoc_read(mem, types[choose(body, COUNT(types))], body);

    KF_FUZZ_PROMISE(doc != NULL);
    KF_FUZZ_PROMISE(doc->code == NULL || kf_fuzz_is_line(doc->code, CODE_MAX));
    KF_FUZZ_PROMISE(doc->message == NULL ||
                    (doc->message[0] != '\0' && kf_fuzz_is_line(doc->message, KF_TEXT_LINE_MAX)));
}

static void
try_reply(TALLOC_CTX *mem, const struct kf_bytes *body)
{
    static const int statuses[] = {400, 401, 403, 404, 409, 429, 500, 503};
    const struct kf_request request = {
        .method = "POST", .url = "https://keyfactor.example.com/", .absent = "no API"};
    const struct kf_reply reply = {.status = statuses[choose(body, COUNT(statuses))],
                                   .body = *body};
    struct kf_error err = {""};
    const enum kf_rc rc = kf_reply_check(&request, &reply, NOW, &err);
    struct kf_outcome *outcome = NULL;

    KF_FUZZ_PROMISE(rc != KF_OK && rc != KF_INTERNAL);
    KF_FUZZ_PROMISE(kf_outcome_failure(mem, kf_outcome_status(rc), &outcome, &err) == KF_OK);
    KF_FUZZ_PROMISE(outcome->text[0] != '\0' && kf_fuzz_is_line(outcome->text, KF_TEXT_LINE_MAX));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes body = kf_fuzz_bytes(mem, data, size);

    try_document(mem, &body);
    try_reply(mem, &body);
    talloc_free(mem);
    return 0;
}
