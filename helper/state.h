/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_STATE_H
#define KF_STATE_H

/*
 * What the helper keeps on disk between runs, in its state folder (keyfactor.conf(5),
 * state-directory): notes of requests, and files that may be made anew at any time. It is an aid: a
 * folder that cannot be written is said in the log, and nothing fails for it.
 *
 * A note is written before a request is sent. A run that finds one knows that the server may have
 * issued a certificate that nobody has: the run that sent the request was killed, or the daemon was
 * before it had saved the answer.
 */

#include "folder.h"

#define KF_NOTE_ISSUED_MAX 65

/* Where it is kept. */
struct kf_state {
    const char *directory;
    int keeper; /* the line to the process that reads and writes there (keeper.h); 0: this one
                   does */
};

/* What is known of a request that was sent. Times are in seconds since 1970. */
struct kf_note {
    int64_t first;                   /* when it was sent for the first time */
    int64_t last;                    /* when it was sent for the last time */
    char issued[KF_NOTE_ISSUED_MAX]; /* the certificate that came (kf_certificate_digest()); "":
                                        none that is known of */
};

/* Writes the note of the request with this hash (kf_csr_identity()) in place of an earlier one.
 * Notes that nobody has touched for a month are taken away on the way. False for want of memory, or
 * when the keeper has died; a folder that cannot be written is said in the log. */
bool kf_state_write_note(const struct kf_state *state, const char *csr_sha256,
                         const struct kf_note *note);

/* Reads the note of a request; *_found is false when there is none. A note that cannot be read is
 * one of an unknown time: first and last are when its file was written. KF_INTERNAL when whether
 * there is one is not known, because memory is out or the keeper is gone. */
enum kf_rc kf_state_read_note(const struct kf_state *state, const char *csr_sha256,
                              struct kf_note *_note, bool *_found);

/* Takes the note away. */
void kf_state_forget(const struct kf_state *state, const char *csr_sha256);

/* The name of the file of this kind for a CA, owned by mem_ctx; NULL when the nickname is not fit
 * for a file name, or memory is out. */
char *kf_state_name(TALLOC_CTX *mem_ctx, const char *kind, const char *nickname);

/* The rest of such a file's name is the hash of an issuer's certificate (issuers.h). */
#define KF_STATE_ISSUERS_PREFIX "issuers-"

/* True for the names of the notes and of the issuers' files, and of the files of this CA: what a
 * run for it may touch. */
bool kf_state_is_name(const char *name, const char *nickname);

/* Writes data under that name, as a whole or not at all. */
void kf_state_save(const struct kf_state *state, const char *name, const struct kf_bytes *data);

/* Reads what was saved under that name, when it was at most max_age seconds before now. *_data is
 * owned by mem_ctx. False when there is none, or it is older or not safe (kf_secret_read_file()).
 */
bool kf_state_load(TALLOC_CTX *mem_ctx, const struct kf_state *state, const char *name, int64_t now,
                   int64_t max_age, struct kf_bytes *_data);

#endif
