/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_FORM_H
#define SIM_FORM_H

/* application/x-www-form-urlencoded, read strictly. */

#include <stddef.h>

#include <jansson.h>

/* The text that was encoded, to be freed; NULL when it is not encoded as it must be. */
char *sim_form_decode(const char *text, size_t length);

/*
 * The fields of a form, an object of strings to be freed. Fields without a value are left out. NULL
 * when a field is not encoded as it must be, has no name or is there twice; *_reason then says so.
 */
json_t *sim_form_read(const char *text, const char **_reason);

#endif
