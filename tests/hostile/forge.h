/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef HOSTILE_FORGE_H
#define HOSTILE_FORGE_H

/* Certificates for an answer: with the key that was asked for where not said otherwise, by a CA of
 * the hostile server's own, and each with something wrong. */

#include <stdbool.h>

#include <openssl/x509.h>

struct hostile_order {
    X509_REQ *csr;
    const char *address; /* of the hostile server, without TLS */
};

/* PEM, to be freed. Those of one process belong together:
 *   leaf, issuer              nothing is wrong with them
 *   expired, future, backwards (ends before it begins), other-key
 *   sans                      10,000 alternative names
 *   long-name, escape-name    a subject of 64 KiB; one that writes to a terminal, of another key
 *   long-serial               a serial number of 4,000 bytes
 *   aia                       says that its issuer is at /issuer of address, over HTTP
 *   loop                      a leaf, and two CAs that issued each other
 *   giant                     a leaf, and an issuer with an RSA key of 32,768 bits
 *   big-cousins               a leaf, and 98 CAs of one name, RSA keys of 16,384 bits
 *   tower                     a leaf, and 98 CAs of one name, P-521, each issued by the next
 *   key                       the private key of the issuer
 *   request                   the CSR */
char *hostile_forge(const char *kind, const struct hostile_order *order);

/* Whether there is such a kind. */
bool hostile_forge_is_kind(const char *kind);

#endif
