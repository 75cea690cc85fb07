/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of the last run for each request, on disk. Layer 3; no library. */

#include "records.h"

#include "folder.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PREFIX     "last-"
#define AGE_MAX    (400 * INT64_C(86400)) /* seconds */
#define HEX        "0123456789abcdef"
#define NUMBERS    7
#define NUMBER_MAX (INT64_MAX / 2)

/* A line of numbers, then a line for each text. */
static char *
format(TALLOC_CTX *mem_ctx, const struct kf_record *record)
{
    return talloc_asprintf(
        mem_ctx, "%d %d %u %" PRIu32 " %" PRId64 " %" PRId64 " %" PRId64 "\n%s\n%s\n%s\n%s\n",
        (int)record->fate, record->status, record->delay, record->attempt, record->request_id,
        record->time, record->milliseconds, record->ca, record->template, record->subject,
        record->reason);
}

void
kf_records_save(const char *directory, const char *csr_sha256, const struct kf_record *record)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *name = tmp == NULL ? NULL : talloc_asprintf(tmp, PREFIX "%s", csr_sha256);
    char *text = tmp == NULL ? NULL : format(tmp, record);

    if (name != NULL && text != NULL && csr_sha256[strspn(csr_sha256, HEX)] == '\0') {
        kf_folder_write(directory, name, &(struct kf_bytes){(unsigned char *)text, strlen(text)});
        kf_folder_sweep(directory, PREFIX, record->time - AGE_MAX);
    }
    talloc_free(tmp);
}

/* Of what is calculated with. */
static bool
is_sane(int64_t number)
{
    return number >= 0 && number <= NUMBER_MAX;
}

static bool
parse_numbers(const char *line, struct kf_record *record)
{
    int fate = 0;
    /* NOLINTNEXTLINE(cert-err34-c): a number that does not fit is rubbish like any other */
    const int count = sscanf(line, "%d %d %u %" SCNu32 " %" SCNd64 " %" SCNd64 " %" SCNd64, &fate,
                             &record->status, &record->delay, &record->attempt, &record->request_id,
                             &record->time, &record->milliseconds);

    record->fate = (enum kf_fate)fate;
    return count == NUMBERS && fate >= 0 && fate < KF_FATE_COUNT && is_sane(record->request_id) &&
           is_sane(record->time) && is_sane(record->milliseconds);
}

static bool
parse(char *text, struct kf_record *record)
{
    const char *numbers = strsep(&text, "\n");

    record->ca = strsep(&text, "\n");
    record->template = strsep(&text, "\n");
    record->subject = strsep(&text, "\n");
    record->reason = strsep(&text, "\n");
    return text != NULL && parse_numbers(numbers, record);
}

static struct kf_record *
load(TALLOC_CTX *mem_ctx, const char *directory, const char *name)
{
    struct kf_record *record = talloc_zero(mem_ctx, struct kf_record);
    struct kf_folder_file file = {.written = 0};

    if (record == NULL || !kf_folder_read(record, directory, name, &file) ||
        file.data.data == NULL || !parse((char *)file.data.data, record)) {
        TALLOC_FREE(record);
    }
    return record;
}

bool
kf_records_load(TALLOC_CTX *mem_ctx, const char *directory, const char *csr_sha256,
                struct kf_record **_record)
{
    char *name = talloc_asprintf(NULL, PREFIX "%s", csr_sha256);
    struct kf_record *record = name == NULL ? NULL : load(mem_ctx, directory, name);

    talloc_free(name);
    *_record = record;
    return record != NULL;
}

struct kf_record **
kf_records_list(TALLOC_CTX *mem_ctx, const char *directory, size_t *_count)
{
    char **names = kf_folder_list(NULL, directory, PREFIX);
    struct kf_record **records = NULL;
    size_t count = 0;

    while (names != NULL && names[count] != NULL) {
        count++;
    }
    if (count > 0) {
        records = talloc_zero_array(mem_ctx, struct kf_record *, (unsigned)count);
    }
    count = 0;
    for (size_t i = 0; records != NULL && names[i] != NULL; i++) {
        records[count] = load(records, directory, names[i]);
        count += records[count] != NULL;
    }
    talloc_free(names);
    *_count = count;
    return records;
}
