/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef HOSTILE_TLS_H
#define HOSTILE_TLS_H

/* Who the server says it is: the truth, and many lies. */

#include <stdbool.h>

#include <openssl/ssl.h>

struct hostile_authority {
    X509 *certificate;
    EVP_PKEY *key;
};

/* The CA that the client trusts; its certificate is written to DIRECTORY/tls-ca.pem. */
struct hostile_authority hostile_tls_authority(const char *directory);

/* What a server needs whose certificate is of that kind; version (such as TLS1_1_VERSION) is the
 * highest that it talks, 0: any. Dies saying "left out" when the OpenSSL at hand refuses. */
SSL_CTX *hostile_tls_server(const struct hostile_authority *authority, const char *kind,
                            int version);

/* Whether there is such a kind: good, expired, future, wrong-name, nul-name, untrusted,
 * self-signed, client (not for servers), sha1, md5, weak-key, huge (10,000 names), long-chain (150
 * CAs). */
bool hostile_tls_is_kind(const char *kind);

#endif
