/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_INI_H
#define KF_INI_H

/* The lines of an INI text, through libini_config; knows no key names. */

#include "error.h"
#include "secret.h"

/* One `key = value` line. Texts are borrowed from the reader and gone after the call. */
struct kf_ini_line {
    const char *section;
    const char *key;
    const char *value; /* "" when there is none */
    unsigned number;   /* of the line, from 1 */
};

/* What is called for each line, in the order of the text; anything but KF_OK ends the reading. */
typedef enum kf_rc (*kf_ini_visit)(void *context, const struct kf_ini_line *line,
                                   struct kf_error *err);

/* Visits the lines of text. name is the file's, for messages. KF_BADCONFIG naming FILE:LINE for
 * anything that is no section, key line, comment or blank; for a duplicate section or key; for text
 * that is not UTF-8 or has a NUL in it. */
enum kf_rc kf_ini_read(const char *name, const struct kf_secret *text, kf_ini_visit visit,
                       void *context, struct kf_error *err);

#endif
