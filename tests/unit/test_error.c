/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The one way to fail. */

#include "support.h"

#include "error.h"

#include <errno.h>
#include <string.h>

/* A text of len times c. */
static char *
repeated(TALLOC_CTX *mem, char c, size_t len)
{
    char *text = talloc_zero_array(mem, char, len + 1);

    assert_non_null(text);
    memset(text, c, len);
    return text;
}

static void
test_a_failure_keeps_its_reason_and_its_text(void **state)
{
    struct kf_error err = {"something older"};

    (void)state;
    assert_int_equal(kf_fail(&err, KF_BADCONFIG, "%s:%d: unknown key", "keyfactor.conf", 12),
                     KF_BADCONFIG);
    assert_string_equal(err.text, "keyfactor.conf:12: unknown key");
}

static void
test_want_of_memory_is_internal(void **state)
{
    struct kf_error err;

    (void)state;
    assert_int_equal(kf_fail_nomem(&err), KF_INTERNAL);
    assert_non_null(strstr(err.text, "memory"));
}

static void
test_a_file_fails_with_what_errno_says(void **state)
{
    struct kf_error err;

    (void)state;
    errno = ENOENT;
    assert_int_equal(kf_fail_file(&err, "/etc/x", "cannot be opened", "name another"),
                     KF_BADCONFIG);
    assert_string_equal(err.text,
                        "/etc/x: cannot be opened: No such file or directory: name another");
    errno = EACCES;
    assert_int_equal(kf_fail_file(&err, "/etc/x", NULL, NULL), KF_BADCONFIG);
    assert_string_equal(err.text, "/etc/x: Permission denied");
}

static void
test_nobody_is_wanted_for_an_error_that_passes(void **state)
{
    static const int passing[] = {ENOMEM, EMFILE, ENFILE, EINTR, EIO, ESTALE};
    struct kf_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(passing); i++) {
        errno = passing[i];
        assert_int_equal(kf_fail_file(&err, "/etc/x", NULL, "name another"), KF_INTERNAL);
        assert_null(strstr(err.text, "name another"));
        assert_non_null(strstr(err.text, strerror(passing[i])));
    }
}

static void
test_context_goes_in_front(void **state)
{
    struct kf_error err;

    (void)state;
    kf_fail(&err, KF_BADCONFIG, "no such file");
    assert_int_equal(kf_fail_prefix(&err, KF_AUTH, "%s", "ca-file"), KF_AUTH);
    assert_string_equal(err.text, "ca-file: no such file");
    kf_fail_prefix(&err, KF_AUTH, "keyfactor.conf:%d", 3);
    assert_string_equal(err.text, "keyfactor.conf:3: ca-file: no such file");
}

static void
test_a_percent_sign_in_a_text_is_only_shown(void **state)
{
    struct kf_error err;

    (void)state;
    kf_fail(&err, KF_REFUSED, "%s", "100%s %n");
    kf_fail_prefix(&err, KF_REFUSED, "%s", "%d");
    assert_string_equal(err.text, "%d: 100%s %n");
}

static void
test_a_text_over_the_limit_is_cut(void **state)
{
    struct kf_error err;

    kf_fail(&err, KF_REFUSED, "%s", repeated(*state, 'x', 10 * KF_ERROR_MAX));
    assert_string_equal(err.text, repeated(*state, 'x', KF_ERROR_MAX - 1));
}

static void
test_of_a_long_context_and_a_long_reason_both_are_seen(void **state)
{
    struct kf_error err;

    kf_fail(&err, KF_REFUSED, "%s", repeated(*state, 'r', 10 * KF_ERROR_MAX));
    kf_fail_prefix(&err, KF_REFUSED, "%s", repeated(*state, 'c', 10 * KF_ERROR_MAX));
    assert_true(strlen(err.text) < KF_ERROR_MAX);
    assert_non_null(strstr(err.text, repeated(*state, 'c', 100)));
    assert_non_null(strstr(err.text, repeated(*state, 'r', 100)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_failure_keeps_its_reason_and_its_text),
        KF_TEST(test_want_of_memory_is_internal),
        KF_TEST(test_a_file_fails_with_what_errno_says),
        KF_TEST(test_nobody_is_wanted_for_an_error_that_passes),
        KF_TEST(test_context_goes_in_front),
        KF_TEST(test_a_percent_sign_in_a_text_is_only_shown),
        KF_TEST(test_a_text_over_the_limit_is_cut),
        KF_TEST(test_of_a_long_context_and_a_long_reason_both_are_seen),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
