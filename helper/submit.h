/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_SUBMIT_H
#define KF_SUBMIT_H

/* SUBMIT and POLL: from the request to an outcome. */

#include "run.h"

/* Enrolls run->job->csr: submits it, or goes on as run->job->cookie says. run->config has been
 * through kf_config_open(); run->csr and run->since are filled in here. *_outcome is owned by
 * run->mem. An error is for kf_outcome_status(), and never one that is worth another try: those
 * have become an outcome with a cookie. */
enum kf_rc kf_submit(struct kf_run *run, struct kf_outcome **_outcome);

#endif
