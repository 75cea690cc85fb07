/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_FILTER_H
#define SIM_FILTER_H

/*
 * The query language of certificate searches: FIELD -eq VALUE, several of them with AND between.
 * Numbers are written as they are, texts in quotes. Letters are compared without regard to case,
 * as the server's database does.
 */

#include <stdbool.h>

#include "answer.h"
#include "settings.h"
#include "store.h"

struct sim_filter;

/* The filter that the text says, to be freed; NULL: 400. An empty text lets everything through. */
struct sim_filter *sim_filter_read(const struct sim_settings *settings, const char *text,
                                   struct sim_answer *answer);

void sim_filter_free(struct sim_filter *filter);

/* Whether a request with a certificate fits. */
bool sim_filter_fits(const struct sim_filter *filter, const struct sim_entry *entry);

#endif
