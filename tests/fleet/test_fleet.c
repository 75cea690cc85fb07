/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The fleet's simulation: nothing is lost in it, and the helper's waits spare the server. */

#include "support.h"

#include "keys.h"
#include "simulation.h"

/* The defaults, and as many hosts and requests a second. */
static struct plan
plan_for(TALLOC_CTX *mem, uint32_t hosts, double capacity)
{
    struct kf_config *config = talloc_zero(mem, struct kf_config);
    struct kf_error err;

    assert_non_null(config);
    assert_int_equal(kf_keys_preset(config, &err), KF_OK);
    return (struct plan){.hosts = hosts, .capacity = capacity, .config = config};
}

static void
test_every_host_of_the_helper_ends_with_exactly_one_certificate(void **state)
{
    struct plan plan = plan_for(*state, 1000, 1);

    for (size_t i = 0; i < 2 * scenario_count; i++) {
        struct measures *measures = NULL;

        plan.scenario = &scenarios[i / 2];
        plan.overload = i % 2 == 0 ? OVERLOAD_REFUSE : OVERLOAD_TIMEOUT;
        measures = simulate(*state, &plan);
        assert_non_null(measures);
        assert_int_equal(measures->done, measures->hosts);
        assert_int_equal(measures->certificates, measures->hosts);
        assert_int_equal(measures->second, 0);
        assert_int_equal(measures->sent, measures->answered + measures->refused +
                                             measures->unreachable + measures->lost);
    }
}

static void
test_a_server_that_refuses_gets_less_than_twice_its_capacity_after_an_outage(void **state)
{
    struct plan plan = plan_for(*state, 100000, 50);
    struct measures *measures = NULL;

    plan.scenario = scenario_find("outage");
    measures = simulate(*state, &plan);
    assert_non_null(measures);
    assert_true(measures_peak(measures, &plan) < 2);
}

static void
test_with_a_server_that_refuses_all_recover_in_twice_the_shortest_time(void **state)
{
    struct plan plan = plan_for(*state, 100000, 50);
    struct measures *measures = NULL;

    plan.scenario = scenario_find("outage");
    measures = simulate(*state, &plan);
    assert_non_null(measures);
    assert_true(measures->time_99 > 0);
    assert_true(measures_recovery(measures, &plan) <= 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_every_host_of_the_helper_ends_with_exactly_one_certificate),
        KF_TEST(test_a_server_that_refuses_gets_less_than_twice_its_capacity_after_an_outage),
        KF_TEST(test_with_a_server_that_refuses_all_recover_in_twice_the_shortest_time),
    };

    return cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
}
