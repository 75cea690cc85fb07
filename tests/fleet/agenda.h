/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_AGENDA_H
#define FLEET_AGENDA_H

/* Which host wakes when: each host has at most one entry. */

#include <stdint.h>
#include <talloc.h>

#define AGENDA_NOBODY UINT32_MAX

struct agenda;

/* For hosts 0 to hosts - 1 and the seconds 0 to horizon - 1. NULL when memory is out. */
struct agenda *agenda_make(TALLOC_CTX *mem_ctx, uint32_t hosts, int64_t horizon);

/* Nothing when time is beyond the horizon. */
void agenda_put(struct agenda *agenda, uint32_t host, int64_t time);

/* Takes out a host that wakes at time; AGENDA_NOBODY when there is none left. */
uint32_t agenda_take(struct agenda *agenda, int64_t time);

#endif
