/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_SAMPLE_H
#define TORTURE_SAMPLE_H

/* Which of many points are tried: each and every one with KF_TORTURE=all, about N with
 * KF_TORTURE=N, else a few: each k-th from a random one on, which KF_TORTURE_PHASE sets. */

#include <stdbool.h>

/* Reads the environment, and draws the phase. */
void sample_begin(void);

/* Whether this one of count points, from 0 on, is tried, when a few are few. */
bool sample_has(unsigned point, unsigned count, unsigned few);

/* Whether more than a few are asked for. */
bool sample_is_large(void);

#endif
