/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Tests of helper/secret.c. */

#include "support.h"

#include "secret.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes len bytes into a file of mode 0600. */
static char *
write_bytes(TALLOC_CTX *mem, const char *directory, const void *data, size_t len)
{
    char *path = kf_test_file(mem, directory, "secret", "", 0600);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void
assert_refused(TALLOC_CTX *mem, const char *path, const char *reason)
{
    TALLOC_CTX *own = talloc_new(mem);
    struct kf_error err = {.text = ""};
    struct kf_secret *secret = NULL;

    assert_int_equal(kf_secret_read(own, path, &secret, &err), KF_BADCONFIG);
    assert_string_equal(err.text, talloc_asprintf(mem, "%s: %s", path, reason));
    assert_null(secret);
    assert_int_equal(talloc_total_blocks(own), 1);
}

static void
a_secret_is_a_copy_with_a_nul_behind_it(void **state)
{
    const char *data = "secret";
    struct kf_secret *secret = kf_secret_new(*state, data, 3);

    assert_non_null(secret);
    assert_ptr_not_equal(secret->data, data);
    assert_int_equal(secret->len, 3);
    assert_string_equal(secret->data, "sec");
}

static void
a_secret_may_be_empty(void **state)
{
    struct kf_secret *secret = kf_secret_new(*state, NULL, 0);

    assert_non_null(secret);
    assert_int_equal(secret->len, 0);
    assert_int_equal(secret->data[0], 0);
}

static size_t bytes_left;

/* Freed with the bytes of a secret, just before them. */
struct witness {
    const unsigned char *data;
    size_t len;
};

static int
count_bytes_left(struct witness *witness)
{
    bytes_left = 0;
    for (size_t i = 0; i < witness->len; i++) {
        bytes_left += witness->data[i] != 0 ? 1 : 0;
    }
    return 0;
}

static void
assert_wiped_when_freed(struct kf_secret *secret)
{
    struct witness *witness = NULL;

    assert_non_null(secret);
    witness = talloc(secret->data, struct witness);
    assert_non_null(witness);
    *witness = (struct witness){secret->data, secret->len};
    talloc_set_destructor(witness, count_bytes_left);
    bytes_left = 99;
    talloc_free(secret);
    assert_int_equal(bytes_left, 0);
}

static void
freeing_a_secret_wipes_it(void **state)
{
    assert_wiped_when_freed(kf_secret_new(*state, "secret", 6));
}

static void
bytes_that_are_taken_are_not_copied_and_wiped_too(void **state)
{
    char *text = talloc_strdup(*state, "secret");
    struct kf_secret *secret = kf_secret_take(*state, (unsigned char *)text, 6);

    assert_non_null(secret);
    assert_ptr_equal(secret->data, text);
    assert_int_equal(secret->len, 6);
    assert_ptr_equal(talloc_parent(text), secret);
    assert_wiped_when_freed(secret);
}

/* They must not stay behind for that. */
static void
bytes_that_cannot_be_taken_are_wiped_at_once(void **state)
{
    char *text = talloc_strdup(*state, "secret");

    assert_null(kf_secret_take(kf_test_small_memory(*state, 1), (unsigned char *)text, 6));
    assert_memory_equal(text, "\0\0\0\0\0\0", 7);
}

static void
a_file_is_read_byte_for_byte(void **state)
{
    static const char bytes[] = "a\0b\r\n\xff\n";
    const char *path = write_bytes(*state, kf_test_directory(*state), bytes, sizeof(bytes) - 1);
    struct kf_error err = {.text = ""};
    struct kf_secret *file = NULL;

    assert_int_equal(kf_secret_read_file(*state, path, &file, &err), KF_OK);
    assert_int_equal(file->len, sizeof(bytes) - 1);
    assert_memory_equal(file->data, bytes, sizeof(bytes));
}

static void
an_empty_file_is_a_file(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "empty", "", 0400);
    struct kf_error err = {.text = ""};
    struct kf_secret *file = NULL;

    assert_int_equal(kf_secret_read_file(*state, path, &file, &err), KF_OK);
    assert_int_equal(file->len, 0);
}

static void
a_secret_ends_before_its_line_ends(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
    } cases[] = {
        {"secret", "secret"},
        {"secret\n", "secret"},
        {"secret\r\n", "secret"},
        {"secret\n\r\n\n", "secret"},
        {" sec ret \n", " sec ret "},
        {"two\nlines\n", "two\nlines"},
        {"\tg\xc3\xa4nse\n", "\tg\xc3\xa4nse"},
    };
    const char *directory = kf_test_directory(*state);
    struct kf_error err = {.text = ""};
    struct kf_secret *secret = NULL;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *path = kf_test_file(*state, directory, "secret", cases[i].text, 0600);

        assert_int_equal(kf_secret_read(*state, path, &secret, &err), KF_OK);
        assert_string_equal(secret->data, cases[i].secret);
        assert_int_equal(secret->len, strlen(cases[i].secret));
    }
}

static void
an_empty_secret_is_refused(void **state)
{
    const char *directory = kf_test_directory(*state);

    assert_refused(*state, kf_test_file(*state, directory, "empty", "", 0600),
                   "is empty: write the secret into it");
    assert_refused(*state, kf_test_file(*state, directory, "line", "\r\n\n", 0600),
                   "is empty: write the secret into it");
}

static void
a_secret_with_a_nul_is_refused(void **state)
{
    const char *directory = kf_test_directory(*state);

    assert_refused(*state, write_bytes(*state, directory, "sec\0ret\n", 8),
                   "has a NUL byte in it: write the secret as text");
    assert_refused(*state, write_bytes(*state, directory, "secret\0", 7),
                   "has a NUL byte in it: write the secret as text");
    assert_refused(*state, write_bytes(*state, directory, "\0", 1),
                   "has a NUL byte in it: write the secret as text");
}

