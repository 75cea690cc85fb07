/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_LOG_H
#define KF_LOG_H

/*
 * Diagnostics, to standard error (the journal, when the daemon runs the helper). Standard output
 * belongs to the protocol. No caller passes a secret.
 */

enum kf_log_level {
    KF_LOG_NOTICE = 0, /* always shown: what an administrator would ask for later */
    KF_LOG_INFO = 1,   /* -v: what is done, step by step */
    KF_LOG_DEBUG = 2,  /* -vv: what goes over the wire, secrets masked */
};

/* Shows messages up to level from now on; the beginning is KF_LOG_NOTICE. */
void kf_log_set_level(enum kf_log_level level);

/* Opens /dev/null in place of each standard stream that is closed, as all are for the commands of
 * certmonger 0.79.17. Else the next file that is opened takes its number, and is what lines are
 * written to. The first thing that a program does. */
void kf_log_open_streams(void);

/* What is in front of each line from now on; the beginning is "keyfactor-submit". Lines go to the
 * system log from now on if standard error is /dev/null, as for the commands that the daemon runs
 * when it has saved a certificate. */
void kf_log_set_program(const char *name);

/* Writes one line, the program's name in front, control characters as '?'. */
void kf_log(enum kf_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
