/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_SETTINGS_ENROLLMENT_H
#define SIM_SETTINGS_ENROLLMENT_H

/* The parts that the settings are read by. For settings.c and settings_enrollment.c alone. */

#include "fields.h"
#include "settings.h"

/* Reads one item of the list; dies saying what is wrong with it. */
void sim_settings_read_item(json_t *item, const struct sim_field *fields, void *out,
                            const char *list);

void sim_settings_read_authorities(struct sim_settings *settings, json_t *list);

/* The templates must be read; without a list each of them has a pattern of its own. */
void sim_settings_read_patterns(struct sim_settings *settings, json_t *list);

#endif
