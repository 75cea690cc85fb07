/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_FILES_H
#define SIM_FILES_H

/* Files of the simulator's directory. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "encoding.h"

/* "DIRECTORY/NAME", to be freed. */
char *sim_file_path(const char *directory, const char *name);

/* Makes the directory unless it is there; dies when it cannot. */
void sim_file_make_directory(const char *path);

/* Writes the whole file at once: a reader sees the old or the new one. Dies when it cannot. */
void sim_file_write(const char *path, const void *data, size_t size, mode_t mode);

/* The whole file; *_bytes.data is to be freed. False when it cannot be read. */
bool sim_file_read(const char *path, struct sim_bytes *_bytes);

#endif
