/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_FOLDER_H
#define TORTURE_FOLDER_H

/* The helper's state folder, as it is before each run. */

#include <stdbool.h>

/* Keeps what is in the folder now, which has no folders in it. */
void folder_keep(const char *path);

/* Makes the folder as it was when it was kept. */
void folder_restore(void);

/* Whether it is. */
bool folder_is_as_kept(void);

/* An hour passes: the notes of requests that were sent say so, as the helper waits before it looks
 * what became of one. */
void folder_age_notes(void);

#endif
