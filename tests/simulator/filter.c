/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The query language of lists. */

#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

static const char BAD_QUERY[] = "0xA011004B";

static const char BLANKS[] = " \t\r\n";
static const char DIGITS[] = "0123456789";

/* FIELD -eq VALUE */
struct condition {
    char *name;
    const struct sim_filter_field *field; /* NULL: name is one of the language's texts */
    char *value;
};

struct sim_filter {
    struct sim_filter_language language;
    struct condition *conditions;
    size_t count;
};

static const struct sim_filter_field *
find_field(const struct sim_filter_language *language, const char *name)
{
    for (const struct sim_filter_field *field = language->fields; field->name != NULL; field++) {
        if (strcasecmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static bool
is_text(const struct sim_filter_language *language, const char *name)
{
    size_t i;
    json_t *item;

    json_array_foreach (language->texts, i, item) {
        if (strcasecmp(json_string_value(item), name) == 0) {
            return true;
        }
    }
    return false;
}

/* What is before the next blank, to be freed; *_at is put behind it and the blanks around it. */
static char *
take_word(const char **_at)
{
    const char *start = *_at + strspn(*_at, BLANKS);
    size_t length = strcspn(start, BLANKS);

    *_at = start + length + strspn(start + length, BLANKS);
    return sim_copy(start, length);
}

static bool
take_keyword(const char **_at, const char *keyword)
{
    char *word = take_word(_at);
    bool taken = strcasecmp(word, keyword) == 0;

    free(word);
    return taken;
}

/* How long the value at the beginning of the text is, with its quotes; 0 when it is none. */
static size_t
value_length(const char *text, bool number)
{
    size_t length;

    if (number) {
        return strspn(text, DIGITS);
    }
    length = *text == '"' ? 1 + strcspn(text + 1, "\"") : 0;
    return length > 0 && text[length] == '"' ? length + 1 : 0;
}

/* The value without its quotes, to be freed; NULL when it is none. */
static char *
take_value(const char **_at, bool number)
{
    const char *start = *_at;
    size_t length = value_length(start, number);
    size_t quote = number ? 0 : 1;
    const char *end = start + length;

    if (length == 0 || (*end != '\0' && strchr(BLANKS, *end) == NULL)) {
        return NULL;
    }
    *_at = end + strspn(end, BLANKS);
    return sim_copy(start + quote, length - 2 * quote);
}

/* Reads one condition; what has been read is in *condition in any case. */
static bool
read_condition(const struct sim_filter_language *language, const char **_at,
               struct condition *condition, struct sim_answer *answer)
{
    condition->name = take_word(_at);
    condition->field = find_field(language, condition->name);
    if (condition->field == NULL && !is_text(language, condition->name)) {
        sim_answer_refuse(answer, 400, BAD_QUERY, "Invalid query field: %s", condition->name);
        return false;
    }
    if (!take_keyword(_at, "-eq")) {
        sim_answer_refuse(answer, 400, BAD_QUERY, "Invalid query operator after %s.",
                          condition->name);
        return false;
    }
    condition->value = take_value(_at, condition->field != NULL && condition->field->number);
    if (condition->value == NULL) {
        sim_answer_refuse(answer, 400, BAD_QUERY, "Invalid query value for %s.", condition->name);
    }
    return condition->value != NULL;
}

static struct condition *
add_condition(struct sim_filter *filter)
{
    struct condition *condition = NULL;

    filter->conditions =
        sim_resize(filter->conditions, filter->count + 1, sizeof(struct condition));
    condition = &filter->conditions[filter->count++];
    *condition = (struct condition){0};
    return condition;
}

static bool
read_conditions(const char *at, struct sim_filter *filter, struct sim_answer *answer)
{
    while (read_condition(&filter->language, &at, add_condition(filter), answer)) {
        if (*at == '\0') {
            return true;
        }
        if (!take_keyword(&at, "AND")) {
            sim_answer_refuse(answer, 400, BAD_QUERY, "The query must join its parts with AND.");
            return false;
        }
    }
    return false;
}

struct sim_filter *
sim_filter_read(const struct sim_filter_language *language, const char *text,
                struct sim_answer *answer)
{
    struct sim_filter *filter = sim_zeroed(sizeof(*filter));

    filter->language = *language;
    if (text[strspn(text, BLANKS)] != '\0' && !read_conditions(text, filter, answer)) {
        sim_filter_free(filter);
        return NULL;
    }
    return filter;
}

void
sim_filter_free(struct sim_filter *filter)
{
    if (filter == NULL) {
        return;
    }
    for (size_t i = 0; i < filter->count; i++) {
        free(filter->conditions[i].name);
        free(filter->conditions[i].value);
    }
    free(filter->conditions);
    free(filter);
}

static bool
has_text(const struct sim_filter *filter, const struct condition *condition, const void *item)
{
    const char *value = filter->language.text(item, condition->name);

    return value != NULL && strcasecmp(value, condition->value) == 0;
}

static bool
holds(const struct sim_filter *filter, const struct condition *condition, const void *item)
{
    char *value = NULL;
    bool equal;

    if (condition->field == NULL) {
        return has_text(filter, condition, item);
    }
    value = condition->field->value(item);
    equal = strcasecmp(value, condition->value) == 0;
    free(value);
    return equal;
}

bool
sim_filter_fits(const struct sim_filter *filter, const void *item)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (!holds(filter, &filter->conditions[i], item)) {
            return false;
        }
    }
    return true;
}
