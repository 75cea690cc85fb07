/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The answers of the Keyfactor API to every question that is no enrollment: the same bytes as the
 * answer to each of them. */

#include "fuzz.h"

#include "rest.h"
#include "text.h"

#include <string.h>

/* What it may say when the answer is none. */
static bool
is_understood(enum kf_rc rc, const struct kf_error *err)
{
    KF_FUZZ_PROMISE(rc == KF_OK || (rc == KF_BADREPLY && err->text[0] != '\0'));
    return rc == KF_OK;
}

static void
try_search(TALLOC_CTX *mem, const struct kf_reply *reply)
{
    struct kf_known *known = NULL;
    struct kf_error err = {""};
    size_t count = 0;
    size_t length = 0;

    if (is_understood(kf_rest_read_search(mem, reply, &known, &count, &err), &err)) {
        for (size_t i = 0; i < count; i++) {
            KF_FUZZ_PROMISE(known[i].id >= 0 && known[i].request_id >= 0);
            length += strlen(known[i].thumbprint) + strlen(known[i].content);
        }
        KF_FUZZ_PROMISE(length <= reply->body.len);
    }
}

static void
try_templates(TALLOC_CTX *mem, const struct kf_reply *reply)
{
    struct kf_template *templates = NULL;
    struct kf_error err = {""};
    size_t count = 0;
    size_t length = 0;

    if (is_understood(kf_rest_read_templates(mem, &reply->body, &templates, &count, &err), &err)) {
        for (size_t i = 0; i < count; i++) {
            KF_FUZZ_PROMISE(templates[i].key_size >= 0);
            length += strlen(templates[i].name) + strlen(templates[i].key_type);
        }
        KF_FUZZ_PROMISE(length <= reply->body.len);
    }
}

/* The readers that go on with a verdict. */
static void
try_verdict(TALLOC_CTX *mem, const struct kf_reply *reply, const char *workflow,
            enum kf_rc (*read)(const struct kf_reply *reply, struct kf_verdict *verdict,
                               struct kf_error *err))
{
    struct kf_verdict *verdict = kf_verdict_new(mem);
    struct kf_error err = {""};

    KF_FUZZ_PROMISE(verdict != NULL);
    verdict->workflow = workflow;
    if (is_understood(read(reply, verdict, &err), &err)) {
        KF_FUZZ_PROMISE(verdict->request_id >= 0);
        KF_FUZZ_PROMISE(kf_fuzz_is_line(verdict->message, KF_TEXT_LINE_MAX));
        KF_FUZZ_PROMISE(verdict->certificate_count <= 1);
    }
}

static void
try_numbers(const struct kf_reply *reply)
{
    struct kf_error err = {""};
    int64_t id = 0;

    if (is_understood(kf_rest_read_pending(reply, "host.example.com", 0, &id, &err), &err)) {
        KF_FUZZ_PROMISE(id >= 0);
    }
    if (is_understood(kf_rest_read_patterns(reply, "Web servers", &id, &err), &err)) {
        KF_FUZZ_PROMISE(id >= 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_reply reply = {.status = 200, .body = kf_fuzz_bytes(mem, data, size)};

    try_search(mem, &reply);
    try_templates(mem, &reply);
    try_numbers(&reply);
    try_verdict(mem, &reply, NULL, kf_rest_read_download);
    try_verdict(mem, &reply, NULL, kf_rest_read_state);
    try_verdict(mem, &reply, "1234", kf_rest_read_instance);
    talloc_free(mem);
    return 0;
}
