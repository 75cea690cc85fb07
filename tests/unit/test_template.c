/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the server says of its templates, and the key of the request. */

#include "world.h"

#include "state.h"
#include "template.h"

#include <string.h>
#include <unistd.h>

#define ASK "GET /KeyfactorAPI/Enrollment/CSR/Context/My"

#define KEPT "templates-keyfactor"
#define DAY  INT64_C(86400)

#define WANTS(type, size)                                                                          \
    "{\"Templates\": [{\"Name\": \"Other\", \"KeyType\": \"RSA\", \"KeySize\": 16384}, "           \
    "{\"Name\": \"WebServer\", \"KeyType\": " type ", \"KeySize\": " size "}]}"

#define RSA_2048 WANTS("\"RSA\"", "\"2048\"")
#define RSA_4096 WANTS("\"RSA\"", "\"4096\"")

static const struct {
    const char *answer;
    const char *request;
    const char *refusal; /* NULL: it fits */
} table[] = {
    {RSA_2048, "csr/good.rsa2048.pem", NULL},
    {RSA_2048, "csr/good.rsa4096.pem", NULL},
    {RSA_4096, "csr/good.rsa2048.pem",
     "template WebServer needs RSA 4096, the request has RSA 2048: getcert rekey -G RSA -g 4096 -i "
     "ID, with the request's ID of getcert list"},
    {RSA_2048, "csr/good.ec256.pem",
     "template WebServer needs RSA 2048, the request has EC 256: getcert rekey -G RSA -g 2048 -i "
     "ID, with the request's ID of getcert list"},
    {WANTS("\"ECC\"", "256"), "csr/good.ec256.pem", NULL},
    {WANTS("\"EC\"", "256"), "csr/good.ec256.pem", NULL},
    {WANTS("\"ecdsa\"", "256"), "csr/good.ec256.pem", NULL},
    {WANTS("\"ECC\"", "384"), "csr/good.ec256.pem",
     "template WebServer needs EC 384, the request has EC 256: getcert rekey -G EC -g 384 -i ID, "
     "with the request's ID of getcert list"},
    {WANTS("\"ECC\"", "null"), "csr/good.rsa2048.pem",
     "template WebServer needs EC, the request has RSA 2048: getcert rekey -G EC -i ID, with the "
     "request's ID of getcert list"},
    {WANTS("\"RSA\"", "\"\""), "csr/good.rsa2048.pem", NULL},

    /* what is not said, or said in a way that nobody knows, holds nobody up */
    {WANTS("null", "4096"), "csr/good.rsa2048.pem", NULL},
    {WANTS("\"\"", "4096"), "csr/good.rsa2048.pem", NULL},
    {WANTS("\"Dilithium\"", "4096"), "csr/good.rsa2048.pem", NULL},
    {WANTS("\"RSA, ECC\"", "2048"), "csr/good.ec256.pem", NULL},
    {WANTS("\"ECC, RSA\"", "2048"), "csr/good.ec256.pem", NULL},
    {RSA_2048, "csr/good.unknown-key.pem", NULL},
    {"{\"Templates\": []}", "csr/good.ec256.pem", NULL},
    {"{}", "csr/good.ec256.pem", NULL},
    {"<html>Sign in</html>", "csr/good.ec256.pem", NULL},
    {"", "csr/good.ec256.pem", NULL},
};

static struct kf_test_world *
world_of(TALLOC_CTX *mem, const char *request)
{
    struct kf_test_world *world = kf_test_world(mem, "check-key = yes\n");

    kf_test_ask(world, request, NULL);
    return world;
}

/* A world whose state folder has the answer, saved at when. */
static struct kf_test_world *
world_with(TALLOC_CTX *mem, const char *request, const char *answer, int64_t when)
{
    struct kf_test_world *world = world_of(mem, request);

    kf_test_answer(world, ASK, 200, answer);
    kf_template_check(&world->run, "WebServer");
    kf_test_set_file_time(world, KEPT, when);
    return world;
}

