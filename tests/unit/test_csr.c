/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificate signing requests, good and bad: tests/data/csr holds them. */

#include "support.h"

#include "csr.h"
#include "text.h"

#include <string.h>

#define SUBJECT "CN=host.example.com,O=Example"
#define NAME    "host.example.com"

static const struct {
    const char *file;
    const char *block; /* the file that is nothing but the block expected; NULL: this one */
    const char *subject;
    const char *common_name;
    const char *key_type;
    int key_bits;
} good[] = {
    {"good.rsa2048.pem", NULL, SUBJECT, NAME, "RSA", 2048},
    {"good.rsa4096.pem", NULL, SUBJECT, NAME, "RSA", 4096},
    {"good.ec256.pem", NULL, SUBJECT, NAME, "EC", 256},
    {"good.ec256-again.pem", NULL, SUBJECT, NAME, "EC", 256},
    {"good.ec256-key-id.pem", NULL, SUBJECT, NAME, "EC", 256},
    {"good.ec256-other-key-id.pem", NULL, SUBJECT, NAME, "EC", 256},
    {"good.ec256-other-subject.pem", NULL, "CN=other.example.com,O=Example", "other.example.com",
     "EC", 256},
    {"good.ed25519.pem", NULL, SUBJECT, NAME, "ED25519", 256},
    {"good.sans.pem", NULL, SUBJECT, NAME, "EC", 256},
    {"good.unknown-key.pem", NULL, SUBJECT, NAME, "unknown", 0},
    {"good.new-armour.pem", "good.ec256.pem", SUBJECT, NAME, "EC", 256},
    {"good.crlf.pem", "good.ec256.pem", SUBJECT, NAME, "EC", 256},
    {"good.text-around.pem", "good.ec256.pem", SUBJECT, NAME, "EC", 256},
    {"good.empty-subject.pem", NULL, "", NULL, "EC", 256},
    {"good.no-common-name.pem", NULL, "O=Example", NULL, "EC", 256},
    {"good.two-names.pem", NULL, "CN=last.example.com,O=Example,CN=first.example.com",
     "last.example.com", "EC", 256},
    {"good.utf8-subject.pem", NULL, "CN=host.example.com,O=Müller\\, Söhne ☃", NAME, "EC", 256},
    {"good.bmp-subject.pem", NULL, "CN=hôst.example.com,O=Größe", "hôst.example.com", "EC", 256},
};

static const struct {
    const char *file;
    const char *reason;
} bad[] = {
    {"bad.empty.txt", "no certificate request"},
    {"bad.no-pem.txt", "no certificate request"},
    {"bad.no-armour.txt", "no certificate request"},
    {"bad.certificate.pem", "no certificate request"},
    {"bad.certificate-as-request.pem", "damaged"},
    {"bad.two-requests.pem", "more than one"},
    {"bad.private-key-first.pem", "private key"},
    {"bad.private-key-last.pem", "private key"},
    {"bad.base64.pem", "damaged"},
    {"bad.no-end-line.pem", "damaged"},
    {"bad.other-end-line.pem", "damaged"},
    {"bad.truncated.pem", "damaged"},
    {"bad.bytes-behind.pem", "damaged"},
    {"bad.subject-not-utf8.pem", "damaged"},
    {"bad.signature.pem", "signature"},
};

/* What the good requests are compared with, computed without this program. */
#define EC_PUBLIC_KEY     "key.ec256.der"
#define EC_CONTENT_SHA256 "content-sha256.ec256.txt"

static struct kf_bytes
data(TALLOC_CTX *mem, const char *file)
{
    return kf_test_data(mem, talloc_asprintf(mem, "csr/%s", file));
}

static struct kf_csr *
read_good(TALLOC_CTX *mem, const char *file)
{
    const struct kf_bytes text = data(mem, file);
    struct kf_csr *csr = NULL;
    struct kf_error err;

    if (kf_csr_read(mem, (char *)text.data, text.len, &csr, &err) != KF_OK) {
        fail_msg("%s: %s", file, err.text);
    }
    return csr;
}

static void
assert_refused(TALLOC_CTX *mem, const struct kf_bytes *text, const char *reason)
{
    TALLOC_CTX *scratch = talloc_new(mem);
    struct kf_csr *csr = NULL;
    struct kf_error err;
    enum kf_rc rc = kf_csr_read(scratch, (char *)text->data, text->len, &csr, &err);

    if (rc != KF_BADINPUT) {
        fail_msg("%d, not refused for \"%s\"", rc, reason);
    }
    if (strstr(err.text, reason) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
    }
    assert_true(kf_text_is_line(err.text));
    assert_null(csr);
    assert_int_equal(talloc_total_blocks(scratch), 1);
}

/* The text of FILE behind so many blank lines that it is of len bytes. */
static struct kf_bytes
padded(TALLOC_CTX *mem, const char *file, size_t len)
{
    const struct kf_bytes text = data(mem, file);
    struct kf_bytes longer = {talloc_size(mem, len), len};

    assert_non_null(longer.data);
    memset(longer.data, '\n', len - text.len);
    memcpy(longer.data + len - text.len, text.data, text.len);
    return longer;
}

static void
test_a_good_request_gives_one_block_with_plain_line_ends(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        const char *block = good[i].block == NULL ? good[i].file : good[i].block;

        assert_string_equal(read_good(*state, good[i].file)->pem, (char *)data(*state, block).data);
    }
}

static void
test_a_good_request_gives_subject_and_key(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        const struct kf_csr *csr = read_good(*state, good[i].file);

        assert_string_equal(csr->subject, good[i].subject);
        if (good[i].common_name == NULL) {
            assert_null(csr->common_name);
        } else {
            assert_string_equal(csr->common_name, good[i].common_name);
        }
        assert_string_equal(csr->key_type, good[i].key_type);
        assert_int_equal(csr->key_bits, good[i].key_bits);
    }
}

