/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FILTER_H
#define KF_FILTER_H

/* Filters of system calls, through libseccomp. They hold for this process and its threads, for
 * good. */

#include <stdbool.h>

/* Both return false, with errno set, when the kernel does not take the filter. */

/* All that is not needed for talking to a server fails with ENOSYS, and what would open a file for
 * writing, run a program or start a process with EACCES. */
bool kf_filter_network(void);

/* Sockets and programs fail with EACCES. */
bool kf_filter_keeper(void);

#endif
