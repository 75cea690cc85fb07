/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One request, at the first of the servers that takes it, with our credentials. */

#include "world.h"

#include "exchange.h"

#include <unistd.h>

#define A "https://keyfactor.example.com"
#define B "https://b.example.com"
#define C "https://c.example.com"

#define PATH "/KeyfactorAPI/Status"
#define AT_A "GET " PATH
#define AT_B "GET " B PATH
#define AT_C "GET " C PATH

#define SERVERS "url = " A ", " B ", " C "\n"

#define FOREIGN "http://pki.example.org/issuing.crt"

#define ASK "POST " KF_TEST_TOKEN_URL

static const struct kf_request request = {
    .method = "GET", .url = PATH, .absent = "no Keyfactor API", .time_limit = 7};

static enum kf_rc
exchange(struct kf_test_world *world, struct kf_reply **_reply)
{
    enum kf_rc rc = kf_exchange(&world->run, &request, _reply);

    kf_test_script_is_over(world);
    return rc;
}

static void
assert_answered(struct kf_test_world *world, const char *body)
{
    struct kf_reply *reply = NULL;

    if (exchange(world, &reply) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    assert_string_equal((char *)reply->body.data, body);
}

static void
assert_fails(struct kf_test_world *world, enum kf_rc rc, const char *reason)
{
    struct kf_reply *reply = NULL;
    enum kf_rc actual = exchange(world, &reply);

    if (actual != rc) {
        fail_msg("%d, not %d: %s", actual, rc, world->err.text);
    }
    assert_null(reply);
    kf_test_contains(world->err.text, reason);
}

static void
test_a_path_goes_to_the_server_with_our_credentials(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    const struct kf_request *sent = NULL;

    kf_test_answer(world, AT_A, 200, "good");
    assert_answered(world, "good");
    sent = kf_test_request(world, 0);
    assert_string_equal(sent->url, A PATH);
    assert_int_equal(sent->login.way, KF_LOGIN_BASIC);
    assert_string_equal(sent->login.username, "EXAMPLE\\certmonger");
    assert_string_equal(sent->login.secret, "Passw0rd");
    assert_int_equal(sent->time_limit, 7);
}

static void
test_another_address_is_asked_without_credentials(void **state)
{
    static const char *const settings[] = {"", SERVERS, KF_TEST_OAUTH};
    const struct kf_request foreign = {.method = "GET", .url = FOREIGN, .absent = "nothing"};

    for (size_t i = 0; i < COUNT(settings); i++) {
        struct kf_test_world *world = kf_test_world(*state, settings[i]);
        struct kf_reply *reply = NULL;

        kf_test_answer(world, "GET " FOREIGN, 200, "certificate");
        assert_int_equal(kf_exchange(&world->run, &foreign, &reply), KF_OK);
        assert_string_equal((char *)reply->body.data, "certificate");
        assert_int_equal(kf_test_request(world, 0)->login.way, KF_LOGIN_NONE);
        assert_null(kf_test_request(world, 0)->login.username);
        assert_null(kf_test_request(world, 0)->login.secret);
    }
}

static void
test_a_failure_at_another_address_concerns_no_server_of_ours(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);
    const struct kf_request foreign = {.method = "GET", .url = FOREIGN, .absent = "nothing"};
    struct kf_reply *reply = NULL;

    kf_test_failure(world, "GET " FOREIGN, KF_NOTSENT);
    assert_int_equal(kf_exchange(&world->run, &foreign, &reply), KF_NOTSENT);
    kf_test_script_is_over(world);
    assert_int_equal(access(world->state_directory, F_OK), -1);
}

/* What one server did, and whether another one is asked then. */
static const struct {
    enum kf_rc failure;
    int status; /* when failure is KF_OK */
    enum kf_rc rc;
    bool goes_on;
} firsts[] = {
    {KF_NOTSENT, 0, KF_NOTSENT, true},
    {KF_UNTRUSTED, 0, KF_UNTRUSTED, true},
    {KF_BUSY, 0, KF_BUSY, true},
    {KF_OK, 408, KF_BUSY, true},
    {KF_OK, 429, KF_BUSY, true},
    {KF_OK, 503, KF_BUSY, true},

    /* it may have issued */
    {KF_UNCERTAIN, 0, KF_UNCERTAIN, false},
    {KF_OK, 500, KF_UNCERTAIN, false},
    {KF_OK, 502, KF_UNCERTAIN, false},
    {KF_OK, 504, KF_UNCERTAIN, false},
    {KF_BADREPLY, 0, KF_BADREPLY, false},

    /* another one would say the same */
    {KF_OK, 400, KF_REFUSED, false},
    {KF_OK, 401, KF_AUTH, false},
    {KF_OK, 403, KF_FORBIDDEN, false},
    {KF_OK, 404, KF_NOAPI, false},
    {KF_OK, 302, KF_BADCONFIG, false},
    {KF_BADCONFIG, 0, KF_BADCONFIG, false},
    {KF_INTERNAL, 0, KF_INTERNAL, false},
};

