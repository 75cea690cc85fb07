/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The file of metrics, which lies where others may write: what was read of it is written again to
 * what reads the same, and no name of a CA makes a line of its own. */

#include "fuzz.h"

#include "metrics.h"
#include "record.h"

#include <string.h>

#define LINES 24 /* of a file with all there is */

static size_t
count_lines(const char *text)
{
    size_t count = 0;

    while ((text = strchr(text, '\n')) != NULL) {
        count++;
        text++;
    }
    return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const char *input = kf_fuzz_text(mem, data, size);
    struct kf_metrics metrics;
    struct kf_metrics again;
    const char *text = NULL;

    kf_metrics_parse(input, &metrics);
    KF_FUZZ_PROMISE(metrics.last_issued >= 0);
    metrics.last_issued += metrics.last_issued == 0;
    text = kf_metrics_format(mem, kf_record_text(mem, input), &metrics);
    KF_FUZZ_PROMISE(text != NULL && count_lines(text) == LINES);
    kf_metrics_parse(text, &again);
    KF_FUZZ_PROMISE(memcmp(again.runs, metrics.runs, sizeof(metrics.runs)) == 0);
    KF_FUZZ_PROMISE(again.milliseconds == metrics.milliseconds);
    KF_FUZZ_PROMISE(again.last_issued == metrics.last_issued);
    talloc_free(mem);
    return 0;
}
