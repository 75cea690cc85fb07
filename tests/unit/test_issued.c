/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A certificate that was issued, with its chain, on its way to the daemon. */

#include "world.h"

#include "issued.h"

#include <string.h>

#define LEAF    "certificate.pem"
#define ISSUING "issuing.pem"
#define POLICY  "policy.pem"
#define ROOT    "root.pem"

/* These two say where their issuers are. */
#define TOLD_LEAF    "certificate-told.pem"
#define TOLD_ISSUING "issuing-told.pem"

#define ASK_ISSUING "GET http://pki.example.com/issuing.crt"
#define ASK_POLICY  "GET http://pki.example.com/policy.crt"

#define FETCH "fetch-issuers = yes\n"

/* What the daemon gets when the server sent these files. */
static enum kf_rc
answer(struct kf_test_world *world, const char *const *files, struct kf_outcome **_outcome)
{
    struct kf_verdict *verdict = kf_verdict_new(world);
    enum kf_rc rc;

    assert_int_equal(kf_verdict_add(verdict, kf_test_enrollments(world, files), &world->err),
                     KF_OK);
    rc = kf_issued_answer(&world->run, verdict, _outcome);
    kf_test_script_is_over(world);
    return rc;
}

static void
assert_answers(struct kf_test_world *world, const char *const *sent, const char *const *expected)
{
    struct kf_outcome *outcome = NULL;

    if (answer(world, sent, &outcome) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    assert_int_equal(outcome->status, KF_STATUS_ISSUED);
    assert_string_equal(outcome->text, kf_test_enrollments(world, expected));
}

static struct kf_reply *
script_fetch(struct kf_test_world *world, const char *what, const char *file)
{
    const struct kf_bytes der = {NULL, 0};
    struct kf_reply *reply = kf_test_answer(world, what, 200, "");
    const char *base64 = kf_test_certificate(world, file);

    reply->body = der;
    assert_int_equal(kf_base64_decode(reply, base64, strlen(base64), &reply->body), KF_OK);
    return reply;
}

static void
test_the_leaf_comes_first_whatever_its_place(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    assert_answers(world, FILES(ISSUING, POLICY, LEAF), FILES(LEAF, ISSUING, POLICY));
}

static void
test_the_root_comes_only_when_it_is_wanted(void **state)
{
    struct kf_test_world *without = kf_test_world(*state, "");
    struct kf_test_world *with = kf_test_world(*state, "include-root = yes\n");

    assert_answers(without, FILES(ROOT, LEAF, ISSUING, POLICY), FILES(LEAF, ISSUING, POLICY));
    assert_answers(with, FILES(ROOT, LEAF, ISSUING, POLICY), FILES(LEAF, ISSUING, POLICY, ROOT));
}

static void
test_what_is_missing_comes_from_the_configured_chain(void **state)
{
    const char *path =
        kf_test_file(*state, kf_test_directory(*state), "chain.pem",
                     kf_test_enrollments(*state, FILES(ROOT, POLICY, ISSUING)), 0644);
    struct kf_test_world *world =
        kf_test_world(*state, talloc_asprintf(*state, "ca-chain-file = %s\n" FETCH, path));

    assert_answers(world, FILES(LEAF), FILES(LEAF, ISSUING, POLICY));
}

static void
test_missing_issuers_are_fetched_one_after_another(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, FETCH);

    script_fetch(world, ASK_ISSUING, TOLD_ISSUING);
    script_fetch(world, ASK_POLICY, POLICY);
    assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF, TOLD_ISSUING, POLICY));
}

/* Anyone may have them: no credentials, no client certificate, and little time. */
static void
test_issuers_are_fetched_as_anybody(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, FETCH);
    const struct kf_request *request = NULL;

    script_fetch(world, ASK_ISSUING, ISSUING);
    assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF, ISSUING));
    request = kf_test_request(world, 0);
    assert_true(request->is_public);
    assert_int_equal(request->login.way, KF_LOGIN_NONE);
    assert_null(request->login.secret);
    assert_int_equal(request->header_count, 0);
    assert_in_range(request->time_limit, 1, world->config->timeout / 2);
}

static void
test_nothing_is_fetched_unless_it_is_asked_for(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF));
}

static void
test_what_is_there_is_not_fetched(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, FETCH);

    script_fetch(world, ASK_POLICY, POLICY);
    assert_answers(world, FILES(TOLD_LEAF, TOLD_ISSUING), FILES(TOLD_LEAF, TOLD_ISSUING, POLICY));
    assert_answers(kf_test_world(*state, FETCH), FILES(TOLD_LEAF, ISSUING),
                   FILES(TOLD_LEAF, ISSUING));
}

/* The certificate is there: that counts. */
static void
test_an_issuer_that_is_not_to_be_had_costs_no_more(void **state)
{
    static const enum kf_rc failures[] = {KF_NOTSENT, KF_UNCERTAIN, KF_UNTRUSTED, KF_BADREPLY};
    static const int statuses[] = {302, 403, 404, 500, 503};
    static const char *const bodies[] = {"", "<html>Sign in</html>"};

    for (size_t i = 0; i < COUNT(failures); i++) {
        struct kf_test_world *world = kf_test_world(*state, FETCH);

        kf_test_failure(world, ASK_ISSUING, failures[i]);
        assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF));
    }
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = kf_test_world(*state, FETCH);

        kf_test_answer(world, ASK_ISSUING, statuses[i], "");
        assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF));
    }
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct kf_test_world *world = kf_test_world(*state, FETCH);

        kf_test_answer(world, ASK_ISSUING, 200, bodies[i]);
        assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF));
    }
}

static void
test_what_is_no_issuer_is_fetched_once_and_left_out(void **state)
{
    static const char *const others[] = {LEAF, POLICY, TOLD_LEAF};

    for (size_t i = 0; i < COUNT(others); i++) {
        struct kf_test_world *world = kf_test_world(*state, FETCH);

        script_fetch(world, ASK_ISSUING, others[i]);
        assert_answers(world, FILES(TOLD_LEAF), FILES(TOLD_LEAF));
    }
}

static void
test_a_certificate_of_another_key_is_refused_and_nothing_fetched(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, FETCH);
    struct kf_outcome *outcome = NULL;

    assert_int_equal(answer(world, FILES("certificate-stranger.pem", ISSUING), &outcome),
                     KF_BADREPLY);
    assert_null(outcome);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_the_leaf_comes_first_whatever_its_place),
        KF_TEST(test_the_root_comes_only_when_it_is_wanted),
        KF_TEST(test_what_is_missing_comes_from_the_configured_chain),
        KF_TEST(test_missing_issuers_are_fetched_one_after_another),
        KF_TEST(test_issuers_are_fetched_as_anybody),
        KF_TEST(test_nothing_is_fetched_unless_it_is_asked_for),
        KF_TEST(test_what_is_there_is_not_fetched),
        KF_TEST(test_an_issuer_that_is_not_to_be_had_costs_no_more),
        KF_TEST(test_what_is_no_issuer_is_fetched_once_and_left_out),
        KF_TEST(test_a_certificate_of_another_key_is_refused_and_nothing_fetched),
    };

    return cmocka_run_group_tests_name("issued", tests, NULL, NULL);
}
