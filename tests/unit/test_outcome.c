/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a run ends in: docs/PROTOCOL has the table. */

#include "support.h"

#include "outcome.h"
#include "text.h"

#include <string.h>

static const struct {
    enum kf_rc rc;
    enum kf_status status;
} table[] = {
    {KF_OK, 0},      {KF_REFUSED, 2},   {KF_BADINPUT, 2},  {KF_BADREPLY, 2},  {KF_INTERNAL, 3},
    {KF_AUTH, 4},    {KF_FORBIDDEN, 4}, {KF_NOAPI, 4},     {KF_UNTRUSTED, 4}, {KF_BADCONFIG, 4},
    {KF_NOTSENT, 5}, {KF_BUSY, 5},      {KF_UNCERTAIN, 5}, {KF_PENDING, 5},   {KF_UNSUPPORTED, 6},
};

static void
test_each_reason_has_its_exit_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(kf_outcome_status(table[i].rc), table[i].status);
    }
}

static void
test_every_reason_is_in_the_table(void **state)
{
    (void)state;
    for (int rc = KF_OK; rc <= KF_UNSUPPORTED; rc++) {
        size_t i = 0;

        while (i < COUNT(table) && table[i].rc != (enum kf_rc)rc) {
            i++;
        }
        assert_int_not_equal(i, COUNT(table));
    }
}

/* A helper that ends in any other way leaves its request stuck for good. */
static void
test_what_is_no_reason_has_a_status_of_the_protocol(void **state)
{
    (void)state;
    assert_int_equal(kf_outcome_status((enum kf_rc)(KF_UNSUPPORTED + 1)), KF_STATUS_UNREACHABLE);
}

static void
test_an_answer_is_issued_as_it_is(void **state)
{
    char text[] = "one\ntwo\n";
    struct kf_outcome *outcome = NULL;
    struct kf_error err;

    assert_int_equal(kf_outcome_answer(*state, text, &outcome, &err), KF_OK);
    memset(text, 'x', strlen(text));
    assert_int_equal(outcome->status, KF_STATUS_ISSUED);
    assert_string_equal(outcome->text, "one\ntwo\n");
}

static void
test_a_wait_has_its_delay_and_cookie(void **state)
{
    char cookie[] = "cookie";
    struct kf_outcome *outcome = NULL;
    struct kf_error err;

    assert_int_equal(kf_outcome_wait(*state, 61, cookie, &outcome, &err), KF_OK);
    memset(cookie, 'x', strlen(cookie));
    assert_int_equal(outcome->status, KF_STATUS_WAIT_DELAY);
    assert_int_equal(outcome->delay, 61);
    assert_string_equal(outcome->text, "cookie");
}

static void
test_a_reason_becomes_one_short_printable_line(void **state)
{
    struct kf_error err = {"no\r\nca-error: \x1b[2J none"};
    struct kf_outcome *outcome = NULL;

    assert_int_equal(kf_outcome_failure(*state, KF_STATUS_REJECTED, &outcome, &err), KF_OK);
    assert_int_equal(outcome->status, KF_STATUS_REJECTED);
    assert_string_equal(outcome->text, "no ca-error: ?[2J none");
    memset(err.text, 'x', sizeof(err.text) - 1);
    assert_int_equal(kf_outcome_failure(*state, KF_STATUS_UNCONFIGURED, &outcome, &err), KF_OK);
    assert_int_equal(outcome->status, KF_STATUS_UNCONFIGURED);
    assert_int_equal(strlen(outcome->text), KF_TEXT_LINE_MAX);
}

static void
test_want_of_memory_makes_no_outcome(void **state)
{
    size_t failures = 0;

    for (size_t size = 1; size < 2048; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_outcome *outcome = NULL;
        struct kf_error err = {"the reason"};
        enum kf_rc rc = kf_outcome_failure(small, KF_STATUS_UNREACHABLE, &outcome, &err);

        failures += outcome == NULL;
        assert_int_equal(rc, outcome == NULL ? KF_INTERNAL : KF_OK);
        assert_true(outcome == NULL || strcmp(outcome->text, "the reason") == 0);
        assert_true(outcome != NULL || talloc_total_blocks(small) == 1);
    }
    assert_in_range(failures, 1, 127);
}

static void
test_a_text_without_memory_makes_no_outcome(void **state)
{
    struct kf_outcome *outcome = NULL;
    struct kf_error err;

    assert_int_equal(kf_outcome_answer(*state, NULL, &outcome, &err), KF_INTERNAL);
    assert_null(outcome);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_reason_has_its_exit_status),
        KF_TEST(test_every_reason_is_in_the_table),
        KF_TEST(test_what_is_no_reason_has_a_status_of_the_protocol),
        KF_TEST(test_an_answer_is_issued_as_it_is),
        KF_TEST(test_a_wait_has_its_delay_and_cookie),
        KF_TEST(test_a_reason_becomes_one_short_printable_line),
        KF_TEST(test_want_of_memory_makes_no_outcome),
        KF_TEST(test_a_text_without_memory_makes_no_outcome),
    };

    return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
