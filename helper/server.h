/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_SERVER_H
#define KF_SERVER_H

/* Which of the configured servers (url) to talk to: the first that is not known to fail. */

#include "run.h"

/* The servers in the order to try them, NULL-terminated, owned by run->mem: those that failed a
 * short while ago come last. NULL when memory is out. */
const char **kf_server_order(struct kf_run *run);

/* Writes down whether a server works, for this run and the next ones. */
void kf_server_note(struct kf_run *run, const char *server, bool works);

#endif
