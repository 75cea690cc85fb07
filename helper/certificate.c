/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is told of a certificate. Layer 1, pure; OpenSSL. */

#include "certificate.h"

#include "bytes.h"
#include "cert.h"
#include "crypto.h"
#include "text.h"
#include "x509.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* The first certificate in a PEM text, owned by mem_ctx; NULL when there is none, or memory is out:
 * finish() tells. */
static struct kf_cert *
read_first(TALLOC_CTX *mem_ctx, const char *pem)
{
    struct kf_bytes der;
    const unsigned char *data = NULL;
    struct kf_cert *certificate = NULL;

    kf_crypto_forget();
    der = kf_x509_der(pem);
    data = der.data;
    if (data != NULL) {
        certificate = kf_cert_read(mem_ctx, &data, der.len);
    }
    OPENSSL_free(der.data);
    return certificate;
}

/* What was found out, a talloc context; NULL when memory was out meanwhile. */
static void *
finish(void *result)
{
    if (kf_crypto_was_out_of_memory()) {
        TALLOC_FREE(result);
    }
    ERR_clear_error();
    return result;
}

/* A DNS name, or an IP address, as text; "" for others, and for what is no text. */
static char *
print_name(TALLOC_CTX *mem_ctx, const GENERAL_NAME *name)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    char text[INET6_ADDRSTRLEN] = "";

    if (type == GEN_DNS) {
        return talloc_strndup(mem_ctx, (const char *)ASN1_STRING_get0_data(value),
                              (size_t)ASN1_STRING_length(value));
    }
    if (type == GEN_IPADD && ASN1_STRING_length(value) == sizeof(struct in_addr)) {
        inet_ntop(AF_INET, ASN1_STRING_get0_data(value), text, sizeof(text));
    } else if (type == GEN_IPADD && ASN1_STRING_length(value) == sizeof(struct in6_addr)) {
        inet_ntop(AF_INET6, ASN1_STRING_get0_data(value), text, sizeof(text));
    }
    return talloc_strdup(mem_ctx, text);
}

static char **
print_names(TALLOC_CTX *mem_ctx, const struct kf_cert *certificate)
{
    GENERAL_NAMES *list = X509V3_get_d2i(certificate->extensions, NID_subject_alt_name, NULL, NULL);
    const int total = list == NULL ? 0 : sk_GENERAL_NAME_num(list);
    char **names = talloc_zero_array(mem_ctx, char *, (size_t)total + 1);
    size_t count = 0;

    for (int i = 0; i < total && names != NULL; i++) {
        char *name = print_name(names, sk_GENERAL_NAME_value(list, i));

        if (name != NULL && name[0] != '\0') {
            names[count++] = name;
        }
    }
    GENERAL_NAMES_free(list);
    return names;
}

static int64_t
read_time(const ASN1_TIME *time)
{
    struct tm tm;

    return ASN1_TIME_to_tm(time, &tm) == 1 ? timegm(&tm) : 0;
}

struct kf_certificate_facts *
kf_certificate_facts(TALLOC_CTX *mem_ctx, const char *pem)
{
    struct kf_cert *certificate = read_first(mem_ctx, pem);
    struct kf_certificate_facts *facts =
        certificate == NULL ? NULL : talloc_zero(mem_ctx, struct kf_certificate_facts);

    if (facts != NULL) {
        facts->subject = kf_x509_name(facts, certificate->subject);
        facts->issuer = kf_x509_name(facts, certificate->issuer);
        facts->names = print_names(facts, certificate);
        facts->not_after = read_time(certificate->not_after);
        if (facts->subject == NULL || facts->issuer == NULL || facts->names == NULL) {
            TALLOC_FREE(facts);
        }
    }
    talloc_free(certificate);
    return finish(facts);
}

static char *
print_serial(TALLOC_CTX *mem_ctx, const ASN1_INTEGER *serial)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *digits = number == NULL ? NULL : BN_bn2hex(number);
    char *text = digits == NULL ? NULL : talloc_strdup(mem_ctx, digits);

    OPENSSL_free(digits);
    BN_free(number);
    return text;
}

char *
kf_certificate_serial(TALLOC_CTX *mem_ctx, const char *pem)
{
    struct kf_cert *certificate = read_first(mem_ctx, pem);
    char *text = certificate == NULL ? talloc_strdup(mem_ctx, "")
                                     : print_serial(mem_ctx, certificate->serial);

    talloc_free(certificate);
    return finish(text);
}

static char *
print_digest(TALLOC_CTX *mem_ctx, const char *pem, const EVP_MD *kind)
{
    struct kf_bytes der;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char *text = NULL;

    kf_crypto_forget();
    der = kf_x509_der(pem);
    if (der.data == NULL || EVP_Digest(der.data, der.len, digest, &len, kind, NULL) != 1) {
        text = talloc_strdup(mem_ctx, "");
    } else {
        text = kf_hex_encode(mem_ctx, digest, len);
    }
    OPENSSL_free(der.data);
    return finish(text);
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

/* The same as read_first() of the last certificate in a PEM text. */
static struct kf_cert *
read_last(TALLOC_CTX *mem_ctx, const char *pem)
{
    static const char begin[] = "-----BEGIN ";
    const char *last = strstr(pem, begin);

    for (const char *next = last; next != NULL; next = strstr(next + 1, begin)) {
        last = next;
    }
    return read_first(mem_ctx, last);
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
find_issuer_url(TALLOC_CTX *mem_ctx, const struct kf_cert *certificate)
{
    AUTHORITY_INFO_ACCESS *list =
        X509V3_get_d2i(certificate->extensions, NID_info_access, NULL, NULL);
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
    struct kf_cert *certificate = read_last(mem_ctx, pem);
    char *url = certificate == NULL || kf_cert_is_root(certificate)
                    ? talloc_strdup(mem_ctx, "")
                    : find_issuer_url(mem_ctx, certificate);

    talloc_free(certificate);
    return finish(url);
}
