/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

/* The time: now, and as the API and HTTP write it. */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970. */
int64_t sim_clock_now_ms(void);

/* The form of HTTP's Date header, to be freed. */
char *sim_clock_http_date(time_t when);

/* ISO 8601 in UTC, without fraction and zone; to be freed. */
char *sim_clock_iso(time_t when);

/*
 * Reads ISO 8601 in UTC as clients write it: a "T" between date and time, a fraction of a second
 * or none, a "Z" at the end or none. Any other form is refused.
 */
bool sim_clock_read_timestamp(const char *text, time_t *_when);

/*
 * What is wrong with the timestamp (NULL: missing) of a request, for a clock that is offset seconds
 * ahead: "is ...", or NULL when it is right within the tolerance.
 */
const char *sim_clock_fault(const char *timestamp, long offset, long tolerance);

#endif
