/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The forms in which servers have been seen to write the certificates of an answer. */

#include "certificates_form.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "base.h"
#include "certificate.h"
#include "encoding.h"

const char *const SIM_FORM_WORDS[] = {
    [SIM_FORM_AS_ASKED] = "as-asked",
    [SIM_FORM_PKCS7] = "pkcs7",
    [SIM_FORM_PKCS7_CRLF] = "pkcs7-crlf",
    [SIM_FORM_PKCS7_PEM] = "pkcs7-pem",
    [SIM_FORM_PKCS7_AS_CERTIFICATE] = "pkcs7-as-certificate",
    [SIM_FORM_PKCS7_ROOT_FIRST] = "root-first-pkcs7",
    [SIM_FORM_DER] = "der",
    [SIM_FORM_DER_CRLF] = "der-crlf",
    [SIM_FORM_DERS] = "ders",
    [SIM_FORM_PEM] = "pem",
    [SIM_FORM_PEM_CHAIN] = "pem-chain",
    [SIM_FORM_PEM_CHAIN_REVERSED] = "pem-chain-reversed",
    [SIM_FORM_PEM_CRLF] = "pem-crlf",
    [SIM_FORM_PEM_BAG] = "pem-bag",
    [SIM_FORM_PEM_COMMENTS] = "pem-comments",
    [SIM_FORM_ARRAY_PEM] = "array-pem",
    [SIM_FORM_ARRAY_PEM_REVERSED] = "array-pem-reversed",
    [SIM_FORM_EMPTY] = "empty",
    [SIM_FORM_GARBAGE] = "garbage",
    NULL,
};

#define LINE_LENGTH 64

/* What the memory BIO holds as a JSON string, or as base64 of it; frees the BIO. */
static json_t *
take_text(BIO *bio)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    json_t *json = json_stringn(data, (size_t)size);

    BIO_free(bio);
    return json;
}

static json_t *
take_base64(BIO *bio)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    char *base64 = sim_base64(data, (size_t)size);
    json_t *json = json_string(base64);

    free(base64);
    BIO_free(bio);
    return json;
}

/* The text in lines of 64 characters that end with CRLF; frees the JSON. */
static json_t *
in_crlf_lines(json_t *json)
{
    const char *text = json_string_value(json);
    size_t length = strlen(text);
    BIO *lines = BIO_new(BIO_s_mem());

    for (size_t at = 0; at < length; at += LINE_LENGTH) {
        BIO_printf(lines, "%.*s\r\n", LINE_LENGTH, text + at);
    }
    json_decref(json);
    return take_text(lines);
}

static STACK_OF(X509) *
reversed(STACK_OF(X509) *chain)
{
    STACK_OF(X509) *copy = sk_X509_new_null();

    for (int i = sk_X509_num(chain) - 1; i >= 0; i--) {
        sk_X509_push(copy, sk_X509_value(chain, i));
    }
    return copy;
}

/* The certificates as a PKCS#7 that signs nothing. */
static PKCS7 *
new_pkcs7(STACK_OF(X509) *chain)
{
    PKCS7 *pkcs7 = PKCS7_new();

    sim_must(pkcs7 != NULL && PKCS7_set_type(pkcs7, NID_pkcs7_signed) == 1, "make a PKCS#7");
    pkcs7->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        sim_must(PKCS7_add_certificate(pkcs7, sk_X509_value(chain, i)) == 1, "fill a PKCS#7");
    }
    return pkcs7;
}

static BIO *
pkcs7_der(STACK_OF(X509) *chain)
{
    PKCS7 *pkcs7 = new_pkcs7(chain);
    BIO *bio = BIO_new(BIO_s_mem());

    sim_must(i2d_PKCS7_bio(bio, pkcs7) == 1, "write a PKCS#7");
    PKCS7_free(pkcs7);
    return bio;
}

struct sim_bytes
sim_form_pkcs7(STACK_OF(X509) *certificates)
{
    BIO *bio = pkcs7_der(certificates);
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    struct sim_bytes der = {(unsigned char *)sim_copy(data, (size_t)size), (size_t)size};

    BIO_free(bio);
    return der;
}

