/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The variables of metadata values. */

#include "support.h"

#include "metadata.h"

#include <string.h>
#include <sys/utsname.h>

#define IDENTITY "f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27"

static char subject[] = "CN=host.example.com,O=Müller\\, Söhne";
static const struct kf_csr csr = {.subject = subject};

static const char *
variable(const char *name)
{
    static const struct {
        const char *name;
        const char *value;
    } environment[] = {
        {"SITE", "Berlin"},
        {"EMPTY", ""},
        {"LINES", "one\ntwo"},
        {"RECURSIVE", "%{subject}"},
        {"ESCAPE", "\x1b[2J"},
        {"NOT_UTF8", "\xff"},
        {"WITH-DASH and blank", "odd"},
    };

    for (size_t i = 0; i < COUNT(environment); i++) {
        if (strcmp(environment[i].name, name) == 0) {
            return environment[i].value;
        }
    }
    return NULL;
}

/* What the values are filled in from, and what comes of it. */
struct fixture {
    struct kf_config config;
    struct kf_job job;
    struct kf_metadata line;
    struct kf_metadata *filled;
    size_t count;
    struct kf_error err;
};

static enum kf_rc
fill(TALLOC_CTX *mem, struct fixture *fixture, const char *value)
{
    const struct kf_metadata_source source = {.config = &fixture->config,
                                              .job = &fixture->job,
                                              .csr = &csr,
                                              .identity = IDENTITY,
                                              .template = "Web Server"};

    fixture->line = (struct kf_metadata){"Owner", value, "/etc/certmonger/keyfactor.conf:12"};
    fixture->config.nickname = "keyfactor";
    fixture->config.metadata = &fixture->line;
    fixture->config.metadata_count = value == NULL ? 0 : 1;
    fixture->job.variable = variable;
    return kf_metadata_fill(mem, &source, &fixture->filled, &fixture->count, &fixture->err);
}

static const struct {
    const char *value;
    const char *expected;
} good[] = {
    {"", ""},
    {"Web team", "Web team"},
    {"%{subject}", "CN=host.example.com,O=Müller\\, Söhne"},
    {"%{profile}", "Web Server"},
    {"%{ca}", "keyfactor"},
    {"%{previous-serial}", ""},
    {"%{env:SITE}", "Berlin"},
    {"%{env:EMPTY}", ""},
    {"%{env:WITH-DASH and blank}", "odd"},
    {"<%{ca}%{profile}> at %{env:SITE}.", "<keyfactorWeb Server> at Berlin."},

    /* what is filled in is not looked at again */
    {"%{env:RECURSIVE}", "%{subject}"},

    /* %%{ stands for %{, any other % for itself */
    {"%%{ca}", "%{ca}"},
    {"%%%{ca}", "%%{ca}"},
    {"%", "%"},
    {"%%", "%%"},
    {"100%", "100%"},
    {"%ca %s %n %%n", "%ca %s %n %%n"},
    {"{ca} }", "{ca} }"},
    {"%%{", "%{"},
};

static void
test_variables_are_filled_in(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        struct fixture fixture = {.count = 0};

        if (fill(*state, &fixture, good[i].value) != KF_OK) {
            fail_msg("%s: %s", good[i].value, fixture.err.text);
        }
        assert_int_equal(fixture.count, 1);
        assert_string_equal(fixture.filled[0].type, "Owner");
        assert_string_equal(fixture.filled[0].value, good[i].expected);
    }
}

static const struct {
    const char *value;
    const char *reason;
} bad[] = {
    {"%{nothing}", "there is no variable %{nothing}"},
    {"%{}", "there is no variable %{}"},
    {"%{CA}", "there is no variable %{CA}"},
    {"%{ ca}", "there is no variable %{ ca}"},
    {"%{env}", "there is no variable %{env}"},
    {"%{%{ca}}", "there is no variable %{%{ca}"},
    {"%{ca", "\"%{\" without \"}\""},
    {"%{", "\"%{\" without \"}\""},
    {"%{env:NOWHERE}", "the environment variable NOWHERE is not set"},
    {"%{env:}", "is not set"},
    {"%{env:LINES}", "has a line break"},
    {"%{env:ESCAPE}", "a control character"},
    {"%{env:NOT_UTF8}", "invalid UTF-8"},
};

static void
test_what_cannot_be_filled_in_is_refused_naming_line_and_type(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        TALLOC_CTX *scratch = talloc_new(*state);
        struct fixture fixture = {.filled = NULL};

        assert_int_equal(fill(scratch, &fixture, bad[i].value), KF_BADCONFIG);
        kf_test_contains(fixture.err.text, bad[i].reason);
        kf_test_contains(fixture.err.text, "/etc/certmonger/keyfactor.conf:12: metadata Owner: ");
        assert_null(fixture.filled);
        assert_int_equal(talloc_total_blocks(scratch), 1);
    }
}

static void
test_the_hostname_is_that_of_this_host(void **state)
{
    struct fixture fixture = {.count = 0};
    struct utsname host;

    assert_int_equal(uname(&host), 0);
    assert_int_equal(fill(*state, &fixture, "%{hostname}"), KF_OK);
    assert_string_equal(fixture.filled[0].value, host.nodename);
}

static void
test_the_previous_serial_is_that_of_the_certificate_that_is_renewed(void **state)
{
    struct fixture fixture = {.count = 0};

    fixture.job.certificate = (char *)kf_test_data(*state, "certificate/good.012345.pem").data;
    assert_int_equal(fill(*state, &fixture, "serial %{previous-serial}"), KF_OK);
    assert_string_equal(fixture.filled[0].value, "serial 012345");
}

static void
test_without_lines_there_is_no_metadata(void **state)
{
    struct fixture fixture = {.count = 7};

    assert_int_equal(fill(*state, &fixture, NULL), KF_OK);
    assert_int_equal(fixture.count, 0);
}

static void
test_reconcile_metadata_carries_the_identity_of_the_request(void **state)
{
    struct fixture fixture = {.config = {.reconcile_metadata = "CertmongerRequest"}};

    assert_int_equal(fill(*state, &fixture, NULL), KF_OK);
    assert_int_equal(fixture.count, 1);
    assert_string_equal(fixture.filled[0].type, "CertmongerRequest");
    assert_string_equal(fixture.filled[0].value, IDENTITY);
    assert_int_equal(fill(*state, &fixture, "Web team"), KF_OK);
    assert_int_equal(fixture.count, 2);
    assert_string_equal(fixture.filled[0].value, "Web team");
    assert_string_equal(fixture.filled[1].value, IDENTITY);
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_no_bad_configuration(void **state)
{
    enum kf_rc rc = KF_INTERNAL;
    size_t failures = 0;

    for (size_t size = 1; rc != KF_OK; size += 16) {
        struct fixture fixture = {.config = {.reconcile_metadata = "CertmongerRequest"}};

        rc = fill(kf_test_small_memory(*state, size), &fixture, "%{subject} and %%{ and %{ca}");
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_variables_are_filled_in),
        KF_TEST(test_what_cannot_be_filled_in_is_refused_naming_line_and_type),
        KF_TEST(test_the_hostname_is_that_of_this_host),
        KF_TEST(test_the_previous_serial_is_that_of_the_certificate_that_is_renewed),
        KF_TEST(test_without_lines_there_is_no_metadata),
        KF_TEST(test_reconcile_metadata_carries_the_identity_of_the_request),
        KF_TEST(test_want_of_memory_is_no_bad_configuration),
    };

    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
