/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What befalls a fleet: the four stories. */

#include "scenario.h"

#include <string.h>

#define MINUTE 60
#define HOUR   (60 * MINUTE)

const struct scenario scenarios[] = {
    {.name = "hour", .share_of_fleet = 1, .due_for = HOUR},
    {.name = "outage", .share_of_fleet = 1, .due_for = 4 * HOUR, .down_for = 4 * HOUR},
    {.name = "approval",
     .share_of_fleet = 10,
     .due_for = HOUR,
     .approval_from = HOUR,
     .approval_for = 8 * HOUR},
    {.name = "restart",
     .share_of_fleet = 1,
     .due_for = HOUR,
     .servers = 4,
     .restart_from = 15 * MINUTE,
     .restart_every = 10 * MINUTE,
     .restart_for = 5 * MINUTE},
};
const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);

const struct scenario *
scenario_find(const char *name)
{
    for (size_t i = 0; i < scenario_count; i++) {
        if (strcmp(name, scenarios[i].name) == 0) {
            return &scenarios[i];
        }
    }
    return NULL;
}

double
scenario_share_up(const struct scenario *scenario, int64_t time)
{
    const int64_t since = time - scenario->restart_from;

    if (time >= scenario->down_from && time < scenario->down_from + scenario->down_for) {
        return 0;
    }
    if (scenario->servers == 0 || since < 0 ||
        since / scenario->restart_every >= scenario->servers ||
        since % scenario->restart_every >= scenario->restart_for) {
        return 1;
    }
    return 1 - 1.0 / scenario->servers;
}

double
scenario_share_lost(const struct scenario *scenario, int64_t before, int64_t now)
{
    const double up = scenario_share_up(scenario, before);
    const double still_up = scenario_share_up(scenario, now);

    return still_up < up ? 1 - still_up / up : 0;
}

int64_t
scenario_origin(const struct scenario *scenario)
{
    return scenario->down_from + scenario->down_for;
}
