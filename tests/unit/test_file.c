/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Files that a setting names, and new files. */

#include "support.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
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

static void
test_a_new_file_has_its_mode_whatever_the_umask(void **state)
{
    const struct kf_bytes data = {(unsigned char *)talloc_strdup(*state, "one\ntwo"), 7};
    char *path = talloc_asprintf(*state, "%s/new-XXXXXX", kf_test_directory(*state));
    char *other = talloc_strdup(*state, path);
    const mode_t before = umask(0);
    struct stat info;

    assert_true(kf_file_write_new(path, 0600, &data));
    umask(0777);
    assert_true(kf_file_write_new(other, 0644, &data));
    umask(before);
    assert_string_not_equal(path, other);
    assert_string_equal(kf_test_read(*state, path), "one\ntwo");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(stat(other, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
}

static void
test_a_lock_is_waited_for_but_not_for_ever(void **state)
{
    const char *folder = kf_test_directory(*state);
    const int mine = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int theirs = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(kf_file_lock(mine, 1));
    assert_false(kf_file_lock(theirs, 1));
    assert_int_equal(errno, EWOULDBLOCK);
    close(mine);
    assert_true(kf_file_lock(theirs, 1));
    close(theirs);
}

static void
test_a_file_that_cannot_be_written_whole_is_not_there(void **state)
{
    const struct kf_bytes data = {talloc_zero_size(*state, KF_FILE_MAX), KF_FILE_MAX};
    const char *folder = kf_test_directory(*state);
    char *path = talloc_asprintf(*state, "%s/new-XXXXXX", folder);
    char *nowhere = talloc_asprintf(*state, "%s/none/new-XXXXXX", folder);
    struct rlimit before;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){KF_FILE_MAX / 2, before.rlim_max}),
                     0);
    assert_false(kf_file_write_new(path, 0600, &data));
    assert_int_equal(errno, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_false(kf_file_write_new(nowhere, 0600, &data));
    assert_int_equal(errno, ENOENT);
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
        KF_TEST(test_a_new_file_has_its_mode_whatever_the_umask),
        KF_TEST(test_a_file_that_cannot_be_written_whole_is_not_there),
        KF_TEST(test_a_lock_is_waited_for_but_not_for_ever),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
