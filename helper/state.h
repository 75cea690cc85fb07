/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_STATE_H
#define KF_STATE_H

/*
 * What the helper keeps on disk between runs, in its state folder (keyfactor.conf(5),
 * state-directory): notes of requests under way, and files that may be made anew at any time. It
 * is an aid: a folder that cannot be written is said once in the log, and nothing fails for it.
 *
 * A note is written before a request is sent and taken away when its end is known. One that is
 * found later means: a run was killed in between, and the server may have issued a certificate that
 * nobody has.
 */

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Notes that the request with this hash (kf_csr.info_sha256) is about to be sent at now (seconds
 * since 1970). A note that is there already stays. Old notes of requests that nobody asks about any
 * more are taken away on the way. */
void kf_state_note(const char *directory, const char *csr_sha256, int64_t now);

/* When the request was noted, seconds since 1970; 0 when it was not. */
int64_t kf_state_noted(const char *directory, const char *csr_sha256);

/* Takes the note away. */
void kf_state_forget(const char *directory, const char *csr_sha256);

/* Writes data to DIRECTORY/NAME as a whole or not at all, for root only. name has no slash. */
void kf_state_save(const char *directory, const char *name, const struct kf_bytes *data);

/* Reads DIRECTORY/NAME, when it was saved at most max_age seconds before now. *_data is owned by
 * mem_ctx. False when there is none, or it is older or not safe (kf_secret_read_file()). */
bool kf_state_load(TALLOC_CTX *mem_ctx, const char *directory, const char *name, int64_t now,
                   int64_t max_age, struct kf_bytes *_data);

#endif