static json_t *
write_pkcs7(STACK_OF(X509) *chain)
{
    return take_base64(pkcs7_der(chain));
}

static json_t *
write_pkcs7_crlf(STACK_OF(X509) *chain)
{
    return in_crlf_lines(write_pkcs7(chain));
}

static json_t *
write_pkcs7_root_first(STACK_OF(X509) *chain)
{
    STACK_OF(X509) *copy = reversed(chain);
    json_t *json = write_pkcs7(copy);

    sk_X509_free(copy);
    return json;
}

static json_t *
pkcs7_in_armour(STACK_OF(X509) *chain, const char *label)
{
    BIO *der = pkcs7_der(chain);
    BIO *pem = BIO_new(BIO_s_mem());
    unsigned char *data = NULL;
    long size = BIO_get_mem_data(der, (char **)&data);

    sim_must(PEM_write_bio(pem, label, "", data, size) > 0, "write PEM");
    BIO_free(der);
    return take_text(pem);
}

static json_t *
write_pkcs7_pem(STACK_OF(X509) *chain)
{
    return pkcs7_in_armour(chain, PEM_STRING_PKCS7);
}

static json_t *
write_pkcs7_as_certificate(STACK_OF(X509) *chain)
{
    return pkcs7_in_armour(chain, PEM_STRING_X509);
}

/* The DER of the first count certificates, one after another. */
static BIO *
ders(STACK_OF(X509) *chain, int count)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (int i = 0; i < count; i++) {
        sim_must(i2d_X509_bio(bio, sk_X509_value(chain, i)) == 1, "write a certificate");
    }
    return bio;
}

static json_t *
write_der(STACK_OF(X509) *chain)
{
    return take_base64(ders(chain, 1));
}

static json_t *
write_der_crlf(STACK_OF(X509) *chain)
{
    return in_crlf_lines(write_der(chain));
}

static json_t *
write_ders(STACK_OF(X509) *chain)
{
    return take_base64(ders(chain, sk_X509_num(chain)));
}

static void
put_pem(BIO *bio, X509 *certificate)
{
    sim_must(PEM_write_bio_X509(bio, certificate) == 1, "write PEM");
}

static json_t *
write_pem(STACK_OF(X509) *chain)
{
    BIO *bio = BIO_new(BIO_s_mem());

    put_pem(bio, sk_X509_value(chain, 0));
    return take_text(bio);
}

static json_t *
write_pem_chain(STACK_OF(X509) *chain)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (int i = 0; i < sk_X509_num(chain); i++) {
        put_pem(bio, sk_X509_value(chain, i));
    }
    return take_text(bio);
}

static json_t *
write_pem_chain_reversed(STACK_OF(X509) *chain)
{
    STACK_OF(X509) *copy = reversed(chain);
    json_t *json = write_pem_chain(copy);

    sk_X509_free(copy);
    return json;
}

/* The text with CRLF at the end of each line; frees the JSON. */
static json_t *
with_crlf(json_t *json)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (const char *at = json_string_value(json); *at != '\0'; at++) {
        BIO_printf(bio, *at == '\n' ? "\r%c" : "%c", *at);
    }
    json_decref(json);
    return take_text(bio);
}

static json_t *
write_pem_crlf(STACK_OF(X509) *chain)
{
    return with_crlf(write_pem_chain(chain));
}

static json_t *
write_pem_comments(STACK_OF(X509) *chain)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        char *subject = sim_certificate_name(X509_get_subject_name(certificate));

        BIO_printf(bio, "#%s\n", subject);
        put_pem(bio, certificate);
        free(subject);
    }
    return with_crlf(take_text(bio));
}

static json_t *
write_pem_bag(STACK_OF(X509) *chain)
{
    BIO *bio = BIO_new(BIO_s_mem());

    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        char *subject = sim_certificate_name(X509_get_subject_name(certificate));
        char *issuer = sim_certificate_name(X509_get_issuer_name(certificate));

        BIO_printf(bio,
                   "Bag Attributes\n    localKeyID: %02X 00 00 00 \nsubject=%s\n\nissuer=%s\n\n",
                   i + 1, subject, issuer);
        put_pem(bio, certificate);
        free(subject);
        free(issuer);
    }
    return take_text(bio);
}

