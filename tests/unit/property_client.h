/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEST_PROPERTY_CLIENT_H
#define KF_TEST_PROPERTY_CLIENT_H

/* Who wants certificates in a walk: the certmonger daemon, or a person. */

#include "property_walk.h"

/* The next thing that happens: a run of the helper at least. */
void kf_client_step(struct kf_walk *walk);

/* From now on everything goes well: sees that the request is issued soon. */
void kf_client_end(struct kf_walk *walk);

#endif
