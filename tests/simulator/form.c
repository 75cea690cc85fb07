/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* application/x-www-form-urlencoded, read strictly. */

#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"

/* What the encoding leaves as it is; "~" is of the encoding of URLs, that many use for forms. */
static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._~";
static const char HEX_DIGITS[] = "0123456789ABCDEFabcdef";

/* The byte of "%xx"; 0 when it is no such, or the zero byte. */
static char
hex_byte(const char *text, const char *end)
{
    const char hex[] = {end - text > 2 ? text[1] : '\0', end - text > 2 ? text[2] : '\0', '\0'};

    return (char)(strspn(hex, HEX_DIGITS) == 2 ? strtol(hex, NULL, 16) : 0);
}

char *
sim_form_decode(const char *text, size_t length)
{
    char *decoded = sim_zeroed(length + 1);
    char *end = decoded;

    for (const char *at = text; at < text + length; at++) {
        if (*at == '+') {
            *end++ = ' ';
        } else if (*at == '%' && hex_byte(at, text + length) != '\0') {
            *end++ = hex_byte(at, text + length);
            at += 2;
        } else if (*at != '\0' && strchr(PLAIN, *at) != NULL) {
            *end++ = *at;
        } else {
            free(decoded);
            return NULL;
        }
    }
    return decoded;
}

/* Adds "NAME=VALUE" to the fields. NULL, or what is wrong with it. */
static const char *
add_field(json_t *fields, const char *text, size_t length)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals != NULL ? (size_t)(equals - text) : length;
    char *name = sim_form_decode(text, name_length);
    char *value =
        equals != NULL ? sim_form_decode(equals + 1, length - name_length - 1) : sim_copy("", 0);
    const char *reason = NULL;

    if (name == NULL || value == NULL) {
        reason = "A parameter is not form-urlencoded.";
    } else if (*name == '\0') {
        reason = "A parameter has no name.";
    } else if (json_object_get(fields, name) != NULL) {
        reason = "A parameter is included more than once.";
    } else if (json_object_set_new(fields, name, json_string(value)) != 0) {
        reason = "A parameter is not UTF-8.";
    }
    free(name);
    free(value);
    return reason;
}

static void
remove_empty(json_t *fields)
{
    const char *name;
    json_t *value;
    void *next = NULL;

    json_object_foreach_safe(fields, next, name, value)
    {
        if (json_string_length(value) == 0) {
            json_object_del(fields, name);
        }
    }
}

json_t *
sim_form_read(const char *text, const char **_reason)
{
    json_t *fields = json_object();
    const char *reason = NULL;

    while (*text != '\0' && reason == NULL) {
        size_t length = strcspn(text, "&");

        reason = add_field(fields, text, length);
        text += length + (text[length] == '&');
    }
    if (reason != NULL) {
        json_decref(fields);
        *_reason = reason;
        return NULL;
    }
    remove_empty(fields);
    return fields;
}
