/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Waits that end early when the simulator stops. */

#include "pause.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base.h"

struct sim_pause {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stopping;
};

struct sim_pause *
sim_pause_new(void)
{
    struct sim_pause *pause = sim_zeroed(sizeof(*pause));
    pthread_condattr_t attributes;

    pthread_mutex_init(&pause->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pause->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return pause;
}

void
sim_pause_free(struct sim_pause *pause)
{
    if (pause == NULL) {
        return;
    }
    pthread_cond_destroy(&pause->changed);
    pthread_mutex_destroy(&pause->mutex);
    free(pause);
}

static struct timespec
moment_in(long milliseconds)
{
    struct timespec moment;
    long nanoseconds;

    clock_gettime(CLOCK_MONOTONIC, &moment);
    nanoseconds = moment.tv_nsec + milliseconds % 1000 * 1000000;
    moment.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
    moment.tv_nsec = nanoseconds % 1000000000;
    return moment;
}

bool
sim_pause_wait(struct sim_pause *pause, long milliseconds)
{
    struct timespec end = moment_in(milliseconds);
    bool stopping;
    int rc = 0;

    pthread_mutex_lock(&pause->mutex);
    while (!pause->stopping && rc == 0) {
        rc = pthread_cond_timedwait(&pause->changed, &pause->mutex, &end);
    }
    stopping = pause->stopping;
    pthread_mutex_unlock(&pause->mutex);
    return !stopping;
}

void
sim_pause_stop(struct sim_pause *pause)
{
    pthread_mutex_lock(&pause->mutex);
    pause->stopping = true;
    pthread_cond_broadcast(&pause->changed);
    pthread_mutex_unlock(&pause->mutex);
}
