/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How --status shows the requests, to people and to programs. */

#include "support.h"

#include "overview_report.h"

#define NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

static struct kf_overview_report_entry entries[] = {
    {.nickname = "web",
     .status = "MONITORING",
     .state = "issued",
     .ca = "keyfactor",
     .template = "WebServer",
     .subject = "CN=web",
     .certificate = "/etc/web.pem",
     .reason = "",
     .request_id = 5,
     .last_try = NOW,
     .expires = NOW + 86400},
    {.nickname = "20260101000000",
     .status = "CA_WORKING",
     .state = "pending",
     .ca = "k2",
     .template = "",
     .subject = "CN=no",
     .certificate = "",
     .reason = "waits for approval",
     .request_id = 102,
     .attempt = 3,
     .last_try = NOW,
     .next_try = NOW + 60},
    {.nickname = "bad",
     .status = "CA_REJECTED",
     .state = "rejected",
     .needs_look = true,
     .ca = "keyfactor",
     .template = "",
     .subject = "",
     .certificate = "/etc/bad.pem",
     .reason = "not \"you\""},
};
static const struct kf_overview_report all = {.entries = entries, .count = COUNT(entries)};
static const struct kf_overview_report good = {.entries = entries, .count = 2};
static const struct kf_overview_report nothing = {.count = 0};
static const struct kf_overview_report alone = {
    .complaint = "no daemon", .entries = entries, .count = 1};

static void
test_a_person_sees_a_table(void **state)
{
    assert_string_equal(
        kf_overview_report_lines(*state, &all),
        "REQUEST         CA         STATE     ID   TRIES  NEXT TRY              EXPIRES"
        "               CERTIFICATE\n"
        "web             keyfactor  issued    5    -      -                     "
        "2026-01-02T00:00:00Z  /etc/web.pem\n"
        "20260101000000  k2         pending   102  3      2026-01-01T00:01:00Z  -"
        "                     CN=no\n"
        "  waits for approval\n"
        "bad             keyfactor  rejected  -    -      -                     -"
        "                     /etc/bad.pem\n"
        "  ! not \"you\"\n");
}

static void
test_no_requests_are_no_table(void **state)
{
    assert_string_equal(kf_overview_report_lines(*state, &nothing), "no requests\n");
}

static void
test_without_a_daemon_that_comes_first(void **state)
{
    assert_string_equal(kf_overview_report_lines(*state, &alone),
                        "! no daemon\n"
                        "REQUEST  CA         STATE   ID  TRIES  NEXT TRY  EXPIRES               "
                        "CERTIFICATE\n"
                        "web      keyfactor  issued  5   -      -         2026-01-02T00:00:00Z  "
                        "/etc/web.pem\n");
}

static void
test_a_program_sees_json(void **state)
{
    kf_test_same_json(
        kf_overview_report_json(*state, &all),
        "{\"daemon\": true, \"complaint\": null, \"requests\": ["
        "{\"nickname\": \"web\", \"status\": \"MONITORING\", \"state\": \"issued\", "
        "\"needs_look\": false, \"ca\": \"keyfactor\", \"template\": \"WebServer\", "
        "\"subject\": \"CN=web\", \"certificate\": \"/etc/web.pem\", \"reason\": null, "
        "\"request_id\": 5, \"tries\": 0, \"last_try\": \"2026-01-01T00:00:00Z\", "
        "\"next_try\": null, \"expires\": \"2026-01-02T00:00:00Z\"},"
        "{\"nickname\": \"20260101000000\", \"status\": \"CA_WORKING\", \"state\": \"pending\", "
        "\"needs_look\": false, \"ca\": \"k2\", \"template\": null, \"subject\": \"CN=no\", "
        "\"certificate\": null, \"reason\": \"waits for approval\", \"request_id\": 102, "
        "\"tries\": 3, \"last_try\": \"2026-01-01T00:00:00Z\", "
        "\"next_try\": \"2026-01-01T00:01:00Z\", \"expires\": null},"
        "{\"nickname\": \"bad\", \"status\": \"CA_REJECTED\", \"state\": \"rejected\", "
        "\"needs_look\": true, \"ca\": \"keyfactor\", \"template\": null, \"subject\": null, "
        "\"certificate\": \"/etc/bad.pem\", \"reason\": \"not \\\"you\\\"\", "
        "\"request_id\": null, \"tries\": 0, \"last_try\": null, \"next_try\": null, "
        "\"expires\": null}]}");
    kf_test_same_json(kf_overview_report_json(*state, &nothing),
                      "{\"daemon\": true, \"complaint\": null, \"requests\": []}");
}

static void
test_a_person_is_called(void **state)
{
    (void)state;
    assert_true(kf_overview_report_needs_look(&all));
    assert_true(kf_overview_report_needs_look(&alone));
    assert_false(kf_overview_report_needs_look(&good));
    assert_false(kf_overview_report_needs_look(&nothing));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_person_sees_a_table),
        KF_TEST(test_no_requests_are_no_table),
        KF_TEST(test_without_a_daemon_that_comes_first),
        KF_TEST(test_a_program_sees_json),
        KF_TEST(test_a_person_is_called),
    };

    return cmocka_run_group_tests_name("overview_report", tests, NULL, NULL);
}
