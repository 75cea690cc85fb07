/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The edge to certmonger: environment, standard input and output, exit status. */

#include "support.h"

#include "certmonger.h"
#include "csr.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const variables[] = {KF_ENV_OPERATION,      KF_ENV_CSR,         KF_ENV_COOKIE,
                                        KF_ENV_PROFILE,        KF_ENV_CERTIFICATE, KF_ENV_NICKNAME,
                                        KF_ENV_CREDENTIALS_DIR};

/* The environment of a person, and nothing to read. */
static int
setup(void **state)
{
    for (size_t i = 0; i < COUNT(variables); i++) {
        unsetenv(variables[i]);
    }
    return freopen("/dev/null", "r", stdin) == NULL ? -1 : kf_test_setup(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, kf_test_teardown)

static struct kf_job
read_job(TALLOC_CTX *mem, const struct kf_options *options)
{
    struct kf_job job = {.operation = "none"};
    struct kf_error err;

    if (kf_certmonger_read(mem, options, &job, &err) != KF_OK) {
        fail_msg("%s", err.text);
    }
    return job;
}

static void
assert_refused(TALLOC_CTX *mem, const char *csr, const char *reason)
{
    const struct kf_options options = {.csr = csr};
    struct kf_job job;
    struct kf_error err = {.text = ""};

    assert_int_equal(kf_certmonger_read(mem, &options, &job, &err), KF_BADINPUT);
    kf_test_contains(err.text, reason);
}

/* A file of len bytes, all of them 'x' or one of them something else. */
static char *
file_of(TALLOC_CTX *mem, size_t len, size_t odd_place, char odd)
{
    char *path = talloc_asprintf(mem, "%s/file", kf_test_directory(mem));
    char *text = talloc_size(mem, len);
    FILE *file = fopen(path, "w");

    assert_non_null(text);
    assert_non_null(file);
    memset(text, 'x', len);
    text[odd_place] = odd;
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void
test_the_daemon_says_all_in_the_environment(void **state)
{
    const struct kf_options none = {.csr = NULL};
    struct kf_job job;

    setenv(KF_ENV_OPERATION, "POLL", 1);
    setenv(KF_ENV_CSR, "request\nof two lines\n", 1);
    setenv(KF_ENV_COOKIE, "kf1,state=x\n", 1);
    setenv(KF_ENV_PROFILE, "Web Server", 1);
    setenv(KF_ENV_CERTIFICATE, "certificate", 1);
    setenv(KF_ENV_NICKNAME, "second", 1);
    job = read_job(*state, &none);
    assert_string_equal(job.operation, "POLL");
    assert_string_equal(job.csr, "request\nof two lines\n");
    assert_string_equal(job.cookie, "kf1,state=x\n");
    assert_string_equal(job.profile, "Web Server");
    assert_string_equal(job.certificate, "certificate");
    assert_string_equal(job.nickname, "second");
}

static void
test_options_win_over_the_environment(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "csr", "from a file", 0644);
    const struct kf_options options = {
        .csr = path, .ca = "option", .profile = "of option", .cookie = "cookie of option"};
    struct kf_job job;

    for (size_t i = 0; i < COUNT(variables); i++) {
        setenv(variables[i], "environment", 1);
    }
    job = read_job(*state, &options);
    assert_string_equal(job.csr, "from a file");
    assert_string_equal(job.nickname, "option");
    assert_string_equal(job.profile, "of option");
    assert_string_equal(job.cookie, "cookie of option");
    assert_string_equal(job.operation, "environment");
}

static void
test_what_nobody_says_is_null_but_the_nickname(void **state)
{
    const struct kf_options none = {.csr = NULL};
    struct kf_job job;

    setenv(KF_ENV_OPERATION, "IDENTIFY", 1);
    job = read_job(*state, &none);
    assert_null(job.csr);
    assert_null(job.cookie);
    assert_null(job.profile);
    assert_null(job.certificate);
    assert_string_equal(job.nickname, KF_DEFAULT_NICKNAME);
    setenv(KF_ENV_NICKNAME, "", 1);
    assert_string_equal(read_job(*state, &none).nickname, KF_DEFAULT_NICKNAME);
}

static void
test_what_is_empty_is_not_given(void **state)
{
    static const char *const empty[] = {KF_ENV_COOKIE, KF_ENV_PROFILE, KF_ENV_ISSUER,
                                        KF_ENV_CERTIFICATE, KF_ENV_OPERATION};
    const struct kf_options options = {.check = true};
    struct kf_job job;

    for (size_t i = 0; i < COUNT(empty); i++) {
        setenv(empty[i], "", 1);
    }
    job = read_job(*state, &options);
    assert_null(job.cookie);
    assert_null(job.profile);
    assert_null(job.issuer);
    assert_null(job.certificate);
    assert_null(job.operation);
}

static void
test_a_check_wants_no_request(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "csr", "a\nb\n", 0644);
    const struct kf_options check = {.check = true};

    assert_non_null(freopen(path, "r", stdin));
    assert_null(read_job(*state, &check).csr);
}

