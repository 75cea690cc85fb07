/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Reading numbers and flags from a query. */

#include "parameters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#define DEFAULT_LIMIT 50

static const char BAD_VALUE[] = "0xA0110001";

static bool
refuse(const char *name, const char *value, struct sim_answer *answer)
{
    sim_answer_refuse(answer, 400, BAD_VALUE, "The value '%s' is not valid for %s.", value, name);
    return false;
}

static bool
read_number(const char *text, long *_value)
{
    char *end = NULL;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    *_value = value;
    return end != text && *end == '\0' && errno == 0;
}

bool
sim_parameter_number(const struct sim_request *request, const char *name, long fallback,
                     long *_value, struct sim_answer *answer)
{
    char *text = sim_request_parameter(request, name);
    bool read = true;

    *_value = fallback;
    if (text != NULL && !read_number(text, _value)) {
        read = refuse(name, text, answer);
    }
    free(text);
    return read;
}

bool
sim_parameter_flag(const struct sim_request *request, const char *name, bool *_value,
                   struct sim_answer *answer)
{
    char *text = sim_request_parameter(request, name);
    bool read = true;

    *_value = text != NULL && strcasecmp(text, "true") == 0;
    if (text != NULL && !*_value && strcasecmp(text, "false") != 0) {
        read = refuse(name, text, answer);
    }
    free(text);
    return read;
}

/* As sim_parameter_number, for a number from 1 on. */
static bool
read_count(const struct sim_request *request, const char *prefix, const char *rest, long *_value,
           struct sim_answer *answer)
{
    char *name = sim_text("%s%s", prefix, rest);
    bool read = sim_parameter_number(request, name, *_value, _value, answer);

    if (read && *_value < 1) {
        sim_answer_refuse(answer, 400, BAD_VALUE, "%s must be at least 1.", name);
        read = false;
    }
    free(name);
    return read;
}

bool
sim_parameter_page(const struct sim_request *request, const char *prefix, struct sim_page *_page,
                   struct sim_answer *answer)
{
    *_page = (struct sim_page){.number = 1, .limit = DEFAULT_LIMIT};
    return read_count(request, prefix, "pageReturned", &_page->number, answer) &&
           read_count(request, prefix, "returnLimit", &_page->limit, answer);
}

bool
sim_page_shows(struct sim_page *page)
{
    return page->seen++ / page->limit == page->number - 1;
}
