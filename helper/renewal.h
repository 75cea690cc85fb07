/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_RENEWAL_H
#define KF_RENEWAL_H

/* Which certificate of the server's is renewed. */

#include "run.h"

/* Command's number of the certificate that the daemon renews; 0 when it renews none, the server
 * does not know it, or cannot be asked: a renewal does not fail for that. KF_INTERNAL, KF_AUTH, and
 * what may heal by itself. */
enum kf_rc kf_renewal_find(struct kf_run *run, int64_t *_id);

#endif
