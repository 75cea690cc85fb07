/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Bytes with a length, base64, hexadecimal. Layer 0; OpenSSL for base64. */

#include "bytes.h"

#include <ctype.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum kf_rc
kf_bytes_copy(TALLOC_CTX *mem_ctx, const void *data, size_t len, struct kf_bytes *_copy)
{
    unsigned char *copy = talloc_size(mem_ctx, len + 1);

    if (copy == NULL) {
        return KF_INTERNAL;
    }
    if (len > 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    *_copy = (struct kf_bytes){copy, len};
    return KF_OK;
}

char *
kf_base64_encode(TALLOC_CTX *mem_ctx, const void *data, size_t len)
{
    char *text = NULL;

    if (len > INT_MAX / 2) {
        return NULL;
    }
    text = talloc_size(mem_ctx, 4 * ((len + 2) / 3) + 1);
    if (text != NULL) {
        EVP_EncodeBlock((unsigned char *)text, data, (int)len);
    }
    return text;
}

static bool
is_base64_digit(unsigned char c)
{
    return isalnum(c) || c == '+' || c == '/';
}

/* Copies text without white space and padding into digits and pads it anew. Returns the length, a
 * multiple of four, and the number of padding characters; 0 when text is not base64. */
static size_t
normalise(const char *text, size_t len, char *digits, size_t *_padding)
{
    size_t count = 0;
    size_t equals = 0;

    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (c == '=') {
            equals++;
        } else if (is_base64_digit(c) && equals == 0) {
            digits[count++] = (char)c;
        } else if (strchr(" \t\r\n", c) == NULL || c == '\0') {
            return 0;
        }
    }
    *_padding = (4 - count % 4) % 4;
    if (count % 4 == 1 || equals > *_padding) {
        return 0;
    }
    memset(digits + count, '=', *_padding);
    return count + *_padding;
}

enum kf_rc
kf_base64_decode(TALLOC_CTX *mem_ctx, const char *text, size_t len, struct kf_bytes *_decoded)
{
    unsigned char *data = NULL;
    char *digits = NULL;
    size_t count = 0;
    size_t padding = 0;
    int decoded = -1;

    if (len > INT_MAX / 2) {
        return KF_BADINPUT;
    }
    digits = talloc_size(mem_ctx, len + 4);
    data = talloc_size(mem_ctx, len + 4);
    if (digits == NULL || data == NULL) {
        talloc_free(digits);
        talloc_free(data);
        return KF_INTERNAL;
    }
    count = normalise(text, len, digits, &padding);
    if (count > 0) {
        decoded = EVP_DecodeBlock(data, (const unsigned char *)digits, (int)count);
    }
    talloc_free(digits);
    if (decoded <= 0) {
        talloc_free(data);
        return KF_BADINPUT;
    }
    data[(size_t)decoded - padding] = '\0';
    *_decoded = (struct kf_bytes){data, (size_t)decoded - padding};
    return KF_OK;
}

char *
kf_hex_encode(TALLOC_CTX *mem_ctx, const void *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;
    char *text = talloc_size(mem_ctx, 2 * len + 1);

    if (text == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0x0f];
    }
    text[2 * len] = '\0';
    return text;
}

enum kf_rc
kf_hex_decode(TALLOC_CTX *mem_ctx, const char *text, struct kf_bytes *_decoded)
{
    const size_t len = strlen(text);
    unsigned char *data = NULL;

    if (len == 0 || len % 2 != 0 || strspn(text, "0123456789abcdefABCDEF") != len) {
        return KF_BADINPUT;
    }
    data = talloc_size(mem_ctx, len / 2 + 1);
    if (data == NULL) {
        return KF_INTERNAL;
    }
    for (size_t i = 0; i < len / 2; i++) {
        const int high = OPENSSL_hexchar2int((unsigned char)text[2 * i]);
        const int low = OPENSSL_hexchar2int((unsigned char)text[2 * i + 1]);

        data[i] = (unsigned char)(high << 4 | low);
    }
    data[len / 2] = '\0';
    *_decoded = (struct kf_bytes){data, len / 2};
    return KF_OK;
}
