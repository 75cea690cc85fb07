/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* When to try again. */

#include "support.h"

#include "retry.h"

#define ATTEMPTS 40

/* Powers of two, so that the ceilings are seen at a glance. */
static const struct kf_config config = {
    .retry_interval = 64,
    .retry_interval_max = 4096,
    .poll_interval = 300,
    .poll_interval_max = 3600,
};

/* The longest that the configuration allows, 30 days. */
static const struct kf_config longest = {
    .retry_interval = 2592000,
    .retry_interval_max = 2592000,
    .poll_interval = 2592000,
    .poll_interval_max = 2592000,
};

static void
test_a_retry_waits_from_half_of_a_ceiling_that_doubles_to_all_of_it(void **state)
{
    unsigned ceiling = 64;

    (void)state;
    for (uint32_t attempt = 1; attempt <= ATTEMPTS; attempt++) {
        assert_int_equal(kf_retry_delay(&config, attempt, 0, 0), ceiling / 2);
        assert_int_equal(kf_retry_delay(&config, attempt, 0, UINT32_MAX), ceiling);
        ceiling = ceiling < 4096 ? ceiling * 2 : 4096;
    }
}

static void
test_the_delays_of_retries_are_spread_evenly(void **state)
{
    (void)state;
    for (uint32_t quarter = 0; quarter < 4; quarter++) {
        assert_int_equal(kf_retry_delay(&config, 1, 0, quarter << 30), 32 + 33 * quarter / 4);
    }
}

static void
test_a_retry_waits_on_top_of_what_the_server_asked_for(void **state)
{
    static const struct {
        int64_t at_least;
        unsigned counted;
    } cases[] = {
        {1, 1}, {120, 120}, {4096, 4096}, {4097, 4096}, {86400, 4096}, {INT64_MAX, 4096},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const unsigned counted = cases[i].counted;

        assert_int_equal(kf_retry_delay(&config, 1, cases[i].at_least, 0), counted + 32);
        assert_int_equal(kf_retry_delay(&config, 1, cases[i].at_least, UINT32_MAX), counted + 64);
    }
}

/* What it is at number attempt, by the rule, not by the code. */
static unsigned
poll_ceiling(uint32_t attempt)
{
    static const unsigned ceilings[] = {300, 450, 675, 1012, 1518, 2277, 3415};

    return attempt < COUNT(ceilings) ? ceilings[attempt] : 3600;
}

static void
test_a_poll_waits_half_as_long_again_each_time_give_or_take_a_tenth(void **state)
{
    (void)state;
    for (uint32_t attempt = 0; attempt <= ATTEMPTS; attempt++) {
        const unsigned delay = poll_ceiling(attempt);

        assert_int_equal(kf_poll_delay(&config, attempt, 0, 0), delay - delay / 10);
        assert_int_equal(kf_poll_delay(&config, attempt, 0, UINT32_MAX), delay + delay / 10);
    }
}

static void
test_a_poll_waits_at_least_as_long_as_the_server_asked_for(void **state)
{
    (void)state;
    assert_int_equal(kf_poll_delay(&config, 0, 269, 0), 270);
    assert_int_equal(kf_poll_delay(&config, 0, 271, 0), 271);
    assert_int_equal(kf_poll_delay(&config, 0, 3600, UINT32_MAX), 3600);
    assert_int_equal(kf_poll_delay(&config, 0, 3601, 0), 3600);
    assert_int_equal(kf_poll_delay(&config, 0, INT64_MAX, 0), 3600);
}

static void
test_a_first_delay_over_its_maximum_is_used_as_it_is(void **state)
{
    const struct kf_config odd = {.retry_interval = 600,
                                  .retry_interval_max = 60,
                                  .poll_interval = 600,
                                  .poll_interval_max = 60};

    (void)state;
    for (uint32_t attempt = 1; attempt <= ATTEMPTS; attempt++) {
        assert_int_equal(kf_retry_delay(&odd, attempt, 0, UINT32_MAX), 600);
        assert_int_equal(kf_poll_delay(&odd, attempt, 0, UINT32_MAX), 660);
    }
}

static void
test_the_shortest_delays_still_grow(void **state)
{
    const struct kf_config shortest = {
        .retry_interval = 1, .retry_interval_max = 4, .poll_interval = 1, .poll_interval_max = 4};

    (void)state;
    assert_int_equal(kf_retry_delay(&shortest, 1, 0, UINT32_MAX), 1);
    assert_int_equal(kf_retry_delay(&shortest, 3, 0, UINT32_MAX), 4);
    assert_int_equal(kf_poll_delay(&shortest, 0, 0, 0), 1);
    assert_int_equal(kf_poll_delay(&shortest, ATTEMPTS, 0, 0), 4);
}

static void
test_no_number_is_too_great(void **state)
{
    const unsigned most = 2592000;

    (void)state;
    assert_int_equal(kf_retry_delay(&longest, UINT32_MAX, INT64_MAX, UINT32_MAX), 2 * most);
    assert_int_equal(kf_poll_delay(&longest, UINT32_MAX, INT64_MAX, UINT32_MAX), most + most / 10);
    assert_int_equal(kf_retry_delay(&config, UINT32_MAX, 0, UINT32_MAX), 4096);
    assert_int_equal(kf_poll_delay(&config, UINT32_MAX, 0, 0), 3240);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_retry_waits_from_half_of_a_ceiling_that_doubles_to_all_of_it),
        KF_TEST(test_the_delays_of_retries_are_spread_evenly),
        KF_TEST(test_a_retry_waits_on_top_of_what_the_server_asked_for),
        KF_TEST(test_a_poll_waits_half_as_long_again_each_time_give_or_take_a_tenth),
        KF_TEST(test_a_poll_waits_at_least_as_long_as_the_server_asked_for),
        KF_TEST(test_a_first_delay_over_its_maximum_is_used_as_it_is),
        KF_TEST(test_the_shortest_delays_still_grow),
        KF_TEST(test_no_number_is_too_great),
    };

    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
