/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The one way to fail. Layer 0; no library. */

#include "error.h"

#include <stdarg.h>
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
