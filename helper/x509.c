/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the readers of requests and certificates share. Layer 1, pure; OpenSSL. */

#include "x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

char *
kf_x509_text(TALLOC_CTX *mem_ctx, BIO *bio)
{
    char *data = NULL;
    const long len = BIO_get_mem_data(bio, &data);

    /* A BIO to which nothing was written has no data. */
    return talloc_strndup(mem_ctx, data == NULL ? "" : data, (size_t)len);
}

char *
kf_x509_name(TALLOC_CTX *mem_ctx, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (bio != NULL &&
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        text = kf_x509_text(mem_ctx, bio);
    }
    BIO_free(bio);
    return text;
}

bool
kf_x509_has_signed(X509 *issuer, X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return key != NULL && X509_check_issued(issuer, certificate) == X509_V_OK &&
           X509_verify(certificate, key) == 1;
}

X509 *
kf_x509_read(const char *pem)
{
    BIO *bio = pem == NULL ? NULL : BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

struct kf_bytes
kf_x509_der(const char *pem)
{
    BIO *bio = pem == NULL ? NULL : BIO_new_mem_buf(pem, -1);
    unsigned char *data = NULL;
    long len = 0;

    if (bio != NULL &&
        PEM_bytes_read_bio(&data, &len, NULL, PEM_STRING_X509, bio, NULL, NULL) != 1) {
        len = 0;
    }
    BIO_free(bio);
    return (struct kf_bytes){data, (size_t)len};
}
