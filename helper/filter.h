/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FILTER_H
#define KF_FILTER_H

/* A filter of system calls, through libseccomp. It holds for this process and its threads, for
 * good. */

#include <stdbool.h>

/* All that is not needed for talking to a server fails with ENOSYS, and what would open a file for
 * writing, run a program or start a process with EACCES. False, with errno set, when the kernel
 * does not take the filter. When memory is out libseccomp may not return at all: then the process
 * dies of SIGVTALRM, after half a second of its own time; nothing else may use that timer. */
bool kf_filter_network(void);

#endif
