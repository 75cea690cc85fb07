/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef HOSTILE_SCENARIO_H
#define HOSTILE_SCENARIO_H

/* What the server is told to do: words and 'texts', one step after another (README). */

#include <stdbool.h>
#include <stddef.h>

struct hostile_token {
    char *text; /* with a zero byte after it; a text may have some inside */
    size_t size;
    bool is_text; /* it stood in quotes */
};

/* The tokens, the last of which is empty; dies when a quote is not closed. In a text \n is the line
 * end of HTTP, carriage return and line feed; \xHH a byte; \ before anything else is that. */
struct hostile_token *hostile_scenario_read(const char *line);

/* Where what connection number connection (from 0) gets begins: behind so many "then", or behind
 * the last one. */
const struct hostile_token *hostile_scenario_part(const struct hostile_token *tokens,
                                                  unsigned connection);

/* True for the word. */
bool hostile_token_is(const struct hostile_token *token, const char *word);

/* True at the end of the scenario or of its part. */
bool hostile_token_ends(const struct hostile_token *token);

#endif
