/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The PKCS#10 request as clients write it. */

#include "csr.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "base.h"
#include "encoding.h"

static const char *const LABELS[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"};

static const char BLANKS[] = " \t\r\n";

/* The text with all blanks left out, to be freed. */
static char *
without_blanks(const char *text)
{
    char *copy = sim_copy(text, strlen(text));
    char *end = copy;

    for (const char *at = copy; *at != '\0'; at++) {
        if (strchr(BLANKS, *at) == NULL) {
            *end++ = *at;
        }
    }
    *end = '\0';
    return copy;
}

/* What is between the two lines of an armour, to be freed; NULL when the text has no such. */
static char *
between(const char *text, const char *label)
{
    char *begin = sim_text("-----BEGIN %s-----", label);
    char *end = sim_text("-----END %s-----", label);
    const char *start = text + strspn(text, BLANKS);
    const char *stop = strstr(start, end);
    char *inner = NULL;

    if (strncmp(start, begin, strlen(begin)) == 0 && stop != NULL &&
        stop[strlen(end) + strspn(stop + strlen(end), BLANKS)] == '\0') {
        start += strlen(begin);
        inner = sim_copy(start, (size_t)(stop - start));
    }
    free(begin);
    free(end);
    return inner;
}

static char *
without_armour(const char *text)
{
    for (size_t i = 0; i < sizeof(LABELS) / sizeof(LABELS[0]); i++) {
        char *inner = between(text, LABELS[i]);

        if (inner != NULL) {
            return inner;
        }
    }
    return sim_copy(text, strlen(text));
}

static X509_REQ *
read_der(const struct sim_bytes *der)
{
    const unsigned char *at = der->data;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der->size);

    if (csr != NULL && at != der->data + der->size) {
        X509_REQ_free(csr);
        return NULL;
    }
    return csr;
}

X509_REQ *
sim_csr_read(const char *text)
{
    char *inner = without_armour(text);
    char *base64 = without_blanks(inner);
    struct sim_bytes der = {NULL, 0};
    X509_REQ *csr = NULL;

    if (sim_base64_read(base64, &der)) {
        csr = read_der(&der);
    }
    free(der.data);
    free(base64);
    free(inner);
    return csr;
}

char *
sim_csr_pem(X509_REQ *csr)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *pem = NULL;
    long size;

    sim_must(PEM_write_bio_X509_REQ(bio, csr) == 1, "write a CSR");
    size = BIO_get_mem_data(bio, &data);
    pem = sim_copy(data, (size_t)size);
    BIO_free(bio);
    return pem;
}

char *
sim_csr_key_digest(X509_REQ *csr)
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(csr), &der);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;

    sim_must(size > 0 &&
                 EVP_Digest(der, (size_t)size, digest, &digest_size, EVP_sha256(), NULL) == 1,
             "compute the digest of a key");
    OPENSSL_free(der);
    return sim_hex(digest, digest_size);
}
