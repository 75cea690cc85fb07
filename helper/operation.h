/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_OPERATION_H
#define KF_OPERATION_H

/* The operations of certmonger that this helper knows. */

#include "run.h"

struct kf_operation {
    const char *name;
    bool reads_config; /* wants run->config, which may be without any setting */
    /* True when it talks to the server: it wants run->config opened (kf_config_open()). NULL: it
     * never does. */
    bool (*asks_server)(const struct kf_config *config);
    bool enrolls; /* SUBMIT and POLL: what became of the request is told (aftermath.h) */
    enum kf_rc (*perform)(struct kf_run *run, struct kf_outcome **_outcome);
};

/* The operation that job asks for: by its name, SUBMIT when it has none, NULL when it is unknown
 * (certmonger, doc/helpers.txt). */
const struct kf_operation *kf_operation_find(const struct kf_job *job);

#endif
