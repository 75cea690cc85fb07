/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates whose keys are not decoded: those of tests/data/chain, and some made here. */

#include "support.h"

#include "cert.h"
#include "chain.h"
#include "x509.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define LEAF      "good.leaf-alone.pem"
#define NAMESAKE  "good.namesake.pem"
#define SIGNED_BY "Issuing CA"

/* The text of the certificate at place number (from 0) in a file of tests/data/chain. */
static const char *
text_of(TALLOC_CTX *mem, const char *file, int number)
{
    const char *text = (const char *)kf_test_data(mem, talloc_asprintf(mem, "chain/%s", file)).data;

    for (int i = 0; i < number; i++) {
        text = strstr(text + 1, "-----BEGIN");
        assert_non_null(text);
    }
    return text;
}

static const struct kf_cert *
read_text(TALLOC_CTX *mem, const char *text)
{
    const struct kf_bytes der = kf_x509_der(text);
    const unsigned char *data = der.data;
    struct kf_cert *certificate = kf_cert_read(mem, &data, der.len);

    assert_non_null(certificate);
    assert_ptr_equal(data, der.data + der.len);
    assert_int_equal(certificate->der.len, der.len);
    assert_memory_equal(certificate->der.data, der.data, der.len);
    OPENSSL_free(der.data);
    return certificate;
}

static const struct kf_cert *
at(TALLOC_CTX *mem, const char *file, int number)
{
    return read_text(mem, text_of(mem, file, number));
}

/* What a certificate is made with. */
struct recipe {
    long version; /* 0: the first */
    const char *subject;
    const char *constraints; /* as in openssl.cnf; NULL: no such extension; so the next ones */
    const char *usage;
    const ASN1_OCTET_STRING *key_identifier;
};

static void
add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = value == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    if (value != NULL) {
        assert_non_null(extension);
        assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    }
    X509_EXTENSION_free(extension);
}

/* A certificate that signs itself, as PEM. */
static const char *
make(TALLOC_CTX *mem, const struct recipe *recipe)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    const char *pem = NULL;

    X509_set_version(certificate, recipe->version);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "O", MBSTRING_UTF8,
                               (const unsigned char *)"Example", -1, -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const unsigned char *)recipe->subject, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    add_extension(certificate, NID_basic_constraints, recipe->constraints);
    add_extension(certificate, NID_key_usage, recipe->usage);
    if (recipe->key_identifier != NULL) {
        X509_add1_ext_i2d(certificate, NID_subject_key_identifier, (void *)recipe->key_identifier,
                          0, X509V3_ADD_DEFAULT);
    }
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    pem = kf_x509_text(mem, bio);
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pem;
}

static void
test_what_is_read_is_what_the_certificate_says(void **state)
{
    const struct kf_cert *leaf = at(*state, LEAF, 0);
    const struct kf_bytes key = kf_test_data(*state, "chain/key.leaf.der");

    assert_int_equal(leaf->public_key.len, key.len);
    assert_memory_equal(leaf->public_key.data, key.data, key.len);
    assert_string_equal(kf_x509_name(*state, leaf->issuer), "CN=Issuing CA,O=Example");
    assert_non_null(leaf->extensions);
}

static void
test_a_part_of_a_certificate_is_none(void **state)
{
    const struct kf_bytes der = kf_x509_der(text_of(*state, LEAF, 0));

    for (size_t len = 0; len < der.len; len++) {
        const unsigned char *data = der.data;

        assert_null(kf_cert_read(*state, &data, len));
        assert_ptr_equal(data, der.data);
    }
    OPENSSL_free(der.data);
}

static void
test_an_issuer_is_known_by_name_and_key_identifier(void **state)
{
    const struct kf_cert *leaf = at(*state, "expected.chain.pem", 0);
    const struct kf_cert *issuing = at(*state, "expected.chain.pem", 1);
    const struct kf_cert *policy = at(*state, "expected.chain.pem", 2);
    const struct kf_cert *namesake = at(*state, NAMESAKE, 0);

    assert_int_equal(kf_cert_link(issuing, leaf), KF_CERT_NAMED);
    assert_int_equal(kf_cert_link(policy, issuing), KF_CERT_NAMED);
    assert_int_equal(kf_cert_link(policy, leaf), KF_CERT_NOT);
    assert_int_equal(kf_cert_link(leaf, issuing), KF_CERT_NOT);
    assert_int_equal(kf_cert_link(namesake, leaf), KF_CERT_UNSURE);
    assert_true(kf_cert_has_signed(issuing, leaf));
    assert_false(kf_cert_has_signed(namesake, leaf));
    assert_false(kf_cert_has_signed(policy, leaf));
}

