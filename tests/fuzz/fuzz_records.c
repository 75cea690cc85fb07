/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of the last run, from the state folder: what was read is written again to what reads
 * the same. */

#include "world.h"

#include "records.h"

#include <string.h>

#define DIRECTORY "/nowhere"
#define FIRST     "0123456789abcdef"
#define SECOND    "fedcba9876543210"

static void
try_round_trip(TALLOC_CTX *mem, const struct kf_record *record)
{
    struct kf_record *again = NULL;

    kf_records_save(DIRECTORY, SECOND, record);
    KF_FUZZ_PROMISE(kf_records_load(mem, DIRECTORY, SECOND, &again));
    KF_FUZZ_PROMISE(
        strcmp(again->ca, record->ca) == 0 && strcmp(again->template, record->template) == 0 &&
        strcmp(again->subject, record->subject) == 0 && strcmp(again->reason, record->reason) == 0);
    KF_FUZZ_PROMISE(again->fate == record->fate && again->delay == record->delay &&
                    again->time == record->time && again->request_id == record->request_id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_job job = {.nickname = "keyfactor"};
    const struct kf_bytes no_answers = {NULL, 0};
    const struct kf_bytes file = {(unsigned char *)data, size};
    struct kf_record **records = NULL;
    size_t count = 0;

    kf_fuzz_run(mem, &job, &no_answers);
    kf_fuzz_keep("last-" FIRST, &file);
    records = kf_records_list(mem, DIRECTORY, &count);
    KF_FUZZ_PROMISE(count <= 1);
    if (count == 1) {
        KF_FUZZ_PROMISE(records[0]->fate < KF_FATE_COUNT);
        try_round_trip(mem, records[0]);
    }
    talloc_free(mem);
    return 0;
}
