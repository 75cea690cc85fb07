/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of a run: from its outcome to its fate. */

#include "support.h"

#include "record.h"

#define HASH "f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27"

#define COOKIE(state)                                                                              \
    "kf1,state=" state ",attempt=2,since=1766500000,api=rest,request=7,workflow=-,csr=" HASH

static struct kf_record
record_of(TALLOC_CTX *mem, enum kf_status status, const char *text)
{
    const struct kf_outcome outcome = {.status = status, .delay = 60, .text = text};
    struct kf_record record = {.reason = "waits for approval"};

    kf_record_outcome(mem, &outcome, &record);
    assert_int_equal(record.status, status);
    return record;
}

static void
test_each_end_has_its_fate(void **state)
{
    static const struct {
        enum kf_status status;
        const char *text;
        const char *fate;
        const char *reason;
    } ends[] = {
        {KF_STATUS_ISSUED, "-----BEGIN CERTIFICATE-----", "issued", ""},
        {KF_STATUS_WAIT_DELAY, COOKIE("resume"), "pending", "waits for approval"},
        {KF_STATUS_WAIT_DELAY, COOKIE("guess"), "pending", "waits for approval"},
        {KF_STATUS_WAIT_DELAY, COOKIE("submit"), "retrying", "waits for approval"},
        {KF_STATUS_WAIT_DELAY, COOKIE("reconcile"), "retrying", "waits for approval"},
        {KF_STATUS_WAIT_DELAY, "no cookie", "retrying", "waits for approval"},
        {KF_STATUS_REJECTED, "not\nyou", "rejected", "not you"},
        {KF_STATUS_UNREACHABLE, "gone", "unreachable", "gone"},
        {KF_STATUS_UNCONFIGURED, "no url", "unconfigured", "no url"},
    };

    for (size_t i = 0; i < COUNT(ends); i++) {
        const struct kf_record record = record_of(*state, ends[i].status, ends[i].text);

        assert_string_equal(kf_fate_name(record.fate), ends[i].fate);
        assert_string_equal(record.reason, ends[i].reason);
    }
}

static void
test_one_that_waits_has_a_delay_and_a_number(void **state)
{
    const struct kf_record waits = record_of(*state, KF_STATUS_WAIT_DELAY, COOKIE("resume"));

    assert_int_equal(waits.delay, 60);
    assert_int_equal(waits.request_id, 7);
    assert_int_equal(record_of(*state, KF_STATUS_REJECTED, "no").delay, 0);
}

static void
test_texts_are_one_line_and_never_missing(void **state)
{
    assert_string_equal(kf_record_text(*state, "a\nPRIORITY=0"), "a PRIORITY=0");
    assert_string_equal(kf_record_text(*state, "a\033[1m"), "a?[1m");
    assert_string_equal(kf_record_text(*state, NULL), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_end_has_its_fate),
        KF_TEST(test_one_that_waits_has_a_delay_and_a_number),
        KF_TEST(test_texts_are_one_line_and_never_missing),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
