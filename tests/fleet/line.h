/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_LINE_H
#define FLEET_LINE_H

/* The requests that wait at the server, first come, first served. */

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

enum request_kind {
    REQUEST_SUBMIT,
    REQUEST_LOOKUP, /* a poll, or a search for what became of a lost request */
};

struct request {
    uint32_t host;
    enum request_kind kind;
    int64_t sent;
    bool is_given_up; /* nobody waits for the answer any more */
};

struct line;

/* For at most limit requests. NULL when memory is out. */
struct line *line_make(TALLOC_CTX *mem_ctx, uint32_t limit);

uint32_t line_length(const struct line *line);

/* False when the line is full. */
bool line_join(struct line *line, const struct request *request);

/* Takes out the first; false when there is none. */
bool line_take(struct line *line, struct request *_request);

/* Marks the first one that was sent at or before sent, and was not yet given up, as given up. False
 * when there is none. */
bool line_give_up(struct line *line, int64_t sent, struct request *_request);

#endif
