/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Diagnostics on standard error. Layer 0. One write a line, so that the lines of helpers that run
 * side by side stay whole. */

#include "log.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>
#include <unistd.h>

#define LINE_MAX_CHARS 2000

static enum kf_log_level shown = KF_LOG_NOTICE;

void
kf_log_set_level(enum kf_log_level level)
{
    shown = level;
}

void
kf_log(enum kf_log_level level, const char *format, ...)
{
    TALLOC_CTX *tmp = NULL;
    char *line = NULL;
    va_list args;

    if (level > shown) {
        return;
    }
    tmp = talloc_new(NULL);
    va_start(args, format);
    line = talloc_vasprintf(tmp, format, args);
    va_end(args);
    if (line != NULL) {
        line = kf_text_line(tmp, line, strlen(line), LINE_MAX_CHARS);
    }
    if (line != NULL) {
        dprintf(STDERR_FILENO, "keyfactor-submit: %s\n", line);
    }
    talloc_free(tmp);
}
