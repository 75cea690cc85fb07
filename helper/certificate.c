/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is told of a certificate. Layer 1, pure; OpenSSL. */

#include "certificate.h"

#include "bytes.h"
#include "text.h"
#include "x509.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

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

static char *
print_digest(TALLOC_CTX *mem_ctx, const char *pem, const EVP_MD *kind)
{
    X509 *certificate = kf_x509_read(pem);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char *text = NULL;

    if (certificate == NULL || X509_digest(certificate, kind, digest, &len) != 1) {
        text = talloc_strdup(mem_ctx, "");
    } else {
        text = kf_hex_encode(mem_ctx, digest, len);
    }
    X509_free(certificate);
    return text;
}

char *
kf_certificate_digest(TALLOC_CTX *mem_ctx, const char *pem)
{
    return print_digest(mem_ctx, pem, EVP_sha256());
}

char *
kf_certificate_thumbprint(TALLOC_CTX *mem_ctx, const char *pem)
{
    return print_digest(mem_ctx, pem, EVP_sha1());
}

/* The last certificate in a PEM text, for X509_free(); NULL when there is none. */
static X509 *
read_last(const char *pem)
{
    static const char begin[] = "-----BEGIN ";
    const char *last = strstr(pem, begin);

    for (const char *next = last; next != NULL; next = strstr(next + 1, begin)) {
        last = next;
    }
    return kf_x509_read(last);
}

static bool
is_web_address(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* The address of an access description of the kind caIssuers, or NULL. */
static const char *
issuer_address(const ACCESS_DESCRIPTION *access)
{
    const char *text = NULL;

    if (OBJ_obj2nid(access->method) != NID_ad_ca_issuers || access->location->type != GEN_URI) {
        return NULL;
    }
    text = (const char *)ASN1_STRING_get0_data(access->location->d.uniformResourceIdentifier);
    return strlen(text) ==
                       (size_t)ASN1_STRING_length(access->location->d.uniformResourceIdentifier) &&
                   is_web_address(text) && kf_text_is_line(text) && strchr(text, ' ') == NULL
               ? text
               : NULL;
}

static char *
find_issuer_url(TALLOC_CTX *mem_ctx, const X509 *certificate)
{
    AUTHORITY_INFO_ACCESS *list = X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
    const char *found = NULL;
    char *url = NULL;

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(list) && found == NULL; i++) {
        found = issuer_address(sk_ACCESS_DESCRIPTION_value(list, i));
    }
    url = talloc_strdup(mem_ctx, found == NULL ? "" : found);
    AUTHORITY_INFO_ACCESS_free(list);
    return url;
}

char *
kf_certificate_issuer_url(TALLOC_CTX *mem_ctx, const char *pem)
{
    X509 *certificate = read_last(pem);
    char *url = NULL;

    if (certificate == NULL || X509_check_issued(certificate, certificate) == X509_V_OK) {
        url = talloc_strdup(mem_ctx, "");
    } else {
        url = find_issuer_url(mem_ctx, certificate);
    }
    X509_free(certificate);
    return url;
}
