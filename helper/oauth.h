/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_OAUTH_H
#define KF_OAUTH_H

/* An access token for this client: OAuth 2.0, client credentials (RFC 6749 section 4.4). Pure:
 * bytes out, bytes in. */

#include "http.h"

struct kf_oauth_token {
    const char *text;
    int64_t lifetime; /* seconds from now; 0: not said */
};

/* What to ask the token endpoint. The client's secret is borrowed from config. */
enum kf_rc kf_oauth_build(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                          struct kf_request **_request, struct kf_error *err);

/* Reads its answer, whatever its status. _token->text is owned by mem_ctx. KF_AUTH: client, secret,
 * scope or audience are refused; KF_BUSY: later, also when a page comes in place of JSON;
 * KF_BADCONFIG: no token endpoint, or another answer than RFC 6749 wants. */
enum kf_rc kf_oauth_read(TALLOC_CTX *mem_ctx, const struct kf_config *config,
                         const struct kf_reply *reply, struct kf_oauth_token *_token,
                         struct kf_error *err);

#endif
