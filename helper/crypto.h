/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CRYPTO_H
#define KF_CRYPTO_H

/* What OpenSSL can do on this host, and whether it had the memory for it. In FIPS mode (fips=yes
 * among its default properties, by openssl.cnf or because the kernel is in FIPS mode) it takes the
 * algorithms of its FIPS provider and no others: fips_module(7). */

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

/* Has OpenSSL take its memory by way of this file, so that the next two know of each time that
 * there was none, whatever OpenSSL makes of it. To be called before all else of OpenSSL's; without
 * it, they know what its errors say. */
void kf_crypto_watch_memory(void);

/* Forgets OpenSSL's errors, and that memory was ever out: before what the next asks about. */
void kf_crypto_forget(void);

/* True when what OpenSSL failed in since was for want of memory, and says nothing of the bytes that
 * it was given. Forgets its errors. */
bool kf_crypto_was_out_of_memory(void);

#endif
