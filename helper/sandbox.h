/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_SANDBOX_H
#define KF_SANDBOX_H

/* What a process gives up for good: docs/SECURITY. Each step that the kernel or the host's policy
 * refuses is said in the log, and the next one is taken all the same. False when memory was out:
 * the process has to end then, and to free nothing, because libseccomp may have freed what it still
 * holds. */

#include <stdbool.h>
#include <sys/types.h>

/* For the process that talks to the network: another user (when started by root), no capability, no
 * way to gain any, and only the system calls that such a process needs: it can open no file for
 * writing, run no program, and trace or signal no other process. Threads may be started later. */
bool kf_sandbox_enter(uid_t user, gid_t group);

/* For the keeper: no right but to files and to ending the other process. */
bool kf_sandbox_enter_keeper(void);

#endif
