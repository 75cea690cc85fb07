/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CHAIN_H
#define KF_CHAIN_H

/* Certificates out of whatever form a server sends them in. */

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* More certificates than this in one answer are refused. */
#define KF_CHAIN_MAX 100

/* A longer text holds something else. */
#define KF_CHAIN_TEXT_MAX (1024 * 1024)

/* Which certificate is wanted. Everything borrowed. */
struct kf_chain_wish {
    struct kf_bytes public_key; /* the leaf's: SubjectPublicKeyInfo, DER */
    int64_t not_before;         /* a leaf that is valid from then on or later; seconds since 1970,
                                   0 or less: any */
    const char *previous; /* PEM of a certificate that the leaf is not, nor older than; or NULL */
    bool is_doubted;      /* some of them come from where anybody may have put them */
};

/* One certificate. */
struct kf_chain_member {
    char *pem;     /* one block, ends in a newline */
    char *subject; /* RFC 2253, UTF-8 */
    bool is_root;  /* signed by itself */
};

/* Certificates one after another; owns them. */
struct kf_chain {
    struct kf_chain_member *members;
    size_t count;
};

/* Reads the certificates in count texts and puts them in order: the leaf first, which is the newest
 * one (notBefore) that wish describes, whatever its place; then its issuers, one after another, up
 * to the root, as far as they are there. An issuer is known by its name and its key identifier;
 * where one of the two has none, or when wish doubts them, by the signature that it made.
 * Certificates that are not on this path are left out; so is the rest of a path that takes more
 * than a few dozen signatures to find, as no sound one does.
 *
 * Forms, told apart by looking at the bytes (the Classic API's description of "Certificates"; real
 * answers differ between versions): PEM certificates, with or without CR LF, with lines of text
 * around them; PEM PKCS#7 ("PKCS7"); base64, with or without line breaks, of one DER certificate,
 * of several one after another, of a DER PKCS#7, or of PEM text; the same without base64 (DER
 * bytes). PEM blocks of label CERTIFICATE that hold a PKCS#7 are taken too: one real client wraps
 * whatever it gets.
 *
 * *_chain is owned by mem_ctx. KF_BADREPLY when there is no certificate in the texts, or one is
 * broken, or none is the leaf wished for, or there are more than KF_CHAIN_MAX, or a text is over
 * KF_CHAIN_TEXT_MAX. */
enum kf_rc kf_chain_read(TALLOC_CTX *mem_ctx, const struct kf_bytes *texts, size_t count,
                         const struct kf_chain_wish *wish, struct kf_chain **_chain,
                         struct kf_error *err);

/* Lists the CA certificates in text (any of the forms above), in its order; others are left out.
 * *_chain is owned by mem_ctx. KF_BADREPLY when text is not readable. */
enum kf_rc kf_chain_list(TALLOC_CTX *mem_ctx, const struct kf_bytes *text, struct kf_chain **_chain,
                         struct kf_error *err);

/* The certificates from number first on as PEM, owned by mem_ctx; without include_root those that
 * sign themselves are left out, unless it is the first of the chain. NULL when memory is out. */
char *kf_chain_text(TALLOC_CTX *mem_ctx, const struct kf_chain *chain, size_t first,
                    bool include_root);

#endif
