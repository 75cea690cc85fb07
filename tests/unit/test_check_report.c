/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How the findings of --check are shown, to people and to programs. */

#include "support.h"

#include "check_report.h"

static char server[] = "https://a.example.com";
static char other_server[] = "https://b.example.com";

static char first_name[] = "one";
static char second_name[] = "t\"wo";
static char *names[] = {first_name, second_name, NULL};

static struct kf_check_result results[] = {
    {.step = "configuration", .mark = KF_CHECK_OK, .text = "read"},
    {.step = "name",
     .server = server,
     .mark = KF_CHECK_WARN,
     .text = "odd",
     .figures = {{.name = "names", .list = names},
                 {.name = "days", .number = 12},
                 {.name = "protocol", .text = "TLSv1.3"}},
     .figure_count = 3},
    {.step = "connect", .server = server, .mark = KF_CHECK_FAIL, .text = "no way: look there"},
    {.step = "name", .server = other_server, .mark = KF_CHECK_SKIP, .text = "needs configuration"},
};
static const struct kf_check_report report = {results, COUNT(results)};

static void
test_each_step_is_a_line_under_its_server(void **state)
{
    assert_string_equal(kf_check_report_lines(*state, &report, false),
                        "ok    configuration  read\n"
                        "\nhttps://a.example.com\n"
                        "warn  name           odd\n"
                        "FAIL  connect        no way: look there\n"
                        "\nhttps://b.example.com\n"
                        "skip  name           needs configuration\n"
                        "\n1 ok, 1 warn, 1 FAIL, 1 skip\n");
}

static void
test_only_the_mark_has_a_colour(void **state)
{
    const struct kf_check_report first = {results, 1};

    assert_string_equal(kf_check_report_lines(*state, &first, true),
                        "\033[32mok  \033[0m  configuration  read\n"
                        "\n1 ok, 0 warn, 0 FAIL, 0 skip\n");
}

static void
test_figures_are_members_in_json(void **state)
{
    kf_test_same_json(
        kf_check_report_json(*state, &report),
        "[{\"step\": \"configuration\", \"result\": \"ok\", \"text\": \"read\"},"
        "{\"step\": \"name\", \"server\": \"https://a.example.com\", \"result\": \"warn\","
        " \"text\": \"odd\", \"names\": [\"one\", \"t\\\"wo\"], \"days\": 12,"
        " \"protocol\": \"TLSv1.3\"},"
        "{\"step\": \"connect\", \"server\": \"https://a.example.com\", \"result\": \"fail\","
        " \"text\": \"no way: look there\"},"
        "{\"step\": \"name\", \"server\": \"https://b.example.com\", \"result\": \"skip\","
        " \"text\": \"needs configuration\"}]");
}

static void
test_bytes_of_the_network_are_made_printable(void **state)
{
    static char hostile[] = "a\xff\033[2J\nb";
    static char *list[] = {hostile, NULL};
    struct kf_check_result result = {
        .step = "tls",
        .text = hostile,
        .figures = {{.name = "subject", .text = hostile}, {.name = "names", .list = list}},
        .figure_count = 2};
    const struct kf_check_report one = {&result, 1};

    assert_string_equal(kf_check_report_lines(*state, &one, false),
                        "ok    tls            a??[2J b\n"
                        "\n1 ok, 0 warn, 0 FAIL, 0 skip\n");
    kf_test_same_json(kf_check_report_json(*state, &one),
                      "[{\"step\": \"tls\", \"result\": \"ok\", \"text\": \"a??[2J b\","
                      " \"subject\": \"a??[2J b\", \"names\": [\"a??[2J b\"]}]");
}

static void
test_nothing_tried_is_an_empty_list(void **state)
{
    const struct kf_check_report none = {NULL, 0};

    kf_test_same_json(kf_check_report_json(*state, &none), "[]");
    assert_false(kf_check_report_has_failed(&none));
}

static void
test_one_failure_fails_the_whole(void **state)
{
    const struct kf_check_report before = {results, 2};

    (void)state;
    assert_false(kf_check_report_has_failed(&before));
    assert_true(kf_check_report_has_failed(&report));
}

static void
test_a_text_that_there_was_no_memory_for_is_no_report(void **state)
{
    struct kf_check_result result = {.step = "tls", .text = NULL};
    const struct kf_check_report one = {&result, 1};

    assert_null(kf_check_report_lines(*state, &one, false));
    assert_null(kf_check_report_json(*state, &one));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_step_is_a_line_under_its_server),
        KF_TEST(test_only_the_mark_has_a_colour),
        KF_TEST(test_figures_are_members_in_json),
        KF_TEST(test_bytes_of_the_network_are_made_printable),
        KF_TEST(test_nothing_tried_is_an_empty_list),
        KF_TEST(test_one_failure_fails_the_whole),
        KF_TEST(test_a_text_that_there_was_no_memory_for_is_no_report),
    };

    return cmocka_run_group_tests_name("check_report", tests, NULL, NULL);
}
