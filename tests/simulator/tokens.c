/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The access tokens that the Classic API's versions 1 and 2 ask for. */

#include "tokens.h"

#include <stdint.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "base.h"
#include "clock.h"
#include "encoding.h"

struct token {
    char *text;
    const struct sim_application *application;
    int64_t ends_ms;
    long uses;
};

struct sim_tokens {
    const struct sim_settings *settings;
    struct token *items;
    size_t count;
};

struct sim_tokens *
sim_tokens_new(const struct sim_settings *settings)
{
    struct sim_tokens *tokens = sim_zeroed(sizeof(*tokens));

    tokens->settings = settings;
    return tokens;
}

void
sim_tokens_free(struct sim_tokens *tokens)
{
    if (tokens == NULL) {
        return;
    }
    for (size_t i = 0; i < tokens->count; i++) {
        free(tokens->items[i].text);
    }
    free(tokens->items);
    free(tokens);
}

const char *
sim_tokens_issue(struct sim_tokens *tokens, const struct sim_application *application)
{
    unsigned char bytes[32];
    struct token *token = NULL;

    sim_must(RAND_bytes(bytes, sizeof(bytes)) == 1, "get random bytes");
    tokens->items = sim_resize(tokens->items, tokens->count + 1, sizeof(struct token));
    token = &tokens->items[tokens->count++];
    *token = (struct token){
        .text = sim_base64(bytes, sizeof(bytes)),
        .application = application,
        .ends_ms = sim_clock_now_ms() + tokens->settings->token_seconds * 1000,
    };
    return token->text;
}

static struct token *
find(struct sim_tokens *tokens, const char *text)
{
    for (size_t i = 0; i < tokens->count; i++) {
        if (sim_equal_secret(tokens->items[i].text, text)) {
            return &tokens->items[i];
        }
    }
    return NULL;
}

const char *
sim_tokens_use(struct sim_tokens *tokens, const struct sim_application *application,
               const char *text)
{
    struct token *token = find(tokens, text);
    long most = tokens->settings->token_uses;

    if (token == NULL || token->application != application) {
        return "is not valid";
    }
    if (sim_clock_now_ms() >= token->ends_ms) {
        return "is expired";
    }
    if (most > 0 && token->uses >= most) {
        return "is used up";
    }
    token->uses++;
    return NULL;
}
