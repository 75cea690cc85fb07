/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FUZZ_WORLD_H
#define KF_FUZZ_WORLD_H

/* A world in memory for the targets that run more than one reader: a state folder in place of that
 * of folder.c, a clock that stands still, and servers that answer as the input says. */

#include "fuzz.h"

#include "run.h"

/* Where the clock stands: when tests/data/enrollment/certificate.pem becomes valid. */
#define KF_FUZZ_NOW INT64_C(1767225600)

/* A run of the operation in job, owned by mem; the state folder is empty. answers, borrowed, is
 * what is left of the input: parts (kf_fuzz_part()) whose first line is an HTTP status and a
 * Retry-After, or else the number of an enum kf_rc; behind the last one no server can be reached.
 */
struct kf_run *kf_fuzz_run(TALLOC_CTX *mem, const struct kf_job *job,
                           const struct kf_bytes *answers);

/* Puts a file into the state folder. */
void kf_fuzz_keep(const char *name, const struct kf_bytes *data);

/* Performs the operation, and sees that its end is one of docs/PROTOCOL. */
void kf_fuzz_perform(struct kf_run *run);

#endif
