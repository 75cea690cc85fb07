/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_SIMULATION_H
#define FLEET_SIMULATION_H

/* A fleet of hosts, one server, and what happens second by second. */

#include "client.h"
#include "scenario.h"

/* What the server does when too much is asked of it, or when it is away. */
enum overload {
    OVERLOAD_REFUSE,  /* at once: 503 with Retry-After, when ten seconds' work is waiting */
    OVERLOAD_TIMEOUT, /* nothing: hosts give up. Two minutes' work is waiting by then */
    OVERLOAD_COUNT,
};

struct plan {
    const struct scenario *scenario;
    enum overload overload;
    enum policy policy;
    uint32_t hosts;  /* in the fleet */
    double capacity; /* requests a second */
    const struct kf_config *config;
};

struct measures {
    uint32_t hosts; /* that took part */
    uint32_t done;  /* that have their certificate */
    uint64_t certificates;
    uint64_t second; /* certificates of hosts that had one already */
    uint64_t sent;   /* requests: the sum of the next five */
    uint64_t answered;
    uint64_t refused;
    uint64_t unreachable;
    uint64_t lost; /* cut, or given up */
    uint64_t waiting;
    int64_t time_99; /* when 99 % have their certificate; -1: not in the time simulated */
    int64_t ideal_99;
    double late; /* seconds from when the certificate could be had to when it was there, the sum */
    size_t minutes;
    uint32_t *by_minute; /* requests that came to the server, or would have */
};

const char *overload_name(enum overload overload);

/* NULL when memory is out. */
struct measures *simulate(TALLOC_CTX *mem_ctx, const struct plan *plan);

/* The busiest minute after the outage, in multiples of the capacity. */
double measures_peak(const struct measures *measures, const struct plan *plan);

/* The time until 99 % have their certificate, in multiples of the shortest possible; -1: never. */
double measures_recovery(const struct measures *measures, const struct plan *plan);

/* Requests beyond those that each certificate needs. */
uint64_t measures_wasted(const struct measures *measures, const struct plan *plan);

#endif
