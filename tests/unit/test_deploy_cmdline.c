/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The command line of keyfactor-deploy. */

#include "support.h"

#include "deploy_cmdline.h"

#include <string.h>

#define ARGUMENTS_MAX 64

#define NEEDED "--certificate c --key k "

/* Reads the words of line, which options then borrow from mem. */
static enum kf_rc
read_line(TALLOC_CTX *mem, const char *line, struct kf_deploy_options *_options,
          struct kf_error *err)
{
    char *rest = talloc_strdup(mem, line);
    char *argv[ARGUMENTS_MAX + 2] = {talloc_strdup(mem, "keyfactor-deploy")};
    char *word = NULL;
    int argc = 1;

    while ((word = strsep(&rest, " ")) != NULL) {
        if (word[0] != '\0') {
            assert_in_range(argc, 1, ARGUMENTS_MAX);
            argv[argc++] = word;
        }
    }
    return kf_deploy_cmdline_read(argc, argv, _options, err);
}

static struct kf_deploy_job
job_of(TALLOC_CTX *mem, const char *line)
{
    struct kf_deploy_options options;
    struct kf_error err;

    if (read_line(mem, line, &options, &err) != KF_OK) {
        fail_msg("%s", err.text);
    }
    return options.job;
}

static void
test_texts_are_those_of_the_arguments(void **state)
{
    const struct kf_deploy_job job =
        job_of(*state, NEEDED "--key-password-file p --chain a --chain b --state-directory s "
                              "--include-root --pkcs12 x --pkcs12-password-file y --alias z "
                              "--reload u --reload v");

    assert_string_equal(job.certificate, "c");
    assert_string_equal(job.key, "k");
    assert_string_equal(job.key_password_file, "p");
    assert_int_equal(job.chain_count, 2);
    assert_string_equal(job.chains[0], "a");
    assert_string_equal(job.chains[1], "b");
    assert_string_equal(job.state_directory, "s");
    assert_true(job.include_root);
    assert_string_equal(job.pkcs12_password_file, "y");
    assert_string_equal(job.alias, "z");
    assert_int_equal(job.unit_count, 2);
    assert_string_equal(job.units[0], "u");
    assert_string_equal(job.units[1], "v");
}

static void
test_what_is_not_given_has_its_default(void **state)
{
    const struct kf_deploy_job job = job_of(*state, NEEDED "--fullchain f");

    assert_null(job.key_password_file);
    assert_null(job.pkcs12_password_file);
    assert_int_equal(job.chain_count, 0);
    assert_int_equal(job.unit_count, 0);
    assert_false(job.include_root);
    assert_string_equal(job.alias, "certificate");
    kf_test_contains(job.state_directory, "/lib/certmonger/keyfactor");
    assert_null(job.outputs[0].access.owner);
    assert_int_equal(job.outputs[0].access.mode, 0);
}

static void
test_outputs_are_in_the_order_of_the_arguments(void **state)
{
    static const enum kf_deploy_form forms[] = {KF_DEPLOY_KEY, KF_DEPLOY_FULLCHAIN,
                                                KF_DEPLOY_COMBINED, KF_DEPLOY_FULLCHAIN};
    const struct kf_deploy_job job =
        job_of(*state, NEEDED "--key-copy a --fullchain b --combined c --fullchain d");

    assert_int_equal(job.output_count, COUNT(forms));
    for (size_t i = 0; i < COUNT(forms); i++) {
        assert_int_equal(job.outputs[i].form, forms[i]);
        assert_int_equal(job.outputs[i].path[0], 'a' + (int)i);
    }
}

static void
test_access_is_of_the_output_before_or_of_all(void **state)
{
    const struct kf_deploy_job job =
        job_of(*state, "--owner o --mode 600 " NEEDED "--fullchain f --group g --mode 0640 "
                       "--combined c --context x --owner p");

    assert_string_equal(job.access.owner, "o");
    assert_int_equal(job.access.mode, 0600);
    assert_null(job.access.group);
    assert_string_equal(job.outputs[0].access.group, "g");
    assert_int_equal(job.outputs[0].access.mode, 0640);
    assert_null(job.outputs[0].access.owner);
    assert_string_equal(job.outputs[1].access.context, "x");
    assert_string_equal(job.outputs[1].access.owner, "p");
    assert_int_equal(job.outputs[1].access.mode, 0);
}

