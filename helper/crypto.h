/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CRYPTO_H
#define KF_CRYPTO_H

/* What OpenSSL can do on this host. In FIPS mode (fips=yes among its default properties, by
 * openssl.cnf or because the kernel is in FIPS mode) it takes the algorithms of its FIPS provider
 * and no others: fips_module(7). */

#include "error.h"

#include <stdbool.h>
#include <talloc.h>

/* An HMAC key that FIPS approves of has 112 bits at least (NIST SP 800-131A, section 10). */
#define KF_CRYPTO_FIPS_KEY_MIN 14

/* The library's version, static. */
const char *kf_crypto_version(void);

bool kf_crypto_is_fips(void);

/* The version of the FIPS provider, owned by mem_ctx; "" when none is loaded. NULL when memory is
 * out. */
char *kf_crypto_fips_provider(TALLOC_CTX *mem_ctx);

/* KF_BADCONFIG when there is no SHA-256: a configuration of OpenSSL that names a provider that does
 * not load leaves it with nothing. */
enum kf_rc kf_crypto_check(struct kf_error *err);

#endif
