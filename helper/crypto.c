/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What OpenSSL can do on this host. Layer 1; OpenSSL. */

#include "crypto.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <string.h>

const char *
kf_crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

bool
kf_crypto_is_fips(void)
{
    return EVP_default_properties_is_fips_enabled(NULL) == 1;
}

struct search {
    TALLOC_CTX *mem_ctx;
    char *version;
};

static int
take_version(OSSL_PROVIDER *provider, void *data)
{
    struct search *search = data;
    const char *version = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, &version, 0),
        OSSL_PARAM_END,
    };

    if (strcmp(OSSL_PROVIDER_get0_name(provider), "fips") == 0 &&
        OSSL_PROVIDER_get_params(provider, params) == 1 && version != NULL) {
        talloc_free(search->version);
        search->version = talloc_strdup(search->mem_ctx, version);
    }
    return 1;
}

char *
kf_crypto_fips_provider(TALLOC_CTX *mem_ctx)
{
    struct search search = {.mem_ctx = mem_ctx, .version = talloc_strdup(mem_ctx, "")};

    OSSL_PROVIDER_do_all(NULL, take_version, &search);
    ERR_clear_error();
    return search.version;
}

enum kf_rc
kf_crypto_check(struct kf_error *err)
{
    EVP_MD *kind = EVP_MD_fetch(NULL, "SHA256", NULL);

    if (kind == NULL) {
        ERR_clear_error();
        return kf_fail(
            err, KF_BADCONFIG,
            "OpenSSL has no SHA-256 on this host: see which provider is missing (openssl "
            "list -providers), and repair openssl.cnf or the FIPS provider");
    }
    EVP_MD_free(kind);
    return KF_OK;
}

static bool was_refused; /* OpenSSL asked for memory, and there was none */

static void *
allocate(size_t size, const char *file, int line)
{
    void *memory = size == 0 ? NULL : malloc(size);

    (void)file;
    (void)line;
    was_refused = was_refused || (memory == NULL && size > 0);
    return memory;
}

static void
release(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static void *
reallocate(void *memory, size_t size, const char *file, int line)
{
    void *moved = NULL;

    if (size == 0) {
        release(memory, file, line);
        return NULL;
    }
    moved = realloc(memory, size);
    was_refused = was_refused || moved == NULL;
    return moved;
}

void
kf_crypto_watch_memory(void)
{
    /* Refused once OpenSSL has memory of its own: too late is as good as never. */
    (void)!CRYPTO_set_mem_functions(allocate, reallocate, release);
}

void
kf_crypto_forget(void)
{
    errno = 0;
    was_refused = false;
    ERR_clear_error(); /* the first call of all makes the list of errors */
}

bool
kf_crypto_was_out_of_memory(void)
{
    /* Not every function of its says so in its errors, nor does the kernel. */
    bool was_out = was_refused || errno == ENOMEM;
    unsigned long error;

    while ((error = ERR_get_error()) != 0) {
        was_out = was_out || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    return was_out;
}
