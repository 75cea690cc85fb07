/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Base64 and hex, by OpenSSL, and text for JSON. */

#include "encoding.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base.h"

static const char BASE64_DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/";

char *
sim_base64(const void *data, size_t size)
{
    char *text = NULL;

    sim_must(size < INT_MAX / 2, "encode so much");
    text = sim_zeroed((size + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, data, (int)size);
    return text;
}

/* How many "=" end the text; 3 when it is not base64. */
static size_t
padding(const char *text, size_t length)
{
    size_t digits = strspn(text, BASE64_DIGITS);
    size_t rest = length - digits;

    if (length % 4 != 0 || rest > 2 || strspn(text + digits, "=") != rest) {
        return 3;
    }
    return rest;
}

bool
sim_base64_read(const char *text, struct sim_bytes *_bytes)
{
    size_t length = strlen(text);
    size_t pad = padding(text, length);
    unsigned char *data = NULL;

    if (pad > 2 || length > INT_MAX) {
        return false;
    }
    data = sim_zeroed(length / 4 * 3 + 1);
    EVP_DecodeBlock(data, (const unsigned char *)text, (int)length);
    _bytes->data = data;
    _bytes->size = length / 4 * 3 - pad;
    return true;
}

char *
sim_hex(const void *data, size_t size)
{
    char *text = sim_zeroed(2 * size + 1);

    sim_must(OPENSSL_buf2hexstr_ex(text, 2 * size + 1, NULL, data, size, '\0') == 1, "write hex");
    return text;
}

bool
sim_hex_read(const char *text, struct sim_bytes *_bytes)
{
    size_t length = strlen(text);
    unsigned char *data = NULL;

    if (length % 2 != 0 || strspn(text, "0123456789ABCDEFabcdef") != length) {
        return false;
    }
    data = sim_zeroed(length / 2 + 1);
    if (OPENSSL_hexstr2buf_ex(data, length / 2 + 1, &_bytes->size, text, '\0') != 1) {
        OPENSSL_free(data);
        return false;
    }
    _bytes->data = data;
    return true;
}

json_t *
sim_json_text(const char *text)
{
    json_t *json = json_string(text);
    char *ascii = NULL;

    if (json != NULL) {
        return json;
    }
    ascii = sim_copy(text, strlen(text));
    for (char *at = ascii; *at != '\0'; at++) {
        *at = isascii((unsigned char)*at) ? *at : '?';
    }
    json = json_string(ascii);
    free(ascii);
    return json;
}
