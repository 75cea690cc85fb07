/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_LOGIN_H
#define KF_LOGIN_H

/* Who we say we are, in each request to the server. */

#include "oauth.h"
#include "run.h"

/* What config->auth asks for. An access token is got from the token endpoint, and kept on disk
 * until shortly before it ends. _login is owned by run->mem. Fails as kf_oauth_read() does; what
 * the network does to a request for a token is KF_NOTSENT: nothing was asked of the CA. */
enum kf_rc kf_login_get(struct kf_run *run, struct kf_login *_login);

/* After the server has refused a kept access token (login->is_kept): a new one in its place, from
 * the token endpoint. Fails as kf_login_get() does. */
enum kf_rc kf_login_renew(struct kf_run *run, struct kf_login *login);

/* A new access token from the token endpoint, not kept on disk; owned by run->mem. Fails as
 * kf_login_get() does. */
enum kf_rc kf_login_ask_token(struct kf_run *run, struct kf_oauth_token *_token);

#endif
