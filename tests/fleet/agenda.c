/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which host wakes when: a list of hosts for each second. */

#include "agenda.h"

struct agenda {
    int64_t horizon;
    uint32_t *first; /* by second */
    uint32_t *next;  /* by host */
};

struct agenda *
agenda_make(TALLOC_CTX *mem_ctx, uint32_t hosts, int64_t horizon)
{
    struct agenda *agenda = talloc_zero(mem_ctx, struct agenda);

    if (agenda == NULL) {
        return NULL;
    }
    agenda->horizon = horizon;
    agenda->first = talloc_array(agenda, uint32_t, (size_t)horizon);
    agenda->next = talloc_array(agenda, uint32_t, hosts);
    if (agenda->first == NULL || agenda->next == NULL) {
        talloc_free(agenda);
        return NULL;
    }
    for (int64_t i = 0; i < horizon; i++) {
        agenda->first[i] = AGENDA_NOBODY;
    }
    return agenda;
}

void
agenda_put(struct agenda *agenda, uint32_t host, int64_t time)
{
    if (time >= agenda->horizon) {
        return;
    }
    agenda->next[host] = agenda->first[time];
    agenda->first[time] = host;
}

uint32_t
agenda_take(struct agenda *agenda, int64_t time)
{
    const uint32_t host = agenda->first[time];

    if (host != AGENDA_NOBODY) {
        agenda->first[time] = agenda->next[host];
    }
    return host;
}