static void
a_file_that_others_may_use_is_refused(void **state)
{
    static const unsigned modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0644, 0660, 0666, 0440};
    const char *directory = kf_test_directory(*state);

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        const char *path = kf_test_file(*state, directory, "secret", "secret\n", modes[i]);

        assert_refused(*state, path,
                       talloc_asprintf(*state,
                                       "is open to users beside its owner (mode %04o): chmod "
                                       "0600 %s",
                                       modes[i], path));
        assert_int_equal(unlink(path), 0);
    }
}

static void
a_file_of_another_user_is_refused(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "secret", "secret\n", 0600);

    if (chown(path, 12345, (gid_t)-1) != 0) {
        print_message("# not tried: only root can give a file away\n");
        return;
    }
    assert_refused(*state, path,
                   talloc_asprintf(*state, "belongs to user 12345: chown root %s", path));
}

static void
what_is_not_a_regular_file_is_refused(void **state)
{
    const char *directory = kf_test_directory(*state);
    const char *fifo = talloc_asprintf(*state, "%s/fifo", directory);

    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_refused(*state, directory, "is a folder: a file is wanted");
    assert_refused(*state, fifo, "is not a regular file: a file is wanted");
    assert_refused(*state, "/dev/null", "is not a regular file: a file is wanted");
}

static void
a_file_that_cannot_be_opened_is_refused(void **state)
{
    const char *directory = kf_test_directory(*state);
    const char *loop = talloc_asprintf(*state, "%s/loop", directory);

    assert_int_equal(symlink(loop, loop), 0);
    assert_refused(*state, loop,
                   "cannot be opened: Too many levels of symbolic links: check the name and who "
                   "may read it");
    assert_refused(*state, talloc_asprintf(*state, "%s/missing", directory),
                   "cannot be opened: No such file or directory: check the name and who may read "
                   "it");
}

/* Root reads everything: as root, this is tried as somebody else. */
static void
an_unreadable_file_is_refused(void **state)
{
    char *directory = kf_test_directory(*state);
    const char *path = kf_test_file(*state, directory, "secret", "secret\n", 0000);
    const uid_t user = geteuid();
    struct kf_secret *secret = NULL;
    struct kf_error err;
    enum kf_rc rc;

    assert_int_equal(chmod(directory, 0755), 0);
    assert_int_equal(seteuid(user == 0 ? 12345 : user), 0);
    rc = kf_secret_read(*state, path, &secret, &err);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(rc, KF_BADCONFIG);
    assert_string_equal(
        err.text,
        talloc_asprintf(*state, "%s: cannot be opened: Permission denied: run this as root", path));
}

static void
a_link_is_followed_and_what_it_points_to_is_checked(void **state)
{
    const char *directory = kf_test_directory(*state);
    const char *file = kf_test_file(*state, directory, "secret", "secret\n", 0600);
    const char *link = talloc_asprintf(*state, "%s/link", directory);
    struct kf_error err = {.text = ""};
    struct kf_secret *secret = NULL;

    assert_int_equal(symlink(file, link), 0);
    assert_int_equal(kf_secret_read(*state, link, &secret, &err), KF_OK);
    assert_string_equal(secret->data, "secret");
    assert_int_equal(chmod(file, 0644), 0);
    assert_refused(*state, link,
                   talloc_asprintf(*state,
                                   "is open to users beside its owner (mode 0644): chmod 0600 %s",
                                   link));
}

static void
a_file_may_have_the_largest_size_and_not_a_byte_more(void **state)
{
    const char *directory = kf_test_directory(*state);
    char *text = talloc_zero_array(*state, char, KF_SECRET_FILE_MAX + 2);
    struct kf_error err = {.text = ""};
    struct kf_secret *file = NULL;
    const char *path = NULL;

    memset(text, 'x', KF_SECRET_FILE_MAX + 1);
    path = write_bytes(*state, directory, text, KF_SECRET_FILE_MAX);
    assert_int_equal(kf_secret_read_file(*state, path, &file, &err), KF_OK);
    assert_int_equal(file->len, KF_SECRET_FILE_MAX);
    path = write_bytes(*state, directory, text, KF_SECRET_FILE_MAX + 1);
    assert_refused(*state, path, "over 256 KiB: give the name of the right file");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(a_secret_is_a_copy_with_a_nul_behind_it),
        KF_TEST(a_secret_may_be_empty),
        KF_TEST(freeing_a_secret_wipes_it),
        KF_TEST(bytes_that_are_taken_are_not_copied_and_wiped_too),
        KF_TEST(bytes_that_cannot_be_taken_are_wiped_at_once),
        KF_TEST(a_file_is_read_byte_for_byte),
        KF_TEST(an_empty_file_is_a_file),
        KF_TEST(a_secret_ends_before_its_line_ends),
        KF_TEST(an_empty_secret_is_refused),
        KF_TEST(a_secret_with_a_nul_is_refused),
        KF_TEST(a_file_that_others_may_use_is_refused),
        KF_TEST(a_file_of_another_user_is_refused),
        KF_TEST(what_is_not_a_regular_file_is_refused),
        KF_TEST(a_file_that_cannot_be_opened_is_refused),
        KF_TEST(an_unreadable_file_is_refused),
        KF_TEST(a_link_is_followed_and_what_it_points_to_is_checked),
        KF_TEST(a_file_may_have_the_largest_size_and_not_a_byte_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
