/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef FLEET_REPORT_H
#define FLEET_REPORT_H

/* What was measured, for people and for programs. */

#include "simulation.h"

#include <stdio.h>

void report_table_head(FILE *file);
void report_table_row(FILE *file, const struct plan *plan, const struct measures *measures);

void report_csv_head(FILE *file);
void report_csv_row(FILE *file, const struct plan *plan, const struct measures *measures);

/* A row for each minute of the first twelve hours, and for each later one with requests. */
void report_series_head(FILE *file);
void report_series(FILE *file, const struct plan *plan, const struct measures *measures);

#endif
