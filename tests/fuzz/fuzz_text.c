/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Any bytes become one printable line of bounded length, once and for all. */

#include "fuzz.h"

#include "error.h"
#include "text.h"

#include <string.h>

#define SHORT_MAX 20

static void
try_length(TALLOC_CTX *mem, const struct kf_bytes *bytes, size_t max)
{
    const char *line = kf_text_line(mem, bytes->data, bytes->len, max);
    const char *again = kf_text_line(mem, line, strlen(line), max);

    KF_FUZZ_PROMISE(kf_fuzz_is_line(line, max));
    KF_FUZZ_PROMISE(strcmp(line, again) == 0);
}

static void
try_error(const struct kf_bytes *bytes)
{
    struct kf_error err;

    kf_fail(&err, KF_BADREPLY, "%s", (const char *)bytes->data);
    kf_fail_prefix(&err, KF_BADREPLY, "%s", (const char *)bytes->data);
    KF_FUZZ_PROMISE(memchr(err.text, '\0', sizeof(err.text)) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes bytes = kf_fuzz_bytes(mem, data, size);

    try_length(mem, &bytes, SHORT_MAX);
    try_length(mem, &bytes, KF_TEXT_LINE_MAX);
    try_error(&bytes);
    talloc_free(mem);
    return 0;
}
