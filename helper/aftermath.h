/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_AFTERMATH_H
#define KF_AFTERMATH_H

/* What is told of a run of SUBMIT or POLL once the daemon has its answer. It changes no outcome:
 * what cannot be told is said in the log. */

#include "run.h"

/* What telling needs of a run, and is gone when the run is over. */
struct kf_aftermath {
    const char *ca;
    const char *template;
    const char *operation;
    const char *journal;         /* the socket */
    const char *state_directory; /* this and the next: NULL: there is none */
    const char *metrics_directory;
    int64_t begun; /* milliseconds since 1970 */
};

/* Copies what is needed of run->job and run->config, which may be NULL; it is owned by run->mem.
 * NULL when memory is out: nothing is told then. */
struct kf_aftermath *kf_aftermath_prepare(const struct kf_run *run, int64_t begun);

/* Tells how the run ended, now in milliseconds since 1970. after is as kf_aftermath_prepare() made
 * it, or NULL; of run, the trace is read. */
void kf_aftermath_tell(const struct kf_aftermath *after, const struct kf_run *run,
                       const struct kf_outcome *outcome, int64_t now);

#endif
