/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FILE_H
#define KF_FILE_H

/* Files that a setting names, whatever their mode, and new files. */

#include "bytes.h"

#include <stdbool.h>

/* A longer file is refused. */
#define KF_FILE_MAX (1024 * 1024)

/* Reads the whole regular file at path. *_data is owned by mem_ctx. KF_BADCONFIG, naming the file,
 * when it cannot be read or is longer than KF_FILE_MAX. */
enum kf_rc kf_file_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_bytes *_data,
                        struct kf_error *err);

/* Writes data to a new file for its owner only. path ends in XXXXXX, which becomes what makes the
 * name new. False, with errno set and no file left behind, when not all of it is on the disk. */
bool kf_file_write_new(char *path, const struct kf_bytes *data);

#endif
