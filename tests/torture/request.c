/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A certificate request of its own for each run. */

#include "request.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define END_LINE "-----END CERTIFICATE-----\n"

static void
must(bool done, const char *action)
{
    if (!done) {
        errx(1, "OpenSSL cannot %s", action);
    }
}

static char *
write_pem(X509_REQ *csr)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *data = NULL;
    char *text = NULL;
    long len;

    must(memory != NULL && PEM_write_bio_X509_REQ(memory, csr) == 1, "write a request");
    len = BIO_get_mem_data(memory, &data);
    text = strndup(data, (size_t)len);
    must(text != NULL, "get memory");
    BIO_free(memory);
    return text;
}

/* With extensions, for the helper to lose one when memory is out. */
static bool
add_extensions(X509_REQ *csr, const char *name)
{
    STACK_OF(X509_EXTENSION) *extensions = NULL;
    X509_EXTENSION *extension = NULL;
    char value[128];
    bool done = false;

    snprintf(value, sizeof(value), "DNS:%s", name);
    extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
    done = extension != NULL && X509v3_add_ext(&extensions, extension, -1) != NULL &&
           X509_REQ_add_extensions(csr, extensions) == 1;
    X509_EXTENSION_free(extension);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return done;
}

void
request_make(unsigned number, struct request *_request)
{
    X509_REQ *csr = X509_REQ_new();
    X509_NAME *subject = X509_NAME_new();
    char name[64];

    _request->key = EVP_EC_gen("P-256");
    snprintf(name, sizeof(name), "torture-%u.example.com", number);
    must(csr != NULL && subject != NULL && _request->key != NULL &&
             X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (unsigned char *)name, -1, -1,
                                        0) == 1 &&
             X509_REQ_set_subject_name(csr, subject) == 1 &&
             X509_REQ_set_pubkey(csr, _request->key) == 1 && add_extensions(csr, name) &&
             X509_REQ_sign(csr, _request->key, EVP_sha256()) > 0,
         "make a request");
    _request->pem = write_pem(csr);
    X509_NAME_free(subject);
    X509_REQ_free(csr);
}

void
request_free(struct request *request)
{
    EVP_PKEY_free(request->key);
    free(request->pem);
    *request = (struct request){NULL, NULL};
}

/* The next character of base64 that is not in a line of dashes; '\0' at the end. */
static char
next_of_base64(const char **_text)
{
    const char *at = *_text;

    while (*at != '\0' && isspace((unsigned char)*at)) {
        at++;
    }
    if (*at == '-') {
        at = strstr(at + strlen("-----"), "-----");
        *_text = at == NULL ? "" : at + strlen("-----");
        return next_of_base64(_text);
    }
    *_text = *at == '\0' ? at : at + 1;
    return *at;
}

bool
request_is_same(const char *left, const char *right)
{
    char character;

    do {
        character = next_of_base64(&left);
        if (next_of_base64(&right) != character) {
            return false;
        }
    } while (character != '\0');
    return true;
}

bool
request_is_answered(const struct request *request, const char *pem, const char **_rest)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    X509 *certificate = memory == NULL ? NULL : PEM_read_bio_X509(memory, NULL, NULL, NULL);
    const char *end = strstr(pem, END_LINE);
    const bool fits = certificate != NULL && end != NULL &&
                      EVP_PKEY_eq(X509_get0_pubkey(certificate), request->key) == 1;

    if (fits) {
        *_rest = end + strlen(END_LINE);
    }
    X509_free(certificate);
    BIO_free(memory);
    return fits;
}
