/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_TRIAL_H
#define TORTURE_TRIAL_H

/* One disturbed run, and what the daemon does then, until the request has ended well. */

#include "helper.h"

/* Runs the scenario, which must end well: what watches it does not disturb it yet. */
void trial_begin(const struct scenario *scenario, const struct disturbance *watcher);

/* Runs it with something that disturbs it; what is wrong goes to standard error,
 * behind what fault() says was done. */
void trial_run(const struct disturbance *disturbance, const char *(*fault)(void));

/* Ends the line of the report that is begun on standard output with what was counted. Returns
 * whether all of it ended well. */
bool trial_finish(void);

#endif
