/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The requests that wait at the server: a ring. */

#include "line.h"

struct line {
    uint32_t limit;
    uint64_t taken;    /* how many ever left */
    uint64_t given_up; /* all that joined before this one are given up, or have left */
    uint64_t joined;   /* how many ever came */
    struct request *ring;
};

struct line *
line_make(TALLOC_CTX *mem_ctx, uint32_t limit)
{
    struct line *line = talloc_zero(mem_ctx, struct line);

    if (line == NULL) {
        return NULL;
    }
    line->limit = limit;
    line->ring = talloc_array(line, struct request, limit);
    if (line->ring == NULL) {
        talloc_free(line);
        return NULL;
    }
    return line;
}

uint32_t
line_length(const struct line *line)
{
    return (uint32_t)(line->joined - line->taken);
}

bool
line_join(struct line *line, const struct request *request)
{
    if (line_length(line) == line->limit) {
        return false;
    }
    line->ring[line->joined++ % line->limit] = *request;
    return true;
}

bool
line_take(struct line *line, struct request *_request)
{
    if (line_length(line) == 0) {
        return false;
    }
    *_request = line->ring[line->taken++ % line->limit];
    return true;
}

bool
line_give_up(struct line *line, int64_t sent, struct request *_request)
{
    struct request *first = NULL;

    if (line->given_up < line->taken) {
        line->given_up = line->taken;
    }
    if (line->given_up == line->joined) {
        return false;
    }
    first = &line->ring[line->given_up % line->limit];
    if (first->sent > sent) {
        return false;
    }
    first->is_given_up = true;
    line->given_up++;
    *_request = *first;
    return true;
}
