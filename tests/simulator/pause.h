/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_PAUSE_H
#define SIM_PAUSE_H

/* Waits that end early when the simulator stops. Safe in any thread. */

#include <stdbool.h>

struct sim_pause;

struct sim_pause *sim_pause_new(void);
void sim_pause_free(struct sim_pause *pause);

/* Waits; false when the simulator stops. */
bool sim_pause_wait(struct sim_pause *pause, long milliseconds);

/* Ends all waits, now and from now on. */
void sim_pause_stop(struct sim_pause *pause);

#endif