static void
test_a_key_is_held_against_what_the_template_asks_for(void **state)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        struct kf_test_world *world = world_of(*state, table[i].request);
        enum kf_rc rc;

        kf_test_answer(world, ASK, 200, table[i].answer);
        rc = kf_template_check(&world->run, "WebServer");
        if (rc != (table[i].refusal == NULL ? KF_OK : KF_BADINPUT)) {
            fail_msg("%s for %s: %d", table[i].answer, table[i].request, rc);
        }
        if (table[i].refusal != NULL) {
            assert_string_equal(world->err.text, table[i].refusal);
        }
    }
}

static void
test_names_of_templates_are_compared_without_regard_to_case(void **state)
{
    struct kf_test_world *world = world_of(*state, "csr/good.rsa2048.pem");

    kf_test_answer(world, ASK, 200, RSA_4096);
    assert_int_equal(kf_template_check(&world->run, "WEBSERVER"), KF_BADINPUT);
}

static void
test_the_question_has_little_time(void **state)
{
    struct kf_test_world *world = world_of(*state, "csr/good.rsa2048.pem");

    kf_test_answer(world, ASK, 200, RSA_2048);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    assert_in_range(kf_test_request(world, 0)->time_limit, 1, world->config->timeout / 2);
}

static void
test_an_answer_is_kept_for_a_day(void **state)
{
    struct kf_test_world *world =
        world_with(*state, "csr/good.rsa2048.pem", RSA_2048, KF_TEST_NOW - DAY);

    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    assert_int_equal(kf_template_check(&world->run, "Unknown"), KF_OK);
    assert_int_equal(world->request_count, 1);
    kf_test_set_clock(KF_TEST_NOW + 1);
    kf_test_answer(world, ASK, 200, RSA_2048);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    assert_int_equal(world->request_count, 2);
}

/* The administrator may have changed the template since. */
static void
test_a_kept_answer_that_the_key_does_not_fit_is_asked_for_again(void **state)
{
    struct kf_test_world *world = world_with(*state, "csr/good.rsa2048.pem", RSA_4096, KF_TEST_NOW);

    kf_test_answer(world, ASK, 200, RSA_2048);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    kf_test_set_file_time(world, KEPT, KF_TEST_NOW);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    assert_int_equal(world->request_count, 2);
}

static void
be_another_account(struct kf_config *config)
{
    config->username = "EXAMPLE\\other";
}

static void
be_another_client(struct kf_config *config)
{
    config->username = NULL;
    config->client_id = "other";
}

static void
log_in_another_way(struct kf_config *config)
{
    config->auth = KF_LOGIN_NEGOTIATE;
}

static void
be_another_ca(struct kf_config *config)
{
    config->nickname = "other";
}

static void
test_what_was_kept_of_another_ca_or_account_is_not_used(void **state)
{
    void (*const changes[])(struct kf_config *) = {be_another_account, be_another_client,
                                                   log_in_another_way, be_another_ca};

    for (size_t i = 0; i < COUNT(changes); i++) {
        struct kf_test_world *world =
            world_with(*state, "csr/good.rsa2048.pem", RSA_2048, KF_TEST_NOW);

        changes[i](world->config);
        kf_test_answer(world, ASK, 200, RSA_4096);
        assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_BADINPUT);
    }
}

static void
test_a_server_that_does_not_tell_is_not_asked_each_time(void **state)
{
    static const int statuses[] = {403, 404};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = world_of(*state, "csr/good.ec256.pem");

        kf_test_answer(world, ASK, statuses[i], "");
        assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
        kf_test_set_file_time(world, KEPT, KF_TEST_NOW);
        assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
        assert_int_equal(world->request_count, 1);
    }
}

