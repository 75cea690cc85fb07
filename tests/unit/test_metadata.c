/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The variables of metadata values. */

#include "support.h"

#include "metadata.h"

#include <string.h>
#include <sys/utsname.h>

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
    struct kf_metadata_list filled;
    struct kf_error err;
};

static enum kf_rc
fill(TALLOC_CTX *mem, struct fixture *fixture, const char *value)
{
    const struct kf_metadata_source source = {
        .config = &fixture->config, .job = &fixture->job, .csr = &csr, .template = "Web Server"};
    const struct kf_metadata_list list = {&fixture->line, value == NULL ? 0 : 1};

    fixture->line = (struct kf_metadata){"Owner", value, "/etc/certmonger/keyfactor.conf:12"};
    fixture->config.nickname = "keyfactor";
    fixture->job.variable = variable;
    return kf_metadata_fill(mem, &source, &list, &fixture->filled, &fixture->err);
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
        struct fixture fixture = {.line = {.type = NULL}};

        if (fill(*state, &fixture, good[i].value) != KF_OK) {
            fail_msg("%s: %s", good[i].value, fixture.err.text);
        }
        assert_int_equal(fixture.filled.count, 1);
        assert_string_equal(fixture.filled.entries[0].type, "Owner");
        assert_string_equal(fixture.filled.entries[0].value, good[i].expected);
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
        struct fixture fixture = {.line = {.type = NULL}};

        assert_int_equal(fill(scratch, &fixture, bad[i].value), KF_BADCONFIG);
        kf_test_contains(fixture.err.text, bad[i].reason);
        kf_test_contains(fixture.err.text, "/etc/certmonger/keyfactor.conf:12: metadata Owner: ");
        assert_null(fixture.filled.entries);
        assert_int_equal(talloc_total_blocks(scratch), 1);
    }
}

static void
test_the_hostname_is_that_of_this_host(void **state)
{
    struct fixture fixture = {.line = {.type = NULL}};
    struct utsname host;

    assert_int_equal(uname(&host), 0);
    assert_int_equal(fill(*state, &fixture, "%{hostname}"), KF_OK);
    assert_string_equal(fixture.filled.entries[0].value, host.nodename);
}

static void
test_the_previous_serial_is_that_of_the_certificate_that_is_renewed(void **state)
{
    struct fixture fixture = {.line = {.type = NULL}};

    fixture.job.certificate = (char *)kf_test_data(*state, "certificate/good.012345.pem").data;
    assert_int_equal(fill(*state, &fixture, "serial %{previous-serial}"), KF_OK);
    assert_string_equal(fixture.filled.entries[0].value, "serial 012345");
}

static void
test_without_lines_there_is_no_metadata(void **state)
{
    struct fixture fixture = {.filled = {NULL, 7}};

    assert_int_equal(fill(*state, &fixture, NULL), KF_OK);
    assert_int_equal(fixture.filled.count, 0);
}

static void
test_a_line_is_added_behind_those_that_are_there(void **state)
{
    struct fixture empty = {.line = {.type = NULL}};
    struct fixture one = {.line = {.type = NULL}};

    assert_int_equal(fill(*state, &empty, NULL), KF_OK);
    assert_int_equal(kf_metadata_add(*state, &empty.filled, "Hash", "abc", &empty.err), KF_OK);
    assert_int_equal(empty.filled.count, 1);
    assert_string_equal(empty.filled.entries[0].type, "Hash");
    assert_string_equal(empty.filled.entries[0].value, "abc");
    assert_int_equal(fill(*state, &one, "Web team"), KF_OK);
    assert_int_equal(kf_metadata_add(*state, &one.filled, "Hash", "abc", &one.err), KF_OK);
    assert_int_equal(one.filled.count, 2);
    assert_string_equal(one.filled.entries[0].value, "Web team");
    assert_string_equal(one.filled.entries[1].value, "abc");
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_no_bad_configuration(void **state)
{
    enum kf_rc rc = KF_INTERNAL;
    size_t failures = 0;

    for (size_t size = 1; rc != KF_OK; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct fixture fixture = {.line = {.type = NULL}};

        rc = fill(small, &fixture, "%{subject} and %%{ and %{ca}");
        if (rc == KF_OK) {
            rc = kf_metadata_add(small, &fixture.filled, "Hash", "abc", &fixture.err);
        }
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
        KF_TEST(test_a_line_is_added_behind_those_that_are_there),
        KF_TEST(test_want_of_memory_is_no_bad_configuration),
    };

    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
