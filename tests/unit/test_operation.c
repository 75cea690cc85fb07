/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The operations, with no configuration and with some. */

#include "world.h"

#include "operation.h"

#include <string.h>

#define ASK "GET /KeyfactorAPI/Enrollment/CSR/Context/My"

/* A run with a configuration that nobody has written. */
static struct kf_run *
bare_run(TALLOC_CTX *mem)
{
    struct kf_test_world *world = kf_test_world(mem, "");
    const struct kf_config_source source = {
        .path = talloc_asprintf(mem, "%s/none", world->directory), .nickname = "keyfactor"};

    assert_int_equal(kf_config_read(mem, &source, &world->run.config, &world->err), KF_OK);
    assert_null(world->run.config->files[0]);
    return &world->run;
}

static enum kf_rc
perform(struct kf_run *run, const char *name, struct kf_outcome **_outcome)
{
    const struct kf_job job = {.operation = name, .nickname = "keyfactor", .csr = run->job->csr};
    const struct kf_operation *operation = kf_operation_find(&job);

    assert_non_null(operation);
    run->job = &job;
    return operation->perform(run, _outcome);
}

static void
assert_answer(struct kf_run *run, const char *name, const char *text)
{
    struct kf_outcome *outcome = NULL;

    if (perform(run, name, &outcome) != KF_OK) {
        fail_msg("%s: %s", name, run->err->text);
    }
    assert_int_equal(outcome->status, KF_STATUS_ISSUED);
    assert_string_equal(outcome->text, text);
}

/* The answer of an operation with these settings. */
static void
assert_configured_answer(TALLOC_CTX *mem, const char *settings, const char *name, const char *text)
{
    assert_answer(&kf_test_world(mem, settings)->run, name, text);
}

static void
test_operations_are_found_by_their_names(void **state)
{
    static const struct {
        const char *name;
        bool reads_config;
    } names[] = {
        {"SUBMIT", true},
        {"POLL", true},
        {"IDENTIFY", false},
        {"FETCH-ROOTS", true},
        {"GET-SUPPORTED-TEMPLATES", true},
        {"GET-DEFAULT-TEMPLATE", true},
        {"GET-NEW-REQUEST-REQUIREMENTS", true},
        {"GET-RENEW-REQUEST-REQUIREMENTS", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct kf_job job = {.operation = names[i].name};

        assert_non_null(kf_operation_find(&job));
        assert_string_equal(kf_operation_find(&job)->name, names[i].name);
        assert_int_equal(kf_operation_find(&job)->reads_config, names[i].reads_config);
    }
}

static void
test_other_names_are_unknown(void **state)
{
    static const char *const names[] = {
        "FETCH-SCEP-CA-CAPS", "FETCH-SCEP-CA-CERTS", "submit", "SUBMIT ", "SUBMI", "x"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct kf_job job = {.operation = names[i]};

        assert_null(kf_operation_find(&job));
    }
}

static void
test_a_person_submits(void **state)
{
    static const struct kf_job jobs[] = {{.operation = NULL},
                                         {.operation = NULL, .cookie = "kf1,state=x"}};

    (void)state;
    for (size_t i = 0; i < COUNT(jobs); i++) {
        const struct kf_operation *operation = kf_operation_find(&jobs[i]);
        const struct kf_job submit = {.operation = "SUBMIT"};

        assert_non_null(operation);
        assert_ptr_equal(operation->perform, kf_operation_find(&submit)->perform);
    }
}

/* The daemon asks all of them when the CA is added, perhaps before anybody has configured it. */
static void
test_without_configuration_all_but_enrollment_succeed(void **state)
{
    assert_answer(bare_run(*state), "GET-NEW-REQUEST-REQUIREMENTS", "CERTMONGER_CA_PROFILE\n");
    assert_answer(bare_run(*state), "GET-RENEW-REQUEST-REQUIREMENTS", "CERTMONGER_CA_PROFILE\n");
    assert_answer(bare_run(*state), "GET-DEFAULT-TEMPLATE", "");
    assert_answer(bare_run(*state), "GET-SUPPORTED-TEMPLATES", "");
}

static void
test_it_says_who_it_is_with_no_configuration_at_all(void **state)
{
    struct kf_run *run = bare_run(*state);
    struct kf_outcome *outcome = NULL;

    run->config = NULL;
    assert_int_equal(perform(run, "IDENTIFY", &outcome), KF_OK);
    assert_int_equal(outcome->status, KF_STATUS_ISSUED);
    kf_test_contains(outcome->text, "Keyfactor Command");
    kf_test_contains(outcome->text, PACKAGE_VERSION ")\n");
}

static void
test_roots_are_not_supported_without_configuration(void **state)
{
    struct kf_outcome *outcome = NULL;

    assert_int_equal(perform(bare_run(*state), "FETCH-ROOTS", &outcome), KF_UNSUPPORTED);
}

static bool
asks_server(void **state, const char *settings, const char *name)
{
    const struct kf_operation *operation = kf_operation_find(&(struct kf_job){.operation = name});

    return operation->asks_server != NULL &&
           operation->asks_server(kf_test_world(*state, settings)->config);
}

static void
test_only_what_needs_the_server_asks_it(void **state)
{
    assert_true(asks_server(state, "", "SUBMIT"));
    assert_true(asks_server(state, "", "POLL"));
    assert_true(asks_server(state, "", "GET-SUPPORTED-TEMPLATES"));
    assert_false(asks_server(state, "templates = WebServer\n", "GET-SUPPORTED-TEMPLATES"));
    assert_false(asks_server(state, "", "GET-DEFAULT-TEMPLATE"));
    assert_false(asks_server(state, "", "FETCH-ROOTS"));
}

static void
test_the_template_is_required_only_when_none_is_configured(void **state)
{
    assert_configured_answer(*state, "template = WebServer\n", "GET-NEW-REQUEST-REQUIREMENTS", "");
    assert_configured_answer(*state, "template = WebServer\n", "GET-RENEW-REQUEST-REQUIREMENTS",
                             "");
    assert_configured_answer(*state, "templates = WebServer\n", "GET-NEW-REQUEST-REQUIREMENTS",
                             "CERTMONGER_CA_PROFILE\n");
}

static void
test_the_default_template_is_the_configured_or_the_only_one(void **state)
{
    assert_configured_answer(*state, "template = Web Server\ntemplates = A, B\n",
                             "GET-DEFAULT-TEMPLATE", "Web Server\n");
    assert_configured_answer(*state, "templates = A\n", "GET-DEFAULT-TEMPLATE", "A\n");
    assert_configured_answer(*state, "templates = A, B\n", "GET-DEFAULT-TEMPLATE", "");
}

static void
test_the_configured_templates_are_listed_without_asking_the_server(void **state)
{
    assert_configured_answer(*state, "templates = WebServer, Web Server\n",
                             "GET-SUPPORTED-TEMPLATES", "WebServer\nWeb Server\n");
}

static void
test_without_a_list_the_templates_are_those_of_the_server(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, ASK, 200, "{\"Templates\": [{\"Name\": \"A\"}, {\"Name\": \"B\"}]}");
    assert_answer(&world->run, "GET-SUPPORTED-TEMPLATES", "A\nB\n");
    kf_test_script_is_over(world);
}

