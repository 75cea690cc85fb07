/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the server is told to do: words and 'texts', one step after another. */

#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

#define BLANKS " \t\r\n"

static void
append(struct hostile_token *token, const char *data, size_t size)
{
    token->text = sim_resize(token->text, token->size + size + 1, 1);
    memcpy(token->text + token->size, data, size);
    token->size += size;
    token->text[token->size] = '\0';
}

/* What is behind a backslash; returns what is behind that. */
static const char *
read_escape(const char *at, struct hostile_token *token)
{
    char digits[3] = "";
    char byte;

    if (*at == 'n') {
        append(token, "\r\n", 2);
        return at + 1;
    }
    if (*at == 'x' && strlen(at) > 2) {
        memcpy(digits, at + 1, 2);
        byte = (char)strtol(digits, NULL, 16);
        append(token, &byte, 1);
        return at + 3;
    }
    append(token, at, 1);
    return at + 1;
}

/* Reads a text behind its opening quote; returns what is behind the closing one. */
static const char *
read_text(const char *at, struct hostile_token *token)
{
    append(token, "", 0);
    while (*at != '\'' && *at != '\0') {
        if (*at == '\\' && at[1] != '\0') {
            at = read_escape(at + 1, token);
        } else {
            append(token, at++, 1);
        }
    }
    if (*at == '\0') {
        sim_die("a text without an end: %s", token->text);
    }
    return at + 1;
}

static const char *
read_token(const char *at, struct hostile_token *token)
{
    const size_t word = strcspn(at, BLANKS);

    if (*at == '\'') {
        token->is_text = true;
        return read_text(at + 1, token);
    }
    append(token, at, word);
    return at + word;
}

struct hostile_token *
hostile_scenario_read(const char *line)
{
    struct hostile_token *tokens = NULL;
    size_t count = 0;

    do {
        line += strspn(line, BLANKS);
        tokens = sim_resize(tokens, count + 1, sizeof(*tokens));
        tokens[count] = (struct hostile_token){NULL, 0, false};
        line = read_token(line, &tokens[count]);
    } while (tokens[count++].size > 0 || tokens[count - 1].is_text);
    return tokens;
}

bool
hostile_token_is(const struct hostile_token *token, const char *word)
{
    return !token->is_text && strcmp(token->text, word) == 0;
}

bool
hostile_token_ends(const struct hostile_token *token)
{
    return hostile_token_is(token, "") || hostile_token_is(token, "then");
}

const struct hostile_token *
hostile_scenario_part(const struct hostile_token *tokens, unsigned connection)
{
    const struct hostile_token *part = tokens;

    for (const struct hostile_token *token = tokens; !hostile_token_is(token, ""); token++) {
        if (connection > 0 && hostile_token_is(token, "then")) {
            part = token + 1;
            connection--;
        }
    }
    return part;
}
