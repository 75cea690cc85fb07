/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_FILTER_H
#define SIM_FILTER_H

/*
 * The query language of lists: FIELD -eq VALUE, several of them with AND between. Numbers are
 * written as they are, texts in quotes. Letters are compared without regard to case, as the
 * server's database does.
 */

#include <stdbool.h>

#include <jansson.h>

#include "answer.h"

/* A table of them ends with a NULL name. */
struct sim_filter_field {
    const char *name;
    bool number;
    char *(*value)(const void *item); /* to be freed */
};

/* The fields of one list. */
struct sim_filter_language {
    const struct sim_filter_field *fields;
    const json_t *texts; /* the names of further fields, texts all of them; NULL: none */
    const char *(*text)(const void *item, const char *name); /* one of these; NULL without */
};

struct sim_filter;

/* The filter that the text says, to be freed; NULL: 400. An empty text lets everything through. */
struct sim_filter *sim_filter_read(const struct sim_filter_language *language, const char *text,
                                   struct sim_answer *answer);

void sim_filter_free(struct sim_filter *filter);

bool sim_filter_fits(const struct sim_filter *filter, const void *item);

#endif
