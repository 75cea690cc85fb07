/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_FIELDS_H
#define SIM_FIELDS_H

/* Reading a JSON object into a struct by a table. Settings, faults and control go through it. */

#include <stddef.h>

#include <jansson.h>

enum sim_field_kind {
    SIM_FIELD_TEXT,       /* const char * */
    SIM_FIELD_NUMBER,     /* long */
    SIM_FIELD_FLAG,       /* bool */
    SIM_FIELD_CHOICE,     /* unsigned: the place of the word among the choices */
    SIM_FIELD_LIST,       /* json_t *: an array */
    SIM_FIELD_TEXTS,      /* json_t *: an array of strings */
    SIM_FIELD_OBJECT,     /* json_t *: an object whose values are strings */
    SIM_FIELD_TEXT_LISTS, /* json_t *: an object whose values are arrays of strings */
    SIM_FIELD_ID,         /* json_t *: an integer or null */
    SIM_FIELD_ADDRESSES,  /* json_t *: a boolean, a string or an array of strings */
};

struct sim_field {
    const char *name;
    enum sim_field_kind kind;
    size_t offset;              /* of the member in the struct */
    const char *const *choices; /* SIM_FIELD_CHOICE: the words, ended by NULL */
};

/*
 * Reads the object by the fields, a table ended by a NULL name. Members that the object does not
 * name are left alone. Texts and json_t members belong to the object. Returns NULL, or a sentence
 * that says what is wrong, to be freed.
 */
char *sim_fields_read(const json_t *object, const struct sim_field *fields, void *out);

/* The member of that name, letters compared without regard to case as ASP.NET does; or NULL. */
json_t *sim_fields_get(const json_t *object, const char *name);

#endif
