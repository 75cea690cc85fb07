/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_SUPERVISOR_H
#define TORTURE_SUPERVISOR_H

/*
 * The kernel asks the driver about each system call of a helper's processes (seccomp_unotify(2)),
 * and the driver lets it through, or answers with an error in its place. Nothing but the call that
 * is to fail is changed, whatever the processes do to themselves.
 */

#include "helper.h"

#include <stdint.h>

/* A call, so named that it is the same one in the next run. Ordinals count from 1. */
struct call {
    unsigned task;    /* the ordinal of its process or thread */
    int number;       /* SYS_... */
    unsigned ordinal; /* among its task's calls of this number, from main() or the fork on */
    bool writes;      /* to standard output */
};

/* What a run is disturbed with: this call fails with this errno; task 0: none does. Then the calls
 * of the run can be looked at. */
struct disturbance supervisor_disturb(const struct call *call, int error);

/* The calls of the last run, in the order they came. */
const struct call *supervisor_calls(size_t *_count);

/* Whether the call came, and was made to fail. */
bool supervisor_has_failed(void);

#endif
