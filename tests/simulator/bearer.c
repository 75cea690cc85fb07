/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The OAuth 2.0 access tokens that the token endpoint issued. */

#include "bearer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base.h"
#include "clock.h"
#include "encoding.h"

struct token {
    char *text;
    const struct sim_oauth_client *client;
    char *scope;    /* NULL: none */
    char *audience; /* NULL: none */
    int64_t time_ms;
    int64_t ends_ms;
    bool revoked;
    long uses;
};

struct sim_bearer_tokens {
    struct token *items;
    size_t count;
};

struct sim_bearer_tokens *
sim_bearer_new(void)
{
    return sim_zeroed(sizeof(struct sim_bearer_tokens));
}

void
sim_bearer_free(struct sim_bearer_tokens *tokens)
{
    if (tokens == NULL) {
        return;
    }
    for (size_t i = 0; i < tokens->count; i++) {
        free(tokens->items[i].text);
        free(tokens->items[i].scope);
        free(tokens->items[i].audience);
    }
    free(tokens->items);
    free(tokens);
}

static char *
copy(const char *text)
{
    return text != NULL ? sim_copy(text, strlen(text)) : NULL;
}

const char *
sim_bearer_issue(struct sim_bearer_tokens *tokens, const struct sim_oauth_client *client,
                 const char *scope, const char *audience, long seconds)
{
    unsigned char bytes[33];
    struct token *token = NULL;

    sim_must(RAND_bytes(bytes, sizeof(bytes)) == 1, "get random bytes");
    tokens->items = sim_resize(tokens->items, tokens->count + 1, sizeof(struct token));
    token = &tokens->items[tokens->count++];
    *token = (struct token){
        .text = sim_base64(bytes, sizeof(bytes)),
        .client = client,
        .scope = copy(scope),
        .audience = copy(audience),
        .time_ms = sim_clock_now_ms(),
    };
    token->ends_ms = token->time_ms + seconds * 1000;
    return token->text;
}

static struct token *
find(struct sim_bearer_tokens *tokens, const char *text)
{
    for (size_t i = 0; i < tokens->count; i++) {
        if (sim_equal_secret(tokens->items[i].text, text)) {
            return &tokens->items[i];
        }
    }
    return NULL;
}

const struct sim_account *
sim_bearer_use(struct sim_bearer_tokens *tokens, const char *text, const char **_reason)
{
    struct token *token = find(tokens, text);

    if (token == NULL) {
        *_reason = "the access token is unknown";
    } else if (token->revoked) {
        *_reason = "the access token is revoked";
    } else if (sim_clock_now_ms() >= token->ends_ms) {
        *_reason = "the access token is expired";
    } else {
        token->uses++;
        return &token->client->account;
    }
    return NULL;
}

void
sim_bearer_revoke(struct sim_bearer_tokens *tokens)
{
    for (size_t i = 0; i < tokens->count; i++) {
        tokens->items[i].revoked = true;
    }
}

json_t *
sim_bearer_list(const struct sim_bearer_tokens *tokens)
{
    json_t *list = json_array();

    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        json_t *item =
            json_pack("{s:I, s:I, s:s, s:s?, s:s?, s:b, s:I}", "time_ms",
                      (json_int_t)token->time_ms, "ends_ms", (json_int_t)token->ends_ms, "client",
                      token->client->account.username, "scope", token->scope, "audience",
                      token->audience, "revoked", token->revoked, "uses", (json_int_t)token->uses);

        sim_must(item != NULL, "describe a token");
        json_array_append_new(list, item);
    }
    return list;
}
