/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_REQUEST_H
#define TORTURE_REQUEST_H

/* A certificate request of its own for each run, with a key of its own. */

#include <stdbool.h>

#include <openssl/evp.h>

struct request {
    EVP_PKEY *key;
    char *pem; /* PKCS#10 */
};

/* Makes a request for a name that has number in it. */
void request_make(unsigned number, struct request *_request);

void request_free(struct request *request);

/* Whether two texts have the same base64 in them, whatever is around and between it: line ends,
 * "-----BEGIN ...-----". */
bool request_is_same(const char *left, const char *right);

/* Whether the first certificate of a PEM text is for this request; *_rest is what is behind it. */
bool request_is_answered(const struct request *request, const char *pem, const char **_rest);

#endif
