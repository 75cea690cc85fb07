/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the fuzz targets share; and a log that goes nowhere, in place of the helper's. */

#include "fuzz.h"

#include "file.h"
#include "keys.h"
#include "log.h"
#include "text.h"
#include "x509.h"

#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DER_SEQUENCE 0x30

#define SEPARATOR "\n%%\n"

void
kf_log(enum kf_log_level level, const char *format, ...)
{
    char line[4096];
    va_list args;

    (void)level;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
}

void
kf_fuzz_promise(bool is_kept, const char *promise, const char *file, int line)
{
    if (!is_kept) {
        fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
        abort();
    }
}

static TALLOC_CTX *lasting;

static void
free_lasting(void)
{
    talloc_free(lasting);
}

TALLOC_CTX *
kf_fuzz_lasting(void)
{
    if (lasting == NULL) {
        lasting = talloc_named_const(NULL, 0, "lasting");
        KF_FUZZ_PROMISE(lasting != NULL && atexit(free_lasting) == 0);
    }
    return lasting;
}

struct kf_bytes
kf_fuzz_bytes(TALLOC_CTX *mem, const uint8_t *data, size_t size)
{
    struct kf_bytes bytes = {NULL, 0};

    KF_FUZZ_PROMISE(kf_bytes_copy(mem, data, size, &bytes) == KF_OK);
    return bytes;
}

char *
kf_fuzz_text(TALLOC_CTX *mem, const uint8_t *data, size_t size)
{
    char *text = talloc_strndup(mem, size == 0 ? "" : (const char *)data, size);

    KF_FUZZ_PROMISE(text != NULL);
    return text;
}

const char *
kf_fuzz_armour(TALLOC_CTX *mem, const char *label, const uint8_t *data, size_t size)
{
    BIO *bio = NULL;
    const char *pem = NULL;

    if (size == 0 || data[0] != DER_SEQUENCE) {
        return kf_fuzz_text(mem, data, size);
    }
    bio = BIO_new(BIO_s_mem());
    KF_FUZZ_PROMISE(PEM_write_bio(bio, label, "", data, (long)size) > 0);
    pem = kf_x509_text(mem, bio);
    BIO_free(bio);
    return pem;
}

struct kf_bytes
kf_fuzz_part(TALLOC_CTX *mem, const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size == 0 ? NULL : memmem(*data, *size, SEPARATOR, strlen(SEPARATOR));
    const size_t len = end == NULL ? *size : (size_t)(end - *data);
    const size_t skipped = end == NULL ? len : len + strlen(SEPARATOR);
    const struct kf_bytes part = kf_fuzz_bytes(mem, *data, len);

    if (skipped > 0) {
        *data += skipped;
        *size -= skipped;
    }
    return part;
}

static size_t
count_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

bool
kf_fuzz_is_line(const char *text, size_t max)
{
    return kf_text_is_line(text) && count_characters(text) <= max;
}

bool
kf_fuzz_carries(const char *pem, const struct kf_bytes *public_key)
{
    X509 *leaf = kf_x509_read(pem);
    unsigned char *der = NULL;
    const int len = leaf == NULL ? 0 : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
    const bool is_same = len > 0 && (size_t)len == public_key->len &&
                         memcmp(der, public_key->data, public_key->len) == 0;

    OPENSSL_free(der);
    X509_free(leaf);
    return is_same;
}

struct kf_config *
kf_fuzz_config(void)
{
    static const char *const settings[][2] = {
        {"url", "https://keyfactor.example.com, https://other.example.com"},
        {"application-key", "5f0c1d2e"},
        {"template", "WebServer"},
        {"auth", "oauth"},
        {"token-url", "https://login.example.com/token"},
        {"client-id", "certmonger"},
        {"fetch-roots", "yes"},
    };
    static struct kf_config *config;
    struct kf_error err;

    if (config == NULL) {
        config = talloc_zero(kf_fuzz_lasting(), struct kf_config);
        KF_FUZZ_PROMISE(config != NULL && kf_keys_preset(config, &err) == KF_OK);
        config->nickname = "keyfactor";
        for (size_t i = 0; i < COUNT(settings); i++) {
            KF_FUZZ_PROMISE(
                kf_keys_set(config, kf_keys_find(settings[i][0]), settings[i][1], &err) == KF_OK);
        }
        config->client_secret = kf_secret_new(config, "s3cret", strlen("s3cret"));
        KF_FUZZ_PROMISE(config->client_secret != NULL);
    }
    return config;
}

char *
kf_fuzz_path(TALLOC_CTX *mem, const char *file)
{
    const char *source = getenv("srcdir");

    return talloc_asprintf(mem, "%s/tests/%s", source == NULL ? "." : source, file);
}

struct kf_bytes
kf_fuzz_file(TALLOC_CTX *mem, const char *file)
{
    char *path = kf_fuzz_path(mem, file);
    struct kf_bytes bytes = {NULL, 0};
    struct kf_error err;

    KF_FUZZ_PROMISE(path != NULL && kf_file_read(mem, path, &bytes, &err) == KF_OK);
    talloc_free(path);
    return bytes;
}
