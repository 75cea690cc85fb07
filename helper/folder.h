/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FOLDER_H
#define KF_FOLDER_H

/* A folder of small files for root only, each written as a whole or not at all. What goes wrong is
 * said in the log, and nothing fails for it. Names have no slash. */

#include "bytes.h"
#include "secret.h"

#include <stdbool.h>
#include <stdint.h>

/* The longest file that is read back. */
#define KF_FOLDER_FILE_MAX KF_SECRET_FILE_MAX

struct kf_folder_file {
    int64_t written;      /* when, seconds since 1970 */
    struct kf_bytes data; /* NULL when it is not safe to read (kf_secret_read_file()), or empty */
    bool is_unknown;      /* what is there could not be looked at: memory, or the disk */
};

/* Writes DIRECTORY/NAME; the folder is made when it is not there. The file is on the disk then,
 * unless it was there before: after a power failure it may be as it was. */
void kf_folder_write(const char *directory, const char *name, const struct kf_bytes *data);

/* Reads DIRECTORY/NAME; false when there is no regular file of that name, as far as can be told.
 * What is read is owned by mem_ctx. */
bool kf_folder_read(TALLOC_CTX *mem_ctx, const char *directory, const char *name,
                    struct kf_folder_file *_file);

/* Takes DIRECTORY/NAME away. */
void kf_folder_remove(const char *directory, const char *name);

/* The names in the folder that begin with prefix, NULL-terminated and owned by mem_ctx: none when
 * the folder cannot be read. NULL when memory is out. */
char **kf_folder_list(TALLOC_CTX *mem_ctx, const char *directory, const char *prefix);

/* Takes DIRECTORY/NAME, a file that is there for this only, from all who do the same; closing what
 * is returned gives it back. -1 when that fails, or another has it for over two seconds. */
int kf_folder_lock(const char *directory, const char *name);

/* Takes away the files whose names begin with prefix and that were written before that time
 * (seconds since 1970), and what runs that were killed had half written then. */
void kf_folder_sweep(const char *directory, const char *prefix, int64_t before);

#endif
