/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Who we say we are: each way to log in, and the access token that is kept. */

#include "world.h"

#include "login.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK  "POST " KF_TEST_TOKEN_URL
#define KEPT "token-keyfactor"

#define NOW      KF_TEST_NOW
#define LIFETIME 3600

/* A token is not used in its last minute. */
#define MARGIN 60

static struct kf_login
got(struct kf_test_world *world)
{
    struct kf_login login = {.way = KF_LOGIN_NONE};

    if (kf_login_get(&world->run, &login) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    kf_test_script_is_over(world);
    return login;
}

/* The next question for a token is answered with it. */
static void
assert_asks(struct kf_test_world *world, const char *body, const char *token)
{
    struct kf_login login;

    kf_test_answer(world, ASK, 200, body);
    login = got(world);
    assert_int_equal(login.way, KF_LOGIN_BEARER);
    assert_string_equal(login.secret, token);
    assert_false(login.is_kept);
}

static void
assert_uses_kept(struct kf_test_world *world, const char *token)
{
    const struct kf_login login = got(world);

    assert_int_equal(login.way, KF_LOGIN_BEARER);
    assert_string_equal(login.secret, token);
    assert_true(login.is_kept);
}

/* A world in which an earlier run has kept the token "old" at NOW. */
static struct kf_test_world *
world_with_kept(TALLOC_CTX *mem, const char *settings)
{
    struct kf_test_world *world = kf_test_world(mem, settings);

    assert_asks(world, KF_TEST_TOKEN("old"), "old");
    kf_test_set_file_time(world, KEPT, NOW);
    return world;
}

static const char *
kept_path(struct kf_test_world *world)
{
    return talloc_asprintf(world, "%s/" KEPT, world->state_directory);
}

static const struct {
    const char *settings;
    enum kf_login_way way;
    const char *username;
    const char *secret;
} ways[] = {
    {"", KF_LOGIN_BASIC, "EXAMPLE\\certmonger", "Passw0rd"},
    {"auth = negotiate\nkeytab = /etc/passwd\n", KF_LOGIN_NEGOTIATE, NULL, NULL},
    {"auth = certificate\nclient-certificate = pkcs11:object=a\n", KF_LOGIN_NONE, NULL, NULL},
    {"auth = oauth\naccess-token-file = secret\n", KF_LOGIN_BEARER, NULL, "s3cret"},
};

static void
test_each_way_shows_what_it_has_and_no_more(void **state)
{
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct kf_test_world *world = kf_test_world(*state, ways[i].settings);
        struct kf_login login = got(world);

        assert_int_equal(login.way, ways[i].way);
        assert_true((login.username == NULL) == (ways[i].username == NULL));
        assert_true((login.secret == NULL) == (ways[i].secret == NULL));
        if (ways[i].secret != NULL) {
            assert_string_equal(login.secret, ways[i].secret);
        }
        if (ways[i].username != NULL) {
            assert_string_equal(login.username, ways[i].username);
        }
        assert_false(login.is_kept);
        assert_false(login.is_encoded);
        assert_int_equal(access(world->state_directory, F_OK), -1);
    }
}

static void
test_a_token_is_asked_for_and_kept_for_the_next_runs(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

    assert_string_equal(kf_test_field(kf_test_request(world, 0), "grant_type"),
                        "client_credentials");
    assert_string_equal(kf_test_request(world, 0)->login.secret, "s3cret");
    assert_uses_kept(world, "old");
    assert_uses_kept(world, "old");
    assert_int_equal(world->request_count, 1);
}

static void
test_a_kept_token_is_used_until_a_minute_before_its_end(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

    kf_test_set_clock(NOW + LIFETIME - MARGIN - 1);
    assert_uses_kept(world, "old");
    kf_test_set_clock(NOW + LIFETIME - MARGIN);
    assert_asks(world, KF_TEST_TOKEN("new"), "new");
}

static void
test_a_kept_token_of_before_the_clock_was_set_back_is_not_used(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

    kf_test_set_clock(NOW - 1);
    assert_asks(world, KF_TEST_TOKEN("new"), "new");
}

