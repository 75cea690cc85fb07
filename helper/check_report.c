/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How the findings of --check are shown. Layer 3, pure; jansson for --json. */

#include "check_report.h"

#include "json.h"
#include "text.h"

#include <jansson.h>
#include <string.h>

#define TEXT_MAX   1000
#define STEP_WIDTH 14
#define PLAIN      "\033[0m"

static const struct mark {
    const char *word;
    const char *json;
    const char *colour;
} marks[] = {
    [KF_CHECK_OK] = {"ok", "ok", "\033[32m"},
    [KF_CHECK_WARN] = {"warn", "warn", "\033[33m"},
    [KF_CHECK_FAIL] = {"FAIL", "fail", "\033[1;31m"},
    [KF_CHECK_SKIP] = {"skip", "skip", "\033[2m"},
};

static char *
printable(TALLOC_CTX *mem_ctx, const char *text)
{
    return text == NULL ? NULL : kf_text_line(mem_ctx, text, strlen(text), TEXT_MAX);
}

static size_t
count_marks(const struct kf_check_report *report, enum kf_check_mark mark)
{
    size_t count = 0;

    for (size_t i = 0; i < report->count; i++) {
        count += report->results[i].mark == mark;
    }
    return count;
}

bool
kf_check_report_has_failed(const struct kf_check_report *report)
{
    return count_marks(report, KF_CHECK_FAIL) > 0;
}

/* Appends the line of a result to lines; NULL when memory is out. */
static char *
add_line(char *lines, const struct kf_check_result *result, bool has_colours)
{
    const struct mark *mark = &marks[result->mark];
    char *text = printable(lines, result->text);
    char *grown = NULL;

    if (text != NULL) {
        grown = talloc_asprintf_append_buffer(
            lines, "%s%-4s%s  %-*s %s\n", has_colours ? mark->colour : "", mark->word,
            has_colours ? PLAIN : "", STEP_WIDTH, result->step, text);
    }
    talloc_free(text);
    return grown;
}

/* True when result is the first one of its server. */
static bool
begins_server(const struct kf_check_report *report, size_t i)
{
    const char *server = report->results[i].server;

    return server != NULL && (i == 0 || report->results[i - 1].server != server);
}

char *
kf_check_report_lines(TALLOC_CTX *mem_ctx, const struct kf_check_report *report, bool has_colours)
{
    char *lines = talloc_strdup(mem_ctx, "");

    for (size_t i = 0; i < report->count && lines != NULL; i++) {
        if (begins_server(report, i)) {
            lines = talloc_asprintf_append_buffer(lines, "\n%s\n", report->results[i].server);
        }
        if (lines != NULL) {
            lines = add_line(lines, &report->results[i], has_colours);
        }
    }
    if (lines == NULL) {
        return NULL;
    }
    return talloc_asprintf_append_buffer(
        lines, "\n%zu ok, %zu warn, %zu FAIL, %zu skip\n", count_marks(report, KF_CHECK_OK),
        count_marks(report, KF_CHECK_WARN), count_marks(report, KF_CHECK_FAIL),
        count_marks(report, KF_CHECK_SKIP));
}

static json_t *
pack_text(const char *text)
{
    char *line = printable(NULL, text);
    json_t *json = line == NULL ? NULL : json_string(line);

    talloc_free(line);
    return json;
}

static json_t *
pack_list(char *const *list)
{
    json_t *json = json_array();

    for (size_t i = 0; list[i] != NULL; i++) {
        if (json_array_append_new(json, pack_text(list[i])) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *
pack_figure(const struct kf_check_figure *figure)
{
    if (figure->list != NULL) {
        return pack_list(figure->list);
    }
    return figure->text != NULL ? pack_text(figure->text) : json_integer(figure->number);
}

static json_t *
pack_result(const struct kf_check_result *result)
{
    json_t *json = json_object();
    int failed = json_object_set_new(json, "step", json_string(result->step));

    if (failed == 0 && result->server != NULL) {
        failed = json_object_set_new(json, "server", pack_text(result->server));
    }
    if (failed == 0) {
        failed = json_object_set_new(json, "result", json_string(marks[result->mark].json));
    }
    if (failed == 0) {
        failed = json_object_set_new(json, "text", pack_text(result->text));
    }
    for (size_t i = 0; i < result->figure_count && failed == 0; i++) {
        failed =
            json_object_set_new(json, result->figures[i].name, pack_figure(&result->figures[i]));
    }
    if (failed != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

char *
kf_check_report_json(TALLOC_CTX *mem_ctx, const struct kf_check_report *report)
{
    json_t *array = json_array();
    int failed = 0;

    for (size_t i = 0; i < report->count && failed == 0; i++) {
        failed = json_array_append_new(array, pack_result(&report->results[i]));
    }
    if (failed != 0) {
        json_decref(array);
        return NULL;
    }
    return kf_json_write(mem_ctx, array, true);
}
