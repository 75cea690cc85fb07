/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_WORKFLOW_H
#define SIM_WORKFLOW_H

/* The workflow that every enrollment goes through before it comes to the CA. */

#include <stdbool.h>

enum sim_workflow_status {
    SIM_WORKFLOW_RUNNING,
    SIM_WORKFLOW_SUSPENDED, /* waits for somebody's approval */
    SIM_WORKFLOW_FAILED,
    SIM_WORKFLOW_REJECTED,
    SIM_WORKFLOW_CANCELED,
    SIM_WORKFLOW_COMPLETE,
};

struct sim_workflow {
    char *instance; /* a GUID; to be freed */
    unsigned long reference;
    enum sim_workflow_status status;
};

/* A new instance: complete, or suspended when it needs approval. */
struct sim_workflow sim_workflow_new(unsigned long reference, bool needs_approval);

/* The status as the API writes it. */
const char *sim_workflow_word(enum sim_workflow_status status);
int sim_workflow_number(enum sim_workflow_status status);

/* What the API says about the status where nobody left a comment. */
const char *sim_workflow_message(enum sim_workflow_status status);

/* Whether it can still go on. */
bool sim_workflow_is_open(const struct sim_workflow *workflow);

#endif
