/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Base64 and hexadecimal: what was read is written and read again to the same, and so is every
 * sequence of bytes. */

#include "fuzz.h"

#include <string.h>

static bool
is_same(const struct kf_bytes *a, const struct kf_bytes *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void
try_base64(TALLOC_CTX *mem, const struct kf_bytes *bytes)
{
    const char *text = kf_base64_encode(mem, bytes->data, bytes->len);
    struct kf_bytes again = {NULL, 0};

    KF_FUZZ_PROMISE(text != NULL);
    KF_FUZZ_PROMISE(kf_base64_decode(mem, text, strlen(text), &again) ==
                    (bytes->len > 0 ? KF_OK : KF_BADINPUT));
    KF_FUZZ_PROMISE(bytes->len == 0 || is_same(bytes, &again));
}

static void
try_hex(TALLOC_CTX *mem, const struct kf_bytes *bytes)
{
    const char *text = kf_hex_encode(mem, bytes->data, bytes->len);
    struct kf_bytes again = {NULL, 0};

    KF_FUZZ_PROMISE(text != NULL);
    KF_FUZZ_PROMISE(kf_hex_decode(mem, text, &again) == (bytes->len > 0 ? KF_OK : KF_BADINPUT));
    KF_FUZZ_PROMISE(bytes->len == 0 || is_same(bytes, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes bytes = kf_fuzz_bytes(mem, data, size);
    struct kf_bytes decoded = {NULL, 0};

    try_base64(mem, &bytes);
    try_hex(mem, &bytes);
    if (kf_base64_decode(mem, (const char *)bytes.data, bytes.len, &decoded) == KF_OK) {
        KF_FUZZ_PROMISE(decoded.data[decoded.len] == '\0');
        try_base64(mem, &decoded);
    }
    if (kf_hex_decode(mem, (const char *)bytes.data, &decoded) == KF_OK) {
        KF_FUZZ_PROMISE(decoded.data[decoded.len] == '\0');
        try_hex(mem, &decoded);
    }
    talloc_free(mem);
    return 0;
}
