/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_METRICS_H
#define KF_METRICS_H

/* What Prometheus is told of a CA: a file in its text format (version 0.0.4) for the textfile
 * collector of its node_exporter. keyfactor-submit(8) has the list. */

#include "record.h"

struct kf_metrics {
    uint64_t runs[KF_FATE_COUNT];  /* by how they ended; this and the next are counted up */
    uint64_t milliseconds;         /* that all of them took */
    int64_t last_run;              /* when it ended, seconds since 1970 */
    int64_t last_milliseconds;     /* that it took */
    int64_t last_issued;           /* the same of the last that got a certificate; 0: none did */
    size_t waiting[KF_FATE_COUNT]; /* requests: KF_FATE_PENDING and KF_FATE_RETRYING only */
};

/* The text of the file, owned by mem_ctx; NULL when memory is out. */
char *kf_metrics_format(TALLOC_CTX *mem_ctx, const char *ca, const struct kf_metrics *metrics);

/* Reads from such a text what goes on from run to run: the counters, and when a certificate came.
 * What is not there, or no number, is 0. */
void kf_metrics_parse(const char *text, struct kf_metrics *_metrics);

/* Adds a run to the file of its CA in the folder, which is for all to read; the numbers of those
 * that wait are taken from the records in state_directory. Two that do so at once do it one after
 * the other. What goes wrong is said in the log. */
void kf_metrics_add(const char *directory, const char *state_directory,
                    const struct kf_record *record);

#endif