static void
test_there_are_no_colours_but_on_a_terminal(void **state)
{
    struct kf_test_capture capture;
    bool has_colours;

    setenv("TERM", "xterm", 1);
    kf_test_capture_begin(&capture, STDOUT_FILENO);
    has_colours = kf_certmonger_has_colours();
    kf_test_capture_end(*state, &capture);
    assert_false(has_colours);
}

static void
test_a_person_may_give_the_request_on_standard_input(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "csr", "a\nb\n", 0644);
    const struct kf_options dash = {.csr = "-"};
    const struct kf_options none = {.csr = NULL};

    assert_non_null(freopen(path, "r", stdin));
    assert_string_equal(read_job(*state, &none).csr, "a\nb\n");
    assert_non_null(freopen(path, "r", stdin));
    assert_string_equal(read_job(*state, &dash).csr, "a\nb\n");
}

static void
test_standard_input_is_not_read_when_there_is_a_request_or_an_operation(void **state)
{
    const char *path = kf_test_file(*state, kf_test_directory(*state), "csr", "unread", 0644);
    const struct kf_options none = {.csr = NULL};

    assert_non_null(freopen(path, "r", stdin));
    setenv(KF_ENV_CSR, "environment", 1);
    assert_string_equal(read_job(*state, &none).csr, "environment");
    unsetenv(KF_ENV_CSR);
    setenv(KF_ENV_OPERATION, "SUBMIT", 1);
    assert_null(read_job(*state, &none).csr);
    assert_int_equal(fgetc(stdin), 'u');
}

static void
test_a_request_up_to_the_limit_is_read(void **state)
{
    const struct kf_options options = {.csr = file_of(*state, KF_CSR_TEXT_MAX, 0, 'x')};

    assert_int_equal(strlen(read_job(*state, &options).csr), KF_CSR_TEXT_MAX);
}

static void
test_a_request_that_cannot_be_read_is_refused_with_the_reason(void **state)
{
    const char *directory = kf_test_directory(*state);

    assert_refused(*state, talloc_asprintf(*state, "%s/none", directory), "none: No such file");
    assert_refused(*state, directory, "Is a directory");
    assert_refused(*state, file_of(*state, KF_CSR_TEXT_MAX + 1, 0, 'x'), "over 128 KiB");
    assert_refused(*state, "/dev/zero", "over 128 KiB");
    assert_refused(*state, file_of(*state, 100, 50, '\0'), "NUL");
    assert_refused(*state, file_of(*state, 100, 99, '\0'), "NUL");
}

static void
test_variables_of_the_environment_are_looked_up(void **state)
{
    const struct kf_options none = {.csr = NULL};
    const struct kf_job job = read_job(*state, &none);

    setenv("KF_TEST_SITE", "Berlin", 1);
    assert_string_equal(job.variable("KF_TEST_SITE"), "Berlin");
    unsetenv("KF_TEST_SITE");
    assert_null(job.variable("KF_TEST_SITE"));
}

static void
test_the_folder_of_credentials_is_that_of_systemd(void **state)
{
    (void)state;
    assert_null(kf_certmonger_credentials_directory());
    setenv("CREDENTIALS_DIRECTORY", "/run/credentials/certmonger.service", 1);
    assert_string_equal(kf_certmonger_credentials_directory(),
                        "/run/credentials/certmonger.service");
}

