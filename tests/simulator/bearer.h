/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_BEARER_H
#define SIM_BEARER_H

/* The OAuth 2.0 access tokens that the token endpoint issued. Not kept over a restart. */

#include <jansson.h>

#include "settings.h"

struct sim_bearer_tokens;

struct sim_bearer_tokens *sim_bearer_new(void);
void sim_bearer_free(struct sim_bearer_tokens *tokens);

/* A new token of the client, for seconds. It belongs to the tokens; scope and audience may be
 * NULL. */
const char *sim_bearer_issue(struct sim_bearer_tokens *tokens,
                             const struct sim_oauth_client *client, const char *scope,
                             const char *audience, long seconds);

/* Counts a use of the token. Its client's account, or NULL and *_reason says what is wrong. */
const struct sim_account *sim_bearer_use(struct sim_bearer_tokens *tokens, const char *text,
                                         const char **_reason);

/* Makes every token issued so far worthless. */
void sim_bearer_revoke(struct sim_bearer_tokens *tokens);

/* What was issued, the first one first, as the control interface shows it. */
json_t *sim_bearer_list(const struct sim_bearer_tokens *tokens);

#endif
