/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* requests.jsonl: what was received and what the server decided, a line a request. */

#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "encoding.h"
#include "files.h"

struct sim_record {
    FILE *file;
    long count;
};

struct sim_record *
sim_record_open(const char *directory)
{
    struct sim_record *record = sim_zeroed(sizeof(*record));
    char *path = sim_file_path(directory, "requests.jsonl");
    int c;

    record->file = fopen(path, "a+e");
    if (record->file == NULL) {
        sim_die("cannot write %s: %s", path, strerror(errno));
    }
    while ((c = fgetc(record->file)) != EOF) {
        record->count += c == '\n';
    }
    free(path);
    return record;
}

void
sim_record_close(struct sim_record *record)
{
    if (record != NULL) {
        fclose(record->file);
        free(record);
    }
}

static void
put_body(json_t *line, const struct sim_request *request)
{
    json_t *body = json_stringn(request->body != NULL ? request->body : "", request->body_size);
    char *base64 = NULL;

    if (body != NULL) {
        json_object_set_new(line, "body", body);
        return;
    }
    base64 = sim_base64(request->body, request->body_size);
    json_object_set_new(line, "body_base64", json_string(base64));
    free(base64);
}

static json_t *
text_or_null(const char *text)
{
    return text != NULL ? sim_json_text(text) : json_null();
}

static json_t *
id_or_null(unsigned long id)
{
    return id != 0 ? json_integer((json_int_t)id) : json_null();
}

static void
put_answer(json_t *line, const struct sim_answer *answer)
{
    json_t *part =
        json_pack("{s:s?, s:s?, s:I, s:s?, s:o, s:s?, s:o}", "authenticated", answer->authenticated,
                  "account", answer->account, "status", (json_int_t)answer->status, "disposition",
                  answer->disposition, "request_id", id_or_null(answer->request_id), "serial",
                  answer->serial, "refused", text_or_null(answer->refused));

    sim_must(part != NULL, "describe an answer");
    json_object_update(line, part);
    json_decref(part);
}

void
sim_record_write(struct sim_record *record, const struct sim_request *request,
                 const struct sim_answer *answer)
{
    const struct sim_fault *fault = request->fault;
    json_t *line = json_pack(
        "{s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:O, s:o}", "number", (json_int_t)++record->count,
        "time_ms", (json_int_t)request->time_ms, "connection", (json_int_t)request->connection,
        "resumed", request->is_resumed, "method", sim_json_text(request->method), "path",
        sim_json_text(request->path), "query", sim_json_text(request->query), "headers",
        request->headers, "client_certificate", text_or_null(request->certificate.subject));
    char *text = NULL;

    sim_must(line != NULL, "describe a request");
    put_body(line, request);
    put_answer(line, answer);
    json_object_set_new(line, "fault", fault != NULL ? json_incref(fault->source) : json_null());
    text = json_dumps(line, JSON_COMPACT);
    sim_must(text != NULL && fprintf(record->file, "%s\n", text) > 0 && fflush(record->file) == 0,
             "write the record");
    free(text);
    json_decref(line);
}
