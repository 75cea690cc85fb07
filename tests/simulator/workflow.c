/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The workflow that every enrollment goes through before it comes to the CA. */

#include "workflow.h"

#include <openssl/rand.h>

#include "base.h"

/* The numbers are published, which of them is which is not. */
static const struct status {
    const char *word;
    int number;
    const char *message;
} STATUSES[] = {
    [SIM_WORKFLOW_RUNNING] = {"Running", 1, "The workflow is running."},
    [SIM_WORKFLOW_SUSPENDED] = {"Suspended", 2, "Awaiting 1 more approval(s)."},
    [SIM_WORKFLOW_FAILED] = {"Failed", 3, "A step of the workflow failed."},
    [SIM_WORKFLOW_REJECTED] = {"Rejected", 4, "The workflow was rejected."},
    [SIM_WORKFLOW_CANCELED] = {"CanceledForRestart", 5, "The workflow was canceled for restart."},
    [SIM_WORKFLOW_COMPLETE] = {"Complete", 6, "The workflow is complete."},
};

/* A GUID of random bits, to be freed. */
static char *
new_guid(void)
{
    unsigned char b[16];

    sim_must(RAND_bytes(b, sizeof(b)) == 1, "get random bytes");
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    return sim_text("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                    b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                    b[13], b[14], b[15]);
}

struct sim_workflow
sim_workflow_new(unsigned long reference, bool needs_approval)
{
    return (struct sim_workflow){
        .instance = new_guid(),
        .reference = reference,
        .status = needs_approval ? SIM_WORKFLOW_SUSPENDED : SIM_WORKFLOW_COMPLETE,
    };
}

const char *
sim_workflow_word(enum sim_workflow_status status)
{
    return STATUSES[status].word;
}

int
sim_workflow_number(enum sim_workflow_status status)
{
    return STATUSES[status].number;
}

const char *
sim_workflow_message(enum sim_workflow_status status)
{
    return STATUSES[status].message;
}

bool
sim_workflow_is_open(const struct sim_workflow *workflow)
{
    return workflow->status == SIM_WORKFLOW_RUNNING || workflow->status == SIM_WORKFLOW_SUSPENDED ||
           workflow->status == SIM_WORKFLOW_CANCELED;
}
