/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the simulator received. */

#include "record.h"

#include "request.h"

#include <err.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static FILE *record;

void
record_open(const char *directory)
{
    char *path = NULL;

    if (asprintf(&path, "%s/requests.jsonl", directory) < 0) {
        err(1, "asprintf");
    }
    record = fopen(path, "ae+");
    if (record == NULL || fseek(record, 0, SEEK_END) != 0) {
        err(1, "%s", path);
    }
    free(path);
}

static const char *
member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static bool
is_enrollment(const json_t *line)
{
    const char *path = member(line, "path");

    return strcmp(member(line, "method"), "POST") == 0 &&
           (strcasestr(path, "/Pkcs10") != NULL || strcasestr(path, "/Enrollment/CSR") != NULL);
}

static bool
is_accepted(const json_t *line)
{
    static const char *const words[] = {"Issued", "Pending", "External_Validation",
                                        "External Validation"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i], member(line, "disposition")) == 0) {
            return true;
        }
    }
    return false;
}

/* The body of an enrollment has the request as a text, by either API. */
static bool
is_of(const json_t *body, const char *csr)
{
    const char *classic = member(json_object_get(body, "Request"), "Pkcs10Request");

    return csr != NULL &&
           (request_is_same(classic, csr) || request_is_same(member(body, "CSR"), csr));
}

static void
read_enrollment(const json_t *line, const char *csr, struct record_news *news)
{
    json_t *body = json_loads(member(line, "body"), 0, NULL);

    news->damaged += body == NULL;
    if (is_accepted(line)) {
        *(is_of(body, csr) ? &news->accepted : &news->strange) += 1;
    }
    json_decref(body);
}

static void
read_line(const char *text, const char *csr, struct record_news *news)
{
    json_t *line = json_loads(text, JSON_ALLOW_NUL, NULL);

    if (line == NULL) {
        errx(1, "the simulator's record has a line that is no JSON: %s", text);
    }
    news->requests++;
    if (is_enrollment(line)) {
        read_enrollment(line, csr, news);
    }
    json_decref(line);
}

struct record_news
record_read(const char *csr)
{
    struct record_news news = {0, 0, 0, 0};
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    clearerr(record);
    while ((len = getline(&line, &size, record)) > 0) {
        if (line[len - 1] != '\n') {
            fseek(record, -len, SEEK_CUR); /* half written */
            break;
        }
        read_line(line, csr, &news);
    }
    free(line);
    return news;
}