static json_t *
write_array_pem(STACK_OF(X509) *chain)
{
    json_t *array = json_array();

    for (int i = 0; i < sk_X509_num(chain); i++) {
        BIO *bio = BIO_new(BIO_s_mem());

        put_pem(bio, sk_X509_value(chain, i));
        json_array_append_new(array, take_text(bio));
    }
    return array;
}

static json_t *
write_array_pem_reversed(STACK_OF(X509) *chain)
{
    STACK_OF(X509) *copy = reversed(chain);
    json_t *json = write_array_pem(copy);

    sk_X509_free(copy);
    return json;
}

static json_t *
write_empty(STACK_OF(X509) *chain)
{
    (void)chain;
    return json_string("");
}

/* Begins as the DER of a large SEQUENCE does. */
static json_t *
write_garbage(STACK_OF(X509) *chain)
{
    static const char GARBAGE[] = "\x30\x82\x7f\xff this is not a certificate";
    BIO *bio = BIO_new(BIO_s_mem());

    (void)chain;
    BIO_write(bio, GARBAGE, sizeof(GARBAGE) - 1);
    return take_base64(bio);
}

static json_t *(*const WRITERS[])(STACK_OF(X509) *chain) = {
    [SIM_FORM_PKCS7] = write_pkcs7,
    [SIM_FORM_PKCS7_CRLF] = write_pkcs7_crlf,
    [SIM_FORM_PKCS7_PEM] = write_pkcs7_pem,
    [SIM_FORM_PKCS7_AS_CERTIFICATE] = write_pkcs7_as_certificate,
    [SIM_FORM_PKCS7_ROOT_FIRST] = write_pkcs7_root_first,
    [SIM_FORM_DER] = write_der,
    [SIM_FORM_DER_CRLF] = write_der_crlf,
    [SIM_FORM_DERS] = write_ders,
    [SIM_FORM_PEM] = write_pem,
    [SIM_FORM_PEM_CHAIN] = write_pem_chain,
    [SIM_FORM_PEM_CHAIN_REVERSED] = write_pem_chain_reversed,
    [SIM_FORM_PEM_CRLF] = write_pem_crlf,
    [SIM_FORM_PEM_BAG] = write_pem_bag,
    [SIM_FORM_PEM_COMMENTS] = write_pem_comments,
    [SIM_FORM_ARRAY_PEM] = write_array_pem,
    [SIM_FORM_ARRAY_PEM_REVERSED] = write_array_pem_reversed,
    [SIM_FORM_EMPTY] = write_empty,
    [SIM_FORM_GARBAGE] = write_garbage,
};

json_t *
sim_form_write(enum sim_form form, STACK_OF(X509) *chain)
{
    json_t *json = WRITERS[form](chain);

    sim_must(json != NULL, "write the certificates");
    return json;
}

/* Whether the form is one of a single certificate, or of one after another. */
static bool
is_divisible(enum sim_form form)
{
    return form == SIM_FORM_DER || form == SIM_FORM_DER_CRLF || form == SIM_FORM_PEM ||
           form == SIM_FORM_PEM_CRLF || form == SIM_FORM_PEM_BAG || form == SIM_FORM_PEM_COMMENTS;
}

static json_t *
write_each(enum sim_form form, STACK_OF(X509) *chain)
{
    json_t *array = json_array();

    for (int i = 0; i < sk_X509_num(chain); i++) {
        STACK_OF(X509) *one = sk_X509_new_null();

        sk_X509_push(one, sk_X509_value(chain, i));
        json_array_append_new(array, sim_form_write(form, one));
        sk_X509_free(one);
    }
    return array;
}

json_t *
sim_form_write_array(enum sim_form form, STACK_OF(X509) *chain)
{
    json_t *json = NULL;

    if (is_divisible(form)) {
        return write_each(form, chain);
    }
    json = sim_form_write(form, chain);
    return json_is_array(json) ? json : json_pack("[o]", json);
}