static void
test_the_public_key_is_that_of_the_request(void **state)
{
    const struct kf_bytes expected = data(*state, EC_PUBLIC_KEY);
    const struct kf_bytes key = read_good(*state, "good.ec256.pem")->public_key;

    assert_int_equal(key.len, expected.len);
    assert_memory_equal(key.data, expected.data, expected.len);
}

static void
test_the_hash_is_that_of_the_content(void **state)
{
    const struct kf_bytes expected = data(*state, EC_CONTENT_SHA256);
    const char *hash = read_good(*state, "good.ec256.pem")->content_sha256;

    assert_int_equal(strlen(hash), 64);
    assert_memory_equal(hash, expected.data, 64);
}

static void
test_a_new_signature_does_not_change_the_hash(void **state)
{
    const struct kf_csr *csr = read_good(*state, "good.ec256.pem");
    const struct kf_csr *again = read_good(*state, "good.ec256-again.pem");

    assert_string_not_equal(csr->pem, again->pem);
    assert_string_equal(csr->content_sha256, again->content_sha256);
}

/* As certmonger makes them at each `getcert resubmit`. */
static void
test_another_key_identifier_or_template_does_not_change_the_hash(void **state)
{
    const char *hash = read_good(*state, "good.ec256.pem")->content_sha256;

    assert_string_equal(read_good(*state, "good.ec256-key-id.pem")->content_sha256, hash);
    assert_string_equal(read_good(*state, "good.ec256-other-key-id.pem")->content_sha256, hash);
}

static void
test_another_subject_or_name_changes_the_hash(void **state)
{
    const struct kf_csr *csr = read_good(*state, "good.ec256.pem");

    assert_string_not_equal(csr->content_sha256,
                            read_good(*state, "good.ec256-other-subject.pem")->content_sha256);
    assert_string_not_equal(csr->content_sha256,
                            read_good(*state, "good.sans.pem")->content_sha256);
}

static void
test_a_bad_request_is_refused_with_the_reason(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct kf_bytes text = data(*state, bad[i].file);

        assert_refused(*state, &text, bad[i].reason);
    }
}

static void
test_a_private_key_is_never_shown(void **state)
{
    const struct kf_bytes text = data(*state, "bad.private-key-last.pem");
    struct kf_csr *csr = NULL;
    struct kf_error err;
    char *secret = strstr(strstr((char *)text.data, "PRIVATE KEY-----\n"), "\n") + 1;

    assert_int_equal(kf_csr_read(*state, (char *)text.data, text.len, &csr, &err), KF_BADINPUT);
    secret[strcspn(secret, "\n")] = '\0';
    assert_null(strstr(err.text, secret));
}

static void
test_a_text_up_to_the_limit_is_read(void **state)
{
    const struct kf_bytes text = padded(*state, "good.ec256.pem", KF_CSR_TEXT_MAX);
    struct kf_csr *csr = NULL;
    struct kf_error err;

    assert_int_equal(kf_csr_read(*state, (char *)text.data, text.len, &csr, &err), KF_OK);
}

static void
test_a_text_over_the_limit_is_refused(void **state)
{
    const struct kf_bytes text = padded(*state, "good.ec256.pem", KF_CSR_TEXT_MAX + 1);

    assert_refused(*state, &text, "longer than 128 KiB");
}

static void
test_nothing_beyond_the_length_is_read(void **state)
{
    struct kf_bytes text = data(*state, "good.ec256.pem");

    text.len /= 2;
    assert_refused(*state, &text, "damaged");
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_no_bad_input(void **state)
{
    const struct kf_bytes text = data(*state, "good.ec256.pem");
    struct kf_csr *csr = NULL;
    size_t failures = 0;

    for (size_t size = 1; csr == NULL; size += 64) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_error err;
        enum kf_rc rc = kf_csr_read(small, (char *)text.data, text.len, &csr, &err);

        assert_int_equal(rc, csr == NULL ? KF_INTERNAL : KF_OK);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

static bool
is_used(const char *file)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        if (strcmp(file, good[i].file) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (strcmp(file, bad[i].file) == 0) {
            return true;
        }
    }
    return strcmp(file, EC_PUBLIC_KEY) == 0 || strcmp(file, EC_CONTENT_SHA256) == 0;
}

static void
test_each_file_in_the_folder_is_used(void **state)
{
    kf_test_no_unused_data(*state, "csr", is_used);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_good_request_gives_one_block_with_plain_line_ends),
        KF_TEST(test_a_good_request_gives_subject_and_key),
        KF_TEST(test_the_public_key_is_that_of_the_request),
        KF_TEST(test_the_hash_is_that_of_the_content),
        KF_TEST(test_a_new_signature_does_not_change_the_hash),
        KF_TEST(test_another_key_identifier_or_template_does_not_change_the_hash),
        KF_TEST(test_another_subject_or_name_changes_the_hash),
        KF_TEST(test_a_bad_request_is_refused_with_the_reason),
        KF_TEST(test_a_private_key_is_never_shown),
        KF_TEST(test_a_text_up_to_the_limit_is_read),
        KF_TEST(test_a_text_over_the_limit_is_refused),
        KF_TEST(test_nothing_beyond_the_length_is_read),
        KF_TEST(test_want_of_memory_is_no_bad_input),
        KF_TEST(test_each_file_in_the_folder_is_used),
    };

    return cmocka_run_group_tests_name("csr", tests, NULL, NULL);
}
