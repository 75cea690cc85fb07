/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_SCENARIO_H
#define FLEET_SCENARIO_H

/* What befalls a fleet. All times in seconds from the beginning. */

#include <stddef.h>
#include <stdint.h>

struct scenario {
    const char *name;
    int share_of_fleet; /* one host in so many takes part */
    int due_for;        /* within this time, evenly, the hosts come due */
    int down_from;      /* the outage */
    int down_for;
    int servers; /* how many are restarted one after the other; 0: none */
    int restart_from;
    int restart_every;
    int restart_for;
    int approval_from; /* requests are approved evenly in this time */
    int approval_for;  /* 0: nobody has to approve */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* The scenario of this name, or NULL. */
const struct scenario *scenario_find(const char *name);

/* Of the server's capacity, at this time. */
double scenario_share_up(const struct scenario *scenario, int64_t time);

/* Of what was up at the time before, how much is gone now. */
double scenario_share_lost(const struct scenario *scenario, int64_t before, int64_t now);

/* When the peak and the recovery begin to count: at the end of the outage. */
int64_t scenario_origin(const struct scenario *scenario);

#endif
