/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CONFINE_H
#define KF_CONFINE_H

/* An operation in a process of its own that has given up everything it does not need. */

#include "operation.h"

/* Calls operation->perform(run, _outcome) in a child that is in the sandbox (sandbox.h), while this
 * process keeps the state folder for it (keeper.h), with config->timeout and a while as a limit.
 * Fails as perform does; KF_INTERNAL when the child dies of a fault. Afterwards run->config and
 * what it owns are gone: the secrets are the child's alone. With sandbox = no, or with a key in a
 * PKCS#11 token, whose module may need anything: calls it in this process. */
enum kf_rc kf_confine(struct kf_run *run, const struct kf_operation *operation,
                      struct kf_outcome **_outcome);

#endif
