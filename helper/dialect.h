/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_DIALECT_H
#define KF_DIALECT_H

/* Which API to enroll with: the one that is configured; with api = auto the Classic API, where it
 * is configured, until a server turns out not to have it. */

#include "api.h"
#include "run.h"

/* known is the name of the API that this request was sent with before, or "-". */
const struct kf_api *kf_dialect_choose(const struct kf_run *run, const char *known);

/* After the server has said that it does not have api: the one to try in its place; NULL when there
 * is none. */
const struct kf_api *kf_dialect_instead(const struct kf_run *run, const struct kf_api *api);

/* Keeps in mind for later runs that the server has the Keyfactor API only. */
void kf_dialect_keep_rest(const struct kf_run *run);

#endif
