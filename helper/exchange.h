/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_EXCHANGE_H
#define KF_EXCHANGE_H

/* One request to the server and its answer: with our credentials, at the first of the configured
 * servers that takes it. */

#include "run.h"

/* Sends request and takes the answer, when it is a successful one; else fails with what
 * kf_login_get(), kf_http_perform() or kf_reply_check() say. A request whose URL is "/..." goes to
 * the server, another one where it says, without credentials. *_reply is owned by run->mem. */
enum kf_rc kf_exchange(struct kf_run *run, const struct kf_request *request,
                       struct kf_reply **_reply);

/* Sends request, whose URL is "/...", to this server, as login says, and takes the answer. Fails as
 * kf_exchange() does; *_reply is set whenever an answer came, also when it is a failure. Nothing is
 * kept on disk. */
enum kf_rc kf_exchange_at(struct kf_run *run, const char *server, const struct kf_request *request,
                          const struct kf_login *login, struct kf_reply **_reply);

#endif