static const char *const short_lived[] = {
    "{\"access_token\": \"a\", \"token_type\": \"Bearer\", \"expires_in\": 60}",
    "{\"access_token\": \"a\", \"token_type\": \"Bearer\", \"expires_in\": 0}",
    "{\"access_token\": \"a\", \"token_type\": \"Bearer\"}",
};

static void
test_a_token_of_a_minute_or_of_unknown_life_is_not_kept(void **state)
{
    for (size_t i = 0; i < COUNT(short_lived); i++) {
        struct kf_test_world *world = kf_test_world(*state, KF_TEST_OAUTH);

        assert_asks(world, short_lived[i], "a");
        assert_null(kf_test_state(world, KEPT));
        assert_asks(world, short_lived[i], "a");
    }
}

/* What makes a kept token another's. */
static const char *const others[] = {"client_id", "scope", "audience", "token_url", "nickname"};

static void
change(struct kf_config *config, const char *member)
{
    const char **const members[] = {&config->client_id, &config->scope, &config->audience,
                                    &config->token_url, &config->nickname};

    for (size_t i = 0; i < COUNT(others); i++) {
        if (strcmp(member, others[i]) == 0) {
            *members[i] = "other";
        }
    }
}

static void
test_the_kept_token_of_another_is_not_used(void **state)
{
    for (size_t i = 0; i < COUNT(others); i++) {
        struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

        change(world->config, others[i]);
        kf_test_answer(world, strcmp(others[i], "token_url") == 0 ? "POST other" : ASK, 200,
                       KF_TEST_TOKEN("new"));
        assert_string_equal(got(world).secret, "new");
    }
}

static void
test_a_kept_token_is_for_its_owner_only(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);
    struct stat info;

    assert_int_equal(stat(kept_path(world), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(stat(world->state_directory, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
}

static void
test_a_kept_token_that_others_could_write_or_read_is_not_used(void **state)
{
    static const unsigned modes[] = {0644, 0640, 0602};

    for (size_t i = 0; i < COUNT(modes); i++) {
        struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

        assert_int_equal(chmod(kept_path(world), modes[i]), 0);
        assert_asks(world, KF_TEST_TOKEN("new"), "new");
    }
}

#define OWNER KF_TEST_TOKEN_URL " host - -"

static const char *const damaged[] = {
    "",
    "\n",
    "1767312000",
    "1767312000\n",
    "1767312000\n" OWNER,
    "1767312000\n" OWNER "\na token\rwith more than a line\n",
    "tomorrow\n" OWNER "\nold\n",
    "\n" OWNER "\nold\n",
    "1767312000\n" OWNER " \nold\n",
    "1767312000\nsomebody\nold\n",
    "old\n",
    "{\"access_token\": \"old\"}",
};

static void
test_a_damaged_file_is_as_good_as_none(void **state)
{
    for (size_t i = 0; i < COUNT(damaged); i++) {
        struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

        kf_test_file(world, world->state_directory, KEPT, damaged[i], 0600);
        kf_test_set_file_time(world, KEPT, NOW);
        assert_asks(world, KF_TEST_TOKEN("new"), "new");
        kf_test_set_file_time(world, KEPT, NOW);
        assert_uses_kept(world, "new");
    }
}

static void
test_a_kept_token_that_is_refused_is_replaced(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);
    struct kf_login login = got(world);

    kf_test_answer(world, ASK, 200, KF_TEST_TOKEN("new"));
    assert_int_equal(kf_login_renew(&world->run, &login), KF_OK);
    assert_string_equal(login.secret, "new");
    assert_false(login.is_kept);
    kf_test_script_is_over(world);
    kf_test_set_file_time(world, KEPT, NOW);
    assert_uses_kept(world, "new");
}

/* Nothing was asked of the CA: whatever becomes of the question for a token can be asked again. */
static const struct {
    enum kf_rc failure;
    enum kf_rc rc;
} failures[] = {
    {KF_NOTSENT, KF_NOTSENT},     {KF_UNCERTAIN, KF_NOTSENT}, {KF_BADREPLY, KF_NOTSENT},
    {KF_UNTRUSTED, KF_UNTRUSTED}, {KF_AUTH, KF_AUTH},         {KF_BADCONFIG, KF_BADCONFIG},
    {KF_INTERNAL, KF_INTERNAL},
};

static void
test_what_the_network_does_to_the_question_leaves_nothing_uncertain(void **state)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct kf_test_world *first = kf_test_world(*state, KF_TEST_OAUTH);
        struct kf_test_world *again = world_with_kept(*state, KF_TEST_OAUTH);
        struct kf_login login = {.way = KF_LOGIN_NONE};

        kf_test_failure(first, ASK, failures[i].failure);
        assert_int_equal(kf_login_get(&first->run, &login), failures[i].rc);
        assert_string_equal(first->err.text, "scripted failure");
        assert_null(login.secret);
        assert_null(kf_test_state(first, KEPT));

        login = got(again);
        kf_test_failure(again, ASK, failures[i].failure);
        assert_int_equal(kf_login_renew(&again->run, &login), failures[i].rc);
        assert_string_equal(again->err.text, "scripted failure");
    }
}

