/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CHECK_REPORT_H
#define KF_CHECK_REPORT_H

/* What --check has found, step by step, and how it is shown. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

enum kf_check_mark {
    KF_CHECK_OK,
    KF_CHECK_WARN, /* works, and somebody should look at it */
    KF_CHECK_FAIL,
    KF_CHECK_SKIP, /* not tried: there is no need, or what it needs has failed */
};

#define KF_CHECK_FIGURES_MAX 6

/* A list, else a text, else a number. */
struct kf_check_figure {
    const char *name;
    char **list; /* NULL-terminated */
    const char *text;
    int64_t number;
};

/* Texts may have bytes of the network in them: they are made printable here. */
struct kf_check_result {
    const char *step;
    const char *server; /* NULL: it is of this host */
    enum kf_check_mark mark;
    bool is_blocked;  /* skipped for what has failed before */
    const char *text; /* what was found; of a failure, and what to do */
    struct kf_check_figure figures[KF_CHECK_FIGURES_MAX];
    size_t figure_count;
};

struct kf_check_report {
    struct kf_check_result *results;
    size_t count;
};

bool kf_check_report_has_failed(const struct kf_check_report *report);

/* One line a step, in colours or plain, those of a server under its address, and a summary; owned
 * by mem_ctx. NULL when memory is out. */
char *kf_check_report_lines(TALLOC_CTX *mem_ctx, const struct kf_check_report *report,
                            bool has_colours);

/* A JSON array with an object for each step: step, server (where there is one), result ("ok",
 * "warn", "fail", "skip"), text, and the figures; owned by mem_ctx. NULL when memory is out. */
char *kf_check_report_json(TALLOC_CTX *mem_ctx, const struct kf_check_report *report);

#endif
