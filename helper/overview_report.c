/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How --status shows the requests. Layer 3, pure; jansson for --json. */

#include "overview_report.h"

#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define CELLS     8
#define TIME_SIZE 32

static const char *const heads[CELLS] = {"REQUEST", "CA",       "STATE",   "ID",
                                         "TRIES",   "NEXT TRY", "EXPIRES", "CERTIFICATE"};

bool
kf_overview_report_needs_look(const struct kf_overview_report *overview)
{
    bool needs = overview->complaint != NULL;

    for (size_t i = 0; i < overview->count; i++) {
        needs = needs || overview->entries[i].needs_look;
    }
    return needs;
}

static const char *
show_number(TALLOC_CTX *mem_ctx, int64_t number)
{
    return number == 0 ? "" : talloc_asprintf(mem_ctx, "%" PRId64, number);
}

static const char *
show_time(TALLOC_CTX *mem_ctx, int64_t time)
{
    char text[TIME_SIZE];

    return time == 0 ? "" : talloc_strdup(mem_ctx, kf_text_time(time, text));
}

struct row {
    const char *cells[CELLS];
};

/* The row of a request. False when memory is out. */
static bool
fill_row(TALLOC_CTX *mem_ctx, const struct kf_overview_report_entry *entry, struct row *_row)
{
    struct row row = {{
        entry->nickname,
        entry->ca,
        entry->state,
        show_number(mem_ctx, entry->request_id),
        show_number(mem_ctx, entry->attempt),
        show_time(mem_ctx, entry->next_try),
        show_time(mem_ctx, entry->expires),
        entry->certificate[0] != '\0' ? entry->certificate : entry->subject,
    }};

    for (size_t i = 0; i < CELLS; i++) {
        if (row.cells[i] == NULL) {
            return false;
        }
        if (row.cells[i][0] == '\0') {
            row.cells[i] = "-";
        }
    }
    *_row = row;
    return true;
}

/* The rows of the table, the first of them the heads; NULL when memory is out. */
static struct row *
make_rows(TALLOC_CTX *mem_ctx, const struct kf_overview_report *overview)
{
    struct row *rows = talloc_zero_array(mem_ctx, struct row, (unsigned)overview->count + 1);

    if (rows == NULL) {
        return NULL;
    }
    memcpy(rows[0].cells, heads, sizeof(heads));
    for (size_t i = 0; i < overview->count; i++) {
        if (!fill_row(mem_ctx, &overview->entries[i], &rows[i + 1])) {
            return NULL;
        }
    }
    return rows;
}

static int
find_width(const struct row *rows, size_t count, size_t column)
{
    size_t width = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t len = strlen(rows[i].cells[column]);

        width = len > width ? len : width;
    }
    return (int)width;
}

/* Appends a row to lines; NULL when memory is out. The last cell is not filled up. */
static char *
add_row(char *lines, const struct row *row, const int widths[CELLS])
{
    for (size_t i = 0; i < CELLS && lines != NULL; i++) {
        const bool is_last = i == CELLS - 1;

        lines = talloc_asprintf_append_buffer(lines, "%-*s%s", is_last ? 0 : widths[i],
                                              row->cells[i], is_last ? "\n" : "  ");
    }
    return lines;
}

static char *
add_table(char *lines, const struct row *rows, const struct kf_overview_report *overview)
{
    int widths[CELLS];

    for (size_t i = 0; i < CELLS; i++) {
        widths[i] = find_width(rows, overview->count + 1, i);
    }
    lines = add_row(lines, &rows[0], widths);
    for (size_t i = 0; i < overview->count && lines != NULL; i++) {
        const struct kf_overview_report_entry *entry = &overview->entries[i];

        lines = add_row(lines, &rows[i + 1], widths);
        if (lines != NULL && entry->reason[0] != '\0') {
            lines = talloc_asprintf_append_buffer(lines, "  %s%s\n", entry->needs_look ? "! " : "",
                                                  entry->reason);
        }
    }
    return lines;
}

char *
kf_overview_report_lines(TALLOC_CTX *mem_ctx, const struct kf_overview_report *overview)
{
    TALLOC_CTX *tmp = talloc_new(mem_ctx);
    struct row *rows = make_rows(tmp, overview);
    char *lines = rows == NULL ? NULL : talloc_strdup(mem_ctx, "");

    if (lines != NULL && overview->complaint != NULL) {
        lines = talloc_asprintf_append_buffer(lines, "! %s\n", overview->complaint);
    }
    if (lines != NULL && overview->count > 0) {
        lines = add_table(lines, rows, overview);
    } else if (lines != NULL) {
        lines = talloc_asprintf_append_buffer(lines, "no requests\n");
    }
    talloc_free(tmp);
    return lines;
}

static json_t *
pack_text(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *
pack_number(int64_t number)
{
    return number == 0 ? json_null() : json_integer(number);
}

static json_t *
pack_time(int64_t time)
{
    char text[TIME_SIZE];

    return time == 0 ? json_null() : json_string(kf_text_time(time, text));
}

static json_t *
pack_entry(const struct kf_overview_report_entry *entry)
{
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"nickname", pack_text(entry->nickname)},
        {"status", pack_text(entry->status)},
        {"state", pack_text(entry->state)},
        {"needs_look", json_boolean(entry->needs_look)},
        {"ca", pack_text(entry->ca)},
        {"template", pack_text(entry->template)},
        {"subject", pack_text(entry->subject)},
        {"certificate", pack_text(entry->certificate)},
        {"reason", pack_text(entry->reason)},
        {"request_id", pack_number(entry->request_id)},
        {"tries", json_integer(entry->attempt)},
        {"last_try", pack_time(entry->last_try)},
        {"next_try", pack_time(entry->next_try)},
        {"expires", pack_time(entry->expires)},
    };
    json_t *json = json_object();
    int failed = 0;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        failed |= json_object_set_new(json, members[i].name, members[i].value);
    }
    if (failed != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static json_t *
pack(const struct kf_overview_report *overview)
{
    json_t *requests = json_array();
    json_t *json = json_object();
    int failed = 0;

    for (size_t i = 0; i < overview->count; i++) {
        failed |= json_array_append_new(requests, pack_entry(&overview->entries[i]));
    }
    failed |= json_object_set_new(json, "daemon", json_boolean(overview->complaint == NULL));
    failed |= json_object_set_new(json, "complaint", pack_text(overview->complaint));
    failed |= json_object_set_new(json, "requests", requests);
    if (failed != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

char *
kf_overview_report_json(TALLOC_CTX *mem_ctx, const struct kf_overview_report *overview)
{
    return kf_json_write(mem_ctx, pack(overview), true);
}
