/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_PLAN_H
#define TORTURE_PLAN_H

/*
 * What the driver and fail_allocation.so, which is preloaded into the helper, share: a memory
 * mapping, so that a helper that crashes, or may write nowhere, tells as much as any other. Its
 * file descriptor is in the environment. Processes and allocations count from 1.
 */

#include <stdatomic.h>
#include <stdbool.h>

#define PLAN_VARIABLE "KF_TORTURE_PLAN"

/* prctl() with this option, which Linux does not know: main() begins. */
#define PLAN_MAIN_BEGINS 0x6b66746d

#define PLAN_PROCESSES   2 /* the helper, and the one that it may fork */
#define PLAN_ALLOCATIONS (1 << 18)
#define PLAN_WHERE_MAX   1024

/* Who asked for an allocation. */
enum plan_owner {
    PLAN_LIBRARY = 0,
    PLAN_HELPER, /* also by way of talloc or libc */
};

struct plan {
    /* What is to happen. */
    unsigned process;     /* in this process */
    unsigned first, last; /* these allocations fail; 0: none */
    bool record;          /* fill owner */
    /* What happened. */
    atomic_uint processes;                 /* how many there were */
    atomic_uint count[PLAN_PROCESSES + 1]; /* allocations of each since main() began, or fork() */
    atomic_uint failed;                    /* how many were made to fail */
    char where[PLAN_WHERE_MAX];            /* who asked for the first of them */
    unsigned char owner[PLAN_PROCESSES + 1][PLAN_ALLOCATIONS]; /* enum plan_owner */
};

#endif
