/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_KEYS_H
#define KF_KEYS_H

/* The keys of keyfactor.conf(5), what their values may be, and their defaults. */

#include "config.h"

struct kf_key;

/* The key of this name, or NULL. */
const struct kf_key *kf_keys_find(const char *name);

/* The name of the key that name is most probably a misspelling of, or NULL. */
const char *kf_keys_nearest(const char *name);

/* Sets the member of config that belongs to key. KF_BADCONFIG saying what is wrong with value, and
 * neither where nor which key. */
enum kf_rc kf_keys_set(struct kf_config *config, const struct kf_key *key, const char *value,
                       struct kf_error *err);

/* Gives all members of config their defaults. */
enum kf_rc kf_keys_preset(struct kf_config *config, struct kf_error *err);

/* KF_BADCONFIG naming file, section and key when a key that must be set is not. */
enum kf_rc kf_keys_check(struct kf_config *config, struct kf_error *err);

#endif
