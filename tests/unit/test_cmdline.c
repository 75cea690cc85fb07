/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The command line. */

#include "support.h"

#include "cmdline.h"

#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 12

/* Reads arguments, up to the first NULL, behind the program's name. */
static enum kf_rc
read_arguments(const char *const *arguments, struct kf_options *_options, struct kf_error *err)
{
    static char name[] = "keyfactor-submit";
    char *argv[ARGUMENTS_MAX + 2] = {name};
    char *copy = NULL;
    int argc = 1;
    enum kf_rc rc;

    for (; arguments[argc - 1] != NULL; argc++) {
        copy = strdup(arguments[argc - 1]);
        argv[argc] = copy;
    }
    rc = kf_cmdline_read(argc, argv, _options, err);
    while (argc > 1) {
        free(argv[--argc]);
    }
    return rc;
}

static void
test_without_arguments_nothing_is_set(void **state)
{
    char name[] = "keyfactor-submit";
    char *argv[] = {name, NULL};
    struct kf_options options;
    struct kf_error err;

    (void)state;
    memset(&options, 0xff, sizeof(options));
    assert_int_equal(kf_cmdline_read(1, argv, &options, &err), KF_OK);
    assert_false(options.help);
    assert_false(options.version);
    assert_int_equal(options.verbosity, 0);
    assert_null(options.config);
    assert_null(options.csr);
    assert_null(options.ca);
    assert_null(options.profile);
    assert_null(options.cookie);
    assert_null(options.import);
    assert_null(options.server);
}

static void
test_texts_are_those_of_the_arguments(void **state)
{
    char arguments[][20] = {
        "keyfactor-submit", "--config",   "a.conf",   "--csr=-",    "--ca", "ca",
        "--profile",        "Web Server", "--cookie", "kf1,state=x"};
    char *argv[COUNT(arguments) + 1] = {NULL};
    struct kf_options options;
    struct kf_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(arguments); i++) {
        argv[i] = arguments[i];
    }
    assert_int_equal(kf_cmdline_read((int)COUNT(arguments), argv, &options, &err), KF_OK);
    assert_string_equal(options.config, "a.conf");
    assert_string_equal(options.csr, "-");
    assert_string_equal(options.ca, "ca");
    assert_string_equal(options.profile, "Web Server");
    assert_string_equal(options.cookie, "kf1,state=x");
}

static void
test_a_file_of_the_vendor_s_can_be_named_with_a_server(void **state)
{
    static const char *const arguments[] = {"--server", "prod", "--import-command-config=c.json",
                                            NULL};
    char name[] = "keyfactor-submit";
    char *argv[COUNT(arguments) + 1] = {name};
    struct kf_options options;
    struct kf_error err;

    for (size_t i = 0; arguments[i] != NULL; i++) {
        argv[i + 1] = talloc_strdup(*state, arguments[i]);
    }
    assert_int_equal(kf_cmdline_read((int)COUNT(arguments), argv, &options, &err), KF_OK);
    assert_string_equal(options.import, "c.json");
    assert_string_equal(options.server, "prod");
}

static void
test_check_and_status_may_be_for_programs(void **state)
{
    static const struct {
        const char *arguments[ARGUMENTS_MAX];
        bool check;
        bool status;
        bool json;
    } cases[] = {
        {{"-v"}, false, false, false},
        {{"--check"}, true, false, false},
        {{"--json", "--check"}, true, false, true},
        {{"--status"}, false, true, false},
        {{"--status", "--json"}, false, true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_options options;
        struct kf_error err;

        assert_int_equal(read_arguments(cases[i].arguments, &options, &err), KF_OK);
        assert_int_equal(options.check, cases[i].check);
        assert_int_equal(options.status, cases[i].status);
        assert_int_equal(options.json, cases[i].json);
    }
}

static const struct {
    const char *arguments[ARGUMENTS_MAX];
    int verbosity;
    bool help;
    bool version;
} good[] = {
    {{"-v"}, 1, false, false},
    {{"-vv"}, 2, false, false},
    {{"-v", "--verbose", "-v"}, 3, false, false},
    {{"--help"}, 0, true, false},
    {{"-h"}, 0, true, false},
    {{"--version"}, 0, false, true},
    {{"-V"}, 0, false, true},
    {{"-vh"}, 1, true, false},
    {{"--"}, 0, false, false},
};

static void
test_flags_are_counted_and_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct kf_options options;
        struct kf_error err;

        assert_int_equal(read_arguments(good[i].arguments, &options, &err), KF_OK);
        assert_int_equal(options.verbosity, good[i].verbosity);
        assert_int_equal(options.help, good[i].help);
        assert_int_equal(options.version, good[i].version);
    }
}

static const struct {
    const char *arguments[ARGUMENTS_MAX];
    const char *text;
} bad[] = {
    {{"--colour"}, "unknown option --colour"},
    {{"-x"}, "unknown option -x"},
    {{"-v", "--csr", "a", "-x"}, "unknown option -x"},
    {{"-xv"}, "unknown option -x"},
    {{"-vx", "-v"}, "unknown option -x"},
    {{"--help=yes"}, "unknown option"},
    {{"--c"}, "--c"},
    {{"--csr"}, "--csr wants an argument"},
    {{"--ca", "x", "--cookie"}, "--cookie wants an argument"},
    {{"--import-command-config"}, "--import-command-config wants an argument"},
    {{"--server", "prod"}, "--server goes with --import-command-config"},
    {{"--json"}, "--json goes with --check or --status"},
    {{"--check", "--status"}, "one at a time"},
    {{"--status", "--import-command-config", "x"}, "one at a time"},
    {{"request.pem"}, "surplus argument request.pem"},
    {{"-v", "--", "--help"}, "surplus argument --help"},
    {{"request.pem", "-v"}, "surplus argument request.pem"},
    {{""}, "surplus argument"},
};

static void
test_what_is_wrong_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct kf_options options = {.verbosity = -1};
        struct kf_error err;

        assert_int_equal(read_arguments(bad[i].arguments, &options, &err), KF_BADCONFIG);
        kf_test_contains(err.text, bad[i].text);
        kf_test_contains(err.text, "keyfactor-submit --help");
        assert_int_equal(options.verbosity, -1);
    }
}

/* An option that certmonger or a person passes is in the help, and in the manual page. */
static void
test_the_help_has_every_option(void **state)
{
    static const char *const options[] = {"--config",
                                          "--csr",
                                          "--ca",
                                          "--profile",
                                          "--issuer",
                                          "--cookie",
                                          "--import-command-config",
                                          "--server",
                                          "--verbose",
                                          "--help",
                                          "--version",
                                          "--check",
                                          "--json",
                                          "--status"};

    (void)state;
    for (size_t i = 0; i < COUNT(options); i++) {
        kf_test_contains(kf_cmdline_help, options[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_without_arguments_nothing_is_set),
        KF_TEST(test_texts_are_those_of_the_arguments),
        KF_TEST(test_a_file_of_the_vendor_s_can_be_named_with_a_server),
        KF_TEST(test_check_and_status_may_be_for_programs),
        KF_TEST(test_flags_are_counted_and_set),
        KF_TEST(test_what_is_wrong_is_named),
        KF_TEST(test_the_help_has_every_option),
    };

    return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
