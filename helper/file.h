/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_FILE_H
#define KF_FILE_H

/* Files without secrets that a setting names. */

#include "bytes.h"

/* A longer file is refused. */
#define KF_FILE_MAX (1024 * 1024)

/* Reads the whole regular file at path. *_data is owned by mem_ctx. KF_BADCONFIG, naming the file,
 * when it cannot be read or is longer than KF_FILE_MAX. */
enum kf_rc kf_file_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_bytes *_data,
                        struct kf_error *err);

#endif