static void
script_first(struct kf_test_world *world, const char *what, size_t i)
{
    if (firsts[i].failure != KF_OK) {
        kf_test_failure(world, what, firsts[i].failure);
    } else {
        kf_test_answer(world, what, firsts[i].status, "");
    }
}

static void
test_only_a_server_that_surely_did_nothing_is_followed_by_the_next(void **state)
{
    for (size_t i = 0; i < COUNT(firsts); i++) {
        struct kf_test_world *world = kf_test_world(*state, SERVERS);

        script_first(world, AT_A, i);
        if (firsts[i].goes_on) {
            kf_test_answer(world, AT_B, 200, "b");
            assert_answered(world, "b");
        } else {
            assert_fails(world, firsts[i].rc, "");
        }
    }
}

static void
test_the_next_server_may_be_uncertain_too(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    kf_test_failure(world, AT_A, KF_NOTSENT);
    kf_test_failure(world, AT_B, KF_UNCERTAIN);
    assert_fails(world, KF_UNCERTAIN, "scripted failure");
}

static void
test_a_single_server_is_asked_once(void **state)
{
    for (size_t i = 0; i < COUNT(firsts); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        script_first(world, AT_A, i);
        assert_fails(world, firsts[i].rc, "");
        assert_int_equal(access(world->state_directory, F_OK), -1);
    }
}

/* Of two failures the one that heals by itself is told. */
static const struct {
    enum kf_rc failures[3]; /* KF_BUSY: HTTP 503 */
    enum kf_rc told;
    const char *reason;
} outages[] = {
    {{KF_NOTSENT, KF_NOTSENT, KF_NOTSENT}, KF_NOTSENT, "scripted failure"},
    {{KF_UNTRUSTED, KF_UNTRUSTED, KF_UNTRUSTED}, KF_UNTRUSTED, "scripted failure"},
    {{KF_NOTSENT, KF_UNTRUSTED, KF_UNTRUSTED}, KF_NOTSENT, "scripted failure"},
    {{KF_UNTRUSTED, KF_NOTSENT, KF_UNTRUSTED}, KF_NOTSENT, "scripted failure"},
    {{KF_UNTRUSTED, KF_UNTRUSTED, KF_BUSY}, KF_BUSY, "HTTP 503"},
    {{KF_BUSY, KF_UNTRUSTED, KF_UNTRUSTED}, KF_BUSY, "HTTP 503"},
    {{KF_BUSY, KF_NOTSENT, KF_UNTRUSTED}, KF_NOTSENT, "scripted failure"},
};

static void
test_when_all_servers_fail_what_heals_by_itself_is_told(void **state)
{
    static const char *const whats[] = {AT_A, AT_B, AT_C};

    for (size_t i = 0; i < COUNT(outages); i++) {
        struct kf_test_world *world = kf_test_world(*state, SERVERS);

        for (size_t j = 0; j < COUNT(whats); j++) {
            if (outages[i].failures[j] == KF_BUSY) {
                kf_test_answer(world, whats[j], 503, "");
            } else {
                kf_test_failure(world, whats[j], outages[i].failures[j]);
            }
        }
        assert_fails(world, outages[i].told, outages[i].reason);
    }
}

static void
test_a_server_that_failed_is_passed_over_in_the_next_exchange(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    kf_test_failure(world, AT_A, KF_NOTSENT);
    kf_test_answer(world, AT_B, 200, "b");
    assert_answered(world, "b");
    kf_test_set_file_time(world, "servers-keyfactor", KF_TEST_NOW);
    kf_test_answer(world, AT_B, 200, "b again");
    assert_answered(world, "b again");
}

/* Whatever it answered: it is there. */
static void
test_a_server_that_answers_again_is_no_longer_passed_over(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    kf_test_failure(world, AT_A, KF_NOTSENT);
    kf_test_answer(world, AT_B, 200, "b");
    assert_answered(world, "b");
    kf_test_set_file_time(world, "servers-keyfactor", KF_TEST_NOW);
    kf_test_failure(world, AT_B, KF_NOTSENT);
    kf_test_failure(world, AT_C, KF_NOTSENT);
    kf_test_answer(world, AT_A, 400, "");
    assert_fails(world, KF_REFUSED, "HTTP 400");
    kf_test_set_file_time(world, "servers-keyfactor", KF_TEST_NOW);
    kf_test_answer(world, AT_A, 200, "a");
    assert_answered(world, "a");
}

static void
test_how_long_to_wait_is_what_the_last_answer_said(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS);

    world->run.retry_after = 5;
    kf_test_answer(world, AT_A, 503, "")->retry_after = 100;
    kf_test_answer(world, AT_B, 503, "")->retry_after = 200;
    kf_test_failure(world, AT_C, KF_NOTSENT);
    assert_fails(world, KF_NOTSENT, "scripted failure");
    assert_int_equal(world->run.retry_after, 0);
}

/*
 * Access tokens
 */