static void
test_a_server_that_cannot_be_asked_is_no_failure(void **state)
{
    static const enum kf_rc failures[] = {KF_NOTSENT, KF_UNCERTAIN, KF_UNTRUSTED, KF_BADREPLY};
    static const int statuses[] = {400, 429, 500, 503};

    for (size_t i = 0; i < COUNT(failures); i++) {
        struct kf_test_world *world = world_of(*state, "csr/good.ec256.pem");

        kf_test_failure(world, ASK, failures[i]);
        assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
        assert_int_equal(access(talloc_asprintf(world, "%s/" KEPT, world->state_directory), F_OK),
                         -1);
    }
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = world_of(*state, "csr/good.ec256.pem");

        kf_test_answer(world, ASK, statuses[i], "");
        assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    }
}

/* The enrollment would fail the same way, and count as another failed log-in. */
static void
test_an_account_that_is_not_accepted_ends_the_run(void **state)
{
    struct kf_test_world *world = world_of(*state, "csr/good.ec256.pem");

    kf_test_answer(world, ASK, 401, "");
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_AUTH);
}

static void
test_an_answer_that_is_too_long_to_be_kept_is_used(void **state)
{
    struct kf_test_world *world = world_of(*state, "csr/good.ec256.pem");
    char *answer = talloc_asprintf(world, "%s%*s", RSA_2048, KF_FOLDER_FILE_MAX, "");

    kf_test_answer(world, ASK, 200, answer);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_BADINPUT);
    assert_int_equal(access(talloc_asprintf(world, "%s/" KEPT, world->state_directory), F_OK), -1);
}

static void
test_a_nickname_that_is_no_file_name_is_asked_for_each_time(void **state)
{
    struct kf_test_world *world = world_of(*state, "csr/good.rsa2048.pem");

    world->config->nickname = "../../etc/passwd";
    kf_test_answer(world, ASK, 200, RSA_2048);
    kf_test_answer(world, ASK, 200, RSA_4096);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_OK);
    assert_int_equal(kf_template_check(&world->run, "WebServer"), KF_BADINPUT);
    assert_int_equal(access(world->state_directory, F_OK), -1);
}

static void
test_the_templates_are_those_of_the_account(void **state)
{
    struct kf_test_world *world = world_of(*state, "csr/good.rsa2048.pem");
    struct kf_template *templates = NULL;
    size_t count = 0;

    kf_test_answer(world, ASK, 200, RSA_2048);
    assert_int_equal(kf_template_ask(&world->run, &templates, &count), KF_OK);
    assert_int_equal(count, 2);
    assert_string_equal(templates[0].name, "Other");
    assert_string_equal(templates[1].name, "WebServer");
}

static void
test_asking_for_templates_fails_as_the_exchange_does(void **state)
{
    static const struct {
        int status;
        enum kf_rc rc;
    } cases[] = {{401, KF_AUTH}, {403, KF_FORBIDDEN}, {404, KF_NOAPI}, {503, KF_BUSY}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = world_of(*state, "csr/good.rsa2048.pem");
        struct kf_template *templates = NULL;
        size_t count = 0;

        kf_test_answer(world, ASK, cases[i].status, "");
        assert_int_equal(kf_template_ask(&world->run, &templates, &count), cases[i].rc);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_key_is_held_against_what_the_template_asks_for),
        KF_TEST(test_names_of_templates_are_compared_without_regard_to_case),
        KF_TEST(test_the_question_has_little_time),
        KF_TEST(test_an_answer_is_kept_for_a_day),
        KF_TEST(test_a_kept_answer_that_the_key_does_not_fit_is_asked_for_again),
        KF_TEST(test_what_was_kept_of_another_ca_or_account_is_not_used),
        KF_TEST(test_a_server_that_does_not_tell_is_not_asked_each_time),
        KF_TEST(test_a_server_that_cannot_be_asked_is_no_failure),
        KF_TEST(test_an_account_that_is_not_accepted_ends_the_run),
        KF_TEST(test_an_answer_that_is_too_long_to_be_kept_is_used),
        KF_TEST(test_a_nickname_that_is_no_file_name_is_asked_for_each_time),
        KF_TEST(test_the_templates_are_those_of_the_account),
        KF_TEST(test_asking_for_templates_fails_as_the_exchange_does),
    };

    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
