/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One HTTP request, as received. Knows neither the HTTP library nor the API. */

#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "encoding.h"

void
sim_request_clear(struct sim_request *request)
{
    free(request->method);
    free(request->path);
    free(request->query);
    json_decref(request->headers);
    free(request->body);
    sim_fault_free(request->fault);
    memset(request, 0, sizeof(*request));
}

const char *
sim_request_header(const struct sim_request *request, const char *name)
{
    return json_string_value(json_object_get(request->headers, name));
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

bool
sim_request_is_json(const struct sim_request *request)
{
    static const char JSON[] = "application/json";
    const char *type = sim_request_header(request, "content-type");

    return type != NULL && strncasecmp(type, JSON, strlen(JSON)) == 0 &&
           strchr("; ", type[strlen(JSON)]) != NULL;
}
