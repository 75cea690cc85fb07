/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_KEEPER_H
#define KF_KEEPER_H

/*
 * The two ends of the line between the process that talks to the network, which may not write
 * anywhere, and the keeper: the process with the rights of whoever started the helper, which writes
 * and reads the files of the state folder for it, and is told how the run ended.
 */

#include "folder.h"
#include "trace.h"

/* How a run ended. */
struct kf_ending {
    int rc;         /* enum kf_rc */
    int status;     /* of the outcome, when rc is KF_OK */
    unsigned delay; /* seconds */
    char *text;     /* the outcome's, or the reason of the failure; owned by whoever made it */
    struct kf_trace trace;
};

/* Asks the keeper at the other end of line, a connected stream socket, to do what kf_folder_write()
 * and its sisters do. What a keeper that is gone has is not known, and it keeps nothing: then to
 * write is false, as it is for want of memory. */
bool kf_keeper_write(int line, const char *name, const struct kf_bytes *data);
bool kf_keeper_read(TALLOC_CTX *mem_ctx, int line, const char *name, struct kf_folder_file *_file);
void kf_keeper_remove(int line, const char *name);
void kf_keeper_sweep(int line, const char *prefix, int64_t before);

/* Tells the keeper how the run ended. False when it cannot be told. */
bool kf_keeper_end(int line, const struct kf_ending *ending);

/* What a keeper does for the other end. */
struct kf_keeper {
    int line;
    const char *directory; /* the only one */
    const char *nickname;  /* the only CA whose files it touches */
    bool (*is_allowed)(const char *name, const char *nickname);
};

/* Serves until the other end says how the run ended: then *_ending is set, its text owned by
 * mem_ctx, and those of its trace belong to it. KF_BADREPLY when it breaks the rules, or the line,
 * before; KF_INTERNAL when memory is out. */
enum kf_rc kf_keeper_serve(TALLOC_CTX *mem_ctx, const struct kf_keeper *keeper,
                           struct kf_ending *_ending, struct kf_error *err);

#endif
