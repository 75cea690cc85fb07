/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Making certificates, and keeping them and their keys in files. */

#include "certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "base.h"
#include "files.h"

const struct sim_extension SIM_ROOT_EXTENSIONS[] = {
    {NID_basic_constraints, "critical,CA:TRUE"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {0, NULL},
};

const struct sim_extension SIM_INTERMEDIATE_EXTENSIONS[] = {
    {NID_basic_constraints, "critical,CA:TRUE"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {0, NULL},
};

const struct sim_extension SIM_ISSUING_EXTENSIONS[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {0, NULL},
};

const struct sim_extension SIM_SERVER_EXTENSIONS[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature,keyEncipherment"},
    {NID_ext_key_usage, "serverAuth,clientAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {0, NULL},
};

EVP_PKEY *
sim_certificate_new_key(const char *curve)
{
    EVP_PKEY *key = EVP_EC_gen(curve);

    sim_must(key != NULL, "make a key");
    return key;
}

static void
set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    BIGNUM *number = NULL;

    sim_must(RAND_bytes(bytes, sizeof(bytes)) == 1, "get random bytes");
    /* Positive, and never shorter than 16 bytes. */
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    sim_must(number != NULL &&
                 BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL,
             "set a serial number");
    BN_free(number);
}

static void
add_name_part(X509_NAME *name, const char *type, const char *value)
{
    sim_must(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)value, -1,
                                        -1, 0) == 1,
             "set a name");
}

static void
set_subject(X509 *certificate, const struct sim_profile *profile)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    if (profile->name == NULL) {
        sim_must(X509_set_subject_name(certificate, X509_REQ_get_subject_name(profile->csr)) == 1,
                 "set the subject");
        return;
    }
    add_name_part(name, "DC", "com");
    add_name_part(name, "DC", "example");
    add_name_part(name, "CN", profile->name);
}

static void
add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension = NULL;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
    sim_must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1,
             "add an extension");
    X509_EXTENSION_free(extension);
}

/* The alternative names of the CSR. Whatever else it asks for is the CA's to decide. */
static void
copy_alternative_names(X509 *certificate, X509_REQ *csr)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(csr);
    int index = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1);

    if (index >= 0) {
        sim_must(X509_add_ext(certificate, X509v3_get_ext(extensions, index), -1) == 1,
                 "add the alternative names");
    }
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

static void
add_extensions(X509 *certificate, X509 *issuer, const struct sim_profile *profile)
{
    for (const struct sim_extension *item = profile->extensions; item->nid != 0; item++) {
        add_extension(certificate, issuer, item->nid, item->value);
    }
    if (profile->alternative_names != NULL) {
        add_extension(certificate, issuer, NID_subject_alt_name, profile->alternative_names);
    } else if (profile->csr != NULL) {
        copy_alternative_names(certificate, profile->csr);
    }
    if (profile->access != NULL) {
        sim_must(X509_add1_ext_i2d(certificate, NID_info_access, profile->access, 0, 0) == 1,
                 "add an extension");
    }
}

X509 *
sim_certificate_make(const struct sim_profile *profile)
{
    EVP_PKEY *key = profile->key != NULL ? profile->key : X509_REQ_get0_pubkey(profile->csr);
    EVP_PKEY *issuer_key = profile->issuer_key != NULL ? profile->issuer_key : key;
    X509 *certificate = X509_new();
    X509 *issuer = profile->issuer != NULL ? profile->issuer : certificate;

    sim_must(certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
                 X509_set_pubkey(certificate, key) == 1,
             "make a certificate");
    set_serial(certificate);
    set_subject(certificate, profile);
    sim_must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
                 X509_gmtime_adj(X509_getm_notBefore(certificate), profile->from_seconds) != NULL &&
                 X509_gmtime_adj(X509_getm_notAfter(certificate), profile->until_seconds) != NULL,
             "fill a certificate in");
    add_extensions(certificate, issuer, profile);
    sim_must(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "sign a certificate");
    return certificate;
}

