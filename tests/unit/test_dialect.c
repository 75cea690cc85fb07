/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which API to enroll with. */

#include "world.h"

#include "dialect.h"

#include <string.h>
#include <unistd.h>

#define KEPT "api-keyfactor"
#define LINE "rest https://keyfactor.example.com\n"

#define NOW KF_TEST_NOW
#define DAY INT64_C(86400)

#define OAUTH "auth = oauth\naccess-token-file = secret\n"

/* Why one API or the other; the world's configuration has an application key. */
static const struct {
    const char *settings;
    const char *issuer; /* getcert -X */
    const char *known;
    const char *api;
} reasons[] = {
    {"", NULL, "-", "classic"},
    {"", NULL, "classic", "classic"},
    {"", NULL, "rest", "rest"},
    {"", "ca.example.com\\Issuing CA 1", "-", "rest"},
    {OAUTH, NULL, "-", "rest"},
    {"enrollment-pattern = 5\n", NULL, "-", "rest"},
    {"certificate-authority = Issuing CA 1\n", NULL, "-", "rest"},
    {"[keyfactor enrollment-fields]\nTicket = 4711\n", NULL, "-", "rest"},
    {"[keyfactor metadata]\nOwner = Web team\n", NULL, "-", "classic"},
    {"[other enrollment-fields]\nTicket = 4711\n", NULL, "-", "classic"},
    {"api-version = 1\n", NULL, "-", "classic"},

    /* what is said is not guessed */
    {"api = classic\n", NULL, "rest", "classic"},
    {"api = classic\n" OAUTH, NULL, "-", "classic"},
    {"api = classic\n", "Issuing CA 1", "-", "classic"},
    {"api = rest\n", NULL, "classic", "rest"},
    {"api = rest\n", NULL, "-", "rest"},
};

static void
test_the_classic_api_is_for_what_it_can_do(void **state)
{
    for (size_t i = 0; i < COUNT(reasons); i++) {
        struct kf_test_world *world = kf_test_world(*state, reasons[i].settings);
        const struct kf_api *api = NULL;

        world->job.issuer = reasons[i].issuer;
        api = kf_dialect_choose(&world->run, reasons[i].known);
        if (strcmp(api->name, reasons[i].api) != 0) {
            fail_msg("\"%s\", known as %s: %s", reasons[i].settings, reasons[i].known, api->name);
        }
    }
}

static void
test_without_an_application_there_is_no_classic_api(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    world->config->application_key = NULL;
    assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_rest);
}

/* A world in which a server has turned out at NOW to have the Keyfactor API only. */
static struct kf_test_world *
world_without_classic(TALLOC_CTX *mem)
{
    struct kf_test_world *world = kf_test_world(mem, "");

    kf_dialect_keep_rest(&world->run);
    assert_string_equal(kf_test_state(world, KEPT), LINE);
    kf_test_set_file_time(world, KEPT, NOW);
    return world;
}

static void
test_a_server_without_the_classic_api_is_remembered_for_a_month(void **state)
{
    struct kf_test_world *world = world_without_classic(*state);

    kf_test_set_clock(NOW + 30 * DAY);
    assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_rest);
    assert_ptr_equal(kf_dialect_choose(&world->run, "classic"), &kf_api_rest);
    kf_test_set_clock(NOW + 30 * DAY + 1);
    assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_classic);
}

static void
test_another_server_is_not_the_one_that_is_remembered(void **state)
{
    static char *urls[][2] = {{(char *)"https://keyfactor.example.co", NULL},
                              {(char *)"https://keyfactor.example.com:8443", NULL},
                              {(char *)"https://other.example.com", NULL}};

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct kf_test_world *world = world_without_classic(*state);

        world->config->url = urls[i];
        assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_classic);
    }
}

static void
test_another_ca_remembers_for_itself(void **state)
{
    struct kf_test_world *world = world_without_classic(*state);

    world->config->nickname = "other";
    assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_classic);
}

static void
test_what_is_configured_wins_over_what_is_remembered(void **state)
{
    struct kf_test_world *world = world_without_classic(*state);

    world->config->api = KF_API_CLASSIC;
    assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_classic);
}

static const char *const damaged[] = {
    "",
    "\n",
    "rest",
    "rest \n",
    "rest https://keyfactor.example.com",
    "classic https://keyfactor.example.com\n",
    LINE LINE,
};

static void
test_a_damaged_file_is_as_good_as_none(void **state)
{
    struct kf_test_world *world = world_without_classic(*state);

    for (size_t i = 0; i < COUNT(damaged); i++) {
        kf_test_file(world, world->state_directory, KEPT, damaged[i], 0600);
        kf_test_set_file_time(world, KEPT, NOW);
        assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_classic);
    }
}

/* What is configured is not given up, and there is nothing in place of the Keyfactor API. That the
 * server has the other API has still to be seen: nothing is kept yet. */
static const struct {
    const char *settings;
    const struct kf_api *api;
    const struct kf_api *instead;
} instead[] = {
    {"", &kf_api_classic, &kf_api_rest},
    {"", &kf_api_rest, NULL},
    {"api = classic\n", &kf_api_classic, NULL},
    {"api = rest\n", &kf_api_rest, NULL},
};

static void
test_there_is_something_else_only_in_place_of_a_guess(void **state)
{
    for (size_t i = 0; i < COUNT(instead); i++) {
        struct kf_test_world *world = kf_test_world(*state, instead[i].settings);

        assert_ptr_equal(kf_dialect_instead(&world->run, instead[i].api), instead[i].instead);
        assert_int_equal(access(world->state_directory, F_OK), -1);
    }
}

static void
test_a_nickname_that_is_no_file_name_remembers_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    world->config->nickname = "../../etc/passwd";
    kf_dialect_keep_rest(&world->run);
    assert_int_equal(access(world->state_directory, F_OK), -1);
    assert_ptr_equal(kf_dialect_choose(&world->run, "-"), &kf_api_classic);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_the_classic_api_is_for_what_it_can_do),
        KF_TEST(test_without_an_application_there_is_no_classic_api),
        KF_TEST(test_a_server_without_the_classic_api_is_remembered_for_a_month),
        KF_TEST(test_another_server_is_not_the_one_that_is_remembered),
        KF_TEST(test_another_ca_remembers_for_itself),
        KF_TEST(test_what_is_configured_wins_over_what_is_remembered),
        KF_TEST(test_a_damaged_file_is_as_good_as_none),
        KF_TEST(test_there_is_something_else_only_in_place_of_a_guess),
        KF_TEST(test_a_nickname_that_is_no_file_name_remembers_nothing),
    };

    return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
