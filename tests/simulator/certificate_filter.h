/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CERTIFICATE_FILTER_H
#define SIM_CERTIFICATE_FILTER_H

/* What a search for certificates can ask for. */

#include "filter.h"
#include "settings.h"

/* The items are of struct sim_entry, with a certificate. Lives as long as the settings. */
struct sim_filter_language sim_certificate_filter(const struct sim_settings *settings);

#endif
