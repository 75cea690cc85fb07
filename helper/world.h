/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_WORLD_H
#define KF_WORLD_H

/* The world outside, as it is: the network, the clock, randomness. */

#include "run.h"

#include <sys/types.h>

/* Fills *_effects with the clock and chance; there is no network yet. */
void kf_world_open(struct kf_effects *_effects);

/* Gives run, which has effects already, the network too, as run->config has it; nothing is opened
 * yet. KF_INTERNAL when memory is out, or the module is not there. */
enum kf_rc kf_world_reach(struct kf_run *run);

/* Milliseconds since 1970. */
int64_t kf_world_now_ms(void);

/* From now on SIGTERM, SIGINT and SIGHUP do not end the program but an exchange that is under way,
 * so that the run still ends with a status and a cookie: a helper that dies by a signal leaves its
 * request stuck for good. */
void kf_world_catch_signals(void);

/* From now on a crash of this process calls end, from a signal's handler. Who has a handler
 * already, as a sanitizer, keeps it. */
void kf_world_catch_crashes(void (*end)(int number));

/* From now on an alarm() that goes off calls end, from a signal's handler. */
void kf_world_catch_alarm(void (*end)(int number));

/* Undoes what kf_world_catch_crashes() did in a child, so that who waits for it sees what it died
 * of. */
void kf_world_let_crash(void);

/* The same as kf_world_catch_signals() for a child, which is ended for good after limit seconds. */
void kf_world_watch_child(pid_t process, unsigned limit);

/* Before the child has been waited for, and its number is another's. */
void kf_world_forget_child(void);

#endif
