/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The certificates of the CAs that issued. */

#include "world.h"

#include "issuers.h"

#include <sys/stat.h>
#include <unistd.h>

#define MEMBERS_MAX 4

static const char *
new_folder(TALLOC_CTX *mem)
{
    return talloc_asprintf(mem, "%s/state", kf_test_directory(mem));
}

static void
keep(TALLOC_CTX *mem, const char *folder, const char *const *files)
{
    const struct kf_state state = {.directory = folder};
    struct kf_chain_member members[MEMBERS_MAX];
    struct kf_chain chain = {members, 0};

    for (; *files != NULL; files++) {
        assert_true(chain.count < MEMBERS_MAX);
        members[chain.count++] =
            (struct kf_chain_member){.pem = talloc_strdup(mem, kf_test_enrollment(mem, *files))};
    }
    kf_issuers_keep(&state, &chain);
}

static struct kf_bytes *
load(TALLOC_CTX *mem, const char *folder, size_t expected)
{
    struct kf_bytes *texts = NULL;
    struct kf_error err;
    size_t count = 77;

    assert_int_equal(kf_issuers_load(mem, folder, &texts, &count, &err), KF_OK);
    assert_int_equal(count, expected);
    return texts;
}

static void
test_what_follows_the_leaf_is_kept(void **state)
{
    const char *folder = new_folder(*state);

    keep(*state, folder, FILES("certificate.pem", "issuing.pem", "policy.pem", "root.pem"));
    assert_string_equal(
        (char *)load(*state, folder, 1)[0].data,
        kf_test_enrollments(*state, FILES("issuing.pem", "policy.pem", "root.pem")));
}

static void
test_the_same_issuer_is_kept_once_as_it_came_last(void **state)
{
    const char *folder = new_folder(*state);

    keep(*state, folder, FILES("certificate.pem", "issuing.pem"));
    keep(*state, folder, FILES("certificate-previous.pem", "issuing.pem", "policy.pem"));
    assert_string_equal((char *)load(*state, folder, 1)[0].data,
                        kf_test_enrollments(*state, FILES("issuing.pem", "policy.pem")));
}

static void
test_issuers_do_not_write_over_each_other(void **state)
{
    const char *folder = new_folder(*state);

    keep(*state, folder, FILES("certificate.pem", "issuing.pem"));
    keep(*state, folder, FILES("certificate.pem", "policy.pem"));
    load(*state, folder, 2);
}

static void
test_a_certificate_without_issuers_leaves_nothing(void **state)
{
    const char *folder = new_folder(*state);

    keep(*state, folder, FILES("certificate.pem"));
    assert_int_equal(access(folder, F_OK), -1);
    load(*state, folder, 0);
}

static void
test_the_keeper_lets_a_run_keep_them(void **state)
{
    assert_true(kf_state_is_name(
        "issuers-f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27", "keyfactor"));
    assert_false(kf_state_is_name("issuers-../../passwd", "keyfactor"));
    (void)state;
}

/* What another user could have written is none of ours. */
static void
test_an_unsafe_file_is_left_out_and_said(void **state)
{
    const char *folder = kf_test_directory(*state);
    struct kf_test_capture capture;
    char *log = NULL;

    kf_test_file(*state, folder, "issuers-01", "a", 0600);
    kf_test_file(*state, folder, "issuers-02", "b", 0644);
    kf_test_file(*state, folder, "chain-keyfactor", "c", 0600);
    kf_test_capture_begin(&capture, STDERR_FILENO);
    assert_string_equal((char *)load(*state, folder, 1)[0].data, "a");
    log = kf_test_capture_end(*state, &capture);
    kf_test_contains(log, talloc_asprintf(*state, "%s/issuers-02: ", folder));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_what_follows_the_leaf_is_kept),
        KF_TEST(test_the_same_issuer_is_kept_once_as_it_came_last),
        KF_TEST(test_issuers_do_not_write_over_each_other),
        KF_TEST(test_a_certificate_without_issuers_leaves_nothing),
        KF_TEST(test_the_keeper_lets_a_run_keep_them),
        KF_TEST(test_an_unsafe_file_is_left_out_and_said),
    };

    return cmocka_run_group_tests_name("issuers", tests, NULL, NULL);
}
