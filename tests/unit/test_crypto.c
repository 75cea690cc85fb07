/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What OpenSSL can do on this host. */

#include "support.h"

#include "crypto.h"

#include <openssl/evp.h>
#include <string.h>

static void
test_fips_mode_is_that_of_the_default_properties(void **state)
{
    (void)state;
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    assert_false(kf_crypto_is_fips());
    assert_int_equal(EVP_default_properties_enable_fips(NULL, 1), 1);
    assert_true(kf_crypto_is_fips());
    assert_int_equal(EVP_default_properties_enable_fips(NULL, 0), 1);
    assert_false(kf_crypto_is_fips());
}

/* Here it is not loaded, or has the digits of a version. */
static void
test_the_provider_is_told_by_its_version(void **state)
{
    const char *version = kf_crypto_fips_provider(*state);

    assert_non_null(version);
    assert_int_equal(strspn(version, "0123456789.") > 0, version[0] != '\0');
    assert_null(kf_crypto_fips_provider(kf_test_small_memory(*state, 1)));
}

static void
test_openssl_without_sha256_is_for_the_administrator(void **state)
{
    struct kf_error err;

    (void)state;
    assert_int_equal(kf_crypto_check(&err), KF_OK);
    assert_int_equal(EVP_set_default_properties(NULL, "provider=nobody"), 1);
    assert_int_equal(kf_crypto_check(&err), KF_BADCONFIG);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    kf_test_contains(err.text, "OpenSSL has no SHA-256 on this host: ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_fips_mode_is_that_of_the_default_properties),
        KF_TEST(test_the_provider_is_told_by_its_version),
        KF_TEST(test_openssl_without_sha256_is_for_the_administrator),
    };

    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
