/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Files without secrets that a setting names. */

#include "support.h"

#include "file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_refused(TALLOC_CTX *mem, const char *path, const char *reason)
{
    TALLOC_CTX *scratch = talloc_new(mem);
    struct kf_bytes data = {NULL, 0};
    struct kf_error err = {.text = ""};

    assert_int_equal(kf_file_read(scratch, path, &data, &err), KF_BADCONFIG);
    kf_test_contains(err.text, path);
    kf_test_contains(err.text, reason);
    assert_null(data.data);
    assert_int_equal(talloc_total_blocks(scratch), 1);
}

/* A file of len bytes 'x'. */
static char *
file_of(TALLOC_CTX *mem, size_t len)
{
    char *text = talloc_zero_size(mem, len + 1);

    assert_non_null(text);
    memset(text, 'x', len);
    return kf_test_file(mem, kf_test_directory(mem), "file", text, 0600);
}

static void
test_a_file_is_read_whole(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "file", "one\ntwo", 0600);
    struct kf_bytes data = {NULL, 0};
    struct kf_error err;

    assert_int_equal(kf_file_read(*state, path, &data, &err), KF_OK);
    assert_int_equal(data.len, strlen("one\ntwo"));
    assert_string_equal((char *)data.data, "one\ntwo");
}

static void
test_an_empty_file_is_read(void **state)
{
    struct kf_bytes data = {NULL, 1};
    struct kf_error err;

    assert_int_equal(kf_file_read(*state, file_of(*state, 0), &data, &err), KF_OK);
    assert_int_equal(data.len, 0);
    assert_int_equal(data.data[0], '\0');
}

static void
test_a_file_that_others_may_read_is_read(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "file", "public", 0644);
    struct kf_bytes data = {NULL, 0};
    struct kf_error err;

    assert_int_equal(kf_file_read(*state, path, &data, &err), KF_OK);
}

static void
test_a_file_of_the_longest_length_is_read_with_a_nul_behind_it(void **state)
{
    struct kf_bytes data = {NULL, 0};
    struct kf_error err;

    assert_int_equal(kf_file_read(*state, file_of(*state, KF_FILE_MAX), &data, &err), KF_OK);
    assert_int_equal(data.len, KF_FILE_MAX);
    assert_int_equal(data.data[data.len], '\0');
}

static void
test_a_longer_file_is_refused(void **state)
{
    assert_refused(*state, file_of(*state, KF_FILE_MAX + 1), "over 1024 KiB");
}

static void
test_a_file_that_is_not_there_is_named(void **state)
{
    const char *directory = kf_test_directory(*state);

    assert_refused(*state, talloc_asprintf(*state, "%s/none", directory),
                   "No such file or directory");
}

static void
test_what_is_no_regular_file_is_refused(void **state)
{
    const char *directory = kf_test_directory(*state);
    const char *fifo = talloc_asprintf(*state, "%s/fifo", directory);

    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_refused(*state, directory, "not a file");
    assert_refused(*state, fifo, "not a file");
    assert_refused(*state, "/dev/zero", "not a file");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_file_is_read_whole),
        KF_TEST(test_an_empty_file_is_read),
        KF_TEST(test_a_file_that_others_may_read_is_read),
        KF_TEST(test_a_file_of_the_longest_length_is_read_with_a_nul_behind_it),
        KF_TEST(test_a_longer_file_is_refused),
        KF_TEST(test_a_file_that_is_not_there_is_named),
        KF_TEST(test_what_is_no_regular_file_is_refused),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
