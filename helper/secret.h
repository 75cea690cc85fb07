/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_SECRET_H
#define KF_SECRET_H

/* Bytes that are wiped when they are freed, and the files they come from. */

#include "error.h"

#include <stddef.h>
#include <talloc.h>

/* The largest configuration or secret file that is read. */
#define KF_SECRET_FILE_MAX (256 * 1024)

/* data is NUL-terminated beyond len, and cleansed when the struct is freed. */
struct kf_secret {
    unsigned char *data;
    size_t len;
};

/* A secret of len bytes copied from data, owned by mem_ctx; NULL when memory is out. */
struct kf_secret *kf_secret_new(TALLOC_CTX *mem_ctx, const void *data, size_t len);

/* Makes a secret of len bytes that talloc gave, with a NUL behind: they are owned by it, and wiped
 * with it. NULL when memory is out; then they are wiped at once. */
struct kf_secret *kf_secret_take(TALLOC_CTX *mem_ctx, unsigned char *data, size_t len);

/* Reads a whole file that only its owner may read or write: a regular file, owned by root or by the
 * user running this, with no permission for group or others, of at most KF_SECRET_FILE_MAX bytes.
 * KF_BADCONFIG otherwise, naming the file and the command that mends it (chmod 0600 FILE, chown
 * root FILE); KF_INTERNAL when it grows meanwhile, or for an error that passes (kf_fail_file()).
 * *_file is owned by mem_ctx. */
enum kf_rc kf_secret_read_file(TALLOC_CTX *mem_ctx, const char *path, struct kf_secret **_file,
                               struct kf_error *err);

/* Reads a file with kf_secret_read_file() as one secret: line ends at the very end are not part of
 * it. KF_BADCONFIG also when nothing is left, or when there is a NUL in it. */
enum kf_rc kf_secret_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_secret **_secret,
                          struct kf_error *err);

#endif