/* A world in which an earlier run has kept the token "old". */
static struct kf_test_world *
world_with_kept(TALLOC_CTX *mem, const char *settings)
{
    struct kf_test_world *world = kf_test_world(mem, settings);

    kf_test_answer(world, ASK, 200, KF_TEST_TOKEN("old"));
    kf_test_answer(world, AT_A, 200, "first");
    assert_answered(world, "first");
    kf_test_set_file_time(world, "token-keyfactor", KF_TEST_NOW);
    return world;
}

static void
test_each_server_is_asked_with_the_same_token(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, SERVERS KF_TEST_OAUTH);

    kf_test_answer(world, ASK, 200, KF_TEST_TOKEN("new"));
    kf_test_failure(world, AT_A, KF_NOTSENT);
    kf_test_answer(world, AT_B, 200, "b");
    assert_answered(world, "b");
    assert_int_equal(kf_test_request(world, 2)->login.way, KF_LOGIN_BEARER);
    assert_string_equal(kf_test_request(world, 1)->login.secret, "new");
    assert_string_equal(kf_test_request(world, 2)->login.secret, "new");
}

static void
test_without_a_token_no_server_is_asked(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, KF_TEST_OAUTH);

    kf_test_answer(world, ASK, 401, "");
    assert_fails(world, KF_AUTH, "the token endpoint " KF_TEST_TOKEN_URL);
}

/* It may have been withdrawn. */
static void
test_a_kept_token_that_is_refused_is_replaced_and_the_request_sent_again(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

    kf_test_answer(world, AT_A, 401, "");
    kf_test_answer(world, ASK, 200, KF_TEST_TOKEN("new"));
    kf_test_answer(world, AT_A, 200, "good");
    assert_answered(world, "good");
    assert_string_equal(kf_test_request(world, 2)->login.secret, "old");
    assert_string_equal(kf_test_request(world, 4)->login.secret, "new");
}

static void
test_a_new_token_that_is_refused_is_not_replaced(void **state)
{
    struct kf_test_world *kept = world_with_kept(*state, KF_TEST_OAUTH);
    struct kf_test_world *fresh = kf_test_world(*state, KF_TEST_OAUTH);

    kf_test_answer(kept, AT_A, 401, "");
    kf_test_answer(kept, ASK, 200, KF_TEST_TOKEN("new"));
    kf_test_answer(kept, AT_A, 401, "");
    assert_fails(kept, KF_AUTH, "the access token");
    kf_test_answer(fresh, ASK, 200, KF_TEST_TOKEN("new"));
    kf_test_answer(fresh, AT_A, 401, "");
    assert_fails(fresh, KF_AUTH, "the access token");
}

static void
test_only_401_is_a_reason_to_replace_a_kept_token(void **state)
{
    struct kf_test_world *forbidden = world_with_kept(*state, KF_TEST_OAUTH);
    struct kf_test_world *handshake = world_with_kept(*state, KF_TEST_OAUTH);

    kf_test_answer(forbidden, AT_A, 403, "");
    assert_fails(forbidden, KF_FORBIDDEN, "HTTP 403");
    kf_test_failure(handshake, AT_A, KF_AUTH);
    assert_fails(handshake, KF_AUTH, "scripted failure");
}

/* That the token endpoint is down is no reason to wait for a person. */
static void
test_a_token_that_cannot_be_replaced_now_is_asked_for_again_later(void **state)
{
    struct kf_test_world *world = world_with_kept(*state, KF_TEST_OAUTH);

    kf_test_answer(world, AT_A, 401, "");
    kf_test_failure(world, ASK, KF_UNCERTAIN);
    assert_fails(world, KF_NOTSENT, "scripted failure");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_path_goes_to_the_server_with_our_credentials),
        KF_TEST(test_another_address_is_asked_without_credentials),
        KF_TEST(test_a_failure_at_another_address_concerns_no_server_of_ours),
        KF_TEST(test_only_a_server_that_surely_did_nothing_is_followed_by_the_next),
        KF_TEST(test_the_next_server_may_be_uncertain_too),
        KF_TEST(test_a_single_server_is_asked_once),
        KF_TEST(test_when_all_servers_fail_what_heals_by_itself_is_told),
        KF_TEST(test_a_server_that_failed_is_passed_over_in_the_next_exchange),
        KF_TEST(test_a_server_that_answers_again_is_no_longer_passed_over),
        KF_TEST(test_how_long_to_wait_is_what_the_last_answer_said),
        KF_TEST(test_each_server_is_asked_with_the_same_token),
        KF_TEST(test_without_a_token_no_server_is_asked),
        KF_TEST(test_a_kept_token_that_is_refused_is_replaced_and_the_request_sent_again),
        KF_TEST(test_a_new_token_that_is_refused_is_not_replaced),
        KF_TEST(test_only_401_is_a_reason_to_replace_a_kept_token),
        KF_TEST(test_a_token_that_cannot_be_replaced_now_is_asked_for_again_later),
    };

    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