static const struct {
    int status;
    enum kf_rc rc;
} refusals[] = {{401, KF_AUTH}, {404, KF_BADCONFIG}, {429, KF_BUSY}, {503, KF_BUSY}};

static void
test_a_refusal_is_told_and_how_long_to_wait(void **state)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct kf_test_world *world = kf_test_world(*state, KF_TEST_OAUTH);
        struct kf_login login = {.way = KF_LOGIN_NONE};

        kf_test_answer(world, ASK, refusals[i].status, "")->retry_after = 120;
        assert_int_equal(kf_login_get(&world->run, &login), refusals[i].rc);
        kf_test_contains(world->err.text, KF_TEST_TOKEN_URL);
        assert_int_equal(world->run.retry_after, 120);
        assert_null(login.secret);
    }
}

static void
test_without_a_state_folder_a_token_is_asked_for_each_time(void **state)
{
    struct kf_test_world *world =
        kf_test_world(*state, KF_TEST_OAUTH "state-directory = /dev/null/state\n");

    assert_asks(world, KF_TEST_TOKEN("one"), "one");
    assert_asks(world, KF_TEST_TOKEN("two"), "two");
}

static void
test_a_nickname_that_is_no_file_name_keeps_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, KF_TEST_OAUTH);

    world->config->nickname = "../../etc/passwd";
    assert_asks(world, KF_TEST_TOKEN("one"), "one");
    assert_int_equal(access(world->state_directory, F_OK), -1);
    assert_asks(world, KF_TEST_TOKEN("two"), "two");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_way_shows_what_it_has_and_no_more),
        KF_TEST(test_a_token_is_asked_for_and_kept_for_the_next_runs),
        KF_TEST(test_a_kept_token_is_used_until_a_minute_before_its_end),
        KF_TEST(test_a_kept_token_of_before_the_clock_was_set_back_is_not_used),
        KF_TEST(test_a_token_of_a_minute_or_of_unknown_life_is_not_kept),
        KF_TEST(test_the_kept_token_of_another_is_not_used),
        KF_TEST(test_a_kept_token_is_for_its_owner_only),
        KF_TEST(test_a_kept_token_that_others_could_write_or_read_is_not_used),
        KF_TEST(test_a_damaged_file_is_as_good_as_none),
        KF_TEST(test_a_kept_token_that_is_refused_is_replaced),
        KF_TEST(test_what_the_network_does_to_the_question_leaves_nothing_uncertain),
        KF_TEST(test_a_refusal_is_told_and_how_long_to_wait),
        KF_TEST(test_without_a_state_folder_a_token_is_asked_for_each_time),
        KF_TEST(test_a_nickname_that_is_no_file_name_keeps_nothing),
    };

    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
