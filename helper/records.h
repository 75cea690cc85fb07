/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_RECORDS_H
#define KF_RECORDS_H

/* What became of the last run for each request: a file each in the state folder, by the hash of the
 * request's content (csr.h). A renewal with the same key is the same request. */

#include "record.h"

/* Writes what became of the last run in place of what is known. Files that nobody has written for
 * over a year are taken away on the way. What goes wrong is said in the log. */
void kf_records_save(const char *directory, const char *csr_sha256, const struct kf_record *record);

/* Reads it; *_record and its texts are owned by mem_ctx. False when there is none that is whole. */
bool kf_records_load(TALLOC_CTX *mem_ctx, const char *directory, const char *csr_sha256,
                     struct kf_record **_record);

/* All of them, in no order: an array of *_count, owned by mem_ctx; NULL when there is none. */
struct kf_record **kf_records_list(TALLOC_CTX *mem_ctx, const char *directory, size_t *_count);

#endif
