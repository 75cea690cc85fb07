/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Bytes, base64 and hexadecimal. */

#include "support.h"

#include <string.h>

/* RFC 4648, section 10 */
static const struct {
    const char *text;
    const char *base64;
    const char *hex;
} vectors[] = {
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};

static void
assert_bytes(const struct kf_bytes *bytes, const void *data, size_t len)
{
    assert_int_equal(bytes->len, len);
    assert_memory_equal(bytes->data, data, len);
    assert_int_equal(bytes->data[len], '\0');
}

/* All byte values, one after another. */
static void
fill(unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        data[i] = (unsigned char)i;
    }
}

static void
test_a_copy_has_a_nul_beyond_its_end(void **state)
{
    const char data[] = {'a', '\0', 'b', 'c'};
    struct kf_bytes copy;

    assert_int_equal(kf_bytes_copy(*state, data, 3, &copy), KF_OK);
    assert_bytes(&copy, "a\0b", 3);
    assert_ptr_equal(talloc_parent(copy.data), *state);
}

static void
test_nothing_can_be_copied(void **state)
{
    struct kf_bytes copy;

    assert_int_equal(kf_bytes_copy(*state, NULL, 0, &copy), KF_OK);
    assert_bytes(&copy, "", 0);
}

static void
test_base64_is_that_of_the_rfc(void **state)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const char *text = vectors[i].text;
        struct kf_bytes decoded;

        assert_string_equal(kf_base64_encode(*state, text, strlen(text)), vectors[i].base64);
        assert_int_equal(
            kf_base64_decode(*state, vectors[i].base64, strlen(vectors[i].base64), &decoded),
            KF_OK);
        assert_bytes(&decoded, text, strlen(text));
    }
    assert_string_equal(kf_base64_encode(*state, "", 0), "");
}

static void
test_base64_of_every_length_comes_back(void **state)
{
    unsigned char data[600];

    fill(data, sizeof(data));
    for (size_t len = 1; len <= sizeof(data); len++) {
        char *text = kf_base64_encode(*state, data, len);
        struct kf_bytes decoded;

        assert_null(strpbrk(text, "\r\n"));
        assert_int_equal(kf_base64_decode(*state, text, strlen(text), &decoded), KF_OK);
        assert_bytes(&decoded, data, len);
    }
}

static void
test_base64_may_have_white_space_and_lack_padding(void **state)
{
    static const struct {
        const char *text;
        const char *decoded;
    } cases[] = {
        {"Zm9v\r\nYmFy\r\n", "foobar"},
        {"\r\n\t Zm9vYmFy", "foobar"},
        {"Z m 9 v", "foo"},
        {"Zm9vYg=\n=\n", "foob"},
        {"Zm9vYg", "foob"},
        {"Zm9vYg=", "foob"},
        {"Zm9vYmE", "fooba"},
        {"Zm9v YmE \n", "fooba"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_bytes decoded;

        assert_int_equal(kf_base64_decode(*state, cases[i].text, strlen(cases[i].text), &decoded),
                         KF_OK);
        assert_bytes(&decoded, cases[i].decoded, strlen(cases[i].decoded));
    }
}

static void
test_base64_is_read_up_to_its_length(void **state)
{
    struct kf_bytes decoded;

    assert_int_equal(kf_base64_decode(*state, "Zm9vYmFy", 4, &decoded), KF_OK);
    assert_bytes(&decoded, "foo", 3);
}

static void
test_what_is_not_base64_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"", 0},       {" \r\n", 3},    {"=", 1},           {"==", 2},        {"Z", 1},
        {"Zm9vY", 5},  {"Zm9vY===", 8}, {"Zm9v=", 5},       {"Zm9vYmE==", 9}, {"Zg==Zg==", 8},
        {"Zm=v", 4},   {"=Zm9", 4},     {"Zm-_", 4},        {"Zm9v!", 5},     {"Zm9v\0Zm9v", 9},
        {"Zm9v\0", 5}, {"Zm9v\v", 5},   {"Zm9\xc3\xbc", 5}, {"Zm9v\xff", 5},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_bytes decoded = {NULL, 7};

        if (kf_base64_decode(*state, cases[i].text, cases[i].len, &decoded) != KF_BADINPUT) {
            fail_msg("\"%s\" (%zu bytes) was not refused", cases[i].text, cases[i].len);
        }
        assert_null(decoded.data);
        assert_int_equal(decoded.len, 7);
    }
    assert_int_equal(talloc_total_blocks(*state), 1);
}

static void
test_hex_is_that_of_the_rfc(void **state)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const char *text = vectors[i].text;
        struct kf_bytes decoded;

        assert_string_equal(kf_hex_encode(*state, text, strlen(text)), vectors[i].hex);
        assert_int_equal(kf_hex_decode(*state, vectors[i].hex, &decoded), KF_OK);
        assert_bytes(&decoded, text, strlen(text));
    }
    assert_string_equal(kf_hex_encode(*state, "", 0), "");
}

static void
test_hex_of_every_byte_comes_back(void **state)
{
    unsigned char data[256];
    struct kf_bytes decoded;

    fill(data, sizeof(data));
    assert_int_equal(kf_hex_decode(*state, kf_hex_encode(*state, data, sizeof(data)), &decoded),
                     KF_OK);
    assert_bytes(&decoded, data, sizeof(data));
}

static void
test_hex_may_be_upper_case(void **state)
{
    struct kf_bytes decoded;

    assert_int_equal(kf_hex_decode(*state, "00fFAb", &decoded), KF_OK);
    assert_bytes(&decoded, "\x00\xff\xab", 3);
}

static void
test_what_is_not_hex_is_refused(void **state)
{
    static const char *const cases[] = {"",      "0",     "abc",   "0g",    "g0",       "0x12",
                                        "12 34", " 1234", "1234 ", "12:34", "12\n34\n", "\xc3\xbc"};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_bytes decoded = {NULL, 7};

        if (kf_hex_decode(*state, cases[i], &decoded) != KF_BADINPUT) {
            fail_msg("\"%s\" was not refused", cases[i]);
        }
        assert_null(decoded.data);
        assert_int_equal(decoded.len, 7);
    }
    assert_int_equal(talloc_total_blocks(*state), 1);
}

static void
test_want_of_memory_is_no_bad_input(void **state)
{
    TALLOC_CTX *small = kf_test_small_memory(*state, 1);
    struct kf_bytes bytes;

    assert_int_equal(kf_bytes_copy(small, "foo", 3, &bytes), KF_INTERNAL);
    assert_null(kf_base64_encode(small, "foo", 3));
    assert_int_equal(kf_base64_decode(small, "Zm9v", 4, &bytes), KF_INTERNAL);
    assert_null(kf_hex_encode(small, "foo", 3));
    assert_int_equal(kf_hex_decode(small, "666f6f", &bytes), KF_INTERNAL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_copy_has_a_nul_beyond_its_end),
        KF_TEST(test_nothing_can_be_copied),
        KF_TEST(test_base64_is_that_of_the_rfc),
        KF_TEST(test_base64_of_every_length_comes_back),
        KF_TEST(test_base64_may_have_white_space_and_lack_padding),
        KF_TEST(test_base64_is_read_up_to_its_length),
        KF_TEST(test_what_is_not_base64_is_refused),
        KF_TEST(test_hex_is_that_of_the_rfc),
        KF_TEST(test_hex_of_every_byte_comes_back),
        KF_TEST(test_hex_may_be_upper_case),
        KF_TEST(test_what_is_not_hex_is_refused),
        KF_TEST(test_want_of_memory_is_no_bad_input),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
