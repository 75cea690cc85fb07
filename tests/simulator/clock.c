/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The time: now, and as the API and HTTP write it. */

#include "clock.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

int64_t
sim_clock_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *
sim_clock_http_date(time_t when)
{
    char text[64];
    struct tm parts;

    gmtime_r(&when, &parts);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return sim_copy(text, strlen(text));
}

char *
sim_clock_iso(time_t when)
{
    char text[64];
    struct tm parts;

    gmtime_r(&when, &parts);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    return sim_copy(text, strlen(text));
}

/* What may follow the seconds: ".", one to seven digits, "Z"; each part may be missing. */
static bool
is_fraction_and_zone(const char *text)
{
    if (*text == '.') {
        size_t digits = strspn(text + 1, "0123456789");

        if (digits < 1 || digits > 7) {
            return false;
        }
        text += 1 + digits;
    }
    return strcmp(text, "") == 0 || strcmp(text, "Z") == 0;
}

bool
sim_clock_read_timestamp(const char *text, time_t *_when)
{
    static const size_t LENGTH = sizeof("2018-11-22T20:41:08") - 1;
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    int day = parts.tm_mday;
    time_t when;

    if (rest == NULL || rest != text + LENGTH || !is_fraction_and_zone(rest)) {
        return false;
    }
    when = timegm(&parts);
    if (parts.tm_mday != day) {
        return false;
    }
    *_when = when;
    return true;
}

const char *
sim_clock_fault(const char *timestamp, long offset, long tolerance)
{
    time_t when;

    if (timestamp == NULL) {
        return "is missing";
    }
    if (!sim_clock_read_timestamp(timestamp, &when)) {
        return "is not ISO 8601 UTC";
    }
    if (labs(time(NULL) + offset - when) > tolerance) {
        return "is outside the allowed range";
    }
    return NULL;
}
