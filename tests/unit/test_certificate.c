/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Serial numbers and addresses of issuers: tests/data/certificate has a certificate for each, named
 * after it. Digests. */

#include "world.h"

#include "certificate.h"

#include <openssl/evp.h>
#include <string.h>

static const struct {
    const char *file;
    const char *serial;
} table[] = {
    {"good.0A.pem", "0A"},
    {"good.F1.pem", "F1"},
    {"good.012345.pem", "012345"},
    {"good.F123456789ABCDEF0123456789ABCDEF.pem", "F123456789ABCDEF0123456789ABCDEF"},
    {"bad.request.pem", ""},
    {"bad.truncated.pem", ""},
};

static const char *
text_of(TALLOC_CTX *mem, const char *file)
{
    return (char *)kf_test_data(mem, talloc_asprintf(mem, "certificate/%s", file)).data;
}

static void
test_each_certificate_has_its_serial_number(void **state)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *pem = text_of(*state, table[i].file);

        assert_string_equal(kf_certificate_serial(*state, pem), table[i].serial);
    }
}

static void
test_what_is_no_certificate_has_none(void **state)
{
    assert_string_equal(kf_certificate_serial(*state, NULL), "");
    assert_string_equal(kf_certificate_serial(*state, ""), "");
    assert_string_equal(kf_certificate_serial(*state, "no certificate"), "");
}

/* A digest, without this program. */
static char *
digest_of(TALLOC_CTX *mem, const char *algorithm, const char *base64)
{
    unsigned char digest[32];
    char *text = talloc_strdup(mem, "");
    struct kf_bytes der = {NULL, 0};
    size_t len = 0;

    assert_int_equal(kf_base64_decode(mem, base64, strlen(base64), &der), KF_OK);
    assert_int_equal(EVP_Q_digest(NULL, algorithm, NULL, der.data, der.len, digest, &len), 1);
    for (size_t i = 0; i < len; i++) {
        text = talloc_asprintf_append(text, "%02x", digest[i]);
    }
    return text;
}

static void
test_the_digest_is_that_of_the_first_certificate(void **state)
{
    const char *chain =
        talloc_asprintf(*state, "text\n%s%s", kf_test_enrollment(*state, "certificate.pem"),
                        kf_test_enrollment(*state, "issuing.pem"));
    const char *base64 = kf_test_certificate(*state, "certificate.pem");

    assert_string_equal(kf_certificate_digest(*state, chain), digest_of(*state, "SHA256", base64));
    assert_string_equal(kf_certificate_thumbprint(*state, chain),
                        digest_of(*state, "SHA1", base64));
}

static void
test_what_is_no_certificate_has_no_digest(void **state)
{
    const char *const texts[] = {NULL, "", kf_test_enrollment(*state, "request.pem")};

    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_string_equal(kf_certificate_digest(*state, texts[i]), "");
        assert_string_equal(kf_certificate_thumbprint(*state, texts[i]), "");
    }
}

#define ISSUER "pki.example.com/issuing.crt"

static const struct {
    const char *file;
    const char *url;
} addresses[] = {
    {"address.http.pem", "http://" ISSUER},
    {"address.https.pem", "HTTPS://" ISSUER},
    {"address.behind-others.pem", "http://" ISSUER},
    {"address.first-of-two.pem", "http://a.example.com/a.crt"},
    {"address.ocsp-only.pem", ""},
    {"address.ldap-only.pem", ""},
    {"address.file-only.pem", ""},
    {"address.with-a-blank.pem", ""},
    {"address.self-signed.pem", ""},
    {"good.0A.pem", ""},
    {"bad.request.pem", ""},
    {"bad.truncated.pem", ""},
};

static void
test_a_certificate_says_where_its_issuer_is(void **state)
{
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const char *url = kf_certificate_issuer_url(*state, text_of(*state, addresses[i].file));

        if (strcmp(url, addresses[i].url) != 0) {
            fail_msg("%s: \"%s\"", addresses[i].file, url);
        }
    }
}

static void
test_of_a_chain_the_last_certificate_says_it(void **state)
{
    const char *told = text_of(*state, "address.http.pem");
    const char *silent = text_of(*state, "good.0A.pem");

    assert_string_equal(
        kf_certificate_issuer_url(*state, talloc_asprintf(*state, "%s%s", silent, told)),
        "http://" ISSUER);
    assert_string_equal(
        kf_certificate_issuer_url(*state, talloc_asprintf(*state, "%s%s", told, silent)), "");
}

static void
test_a_certificate_says_whose_it_is_and_until_when(void **state)
{
    const struct kf_certificate_facts *facts =
        kf_certificate_facts(*state, kf_test_enrollment(*state, "certificate.pem"));

    assert_non_null(facts);
    assert_string_equal(facts->subject, "CN=host.example.com,O=Example");
    assert_string_equal(facts->issuer, "CN=Issuing CA,O=Example");
    assert_int_equal(facts->not_after, INT64_C(4922899200)); /* 2126-01-01T00:00:00Z */
    assert_string_equal(facts->names[0], "host.example.com");
    assert_null(facts->names[1]);
}

static void
test_a_certificate_may_be_for_no_host(void **state)
{
    const struct kf_certificate_facts *facts =
        kf_certificate_facts(*state, kf_test_enrollment(*state, "issuing.pem"));

    assert_non_null(facts);
    assert_null(facts->names[0]);
}

static void
test_what_is_no_certificate_says_nothing(void **state)
{
    assert_null(kf_certificate_facts(*state, NULL));
    assert_null(kf_certificate_facts(*state, ""));
    assert_null(kf_certificate_facts(*state, text_of(*state, "bad.truncated.pem")));
}

static bool
is_in_table(const char *file)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        if (strcmp(file, table[i].file) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(addresses); i++) {
        if (strcmp(file, addresses[i].file) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_each_file_in_the_folder_is_in_the_table(void **state)
{
    kf_test_no_unused_data(*state, "certificate", is_in_table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_certificate_has_its_serial_number),
        KF_TEST(test_what_is_no_certificate_has_none),
        KF_TEST(test_the_digest_is_that_of_the_first_certificate),
        KF_TEST(test_what_is_no_certificate_has_no_digest),
        KF_TEST(test_a_certificate_says_where_its_issuer_is),
        KF_TEST(test_of_a_chain_the_last_certificate_says_it),
        KF_TEST(test_a_certificate_says_whose_it_is_and_until_when),
        KF_TEST(test_a_certificate_may_be_for_no_host),
        KF_TEST(test_what_is_no_certificate_says_nothing),
        KF_TEST(test_each_file_in_the_folder_is_in_the_table),
    };

    return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