static void
test_a_root_signs_itself(void **state)
{
    assert_true(kf_cert_is_root(at(*state, "expected.authorities.pem", 0)));
    assert_false(kf_cert_is_root(at(*state, "expected.authorities.pem", 1)));
    assert_true(kf_cert_is_root(at(*state, "expected.self-signed.pem", 0)));
    assert_false(kf_cert_is_root(at(*state, LEAF, 0)));
}

static void
test_an_authority_says_that_it_is_one(void **state)
{
    static const struct {
        struct recipe recipe;
        bool is_authority;
    } cases[] = {
        {{2, "a", "critical,CA:TRUE", NULL, NULL}, true},
        {{2, "a", "critical,CA:TRUE", "critical,keyCertSign", NULL}, true},
        {{2, "a", "critical,CA:TRUE", "critical,digitalSignature", NULL}, false},
        {{2, "a", "critical,CA:FALSE", "critical,keyCertSign", NULL}, false},
        {{2, "a", NULL, "critical,keyCertSign", NULL}, true},
        {{2, "a", NULL, "critical,digitalSignature", NULL}, false},
        {{0, "a", NULL, NULL, NULL}, true},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct kf_cert *certificate = read_text(*state, make(*state, &cases[i].recipe));

        if (kf_cert_is_authority(certificate) != cases[i].is_authority) {
            fail_msg("case %zu", i);
        }
    }
    assert_false(kf_cert_is_authority(at(*state, LEAF, 0)));
}

/* The key identifier of the CA that issued the leaf; for ASN1_OCTET_STRING_free(). */
static ASN1_OCTET_STRING *
identifier_of_issuing(TALLOC_CTX *mem)
{
    X509 *issuing = kf_x509_read(text_of(mem, "expected.chain.pem", 1));
    ASN1_OCTET_STRING *identifier =
        X509_get_ext_d2i(issuing, NID_subject_key_identifier, NULL, NULL);

    assert_non_null(identifier);
    X509_free(issuing);
    return identifier;
}

static void
test_where_identifiers_are_doubted_the_signature_tells_an_impostor(void **state)
{
    ASN1_OCTET_STRING *identifier = identifier_of_issuing(*state);
    const char *impostor =
        make(*state, &(struct recipe){2, SIGNED_BY, "CA:TRUE", NULL, identifier});
    char *text =
        talloc_asprintf(*state, "%s%s", impostor, text_of(*state, "expected.chain.pem", 0));
    const struct kf_bytes bytes = {(unsigned char *)text, strlen(text)};
    const struct kf_chain_wish wish = {.public_key = kf_test_data(*state, "chain/key.leaf.der"),
                                       .is_doubted = true};
    struct kf_chain *chain = NULL;
    struct kf_error err;

    assert_int_equal(kf_cert_link(read_text(*state, impostor), at(*state, LEAF, 0)), KF_CERT_NAMED);
    assert_int_equal(kf_chain_read(*state, &bytes, 1, &wish, &chain, &err), KF_OK);
    assert_string_equal(kf_chain_text(*state, chain, 0, true),
                        text_of(*state, "expected.chain.pem", 0));
    ASN1_OCTET_STRING_free(identifier);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_what_is_read_is_what_the_certificate_says),
        KF_TEST(test_a_part_of_a_certificate_is_none),
        KF_TEST(test_an_issuer_is_known_by_name_and_key_identifier),
        KF_TEST(test_a_root_signs_itself),
        KF_TEST(test_an_authority_says_that_it_is_one),
        KF_TEST(test_where_identifiers_are_doubted_the_signature_tells_an_impostor),
    };

    return cmocka_run_group_tests_name("cert", tests, NULL, NULL);
}
