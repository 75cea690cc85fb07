/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_TOKENS_H
#define SIM_TOKENS_H

/* The access tokens that the Classic API's versions 1 and 2 ask for. Not kept over a restart. */

#include "settings.h"

struct sim_tokens;

/* settings must outlive the tokens. */
struct sim_tokens *sim_tokens_new(const struct sim_settings *settings);
void sim_tokens_free(struct sim_tokens *tokens);

/* A new token, good for the application alone. The text belongs to the tokens. */
const char *sim_tokens_issue(struct sim_tokens *tokens, const struct sim_application *application);

/* Counts a use of the token. NULL, or what is wrong with it: "is ...". */
const char *sim_tokens_use(struct sim_tokens *tokens, const struct sim_application *application,
                           const char *text);

#endif
