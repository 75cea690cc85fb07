/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_HISTORY_H
#define KF_HISTORY_H

/* What earlier runs left behind about a request: the cookie, with the daemon, and the note, on disk
 * (state.h). docs/PROTOCOL, "The cookie" and "Exactly once". */

#include "cookie.h"
#include "run.h"
#include "state.h"

struct kf_history {
    struct kf_cookie cookie; /* where the request stands; a fresh one when nothing is known */
    struct kf_note note;     /* what is on disk */
    bool has_cookie;         /* the daemon holds one, and keeps it if this run is "unreachable" */
};

/* Reads what is known of run->identity. Sets run->since. A cookie that is damaged or another
 * request's is said in the log. KF_INTERNAL when what is known cannot be had for want of memory:
 * who went on without might submit twice. */
enum kf_rc kf_history_read(struct kf_run *run, struct kf_history *_history);

/* Writes down that the request is about to be sent. KF_INTERNAL when nobody did, for want of memory
 * or because the keeper has died: it must not be sent then. */
enum kf_rc kf_history_note_sent(const struct kf_run *run, struct kf_history *history);

/* Seconds to wait until what the server may still be doing for a request that was sent is done:
 * what it issues must be there when it is looked for. 0 or less: none. */
int64_t kf_history_time_to_settle(const struct kf_run *run, const struct kf_history *history);

/* Writes down how the run ended: state is where the request stands now, outcome is NULL when rc is
 * not KF_OK. An issued certificate is noted, for a daemon that is killed before it has saved it;
 * the note of a request for which certainly nothing was issued is taken away. */
void kf_history_settle(const struct kf_run *run, struct kf_history *history,
                       enum kf_cookie_state state, enum kf_rc rc, const struct kf_outcome *outcome);

#endif
