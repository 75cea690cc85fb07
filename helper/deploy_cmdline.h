/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_DEPLOY_CMDLINE_H
#define KF_DEPLOY_CMDLINE_H

/* The command line: keyfactor-deploy(8). */

#include "deploy.h"

/* Texts are borrowed from argv. */
struct kf_deploy_options {
    bool help; /* this or the next: the job may be unfinished */
    bool version;
    int verbosity; /* number of -v */
    struct kf_deploy_job job;
};

/* The text of --help. */
extern const char kf_deploy_cmdline_help[];

/* Reads argv. KF_BADCONFIG for an unknown option, a missing, surplus or malformed argument, and for
 * a job that cannot be done for want of an option. */
enum kf_rc kf_deploy_cmdline_read(int argc, char **argv, struct kf_deploy_options *_options,
                                  struct kf_error *err);

#endif
