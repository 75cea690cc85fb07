/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef MAPPINGS_H
#define MAPPINGS_H

/* The memory of another process. */

#include "needles.h"

#include <stdio.h>
#include <sys/types.h>

/* Looks through all that pid has mapped and can read, and writes a line for each stretch of a
 * secret into report: "PROGRAM NAME: N bytes at OFFSET of MAPPING", never the bytes. False, with a
 * line on standard error, when the memory cannot be read. */
bool mappings_search(pid_t pid, const struct needles *needles, FILE *report);

#endif
