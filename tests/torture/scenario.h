/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_SCENARIO_H
#define TORTURE_SCENARIO_H

/* What is run over and over: one operation of the helper, and how it ends when nothing disturbs
 * it. The environment of the driver, with the operation, the configuration and what else a daemon
 * gives, is the helper's. */

#include <stdbool.h>

/* How an operation ends well. */
enum ending {
    ENDING_ISSUED,   /* with a certificate for the request */
    ENDING_PENDING,  /* the server has the request, and the cookie says so */
    ENDING_REJECTED, /* with a reason */
    ENDING_ANSWER,   /* with the same answer each time */
};

struct scenario {
    const char *name;    /* for the report */
    const char *helper;  /* the program */
    const char *config;  /* its configuration */
    const char *state;   /* its state folder */
    const char *server;  /* the simulator's directory */
    const char *preload; /* fail_allocation.so, and what must be loaded behind it */
    enum ending ending;
    bool submits; /* each run has a request of its own, which the server must get once */
};

/* Whether the server issues a certificate, or keeps a request, for each run that ends well. */
bool scenario_is_accepted(const struct scenario *scenario);

/* Reads the options; ends the program with a line about it when they are wrong. Returns the number
 * of the first argument behind them. */
int scenario_read(int argc, char **argv, struct scenario *_scenario);

#endif
