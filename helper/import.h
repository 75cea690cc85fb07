/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_IMPORT_H
#define KF_IMPORT_H

/* keyfactor.conf(5) made of the command_config.json of the vendor's tools. */

#include "error.h"

#include <talloc.h>

/* Everything borrowed, nothing NULL. */
struct kf_import {
    const char *file;            /* the vendor's */
    const char *server;          /* which of the servers in it */
    const char *config;          /* what to write */
    const char *standard_config; /* what the helper reads when no other is named */
    const char *nickname;        /* of the CA: the section, and the beginning of the files' names */
    const char *program;         /* what to run, for the advice */
};

/* Writes import->config, and beside it a file of its own for each secret, all for their owner only.
 * _report, owned by mem_ctx, is lines for a person: what was written, and what to do next. What is
 * left out of import->file is logged, and a comment in import->config. KF_BADCONFIG, and no file
 * written: import->file is not what it should be, has no such server, or has a value that the keys
 * refuse; one of the files to be written is there already, or cannot be written. */
enum kf_rc kf_import(TALLOC_CTX *mem_ctx, const struct kf_import *import, char **_report,
                     struct kf_error *err);

#endif
