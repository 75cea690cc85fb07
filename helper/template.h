/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEMPLATE_H
#define KF_TEMPLATE_H

/* What the server says of its templates: through the Keyfactor API, kept on disk for a day. */

#include "rest.h"
#include "run.h"

/* Asks for the templates that this account may enroll for. *_templates has *_count entries and is
 * owned by run->mem. Fails as kf_exchange() does. */
enum kf_rc kf_template_ask(struct kf_run *run, struct kf_template **_templates, size_t *_count);

/* Holds the key of run->csr against what the template called name asks for, as far as the server
 * tells. KF_BADINPUT, with the command that makes a fitting key, when it is too small or of another
 * type; KF_AUTH when the account is not accepted. A server that cannot be asked is no failure: it
 * will say itself what it does not take. */
enum kf_rc kf_template_check(struct kf_run *run, const char *name);

/* The template called name, in any case, or NULL. */
const struct kf_template *kf_template_find(const struct kf_template *templates, size_t count,
                                           const char *name);

/* "RSA" or "EC" for what the server calls a key type; NULL for others, and for several. */
const char *kf_template_key_type(const struct kf_template *template);

#endif
