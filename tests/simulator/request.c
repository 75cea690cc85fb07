/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One HTTP request, as received. Knows neither the HTTP library nor the API. */

#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "encoding.h"
#include "fields.h"

static const char HEX_DIGITS[] = "0123456789ABCDEFabcdef";

void
sim_request_clear(struct sim_request *request)
{
    free(request->method);
    free(request->path);
    free(request->query);
    json_decref(request->headers);
    free(request->body);
    sim_client_certificate_clear(&request->certificate);
    sim_fault_free(request->fault);
    memset(request, 0, sizeof(*request));
}

const char *
sim_request_header(const struct sim_request *request, const char *name)
{
    return json_string_value(sim_fields_get(request->headers, name));
}

void
sim_request_add_header(struct sim_request *request, const char *name, const char *value)
{
    char *lower = sim_copy(name, strlen(name));
    const char *before = NULL;
    char *joined = NULL;

    for (char *at = lower; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    before = sim_request_header(request, lower);
    joined = before != NULL ? sim_text("%s, %s", before, value) : sim_copy(value, strlen(value));
    json_object_set_new(request->headers, lower, sim_json_text(joined));
    free(joined);
    free(lower);
}

void
sim_request_add_body(struct sim_request *request, const char *data, size_t size)
{
    size_t room = SIM_BODY_MAX - request->body_size;

    if (size > room) {
        request->too_large = true;
        size = room;
    }
    request->body = sim_resize(request->body, request->body_size + size + 1, 1);
    memcpy(request->body + request->body_size, data, size);
    request->body_size += size;
    request->body[request->body_size] = '\0';
}

/* Undoes "%xx" in place. What is no such, or a zero byte, stays as it is. */
static void
decode_percent(char *text)
{
    char *end = text;

    for (const char *at = text; *at != '\0'; at++) {
        const char hex[] = {at[1], at[1] != '\0' ? at[2] : '\0', '\0'};
        long byte = strspn(hex, HEX_DIGITS) == 2 ? strtol(hex, NULL, 16) : 0;

        if (*at == '%' && byte != 0) {
            *end++ = (char)byte;
            at += 2;
        } else {
            *end++ = *at;
        }
    }
    *end = '\0';
}

char *
sim_request_parameter(const struct sim_request *request, const char *name)
{
    const char *next = request->query;
    char *value = NULL;

    while (*next != '\0' && value == NULL) {
        size_t length = strcspn(next, "&");
        char *parameter = sim_copy(next, length);
        char *equals = strchr(parameter, '=');

        if (equals != NULL) {
            *equals = '\0';
            decode_percent(parameter);
            decode_percent(equals + 1);
            value =
                strcasecmp(parameter, name) == 0 ? sim_copy(equals + 1, strlen(equals + 1)) : NULL;
        }
        free(parameter);
        next += length + (next[length] == '&');
    }
    return value;
}

bool
sim_request_is_json(const struct sim_request *request)
{
    static const char JSON[] = "application/json";
    const char *type = sim_request_header(request, "content-type");

    return type != NULL && strncasecmp(type, JSON, strlen(JSON)) == 0 &&
           strchr("; ", type[strlen(JSON)]) != NULL;
}
