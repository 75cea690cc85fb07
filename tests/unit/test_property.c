/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What holds for every sequence of faults, deaths and operations: random walks of a certmonger
 * daemon, or of a person, and a server. A walk follows from its seed alone:
 *     KF_PROPERTY_SEED=17 KF_PROPERTY_WALKS=1 tests/unit/test_property
 * walks the one walk again that a failure names. */

#include "property_client.h"

#include <inttypes.h>
#include <stdlib.h>

#define WALKS        100
#define WALKS_SLOWLY 5 /* under valgrind */
#define STEPS_MAX    14

static struct kf_ca *ca;

static void
walk_once(TALLOC_CTX *mem, const struct kf_walk_kind *kind, uint64_t seed)
{
    struct kf_walk *walk = kf_walk_new(mem, kind, ca, seed);
    const uint32_t steps = 1 + kf_server_dice(walk->server, STEPS_MAX);

    for (uint32_t i = 0; i < steps; i++) {
        kf_client_step(walk);
    }
    kf_client_end(walk);
    talloc_free(walk);
}

static uint64_t
setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void
walk_all(TALLOC_CTX *test, const struct kf_walk_kind *kind)
{
    const bool slowly = getenv("KF_WRAPPER") != NULL && getenv("KF_WRAPPER")[0] != '\0';
    const uint64_t first = setting("KF_PROPERTY_SEED", 1);
    const uint64_t count = setting("KF_PROPERTY_WALKS", slowly ? WALKS_SLOWLY : WALKS);

    print_message("# seeds %" PRIu64 " to %" PRIu64 "\n", first, first + count - 1);
    for (uint64_t seed = first; seed < first + count; seed++) {
        walk_once(test, kind, seed);
    }
}

static int
make_ca(void **state)
{
    (void)state;
    ca = kf_ca_new(NULL);
    return 0;
}

static int
free_ca(void **state)
{
    (void)state;
    return talloc_free(ca);
}

static void
test_one_certificate_when_looking_is_required(void **state)
{
    static const struct kf_walk_kind kind = {
        .settings = "reconcile = required\n",
        .manners = {.hides_certificates = true, .hides_requests = true},
        .once = true};

    walk_all(*state, &kind);
}

static void
test_one_certificate_when_requests_carry_their_name(void **state)
{
    static const struct kf_walk_kind kind = {
        .settings = "reconcile = required\nreconcile-metadata = " KF_SERVER_METADATA "\n",
        .manners = {.hides_certificates = true, .hides_requests = true},
        .once = true};

    walk_all(*state, &kind);
}

static void
test_one_certificate_when_the_server_can_be_asked(void **state)
{
    static const struct kf_walk_kind kind = {.settings = "reconcile = best-effort\n", .once = true};

    walk_all(*state, &kind);
}

static void
test_one_certificate_for_a_person(void **state)
{
    static const struct kf_walk_kind kind = {
        .settings = "reconcile = required\n",
        .manners = {.hides_certificates = true, .hides_requests = true},
        .once = true,
        .by_hand = true};

    walk_all(*state, &kind);
}

/* The documented exceptions: an account that may not look, and an administrator who does not want
 * to. Everything else holds. */
static void
test_a_certificate_when_the_server_cannot_be_asked(void **state)
{
    static const struct kf_walk_kind kind = {
        .settings = "reconcile = best-effort\n",
        .manners = {.hides_certificates = true, .hides_requests = true}};

    walk_all(*state, &kind);
}

static void
test_a_certificate_when_nobody_looks(void **state)
{
    static const struct kf_walk_kind kind = {
        .settings = "reconcile = off\n",
        .manners = {.hides_certificates = true, .hides_requests = true}};

    walk_all(*state, &kind);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_one_certificate_when_looking_is_required),
        KF_TEST(test_one_certificate_when_requests_carry_their_name),
        KF_TEST(test_one_certificate_when_the_server_can_be_asked),
        KF_TEST(test_one_certificate_for_a_person),
        KF_TEST(test_a_certificate_when_the_server_cannot_be_asked),
        KF_TEST(test_a_certificate_when_nobody_looks),
    };

    return cmocka_run_group_tests_name("property", tests, make_ca, free_ca);
}
