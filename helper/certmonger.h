/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CERTMONGER_H
#define KF_CERTMONGER_H

/* The edge to certmonger: what it gives (environment), what it gets (standard output, exit status).
 */

#include "cmdline.h"
#include "outcome.h"
#include "protocol.h"

/* The CA nickname when nobody says one. */
#define KF_DEFAULT_NICKNAME "keyfactor"

/* Fills *_job from the command line, then the environment; a request that neither has is read from
 * standard input when a person runs the helper (no CERTMONGER_OPERATION), unless for --check. What
 * is read is owned by mem_ctx. KF_BADINPUT when the request's file cannot be read, is too long, or
 * has a NUL in it. */
enum kf_rc kf_certmonger_read(TALLOC_CTX *mem_ctx, const struct kf_options *options,
                              struct kf_job *_job, struct kf_error *err);

/* systemd's folder of credentials for this service, or NULL. */
const char *kf_certmonger_credentials_directory(void);

/* The D-Bus address where a private daemon answers (certmonger -L), or NULL: the system's bus. */
const char *kf_certmonger_daemon_address(void);

/* True when standard output is a terminal that shows colours, and nobody minds (NO_COLOR). */
bool kf_certmonger_has_colours(void);

/* Prints outcome for the daemon and returns the exit status: that of the outcome, or
 * KF_STATUS_UNREACHABLE when it could not be printed whole. */
int kf_certmonger_finish(const struct kf_outcome *outcome);

#endif
