/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Diagnostics on standard error, or in the system log. Layer 0. One write a line, so that the lines
 * of helpers that run side by side stay whole. */

#include "log.h"

#include "text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <syslog.h>
#include <talloc.h>
#include <unistd.h>

#define LINE_MAX_CHARS 2000

static enum kf_log_level shown = KF_LOG_NOTICE;
static const char *program = "keyfactor-submit";
static bool to_system_log = false;

void
kf_log_set_level(enum kf_log_level level)
{
    shown = level;
}

void
kf_log_open_streams(void)
{
    int fd = STDIN_FILENO;

    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR | O_NOCTTY); /* the lowest number that is free */
    }
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

static bool
is_null_device(int fd)
{
    struct stat info;

    return fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
}

void
kf_log_set_program(const char *name)
{
    program = name;
    to_system_log = is_null_device(STDERR_FILENO);
    openlog(program, LOG_PID, LOG_DAEMON);
}

static void
write_line(enum kf_log_level level, const char *line)
{
    if (to_system_log) {
        syslog(LOG_NOTICE + (int)level, "%s", line);
    } else {
        dprintf(STDERR_FILENO, "%s: %s\n", program, line);
    }
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
    line = tmp == NULL ? NULL : talloc_vasprintf(tmp, format, args);
    va_end(args);
    if (line != NULL) {
        line = kf_text_line(tmp, line, strlen(line), LINE_MAX_CHARS);
    }
    if (line != NULL) {
        write_line(level, line);
    }
    talloc_free(tmp);
}
