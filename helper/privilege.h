/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_PRIVILEGE_H
#define KF_PRIVILEGE_H

/* The rights of this process: its user and its capabilities, through libcap-ng. */

#include <stdbool.h>
#include <sys/types.h>

/* Becomes another user with no other group and without any capability, for good. A process that was
 * not started by root stays who it is. False, with errno set, when that is refused: then as much as
 * could be is given up. */
bool kf_privilege_drop(uid_t user, gid_t group);

/* Gives up all capabilities but those for reading and writing any file, and for signalling any
 * process. False, with errno set, when that is refused. */
bool kf_privilege_keep_files(void);

#endif
