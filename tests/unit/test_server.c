/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which of the configured servers to talk to. */

#include "world.h"

#include "server.h"

#include <string.h>
#include <unistd.h>

#define KEPT "servers-keyfactor"

#define A "https://a.example.com"
#define B "https://b.example.com"
#define C "https://c.example.com:8443"

#define SERVERS "url = " A ", " B ", " C "\n"

#define NOW KF_TEST_NOW

/* So long a server that failed comes last. */
#define PASSED_OVER 600

/* Fails the test unless the servers are tried in the order of their letters. */
static void
assert_order(struct kf_test_world *world, const char *letters)
{
    static const char *const urls[] = {A, B, C};
    const char **order = kf_server_order(&world->run);
    const size_t count = strlen(letters);

    assert_non_null(order);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(order[i]);
        assert_string_equal(order[i], urls[letters[i] - 'a']);
    }
    assert_null(order[count]);
}

/* Notes whether a server works, at NOW or whenever the clock stands. */
static void
note(struct kf_test_world *world, const char *server, bool works, int64_t when)
{
    kf_test_set_clock(when);
    kf_server_note(&world->run, server, works);
    kf_test_set_file_time(world, KEPT, when);
}

static void
test_servers_are_tried_in_the_order_of_the_configuration(void **state)
{
    assert_order(kf_test_world(*state, SERVERS), "abc");
    assert_order(kf_test_world(*state, "url = " B ", " A "\n"), "ba");
    assert_order(kf_test_world(*state, "url = " A "\n"), "a");
}

static void
test_servers_that_failed_come_last_in_the_same_order(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    assert_order(world, "bca");
    note(world, B, false, NOW);
    assert_order(world, "cab");
    note(world, C, false, NOW);
    assert_order(world, "abc");
    note(world, B, true, NOW);
    assert_order(world, "bac");
    note(world, A, true, NOW);
    note(world, C, true, NOW);
    assert_order(world, "abc");
}

static void
test_a_server_is_passed_over_for_ten_minutes(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    kf_test_set_clock(NOW + PASSED_OVER - 1);
    assert_order(world, "bca");
    kf_test_set_clock(NOW + PASSED_OVER);
    assert_order(world, "abc");
}

static void
test_each_server_is_passed_over_for_its_own_ten_minutes(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    note(world, B, false, NOW + 400);
    assert_order(world, "cab");
    kf_test_set_clock(NOW + PASSED_OVER);
    assert_order(world, "acb");
    kf_test_set_clock(NOW + 400 + PASSED_OVER);
    assert_order(world, "abc");
}

/* Else a server that is down would never be tried again. */
static void
test_that_a_server_still_fails_does_not_make_it_longer(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    note(world, A, false, NOW + 300);
    kf_test_set_file_time(world, KEPT, NOW);
    kf_test_set_clock(NOW + PASSED_OVER);
    assert_order(world, "abc");
}

static void
test_a_clock_that_was_set_back_passes_over_nobody(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    kf_test_set_clock(NOW - 1);
    assert_order(world, "abc");
    kf_test_set_file_time(world, KEPT, NOW - 1);
    assert_order(world, "abc");
}

static void
test_a_single_server_writes_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "url = " A "\n");

    kf_server_note(&world->run, A, false);
    kf_server_note(&world->run, A, true);
    assert_int_equal(access(world->state_directory, F_OK), -1);
}

static void
test_servers_that_work_write_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    kf_server_note(&world->run, A, true);
    kf_server_note(&world->run, C, true);
    assert_int_equal(access(world->state_directory, F_OK), -1);
}

static void
test_each_ca_has_its_own_servers(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    world->config->nickname = "other";
    assert_order(world, "abc");
}

static void
test_servers_of_an_earlier_configuration_do_not_count(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);
    char *others[] = {(char *)A ".org", (char *)"https://a", (char *)B, NULL};

    note(world, A, false, NOW);
    note(world, B, false, NOW);
    world->config->url = others;
    assert_string_equal(kf_server_order(&world->run)[0], A ".org");
    assert_string_equal(kf_server_order(&world->run)[1], "https://a");
    assert_string_equal(kf_server_order(&world->run)[2], B);
}

static const char *const damaged[] = {
    "",
    "\n",
    "no number " A "\n",
    "99999999999999999999 " A "\n",
    "1767226000\n",
    A "\n",
    "1767226000 " A /* no line's end */,
    "-1 " A "\n",
    "1767226000" A "\n",
    "1767226000  " A "\n",
};

static void
test_a_damaged_file_passes_over_nobody(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    note(world, A, false, NOW);
    for (size_t i = 0; i < COUNT(damaged); i++) {
        kf_test_file(world, world->state_directory, KEPT, damaged[i], 0600);
        kf_test_set_file_time(world, KEPT, NOW);
        assert_order(world, "abc");
    }
}

static void
test_without_a_state_folder_each_run_begins_anew(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS "state-directory = /dev/null/x\n");

    kf_server_note(&world->run, A, false);
    assert_order(world, "abc");
}

static void
test_a_nickname_that_is_no_file_name_writes_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    world->config->nickname = "../../etc/passwd";
    kf_server_note(&world->run, A, false);
    assert_int_equal(access(world->state_directory, F_OK), -1);
    assert_order(world, "abc");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_servers_are_tried_in_the_order_of_the_configuration),
        KF_TEST(test_servers_that_failed_come_last_in_the_same_order),
        KF_TEST(test_a_server_is_passed_over_for_ten_minutes),
        KF_TEST(test_each_server_is_passed_over_for_its_own_ten_minutes),
        KF_TEST(test_that_a_server_still_fails_does_not_make_it_longer),
        KF_TEST(test_a_clock_that_was_set_back_passes_over_nobody),
        KF_TEST(test_a_single_server_writes_nothing),
        KF_TEST(test_servers_that_work_write_nothing),
        KF_TEST(test_each_ca_has_its_own_servers),
        KF_TEST(test_servers_of_an_earlier_configuration_do_not_count),
        KF_TEST(test_a_damaged_file_passes_over_nobody),
        KF_TEST(test_without_a_state_folder_each_run_begins_anew),
        KF_TEST(test_a_nickname_that_is_no_file_name_writes_nothing),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
