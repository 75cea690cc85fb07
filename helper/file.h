/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FILE_H
#define KF_FILE_H

/* Files that a setting names, whatever their mode, and new files. */

#include "bytes.h"

#include <stdbool.h>
#include <sys/types.h>

/* A longer file is refused. */
#define KF_FILE_MAX (1024 * 1024)

/* Reads the whole regular file at path, which may hold a secret: no copy stays behind. *_data is
 * owned by mem_ctx. Fails as kf_fail_file() does, and with KF_BADCONFIG, naming the file, when it
 * is longer than KF_FILE_MAX; with KF_INTERNAL when it grows meanwhile. */
enum kf_rc kf_file_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_bytes *_data,
                        struct kf_error *err);

/* The full name of the folder that the file path is in, or would be, owned by mem_ctx.
 * Fails as kf_fail_file() does when there is no such folder. */
enum kf_rc kf_file_folder(TALLOC_CTX *mem_ctx, const char *path, const char **_folder,
                          struct kf_error *err);

/* What was done to the names in folder is on the disk, as far as the folder can be opened. */
void kf_file_save_folder(const char *folder);

/* Writes data to file, and closes it. False, with errno set, when not all of it is on the disk. */
bool kf_file_fill(int file, const struct kf_bytes *data);

/* A file beside another one, until it is whole and gets that one's name: for mkostemp(). */
#define KF_FILE_TEMPORARY ".keyfactor-XXXXXX"

/* Fails with KF_BADCONFIG and what errno says of the file at path, which was to be written. */
enum kf_rc kf_file_fail_writing(const char *path, struct kf_error *err);

/* Writes data to a new file of that mode, whatever the umask. path ends in XXXXXX, which becomes
 * what makes the name new. False, with errno set and no file left behind, when not all of it is on
 * the disk. */
bool kf_file_write_new(char *path, mode_t mode, const struct kf_bytes *data);

/* Waits for the lock of an open file or folder, for so many seconds at most; who closes it gives it
 * back. False, with errno set, when another has it for longer. */
bool kf_file_lock(int file, unsigned seconds);

#endif
