/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The one way to fail. Layer 0; no library. */

#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum kf_rc
kf_fail(struct kf_error *err, enum kf_rc rc, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return rc;
}

static bool
passes_by_itself(int error)
{
    static const int passing[] = {ENOMEM, EMFILE, ENFILE, ENOBUFS, EINTR,
                                  EAGAIN, EIO,    ESTALE, ENOLCK,  ETIMEDOUT};

    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        if (error == passing[i]) {
            return true;
        }
    }
    return false;
}

enum kf_rc
kf_fail_file(struct kf_error *err, const char *path, const char *what, const char *advice)
{
    const int error = errno;
    const char *separator = what == NULL ? "" : ": ";

    if (what == NULL) {
        what = "";
    }
    if (passes_by_itself(error)) {
        return kf_fail(err, KF_INTERNAL, "%s: %s%s%s: the next try may succeed", path, what,
                       separator, strerror(error));
    }
    return kf_fail(err, KF_BADCONFIG, "%s: %s%s%s%s%s", path, what, separator, strerror(error),
                   advice == NULL ? "" : ": ", advice == NULL ? "" : advice);
}

enum kf_rc
kf_fail_prefix(struct kf_error *err, enum kf_rc rc, const char *format, ...)
{
    char prefix[KF_ERROR_MAX / 2];
    char reason[KF_ERROR_MAX / 2 - 2];
    va_list args;

    va_start(args, format);
    vsnprintf(prefix, sizeof(prefix), format, args);
    va_end(args);
    memcpy(reason, err->text, sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    snprintf(err->text, sizeof(err->text), "%s: %s", prefix, reason);
    return rc;
}
