/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* FETCH-ROOTS. */

#include "world.h"

#include "roots.h"

#include <string.h>
#include <unistd.h>

#define KEPT "chain-keyfactor"

#define FETCH "fetch-roots = yes\n"

/* All certificates, the leaf first. */
static const char *
chain(TALLOC_CTX *mem)
{
    return talloc_asprintf(mem, "%s%s%s%s", kf_test_enrollment(mem, "certificate.pem"),
                           kf_test_enrollment(mem, "issuing.pem"),
                           kf_test_enrollment(mem, "policy.pem"),
                           kf_test_enrollment(mem, "root.pem"));
}

/* A world with ca-chain-file, of this text. */
static struct kf_test_world *
world_with_file(TALLOC_CTX *mem, const char *text, const char *settings)
{
    const char *path = kf_test_file(mem, kf_test_directory(mem), "chain.pem", text, 0644);

    return kf_test_world(mem, talloc_asprintf(mem, "ca-chain-file = %s\n%s", path, settings));
}

/* A text of JSON, for what has line breaks in it. */
static char *
quoted(TALLOC_CTX *mem, const char *text)
{
    char *result = talloc_strdup(mem, "\"");

    for (; *text != '\0'; text++) {
        result = *text == '\n' ? talloc_strdup_append_buffer(result, "\\n")
                               : talloc_strndup_append_buffer(result, text, 1);
    }
    return talloc_strdup_append_buffer(result, "\"");
}

static char *
entry(TALLOC_CTX *mem, const char *subject, const char *file)
{
    return talloc_asprintf(mem, "{\"nickname\": \"%s\", \"certificate\": %s}", subject,
                           quoted(mem, kf_test_enrollment(mem, file)));
}

static void
assert_answers(struct kf_test_world *world)
{
    struct kf_outcome *outcome = NULL;
    const char *root = entry(world, "CN=Root CA,O=Example", "root.pem");
    const char *issuing = entry(world, "CN=Issuing CA,O=Example", "issuing.pem");
    const char *policy = entry(world, "CN=Policy CA,O=Example", "policy.pem");

    assert_int_equal(kf_roots_fetch(&world->run, &outcome), KF_OK);
    assert_int_equal(outcome->status, KF_STATUS_ISSUED);
    kf_test_same_json(outcome->text,
                      talloc_asprintf(world,
                                      "{\"roots\": [%s], \"other-roots\": [], \"other\": [%s, %s]}",
                                      root, issuing, policy));
}

static void
assert_waits(struct kf_test_world *world)
{
    struct kf_outcome *outcome = NULL;

    assert_int_equal(kf_roots_fetch(&world->run, &outcome), KF_OK);
    assert_int_equal(outcome->status, KF_STATUS_WAIT_DELAY);
    assert_in_range(outcome->delay, 1, 86400);
    assert_string_not_equal(outcome->text, "");
}

/* Keeps pem as a chain of one. */
static void
keep(struct kf_test_world *world, const char *pem)
{
    struct kf_chain_member member = {.pem = talloc_strdup(world, pem)};
    const struct kf_chain all = {&member, 1};

    kf_roots_keep(&world->run, &all);
}

static void
test_without_settings_it_is_not_supported(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_outcome *outcome = NULL;

    assert_int_equal(kf_roots_fetch(&world->run, &outcome), KF_UNSUPPORTED);
    assert_null(outcome);
}

static void
test_the_certificates_of_the_file_are_the_answer(void **state)
{
    assert_answers(world_with_file(*state, chain(*state), ""));
}

static void
test_the_file_wins_over_what_was_kept(void **state)
{
    struct kf_test_world *world = world_with_file(*state, chain(*state), FETCH);

    keep(world, kf_test_enrollment(world, "certificate.pem"));
    kf_test_set_file_time(world, KEPT, KF_TEST_NOW);
    assert_answers(world);
}

static void
test_a_file_that_cannot_be_read_is_named(void **state)
{
    struct kf_test_world *missing = kf_test_world(*state, "ca-chain-file = /nowhere/chain.pem\n");
    struct kf_test_world *broken = world_with_file(*state, "no certificate", FETCH);
    struct kf_outcome *outcome = NULL;

    assert_int_equal(kf_roots_fetch(&missing->run, &outcome), KF_BADCONFIG);
    kf_test_contains(missing->err.text, "ca-chain-file: /nowhere/chain.pem");
    assert_int_equal(kf_roots_fetch(&broken->run, &outcome), KF_BADCONFIG);
    kf_test_contains(broken->err.text, "ca-chain-file: ");
    kf_test_contains(broken->err.text, broken->config->ca_chain_file);
}

static void
test_until_a_certificate_is_issued_it_waits(void **state)
{
    assert_waits(kf_test_world(*state, FETCH));
}

static void
test_what_came_with_the_last_certificate_is_the_answer(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, FETCH);

    keep(world, kf_test_enrollment(world, "certificate.pem"));
    keep(world, chain(world));
    kf_test_set_file_time(world, KEPT, KF_TEST_NOW - 366 * INT64_C(86400));
    assert_answers(world);
}

static void
test_nothing_is_kept_unless_it_is_asked_for(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    keep(world, chain(world));
    assert_int_equal(access(world->state_directory, F_OK), -1);
}

static void
test_a_nickname_that_is_no_file_name_keeps_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, FETCH);

    world->config->nickname = "../../etc/passwd";
    keep(world, chain(world));
    assert_int_equal(access(world->state_directory, F_OK), -1);
    assert_waits(world);
}

static void
test_the_configured_chain_is_listed_in_the_order_of_the_file(void **state)
{
    struct kf_test_world *world = world_with_file(*state, chain(*state), "");
    struct kf_chain *found = NULL;

    assert_int_equal(kf_roots_configured(&world->run, &found), KF_OK);
    assert_int_equal(found->count, 3);
    assert_string_equal(found->members[0].subject, "CN=Issuing CA,O=Example");
    assert_string_equal(found->members[1].subject, "CN=Policy CA,O=Example");
    assert_string_equal(found->members[2].subject, "CN=Root CA,O=Example");
}

static void
test_without_a_file_no_chain_is_configured(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_chain *found = &(struct kf_chain){.count = 7};

    assert_int_equal(kf_roots_configured(&world->run, &found), KF_OK);
    assert_null(found);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_without_settings_it_is_not_supported),
        KF_TEST(test_the_certificates_of_the_file_are_the_answer),
        KF_TEST(test_the_file_wins_over_what_was_kept),
        KF_TEST(test_a_file_that_cannot_be_read_is_named),
        KF_TEST(test_until_a_certificate_is_issued_it_waits),
        KF_TEST(test_what_came_with_the_last_certificate_is_the_answer),
        KF_TEST(test_nothing_is_kept_unless_it_is_asked_for),
        KF_TEST(test_a_nickname_that_is_no_file_name_keeps_nothing),
        KF_TEST(test_the_configured_chain_is_listed_in_the_order_of_the_file),
        KF_TEST(test_without_a_file_no_chain_is_configured),
    };

    return cmocka_run_group_tests_name("roots", tests, NULL, NULL);
}
