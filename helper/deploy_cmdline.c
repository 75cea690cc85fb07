/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The command line of keyfactor-deploy. Layer 5. */

#include "deploy_cmdline.h"

#include "config.h"
#include "text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define ADVICE ": see keyfactor-deploy --help"

const char kf_deploy_cmdline_help[] =
    "usage: keyfactor-deploy [-v] --certificate FILE --key FILE [--key-password-file FILE]\n"
    "                        [--chain FILE] [--state-directory FOLDER] [--include-root]\n"
    "                        [--fullchain FILE] [--combined FILE] [--key-copy FILE]\n"
    "                        [--pkcs12 FILE --pkcs12-password-file FILE [--alias NAME]]\n"
    "                        [--owner USER] [--group GROUP] [--mode MODE] [--context CONTEXT]\n"
    "                        [--reload UNIT]\n"
    "\n"
    "Writes a certificate, its chain and its key to the files that services read: all or none.\n"
    "\n"
    "  --certificate FILE  what certmonger saved: getcert request -f\n"
    "  --key FILE          its key: getcert request -k\n"
    "  --key-password-file FILE\n"
    "                      the password of the key: getcert request -p\n"
    "  --chain FILE        issuers, beside those that keyfactor-submit kept\n"
    "  --state-directory FOLDER\n"
    "                      where it kept them; without: " KF_CONFIG_STATE_DIRECTORY "\n"
    "  --include-root      write the root too\n"
    "\n"
    "  --fullchain FILE    write the certificate and its issuers\n"
    "  --combined FILE     write the certificate, its issuers and the key\n"
    "  --key-copy FILE     write the key, without a password\n"
    "  --pkcs12 FILE       write all of it as PKCS#12\n"
    "  --pkcs12-password-file FILE\n"
    "                      the password to write it with\n"
    "  --alias NAME        the name of the key in it; without: certificate\n"
    "\n"
    "  --owner USER, --group GROUP, --mode MODE, --context CONTEXT\n"
    "                      of the file named before, or, in front of the first, of all of them;\n"
    "                      without: root, 0600 with a key inside, else 0644, and the SELinux\n"
    "                      context of the file that is replaced\n"
    "  --reload UNIT       then reload or restart this unit of systemd, if it runs\n"
    "  -v, --verbose       say what is done\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 nothing was written, 2 the command line is wrong, 3 the files are\n"
    "written and a unit was not reloaded. See keyfactor-deploy(8).\n";

enum long_option {
    OPTION_CERTIFICATE = 256,
    OPTION_KEY,
    OPTION_KEY_PASSWORD_FILE,
    OPTION_CHAIN,
    OPTION_STATE_DIRECTORY,
    OPTION_INCLUDE_ROOT,
    OPTION_FULLCHAIN,
    OPTION_COMBINED,
    OPTION_KEY_COPY,
    OPTION_PKCS12,
    OPTION_PKCS12_PASSWORD_FILE,
    OPTION_ALIAS,
    OPTION_OWNER,
    OPTION_GROUP,
    OPTION_MODE,
    OPTION_CONTEXT,
    OPTION_RELOAD
};

static const struct option long_options[] = {
    {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"key", required_argument, NULL, OPTION_KEY},
    {"key-password-file", required_argument, NULL, OPTION_KEY_PASSWORD_FILE},
    {"chain", required_argument, NULL, OPTION_CHAIN},
    {"state-directory", required_argument, NULL, OPTION_STATE_DIRECTORY},
    {"include-root", no_argument, NULL, OPTION_INCLUDE_ROOT},
    {"fullchain", required_argument, NULL, OPTION_FULLCHAIN},
    {"combined", required_argument, NULL, OPTION_COMBINED},
    {"key-copy", required_argument, NULL, OPTION_KEY_COPY},
    {"pkcs12", required_argument, NULL, OPTION_PKCS12},
    {"pkcs12-password-file", required_argument, NULL, OPTION_PKCS12_PASSWORD_FILE},
    {"alias", required_argument, NULL, OPTION_ALIAS},
    {"owner", required_argument, NULL, OPTION_OWNER},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"context", required_argument, NULL, OPTION_CONTEXT},
    {"reload", required_argument, NULL, OPTION_RELOAD},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static enum kf_rc
add_text(const char **list, size_t *count, size_t max, const char *option, struct kf_error *err)
{
    if (*count == max) {
        return kf_fail(err, KF_BADCONFIG, "%s can be given %zu times" ADVICE, option, max);
    }
    list[(*count)++] = optarg;
    return KF_OK;
}

static enum kf_rc
add_output(struct kf_deploy_job *job, enum kf_deploy_form form, struct kf_error *err)
{
    if (job->output_count == KF_DEPLOY_OUTPUTS_MAX) {
        return kf_fail(err, KF_BADCONFIG, "over %d files to write: run keyfactor-deploy twice",
                       KF_DEPLOY_OUTPUTS_MAX);
    }
    job->outputs[job->output_count++] = (struct kf_deploy_output){.form = form, .path = optarg};
    return KF_OK;
}

static enum kf_rc
read_mode(const char *text, mode_t *_mode, struct kf_error *err)
{
    const size_t len = strlen(text);
    unsigned long mode = 0;

    if (len >= 3 && len <= 4 && strspn(text, "01234567") == len) {
        mode = strtoul(text, NULL, 8);
    }
    if (mode == 0 || mode > 0777) {
        return kf_fail(err, KF_BADCONFIG, "--mode %s: write an octal number, such as 0640", text);
    }
    *_mode = (mode_t)mode;
    return KF_OK;
}

