/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_RECORD_H
#define TORTURE_RECORD_H

/* What the simulator received: its requests.jsonl, read on as it grows. */

/* Opens the record of the simulator in this directory, at its end. */
void record_open(const char *directory);

/* What came since the last call. */
struct record_news {
    unsigned requests; /* of any kind */
    unsigned accepted; /* enrollments of this request that were issued or kept */
    unsigned strange;  /* the same of others */
    unsigned damaged;  /* enrollments that are no JSON */
};

/* csr is the request of this run, PEM; NULL: there is none, all are strange. */
struct record_news record_read(const char *csr);

#endif
