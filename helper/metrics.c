/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What Prometheus is told. Layer 3; no library. The counters go on from the file itself: one that
 * was taken away begins at 0, which Prometheus takes for a restart. */

#include "metrics.h"

#include "file.h"
#include "folder.h"
#include "log.h"
#include "records.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK        ".metrics.lock"
#define FILE_MODE   0644
#define THOUSAND    1000
#define OVERDUE_MAX 3600 /* seconds: who has not come back by then does not wait any more */

#define RUNS         "keyfactor_runs_total"
#define RUN_SECONDS  "keyfactor_run_duration_seconds_total"
#define LAST_SUCCESS "keyfactor_last_success_timestamp_seconds"
#define LABEL        "{ca="

/* A label's value, with what would end it escaped; owned by mem_ctx. */
static char *
escape(TALLOC_CTX *mem_ctx, const char *value)
{
    char *escaped = talloc_zero_size(mem_ctx, 2 * strlen(value) + 1);
    char *end = escaped;

    for (; escaped != NULL && *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            *end++ = '\\';
        }
        *end++ = *value;
    }
    return escaped;
}

static void
print_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
print_seconds(FILE *out, const char *name, const char *ca, uint64_t milliseconds)
{
    fprintf(out, "%s" LABEL "\"%s\"} %" PRIu64 ".%03u\n", name, ca, milliseconds / THOUSAND,
            (unsigned)(milliseconds % THOUSAND));
}

static void
print_time(FILE *out, const char *name, const char *ca, int64_t seconds)
{
    fprintf(out, "%s" LABEL "\"%s\"} %" PRId64 "\n", name, ca, seconds);
}

static void
print_counters(FILE *out, const char *ca, const struct kf_metrics *metrics)
{
    print_head(out, RUNS, "counter",
               "Runs that enrolled, or looked for what became of a request, by how they ended.");
    for (int fate = 0; fate < KF_FATE_COUNT; fate++) {
        fprintf(out, RUNS "{disposition=\"%s\",ca=\"%s\"} %" PRIu64 "\n",
                kf_fate_name((enum kf_fate)fate), ca, metrics->runs[fate]);
    }
    print_head(out, RUN_SECONDS, "counter", "How long all of these runs took.");
    print_seconds(out, RUN_SECONDS, ca, metrics->milliseconds);
}

static void
print_gauges(FILE *out, const char *ca, const struct kf_metrics *metrics)
{
    static const enum kf_fate waiting[] = {KF_FATE_PENDING, KF_FATE_RETRYING};

    print_head(out, "keyfactor_last_run_timestamp_seconds", "gauge", "When the last run ended.");
    print_time(out, "keyfactor_last_run_timestamp_seconds", ca, metrics->last_run);
    print_head(out, "keyfactor_last_run_duration_seconds", "gauge", "How long the last run took.");
    print_seconds(out, "keyfactor_last_run_duration_seconds", ca,
                  (uint64_t)metrics->last_milliseconds);
    if (metrics->last_issued != 0) {
        print_head(out, LAST_SUCCESS, "gauge", "When the last certificate came.");
        print_time(out, LAST_SUCCESS, ca, metrics->last_issued);
    }
    print_head(out, "keyfactor_requests", "gauge",
               "Requests of this host that wait: for the server's decision, or for a server.");
    for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++) {
        fprintf(out, "keyfactor_requests{state=\"%s\",ca=\"%s\"} %zu\n", kf_fate_name(waiting[i]),
                ca, metrics->waiting[waiting[i]]);
    }
}

char *
kf_metrics_format(TALLOC_CTX *mem_ctx, const char *ca, const struct kf_metrics *metrics)
{
    char *label = escape(mem_ctx, ca);
    char *buffer = NULL;
    size_t size = 0;
    FILE *out = label == NULL ? NULL : open_memstream(&buffer, &size);
    char *text = NULL;
    bool whole;

    if (out != NULL) {
        print_counters(out, label, metrics);
        print_gauges(out, label, metrics);
        whole = ferror(out) == 0;
        text = fclose(out) == 0 && whole ? talloc_strndup(mem_ctx, buffer, size) : NULL;
    }
    free(buffer);
    talloc_free(label);
    return text;
}

/* The number at the end of the line of text that begins like that; NULL when there is none. */
static const char *
find_value(const char *text, const char *begin)
{
    const size_t len = strlen(begin);

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, begin, len) == 0) {
            const char *value = memrchr(line, ' ', strcspn(line, "\n"));

            return value == NULL ? NULL : value + 1;
        }
    }
    return NULL;
}