static const struct {
    const char *line;
    const char *reason;
} refused[] = {
    {"", "--certificate and --key are missing"},
    {"--certificate c --fullchain f", "--certificate and --key are missing"},
    {"--key k --fullchain f", "--certificate and --key are missing"},
    {NEEDED, "there is nothing to write"},
    {NEEDED "--reload u", "there is nothing to write"},
    {NEEDED "--pkcs12 p", "--pkcs12 and --pkcs12-password-file go together"},
    {NEEDED "--fullchain f --pkcs12-password-file p", "--pkcs12 and --pkcs12-password-file"},
    {NEEDED "--fullchain f --alias=", "--alias: not a name"},
    {NEEDED "--fullchain f --alias a\nb", "--alias: not a name"},
    {NEEDED "--fullchain f --mode 640x", "--mode 640x: write an octal number"},
    {NEEDED "--fullchain f --mode 0680", "--mode 0680: write an octal number"},
    {NEEDED "--fullchain f --mode 4755", "--mode 4755: write an octal number"},
    {NEEDED "--fullchain f --mode 0000", "--mode 0000: write an octal number"},
    {NEEDED "--fullchain f --mode 64", "--mode 64: write an octal number"},
    {NEEDED "--fullchain f --mode=", "--mode : write an octal number"},
    {NEEDED "--fullchain f more", "surplus argument more"},
    {NEEDED "--fullchain", "--fullchain wants an argument"},
    {NEEDED "--fullchains f", "unknown option --fullchains"},
    {NEEDED "-x", "unknown option -x"},
};

static void
test_what_cannot_be_done_is_refused_with_its_reason(void **state)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct kf_deploy_options options;
        struct kf_error err;

        if (read_line(*state, refused[i].line, &options, &err) != KF_BADCONFIG) {
            fail_msg("not refused: %s", refused[i].line);
        }
        kf_test_contains(err.text, refused[i].reason);
    }
}

/* Sixteen fit, seventeen do not. */
static void
test_lists_have_an_end(void **state)
{
    static const char *const words[] = {"--chain x ", "--reload x ", "--fullchain x "};

    for (size_t i = 0; i < COUNT(words); i++) {
        char *line = talloc_strdup(*state, NEEDED "--fullchain x ");
        struct kf_deploy_options options;
        struct kf_error err;

        for (int k = 0; k < 15; k++) {
            line = talloc_strdup_append(line, words[i]);
        }
        assert_int_equal(read_line(*state, line, &options, &err), KF_OK);
        line = talloc_strdup_append(talloc_strdup_append(line, words[i]), words[i]);
        assert_int_equal(read_line(*state, line, &options, &err), KF_BADCONFIG);
    }
}

static void
test_help_and_version_need_nothing_else(void **state)
{
    struct kf_deploy_options options;
    struct kf_error err;

    assert_int_equal(read_line(*state, "--help", &options, &err), KF_OK);
    assert_true(options.help);
    assert_int_equal(read_line(*state, "-vV -v", &options, &err), KF_OK);
    assert_true(options.version);
    assert_int_equal(options.verbosity, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_texts_are_those_of_the_arguments),
        KF_TEST(test_what_is_not_given_has_its_default),
        KF_TEST(test_outputs_are_in_the_order_of_the_arguments),
        KF_TEST(test_access_is_of_the_output_before_or_of_all),
        KF_TEST(test_what_cannot_be_done_is_refused_with_its_reason),
        KF_TEST(test_lists_have_an_end),
        KF_TEST(test_help_and_version_need_nothing_else),
    };

    return cmocka_run_group_tests_name("deploy_cmdline", tests, NULL, NULL);
}