static void
test_the_address_of_a_private_daemon_is_that_of_getcert(void **state)
{
    (void)state;
    unsetenv("CERTMONGER_PVT_ADDRESS");
    assert_null(kf_certmonger_daemon_address());
    setenv("CERTMONGER_PVT_ADDRESS", "", 1);
    assert_null(kf_certmonger_daemon_address());
    setenv("CERTMONGER_PVT_ADDRESS", "unix:path=/run/x", 1);
    assert_string_equal(kf_certmonger_daemon_address(), "unix:path=/run/x");
    unsetenv("CERTMONGER_PVT_ADDRESS");
}

/* Finishes with standard output going to the file of descriptor output. Returns the exit status;
 * what could not be printed is dropped. */
static int
finish(const struct kf_outcome *outcome, int output)
{
    const int standard_output = dup(STDOUT_FILENO);
    int status;

    fflush(stdout);
    assert_int_not_equal(dup2(output, STDOUT_FILENO), -1);
    status = kf_certmonger_finish(outcome);
    __fpurge(stdout);
    clearerr(stdout);
    assert_int_not_equal(dup2(standard_output, STDOUT_FILENO), -1);
    close(standard_output);
    return status;
}

static const struct {
    struct kf_outcome outcome;
    const char *printed;
} outcomes[] = {
    {{KF_STATUS_ISSUED, 0, "certificate\nissuer\n"}, "certificate\nissuer\n"},
    {{KF_STATUS_ISSUED, 7, ""}, ""},
    {{KF_STATUS_REJECTED, 0, "the reason"}, "the reason\n"},
    {{KF_STATUS_UNREACHABLE, 7, "the reason"}, "the reason\n"},
    {{KF_STATUS_UNCONFIGURED, 0, "the reason %s %n"}, "the reason %s %n\n"},
    {{KF_STATUS_WAIT_DELAY, 61, "kf1,state=x"}, "61\nkf1,state=x\n"},
    {{KF_STATUS_WAIT_DELAY, 4294967295U, "c\n"}, "4294967295\nc\n"},
    {{KF_STATUS_UNSUPPORTED, 0, ""}, ""},
};

static void
test_each_outcome_is_printed_and_is_the_exit_status(void **state)
{
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        const char *path = kf_test_file(*state, kf_test_directory(*state), "out", "", 0600);
        const int output = open(path, O_WRONLY | O_CLOEXEC);

        assert_int_equal(finish(&outcomes[i].outcome, output), outcomes[i].outcome.status);
        assert_string_equal(kf_test_read(*state, path), outcomes[i].printed);
        close(output);
    }
}

static void
test_what_cannot_be_printed_whole_is_unreachable(void **state)
{
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    const int unwritable = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(finish(&outcomes[0].outcome, full), KF_STATUS_UNREACHABLE);
    assert_int_equal(finish(&outcomes[5].outcome, full), KF_STATUS_UNREACHABLE);
    assert_int_equal(finish(&outcomes[0].outcome, unwritable), KF_STATUS_UNREACHABLE);
    close(full);
    close(unwritable);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_daemon_says_all_in_the_environment),
        TEST(test_options_win_over_the_environment),
        TEST(test_what_nobody_says_is_null_but_the_nickname),
        TEST(test_what_is_empty_is_not_given),
        TEST(test_a_check_wants_no_request),
        TEST(test_there_are_no_colours_but_on_a_terminal),
        TEST(test_a_person_may_give_the_request_on_standard_input),
        TEST(test_standard_input_is_not_read_when_there_is_a_request_or_an_operation),
        TEST(test_a_request_up_to_the_limit_is_read),
        TEST(test_a_request_that_cannot_be_read_is_refused_with_the_reason),
        TEST(test_variables_of_the_environment_are_looked_up),
        TEST(test_the_folder_of_credentials_is_that_of_systemd),
        TEST(test_the_address_of_a_private_daemon_is_that_of_getcert),
        TEST(test_each_outcome_is_printed_and_is_the_exit_status),
        TEST(test_what_cannot_be_printed_whole_is_unreachable),
    };

    return cmocka_run_group_tests_name("certmonger", tests, NULL, NULL);
}
