/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_HELPER_H
#define TORTURE_HELPER_H

/* One run of the helper. */

#include "scenario.h"

#include <stdbool.h>
#include <sys/types.h>

/* What disturbs a run. All zeros: nothing. */
struct disturbance {
    /* In this process of the helper's these allocations fail. */
    unsigned process, first, last;
    /* What it says is lost. */
    bool mutes;
    /* What is called in the helper's process, right before the program. */
    void (*in_helper)(void);
    /* What is called meanwhile, until the helper, whose pidfd this is, has ended or its time is up.
     */
    void (*meanwhile)(int pidfd, int milliseconds);
};

/* What a daemon tells. */
struct order {
    const char *csr;    /* NULL: as the environment says; so for the next */
    const char *cookie; /* makes it a POLL */
};

struct helper_end {
    int status;     /* exit status; -1: it was ended by a signal */
    int signal;     /* which */
    bool timed_out; /* and it was ours */
    bool is_mute;   /* it was kept from saying anything */
    bool is_short;  /* it was kept from memory */
    char *out;      /* what it wrote */
    char *err;
};

/* The mapping that fail_allocation.so looks into. It has what the last run did. */
struct plan *helper_plan(void);

/* Runs the helper; *_end is to be given to helper_free(). */
void helper_run(const struct scenario *scenario, const struct order *order,
                const struct disturbance *disturbance, struct helper_end *_end);

void helper_free(struct helper_end *end);

#endif