char *
sim_certificate_serial(const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    unsigned char bytes[32];
    int size;

    sim_must(number != NULL && BN_num_bytes(number) <= (int)sizeof(bytes), "read a serial number");
    size = BN_bn2bin(number, bytes);
    BN_free(number);
    return sim_hex(bytes, (size_t)size);
}

char *
sim_certificate_thumbprint(const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    sim_must(X509_digest(certificate, EVP_sha1(), digest, &size) == 1, "compute a thumbprint");
    return sim_hex(digest, size);
}

/* What the memory BIO holds, as text; frees the BIO. */
static char *
take_text(BIO *bio, bool written)
{
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    char *text = NULL;

    sim_must(written && size >= 0, "write to memory");
    text = sim_copy(data, (size_t)size);
    BIO_free(bio);
    return text;
}

static char *
print_name(const X509_NAME *name, unsigned long separator)
{
    unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) |
                          separator | XN_FLAG_DN_REV | XN_FLAG_FN_SN;
    BIO *bio = BIO_new(BIO_s_mem());

    /* A client may send a name that cannot be printed to its end. */
    X509_NAME_print_ex(bio, name, 0, flags);
    return take_text(bio, true);
}

char *
sim_certificate_name(const X509_NAME *name)
{
    return print_name(name, XN_FLAG_SEP_CPLUS_SPC);
}

char *
sim_certificate_compact_name(const X509_NAME *name)
{
    return print_name(name, XN_FLAG_SEP_COMMA_PLUS);
}

char *
sim_certificate_common_name(const X509_NAME *name)
{
    unsigned char *utf8 = NULL;
    char *text = NULL;
    int last = -1;
    int next;

    while ((next = X509_NAME_get_index_by_NID(name, NID_commonName, last)) >= 0) {
        last = next;
    }
    if (last >= 0) {
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    }
    text = utf8 != NULL ? sim_copy(utf8, strlen((const char *)utf8)) : sim_copy("", 0);
    OPENSSL_free(utf8);
    return text;
}

time_t
sim_certificate_time(const ASN1_TIME *when)
{
    struct tm parts;

    sim_must(ASN1_TIME_to_tm(when, &parts) == 1, "read the time of a certificate");
    return timegm(&parts);
}

char *
sim_certificate_pem(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());

    return take_text(bio, PEM_write_bio_X509(bio, certificate) == 1);
}

char *
sim_certificate_key_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    return take_text(bio, PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
}

X509 *
sim_certificate_from_pem(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *
key_from_pem(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return key;
}

bool
sim_certificate_load(const char *directory, const char *name, X509 **_certificate, EVP_PKEY **_key)
{
    char *certificate_path = sim_text("%s/%s.pem", directory, name);
    char *key_path = sim_text("%s/%s.key", directory, name);
    struct sim_bytes certificate = {NULL, 0};
    struct sim_bytes key = {NULL, 0};
    bool found = sim_file_read(certificate_path, &certificate) && sim_file_read(key_path, &key);

    if (found) {
        *_certificate = sim_certificate_from_pem((const char *)certificate.data);
        *_key = key_from_pem((const char *)key.data);
        if (*_certificate == NULL || *_key == NULL) {
            sim_die("%s and %s are not a certificate and its key", certificate_path, key_path);
        }
    }
    free(certificate.data);
    free(key.data);
    free(certificate_path);
    free(key_path);
    return found;
}

static void
save(const char *directory, const char *file, char *pem, mode_t mode)
{
    char *path = sim_file_path(directory, file);

    sim_file_write(path, pem, strlen(pem), mode);
    free(path);
    free(pem);
}

void
sim_certificate_save(const char *directory, const char *name, X509 *certificate, EVP_PKEY *key)
{
    char *file = sim_text("%s.pem", name);

    save(directory, file, sim_certificate_pem(certificate), 0644);
    free(file);
    if (key != NULL) {
        file = sim_text("%s.key", name);
        save(directory, file, sim_certificate_key_pem(key), 0600);
        free(file);
    }
}
