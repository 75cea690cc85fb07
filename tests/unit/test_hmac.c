/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The signature of a request body. */

#include "support.h"

#include "hmac.h"

#include <openssl/evp.h>
#include <string.h>

#define FIVE(bytes) bytes bytes bytes bytes bytes
#define AA_80       FIVE(FIVE("\xaa\xaa")) FIVE("\xaa\xaa\xaa\xaa\xaa\xaa")

/* A string literal and its length. */
#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *key;
    size_t key_len;
    const char *body;
    size_t body_len;
    const char *signature;
} vectors[] = {
    /* RFC 2202, section 3, in base64 */
    {BYTES(FIVE("\x0b\x0b\x0b\x0b")), BYTES("Hi There"), "thcxhlUFcmTii8C2+zeMjvFGvgA="},
    {BYTES("Jefe"), BYTES("what do ya want for nothing?"), "7/zfauXrL6LSdBbV8YTfnCWafHk="},
    {BYTES(FIVE("\xaa\xaa\xaa\xaa")), BYTES(FIVE(FIVE("\xdd\xdd"))),
     "El1zQrmsEc2Ro5r0iqF7T2PxddM="},
    {BYTES("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15"
           "\x16\x17\x18\x19"),
     BYTES(FIVE(FIVE("\xcd\xcd"))), "TJAH9AJiUMa8hBT5v1DIbC1yNdo="},
    {BYTES(FIVE("\x0c\x0c\x0c\x0c")), BYTES("Test With Truncation"),
     "TBoDQktV4H/n8nvh1Yu5MkqaWgQ="},
    {BYTES(AA_80), BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
     "qkrl4VJy0A6VcFY3zoo7Ve1AIRI="},
    {BYTES(AA_80),
     BYTES("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
     "6OmdD0UjfXhta7qnllx4CLv/GpE="},

    /* a body of nothing, a body with a NUL */
    {BYTES("secret"), NULL, 0, "Ja9hdKD87MTTRmgKcrfOZEuaiOg="},
    {BYTES("secret"), BYTES("a\0b"), "z7whLrs2VGM3eqQdWwAVto/vbz0="},
};

static void
test_the_signature_is_that_of_the_rfc(void **state)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct kf_secret *secret = kf_secret_new(*state, vectors[i].key, vectors[i].key_len);
        struct kf_bytes body = {NULL, 0};
        char *signature = NULL;
        struct kf_error err;

        assert_int_equal(kf_bytes_copy(*state, vectors[i].body, vectors[i].body_len, &body), KF_OK);
        assert_int_equal(kf_hmac_sign(*state, secret, &body, &signature, &err), KF_OK);
        assert_string_equal(signature, vectors[i].signature);
    }
}

static void
test_a_body_without_data_is_signed(void **state)
{
    const struct kf_secret *secret = kf_secret_new(*state, "secret", 6);
    const struct kf_bytes body = {NULL, 0};
    char *signature = NULL;
    struct kf_error err;

    assert_int_equal(kf_hmac_sign(*state, secret, &body, &signature, &err), KF_OK);
    assert_string_equal(signature, "Ja9hdKD87MTTRmgKcrfOZEuaiOg=");
}

/* As on a host whose OpenSSL does not offer SHA-1. */
static void
test_a_refusal_of_openssl_is_for_the_administrator(void **state)
{
    const struct kf_secret *secret = kf_secret_new(*state, "secret", 6);
    const struct kf_bytes body = {NULL, 0};
    char *signature = NULL;
    struct kf_error err;
    enum kf_rc rc;

    assert_int_equal(EVP_set_default_properties(NULL, "provider=nobody"), 1);
    rc = kf_hmac_sign(*state, secret, &body, &signature, &err);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);

    assert_int_equal(rc, KF_BADCONFIG);
    assert_null(signature);
    assert_non_null(strstr(err.text, "HMAC-SHA1"));
    assert_non_null(strstr(err.text, "application-secret-file"));
}

/* As with a FIPS provider that checks the length of keys. */
static void
test_in_fips_mode_a_short_secret_is_named(void **state)
{
    const struct kf_secret *secret = kf_secret_new(*state, "13 characters", 13);
    const struct kf_bytes body = {NULL, 0};
    char *signature = NULL;
    struct kf_error err;
    enum kf_rc rc;

    assert_int_equal(EVP_set_default_properties(NULL, "provider=nobody,fips=yes"), 1);
    rc = kf_hmac_sign(*state, secret, &body, &signature, &err);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);

    assert_int_equal(rc, KF_BADCONFIG);
    assert_null(signature);
    kf_test_contains(err.text, "no secret of fewer than 14 characters");
}

static void
test_want_of_memory_is_no_refusal(void **state)
{
    const struct kf_secret *secret = kf_secret_new(*state, "secret", 6);
    const struct kf_bytes body = {NULL, 0};
    char *signature = NULL;
    struct kf_error err;

    assert_int_equal(kf_hmac_sign(kf_test_small_memory(*state, 1), secret, &body, &signature, &err),
                     KF_INTERNAL);
    assert_null(signature);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_the_signature_is_that_of_the_rfc),
        KF_TEST(test_a_body_without_data_is_signed),
        KF_TEST(test_a_refusal_of_openssl_is_for_the_administrator),
        KF_TEST(test_in_fips_mode_a_short_secret_is_named),
        KF_TEST(test_want_of_memory_is_no_refusal),
    };

    return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
