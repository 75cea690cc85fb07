/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is told of the certificate that is being renewed. Layer 1, pure; OpenSSL. */

#include "certificate.h"

#include "bytes.h"
#include "x509.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

static char *
print_serial(TALLOC_CTX *mem_ctx, const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *digits = number == NULL ? NULL : BN_bn2hex(number);
    char *text = digits == NULL ? NULL : talloc_strdup(mem_ctx, digits);

    OPENSSL_free(digits);
    BN_free(number);
    return text;
}

char *
kf_certificate_serial(TALLOC_CTX *mem_ctx, const char *pem)
{
    X509 *certificate = kf_x509_read(pem);
    char *text =
        certificate == NULL ? talloc_strdup(mem_ctx, "") : print_serial(mem_ctx, certificate);

    X509_free(certificate);
    return text;
}

char *
kf_certificate_digest(TALLOC_CTX *mem_ctx, const char *pem)
{
    X509 *certificate = kf_x509_read(pem);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char *text = NULL;

    if (certificate == NULL || X509_digest(certificate, EVP_sha256(), digest, &len) != 1) {
        text = talloc_strdup(mem_ctx, "");
    } else {
        text = kf_hex_encode(mem_ctx, digest, len);
    }
    X509_free(certificate);
    return text;
}
