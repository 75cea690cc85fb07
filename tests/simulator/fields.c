/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Reading a JSON object into a struct by a table. */

#include "fields.h"

#include <stdbool.h>
#include <string.h>

#include "base.h"

static const char *const KIND_WORDS[] = {
    [SIM_FIELD_TEXT] = "a string",
    [SIM_FIELD_NUMBER] = "an integer",
    [SIM_FIELD_FLAG] = "true or false",
    [SIM_FIELD_CHOICE] = "one of the words it can be",
    [SIM_FIELD_LIST] = "an array",
    [SIM_FIELD_TEXTS] = "an array of strings",
    [SIM_FIELD_OBJECT] = "an object of strings",
    [SIM_FIELD_TEXT_LISTS] = "an object of arrays of strings",
    [SIM_FIELD_ID] = "an integer or null",
    [SIM_FIELD_ADDRESSES] = "true, false, a string or an array of strings",
};

static bool
is_string(json_t *value)
{
    return json_is_string(value);
}

static bool
all_strings(json_t *array)
{
    size_t i;
    json_t *item;

    json_array_foreach (array, i, item) {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return json_is_array(array);
}

static bool
all_values(json_t *object, bool (*fit)(json_t *value))
{
    const char *name;
    json_t *value;

    json_object_foreach (object, name, value) {
        if (!fit(value)) {
            return false;
        }
    }
    return json_is_object(object);
}

static bool
is_choice(const json_t *value, const char *const *choices, unsigned *_choice)
{
    unsigned i;

    for (i = 0; json_is_string(value) && choices[i] != NULL; i++) {
        if (strcmp(json_string_value(value), choices[i]) == 0) {
            *_choice = i;
            return true;
        }
    }
    return false;
}

static bool
fits(json_t *value, const struct sim_field *field)
{
    unsigned choice;

    switch (field->kind) {
    case SIM_FIELD_TEXT:
        return json_is_string(value);
    case SIM_FIELD_NUMBER:
        return json_is_integer(value);
    case SIM_FIELD_FLAG:
        return json_is_boolean(value);
    case SIM_FIELD_CHOICE:
        return is_choice(value, field->choices, &choice);
    case SIM_FIELD_LIST:
        return json_is_array(value);
    case SIM_FIELD_TEXTS:
        return all_strings(value);
    case SIM_FIELD_OBJECT:
        return all_values(value, is_string);
    case SIM_FIELD_TEXT_LISTS:
        return all_values(value, all_strings);
    case SIM_FIELD_ID:
        return json_is_integer(value) || json_is_null(value);
    case SIM_FIELD_ADDRESSES:
        return json_is_boolean(value) || json_is_string(value) || all_strings(value);
    }
    return false;
}

static void
store(json_t *value, const struct sim_field *field, void *member)
{
    switch (field->kind) {
    case SIM_FIELD_TEXT:
        *(const char **)member = json_string_value(value);
        break;
    case SIM_FIELD_NUMBER:
        *(long *)member = (long)json_integer_value(value);
        break;
    case SIM_FIELD_FLAG:
        *(bool *)member = json_is_true(value);
        break;
    case SIM_FIELD_CHOICE:
        is_choice(value, field->choices, member);
        break;
    case SIM_FIELD_LIST:
    case SIM_FIELD_TEXTS:
    case SIM_FIELD_OBJECT:
    case SIM_FIELD_TEXT_LISTS:
    case SIM_FIELD_ID:
    case SIM_FIELD_ADDRESSES:
        *(json_t **)member = value;
        break;
    }
}

static const struct sim_field *
find(const struct sim_field *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0) {
            return fields;
        }
    }
    return NULL;
}

char *
sim_fields_read(const json_t *object, const struct sim_field *fields, void *out)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object)) {
        return sim_text("not an object");
    }
    json_object_foreach ((json_t *)object, name, value) {
        const struct sim_field *field = find(fields, name);

        if (field == NULL) {
            return sim_text("\"%s\" is not known", name);
        }
        if (!fits(value, field)) {
            return sim_text("\"%s\" must be %s", name, KIND_WORDS[field->kind]);
        }
        store(value, field, (char *)out + field->offset);
    }
    return NULL;
}

json_t *
sim_fields_get(const json_t *object, const char *name)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)object, key, value) {
        if (strcasecmp(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}