/* What is said of access goes for the file named before, or for all. */
static enum kf_rc
read_access(int option, struct kf_deploy_job *job, struct kf_error *err)
{
    struct kf_deploy_access *access =
        job->output_count == 0 ? &job->access : &job->outputs[job->output_count - 1].access;

    switch (option) {
    case OPTION_OWNER:
        access->owner = optarg;
        return KF_OK;
    case OPTION_GROUP:
        access->group = optarg;
        return KF_OK;
    case OPTION_CONTEXT:
        access->context = optarg;
        return KF_OK;
    default:
        return read_mode(optarg, &access->mode, err);
    }
}

static enum kf_rc
read_job(int option, struct kf_deploy_job *job, struct kf_error *err)
{
    switch (option) {
    case OPTION_CERTIFICATE:
        job->certificate = optarg;
        return KF_OK;
    case OPTION_KEY:
        job->key = optarg;
        return KF_OK;
    case OPTION_KEY_PASSWORD_FILE:
        job->key_password_file = optarg;
        return KF_OK;
    case OPTION_CHAIN:
        return add_text(job->chains, &job->chain_count, KF_DEPLOY_CHAINS_MAX, "--chain", err);
    case OPTION_STATE_DIRECTORY:
        job->state_directory = optarg;
        return KF_OK;
    case OPTION_INCLUDE_ROOT:
        job->include_root = true;
        return KF_OK;
    case OPTION_FULLCHAIN:
        return add_output(job, KF_DEPLOY_FULLCHAIN, err);
    case OPTION_COMBINED:
        return add_output(job, KF_DEPLOY_COMBINED, err);
    case OPTION_KEY_COPY:
        return add_output(job, KF_DEPLOY_KEY, err);
    case OPTION_PKCS12:
        return add_output(job, KF_DEPLOY_PKCS12, err);
    case OPTION_PKCS12_PASSWORD_FILE:
        job->pkcs12_password_file = optarg;
        return KF_OK;
    case OPTION_ALIAS:
        job->alias = optarg;
        return KF_OK;
    case OPTION_RELOAD:
        return add_text(job->units, &job->unit_count, KF_DEPLOY_UNITS_MAX, "--reload", err);
    default:
        return read_access(option, job, err);
    }
}

static enum kf_rc
read_option(int option, char *const *argv, struct kf_deploy_options *options, struct kf_error *err)
{
    switch (option) {
    case 'v':
        options->verbosity++;
        return KF_OK;
    case 'h':
        options->help = true;
        return KF_OK;
    case 'V':
        options->version = true;
        return KF_OK;
    case ':':
        return kf_fail(err, KF_BADCONFIG, "%s wants an argument" ADVICE, argv[optind - 1]);
    case '?':
        return optopt > 0 && optopt < OPTION_CERTIFICATE
                   ? kf_fail(err, KF_BADCONFIG, "unknown option -%c" ADVICE, optopt)
                   : kf_fail(err, KF_BADCONFIG, "unknown option %s" ADVICE, argv[optind - 1]);
    default:
        return read_job(option, &options->job, err);
    }
}

static bool
has_output(const struct kf_deploy_job *job, enum kf_deploy_form form)
{
    for (size_t i = 0; i < job->output_count; i++) {
        if (job->outputs[i].form == form) {
            return true;
        }
    }
    return false;
}

/* Is everything there that the job needs? */
static enum kf_rc
check(const struct kf_deploy_job *job, struct kf_error *err)
{
    if (job->certificate == NULL || job->key == NULL) {
        return kf_fail(err, KF_BADCONFIG, "--certificate and --key are missing" ADVICE);
    }
    if (job->output_count == 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "there is nothing to write: name --fullchain, --combined, --key-copy or "
                       "--pkcs12" ADVICE);
    }
    if (has_output(job, KF_DEPLOY_PKCS12) != (job->pkcs12_password_file != NULL)) {
        return kf_fail(err, KF_BADCONFIG, "--pkcs12 and --pkcs12-password-file go together" ADVICE);
    }
    if (job->alias[0] == '\0' || !kf_text_is_line(job->alias)) {
        return kf_fail(err, KF_BADCONFIG, "--alias: not a name: write one line of UTF-8 text");
    }
    return KF_OK;
}

enum kf_rc
kf_deploy_cmdline_read(int argc, char **argv, struct kf_deploy_options *_options,
                       struct kf_error *err)
{
    struct kf_deploy_options options = {
        .job = {.state_directory = KF_CONFIG_STATE_DIRECTORY, .alias = "certificate"}};
    enum kf_rc rc = KF_OK;
    int option;

    optind = 0;
    opterr = 0;
    while (rc == KF_OK && (option = getopt_long(argc, argv, "+:vhV", long_options, NULL)) != -1) {
        rc = read_option(option, argv, &options, err);
    }
    if (rc == KF_OK && optind < argc) {
        rc = kf_fail(err, KF_BADCONFIG, "surplus argument %s" ADVICE, argv[optind]);
    }
    if (rc == KF_OK && !options.help && !options.version) {
        rc = check(&options.job, err);
    }
    if (rc == KF_OK) {
        *_options = options;
    }
    return rc;
}
