/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which certificate of the server's is renewed. */

#include "world.h"

#include "certificate.h"
#include "renewal.h"

#include <ctype.h>
#include <string.h>

#define SEARCH "GET /KeyfactorAPI/Certificates"

/* A world in which the daemon renews a certificate. */
static struct kf_test_world *
renewing(TALLOC_CTX *mem)
{
    struct kf_test_world *world = kf_test_world(mem, "");

    world->job.certificate = kf_test_enrollment(world, "certificate-previous.pem");
    return world;
}

static const char *
thumbprint(struct kf_test_world *world, const char *file)
{
    char *text = kf_certificate_thumbprint(world, kf_test_enrollment(world, file));

    for (char *c = text; *c != '\0'; c++) { /* as the server writes it */
        *c = (char)toupper((unsigned char)*c);
    }
    return text;
}

static void
assert_finds(struct kf_test_world *world, int64_t expected)
{
    int64_t id = -1;

    if (kf_renewal_find(&world->run, &id) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    assert_int_equal(id, expected);
    kf_test_script_is_over(world);
}

static void
test_a_first_request_renews_nothing_and_asks_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    assert_finds(world, 0);
    world->job.certificate = "";
    assert_finds(world, 0);
    world->job.certificate = "no certificate";
    assert_finds(world, 0);
}

static void
test_the_certificate_is_found_by_its_thumbprint(void **state)
{
    struct kf_test_world *world = renewing(*state);
    const char *print = thumbprint(world, "certificate-previous.pem");
    const char *query = NULL;

    kf_test_answer(world, SEARCH, 200,
                   talloc_asprintf(world, "[{\"Id\": 31, \"Thumbprint\": \"%s\"}]", print));
    assert_finds(world, 31);
    query = kf_test_parameter(kf_test_request(world, 0), "pq.queryString");
    assert_int_equal(strcasecmp(query, talloc_asprintf(world, "Thumbprint -eq \"%s\"", print)), 0);
}

/* A filter that the server does not know, or ignores. */
static void
test_other_certificates_are_passed_over(void **state)
{
    struct kf_test_world *among = renewing(*state);
    struct kf_test_world *only = renewing(*state);
    const char *other = thumbprint(among, "certificate.pem");

    kf_test_answer(among, SEARCH, 200,
                   talloc_asprintf(among,
                                   "[{\"Id\": 30, \"Thumbprint\": \"%s\"}, {\"Id\": 31, "
                                   "\"Thumbprint\": \"%s\"}, {\"Id\": 32}]",
                                   other, thumbprint(among, "certificate-previous.pem")));
    assert_finds(among, 31);
    kf_test_answer(only, SEARCH, 200,
                   talloc_asprintf(only, "[{\"Id\": 30, \"Thumbprint\": \"%s\"}]", other));
    assert_finds(only, 0);
}

/* A renewal does not fail for that. */
static const struct {
    int status;
    const char *body;
} unknown[] = {
    {200, "[]"}, {200, "{}"}, {200, "<html>Sign in</html>"}, {400, ""}, {403, ""}, {404, ""},
};

static void
test_a_server_that_does_not_know_it_is_no_failure(void **state)
{
    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct kf_test_world *world = renewing(*state);

        kf_test_answer(world, SEARCH, unknown[i].status, unknown[i].body);
        assert_finds(world, 0);
    }
}

/* Nothing was asked of the CA. */
static const struct {
    enum kf_rc failure;
    enum kf_rc rc;
} failures[] = {
    {KF_NOTSENT, KF_NOTSENT}, {KF_BUSY, KF_BUSY},         {KF_UNCERTAIN, KF_NOTSENT},
    {KF_AUTH, KF_AUTH},       {KF_INTERNAL, KF_INTERNAL},
};

static void
test_a_failure_that_the_enrollment_would_meet_too_ends_the_run(void **state)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct kf_test_world *world = renewing(*state);
        int64_t id = -1;

        kf_test_failure(world, SEARCH, failures[i].failure);
        assert_int_equal(kf_renewal_find(&world->run, &id), failures[i].rc);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_first_request_renews_nothing_and_asks_nothing),
        KF_TEST(test_the_certificate_is_found_by_its_thumbprint),
        KF_TEST(test_other_certificates_are_passed_over),
        KF_TEST(test_a_server_that_does_not_know_it_is_no_failure),
        KF_TEST(test_a_failure_that_the_enrollment_would_meet_too_ends_the_run),
    };

    return cmocka_run_group_tests_name("renewal", tests, NULL, NULL);
}
