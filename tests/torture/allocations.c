/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Allocations of the helper's run fail: each by itself, and several in a row. */

#include "allocations.h"

#include "plan.h"
#include "sample.h"
#include "trial.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FEW      14 /* of each kind, process and scenario */
#define FEW_ROWS 4
#define OWN_EDGE 100 /* of the helper's own, so many at the beginning and at the end */
#define ROW      10  /* so many fail in a row, each so-manieth being the first */
#define FOR_GOOD UINT_MAX

/* What the undisturbed run asked for. */
static struct {
    unsigned count[PLAN_PROCESSES + 1];
    unsigned own[PLAN_PROCESSES + 1]; /* those that the helper's own code asked for */
    unsigned char owner[PLAN_PROCESSES + 1][PLAN_ALLOCATIONS];
} known;

static struct disturbance done; /* last */
static unsigned single;         /* runs in which one allocation failed */
static unsigned rows;           /* runs in which several did */

static void
count_allocations(const struct scenario *scenario)
{
    struct plan *plan = helper_plan();

    plan->record = true;
    trial_begin(scenario, &(struct disturbance){.first = 0});
    memcpy(known.owner, plan->owner, sizeof(known.owner));
    for (unsigned process = 1; process <= PLAN_PROCESSES; process++) {
        known.count[process] = atomic_load(&plan->count[process]);
        for (unsigned i = 1; i <= known.count[process] && i < PLAN_ALLOCATIONS; i++) {
            known.own[process] += known.owner[process][i] == PLAN_HELPER;
        }
    }
    plan->record = false;
}

static const char *
name_fault(void)
{
    static char text[PLAN_WHERE_MAX + 100];
    const char *more = done.last == FOR_GOOD    ? " and all that follow"
                       : done.last > done.first ? " and some that follow"
                                                : "";

    snprintf(text, sizeof(text), "allocation %u%s in process %u, called from%s", done.first, more,
             done.process, helper_plan()->where);
    return text;
}

static void
fail(unsigned process, unsigned first, unsigned last)
{
    const struct disturbance disturbance = {.process = process, .first = first, .last = last};
    struct plan *plan = helper_plan();

    done = disturbance;
    plan->where[0] = '\0';
    atomic_store(&plan->failed, 0);
    trial_run(&disturbance, name_fault);
    if (atomic_load(&plan->failed) > 0) { /* a run may take another way than the first one */
        *(first == last ? &single : &rows) += 1;
    }
}

/* The helper's own are tried more often. own: how many of them there were before. */
static bool
is_tried(unsigned process, unsigned number, unsigned own)
{
    const unsigned count = known.own[process];
    const bool is_own = known.owner[process][number] == PLAN_HELPER;
    const bool is_edge = own < OWN_EDGE || own + OWN_EDGE >= count;

    return (is_own && ((is_edge && sample_is_large()) || sample_has(own, count, FEW))) ||
           sample_has(number, known.count[process], FEW);
}

static bool
is_row(unsigned process, unsigned number)
{
    return number % ROW == 0 && sample_has(number / ROW, known.count[process] / ROW, FEW_ROWS);
}

static void
torture_process(unsigned process)
{
    const unsigned count = known.count[process];
    unsigned own = 0;

    for (unsigned number = 1; number <= count && number < PLAN_ALLOCATIONS; number++) {
        const bool is_own = known.owner[process][number] == PLAN_HELPER;

        if (is_tried(process, number, own)) {
            fail(process, number, number);
        }
        if (is_own && sample_has(own, known.own[process], FEW_ROWS)) {
            fail(process, number, FOR_GOOD);
        }
        if (is_row(process, number)) {
            fail(process, number, number + ROW - 1);
        }
        own += is_own;
    }
}

bool
allocations_torture(const struct scenario *scenario)
{
    unsigned count = 0;
    unsigned own = 0;

    count_allocations(scenario);
    for (unsigned process = 1; process <= PLAN_PROCESSES; process++) {
        torture_process(process);
        count += known.count[process];
        own += known.own[process];
    }
    printf("%s: %u allocations, %u of them the helper's own: %u failed in turn, and %u rows",
           scenario->name, count, own, single, rows);
    return trial_finish();
}
