/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CMDLINE_H
#define KF_CMDLINE_H

/* The command line: keyfactor-submit(8). */

#include "error.h"

#include <stdbool.h>

/* Texts are borrowed from argv; NULL: not given. */
struct kf_options {
    bool help;
    bool version;
    int verbosity; /* number of -v */
    const char *config;
    const char *csr; /* a file's name, "-": standard input */
    const char *ca;
    const char *profile;
    const char *issuer;
    const char *cookie;
    const char *import; /* a command_config.json of the vendor's tools */
    const char *server; /* one of the servers in it */
    bool check;
    bool status;
    bool json;
};

/* The text of --help. */
extern const char kf_cmdline_help[];

/* Reads argv. KF_BADCONFIG for an unknown option, a missing or a surplus argument, for --server and
 * --json without what they go with, and for two things to do at once. */
enum kf_rc kf_cmdline_read(int argc, char **argv, struct kf_options *_options,
                           struct kf_error *err);

#endif
