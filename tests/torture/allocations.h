/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_ALLOCATIONS_H
#define TORTURE_ALLOCATIONS_H

/* Allocations of the helper's run fail: each by itself, and several in a row. */

#include "scenario.h"

/* Prints what was done, and how it ended, on one line. Returns whether all of it ended well. */
bool allocations_torture(const struct scenario *scenario);

#endif
