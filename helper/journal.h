/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_JOURNAL_H
#define KF_JOURNAL_H

/*
 * An entry with fields of its own in systemd's journal, by the native protocol (systemd,
 * docs/JOURNAL_NATIVE_PROTOCOL.md): one datagram to a socket, a line NAME=value for each field. It
 * is spoken here because the journal's library would be loaded for these few lines with each run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

/* Where journald listens. */
#define KF_JOURNAL_SOCKET "/run/systemd/journal/socket"

struct kf_journal_field {
    const char *name;  /* capital letters, digits and underscores */
    const char *value; /* one line (kf_text_line()); NULL or "": the field is left out */
};

/* Sends one entry to the socket of that name. False, with errno set, when nobody listens there or
 * the journal is full: it is not waited for. */
bool kf_journal_send(const char *socket_path, const struct kf_journal_field *fields, size_t count);

#endif
