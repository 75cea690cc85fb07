/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_CALLS_H
#define TORTURE_CALLS_H

/* System calls of the helper's run fail, each with every error that fits it. */

#include "scenario.h"

/* Prints what was done, and how it ended, on one line. Returns whether all of it ended well. */
bool calls_torture(const struct scenario *scenario);

#endif