/* The daemon takes lists apart at commas and line breaks. */
static void
test_a_template_that_cannot_be_listed_is_left_out(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, ASK, 200,
                   "{\"Templates\": [{\"Name\": \"A, B\"}, {\"Name\": \"C\\nD\"}, "
                   "{\"Name\": \"E\"}]}");
    assert_answer(&world->run, "GET-SUPPORTED-TEMPLATES", "E\n");
}

static void
test_a_list_that_is_not_to_be_had_now_is_asked_for_later(void **state)
{
    static const enum kf_rc failures[] = {KF_NOTSENT, KF_BUSY, KF_UNCERTAIN, KF_BADREPLY,
                                          KF_REFUSED};

    for (size_t i = 0; i < COUNT(failures); i++) {
        struct kf_test_world *world = kf_test_world(*state, "poll-interval = 100\n");
        struct kf_outcome *outcome = NULL;

        kf_test_failure(world, ASK, failures[i]);
        assert_int_equal(perform(&world->run, "GET-SUPPORTED-TEMPLATES", &outcome), KF_OK);
        assert_int_equal(outcome->status, KF_STATUS_WAIT_DELAY);
        assert_int_equal(outcome->delay, 90);
        assert_string_not_equal(outcome->text, "");
    }
}

static void
test_a_server_that_does_not_tell_its_templates_has_none(void **state)
{
    static const int statuses[] = {403, 404};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, ASK, statuses[i], "");
        assert_answer(&world->run, "GET-SUPPORTED-TEMPLATES", "");
    }
}

static void
test_an_account_that_is_not_accepted_fails(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_outcome *outcome = NULL;

    kf_test_answer(world, ASK, 401, "");
    assert_int_equal(perform(&world->run, "GET-SUPPORTED-TEMPLATES", &outcome), KF_AUTH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_operations_are_found_by_their_names),
        KF_TEST(test_other_names_are_unknown),
        KF_TEST(test_a_person_submits),
        KF_TEST(test_without_configuration_all_but_enrollment_succeed),
        KF_TEST(test_it_says_who_it_is_with_no_configuration_at_all),
        KF_TEST(test_roots_are_not_supported_without_configuration),
        KF_TEST(test_only_what_needs_the_server_asks_it),
        KF_TEST(test_the_template_is_required_only_when_none_is_configured),
        KF_TEST(test_the_default_template_is_the_configured_or_the_only_one),
        KF_TEST(test_the_configured_templates_are_listed_without_asking_the_server),
        KF_TEST(test_without_a_list_the_templates_are_those_of_the_server),
        KF_TEST(test_a_template_that_cannot_be_listed_is_left_out),
        KF_TEST(test_a_list_that_is_not_to_be_had_now_is_asked_for_later),
        KF_TEST(test_a_server_that_does_not_tell_its_templates_has_none),
        KF_TEST(test_an_account_that_is_not_accepted_fails),
    };

    return cmocka_run_group_tests_name("operation", tests, NULL, NULL);
}