static uint64_t
read_number(const char *value, char **_end)
{
    char *end = NULL;
    unsigned long long number = 0;

    if (value != NULL && value[0] >= '0' && value[0] <= '9') {
        errno = 0;
        number = strtoull(value, &end, 10);
    }
    *_end = end;
    return end == NULL || errno != 0 || number > INT64_MAX / THOUSAND ? 0 : number;
}

static uint64_t
read_milliseconds(const char *value)
{
    char *end = NULL;
    const uint64_t seconds = read_number(value, &end);
    const uint64_t rest = end != NULL && *end == '.' ? read_number(end + 1, &end) : 0;

    return seconds * THOUSAND + (rest < THOUSAND ? rest : 0);
}

void
kf_metrics_parse(const char *text, struct kf_metrics *_metrics)
{
    struct kf_metrics metrics = {.last_run = 0};
    char begin[sizeof(RUNS) + 64];
    char *end = NULL;

    for (int fate = 0; fate < KF_FATE_COUNT; fate++) {
        snprintf(begin, sizeof(begin), RUNS "{disposition=\"%s\",",
                 kf_fate_name((enum kf_fate)fate));
        metrics.runs[fate] = read_number(find_value(text, begin), &end);
    }
    metrics.milliseconds = read_milliseconds(find_value(text, RUN_SECONDS LABEL));
    metrics.last_issued = (int64_t)read_number(find_value(text, LAST_SUCCESS LABEL), &end);
    *_metrics = metrics;
}

static void
add_run(struct kf_metrics *metrics, const struct kf_record *record)
{
    metrics->runs[record->fate]++;
    metrics->milliseconds += (uint64_t)record->milliseconds;
    metrics->last_run = record->time;
    metrics->last_milliseconds = record->milliseconds;
    if (record->fate == KF_FATE_ISSUED) {
        metrics->last_issued = record->time;
    }
}

static void
count_waiting(const char *state_directory, const struct kf_record *last, struct kf_metrics *metrics)
{
    size_t count = 0;
    struct kf_record **records = kf_records_list(NULL, state_directory, &count);

    for (size_t i = 0; i < count; i++) {
        const struct kf_record *record = records[i];

        if (strcmp(record->ca, last->ca) == 0 &&
            record->time + record->delay + OVERDUE_MAX > last->time) {
            metrics->waiting[record->fate]++;
        }
    }
    talloc_free(records);
}

static void
read_file(const char *path, struct kf_metrics *_metrics)
{
    struct kf_bytes data = {NULL, 0};
    struct kf_error err;

    if (kf_file_read(NULL, path, &data, &err) == KF_OK) {
        kf_metrics_parse((const char *)data.data, _metrics);
    }
    talloc_free(data.data);
}

/* The file is there as a whole or not at all: the collector may read it at any time. */
static bool
replace(TALLOC_CTX *mem_ctx, const char *path, char *text)
{
    char *new_path = talloc_asprintf(mem_ctx, "%s.XXXXXX", path);
    const struct kf_bytes data = {(unsigned char *)text, text == NULL ? 0 : strlen(text)};

    if (new_path == NULL || text == NULL) {
        errno = ENOMEM;
        return false;
    }
    if (!kf_file_write_new(new_path, FILE_MODE, &data)) {
        return false;
    }
    if (rename(new_path, path) != 0) {
        unlink(new_path);
        return false;
    }
    return true;
}

void
kf_metrics_add(const char *directory, const char *state_directory, const struct kf_record *record)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *path = tmp == NULL || strchr(record->ca, '/') != NULL
                     ? NULL
                     : talloc_asprintf(tmp, "%s/keyfactor_%s.prom", directory, record->ca);
    const int turn = path == NULL ? -1 : kf_folder_lock(state_directory, LOCK);
    struct kf_metrics metrics = {.last_run = 0};

    if (path != NULL) {
        read_file(path, &metrics);
        add_run(&metrics, record);
        count_waiting(state_directory, record, &metrics);
        if (!replace(tmp, path, kf_metrics_format(tmp, record->ca, &metrics))) {
            kf_log(KF_LOG_NOTICE, "%s: %s: this run is not counted there", path, strerror(errno));
        }
    }
    if (turn >= 0) {
        close(turn);
    }
    talloc_free(tmp);
}
