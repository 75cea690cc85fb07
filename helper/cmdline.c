/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The command line. Layer 5. */

#include "cmdline.h"

#include "config.h"

#include <getopt.h>
#include <stddef.h>

#define ADVICE ": see keyfactor-submit --help"

const char kf_cmdline_help[] =
    "usage: keyfactor-submit [-v] [--config FILE] [--csr FILE] [--ca NAME] [--profile TEMPLATE]\n"
    "                        [--issuer CA] [--cookie COOKIE]\n"
    "       keyfactor-submit --check [--json] [-v] [--config FILE] [--ca NAME]\n"
    "                        [--profile TEMPLATE] [--issuer CA]\n"
    "       keyfactor-submit --status [--json] [--config FILE] [--ca NAME]\n"
    "       keyfactor-submit --import-command-config FILE [--server NAME] [--config OUT]\n"
    "                        [--ca NAME]\n"
    "\n"
    "Enrolls a certificate at a Keyfactor Command server, for certmonger or by hand.\n"
    "\n"
    "  --config FILE       read FILE, and FILE.d/*.conf, instead of " KF_CONFIG_FILE "\n"
    "  --csr FILE          the request, PEM; without: $CERTMONGER_CSR, or standard input (-)\n"
    "  --ca NAME           the section of the configuration; without: $CERTMONGER_CA_NICKNAME,\n"
    "                      or keyfactor\n"
    "  --profile TEMPLATE  the template; without: $CERTMONGER_CA_PROFILE, or the configured one\n"
    "  --issuer CA         which CA of the server; without: $CERTMONGER_CA_ISSUER, or the\n"
    "                      configured one\n"
    "  --cookie COOKIE     go on where an earlier run printed COOKIE\n"
    "  --check             try all that an enrollment needs, step by step, and change nothing\n"
    "  --status            list the requests of this host, where they stand, and which need a\n"
    "                      person to look; with --ca those of one CA\n"
    "  --json              print the steps of --check, or the list of --status, as JSON\n"
    "  --import-command-config FILE\n"
    "                      write a configuration that says what FILE says, a command_config.json\n"
    "                      of the vendor's tools; nothing that is there is written over\n"
    "  --server NAME       which server of that FILE; without: default\n"
    "  -v, --verbose       say what is done; twice: show what goes over the wire, secrets masked\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 issued, 2 rejected, 3 unreachable, 4 not configured, 5 wait (prints seconds "
    "and\n"
    "cookie), 6 operation not supported; of --check and --status: 0 all well, 1 not.\n"
    "See keyfactor-submit(8).\n";

enum long_option {
    OPTION_CONFIG = 256,
    OPTION_CSR,
    OPTION_CA,
    OPTION_PROFILE,
    OPTION_ISSUER,
    OPTION_COOKIE,
    OPTION_IMPORT,
    OPTION_SERVER,
    OPTION_CHECK,
    OPTION_STATUS,
    OPTION_JSON
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"csr", required_argument, NULL, OPTION_CSR},
    {"ca", required_argument, NULL, OPTION_CA},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"issuer", required_argument, NULL, OPTION_ISSUER},
    {"cookie", required_argument, NULL, OPTION_COOKIE},
    {"import-command-config", required_argument, NULL, OPTION_IMPORT},
    {"server", required_argument, NULL, OPTION_SERVER},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"status", no_argument, NULL, OPTION_STATUS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static enum kf_rc
read_option(int option, char *const *argv, struct kf_options *options, struct kf_error *err)
{
    switch (option) {
    case OPTION_CONFIG:
        options->config = optarg;
        return KF_OK;
    case OPTION_CSR:
        options->csr = optarg;
        return KF_OK;
    case OPTION_CA:
        options->ca = optarg;
        return KF_OK;
    case OPTION_PROFILE:
        options->profile = optarg;
        return KF_OK;
    case OPTION_ISSUER:
        options->issuer = optarg;
        return KF_OK;
    case OPTION_COOKIE:
        options->cookie = optarg;
        return KF_OK;
    case OPTION_IMPORT:
        options->import = optarg;
        return KF_OK;
    case OPTION_SERVER:
        options->server = optarg;
        return KF_OK;
    case OPTION_CHECK:
        options->check = true;
        return KF_OK;
    case OPTION_STATUS:
        options->status = true;
        return KF_OK;
    case OPTION_JSON:
        options->json = true;
        return KF_OK;
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
    default:
        return optopt > 0 && optopt < OPTION_CONFIG
                   ? kf_fail(err, KF_BADCONFIG, "unknown option -%c" ADVICE, optopt)
                   : kf_fail(err, KF_BADCONFIG, "unknown option %s" ADVICE, argv[optind - 1]);
    }
}

static enum kf_rc
check_together(const struct kf_options *options, struct kf_error *err)
{
    if (options->server != NULL && options->import == NULL) {
        return kf_fail(err, KF_BADCONFIG, "--server goes with --import-command-config" ADVICE);
    }
    if (options->json && !options->check && !options->status) {
        return kf_fail(err, KF_BADCONFIG, "--json goes with --check or --status" ADVICE);
    }
    if ((options->import != NULL) + options->check + options->status > 1) {
        return kf_fail(err, KF_BADCONFIG,
                       "--check, --status and --import-command-config: one at a time" ADVICE);
    }
    return KF_OK;
}

enum kf_rc
kf_cmdline_read(int argc, char **argv, struct kf_options *_options, struct kf_error *err)
{
    struct kf_options options = {.help = false};
    enum kf_rc rc;
    int option;

    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:vhV", long_options, NULL)) != -1) {
        rc = read_option(option, argv, &options, err);
        if (rc != KF_OK) {
            return rc;
        }
    }
    if (optind < argc) {
        return kf_fail(err, KF_BADCONFIG, "surplus argument %s" ADVICE, argv[optind]);
    }
    rc = check_together(&options, err);
    if (rc == KF_OK) {
        *_options = options;
    }
    return rc;
}
