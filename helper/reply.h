/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_REPLY_H
#define KF_REPLY_H

/* What an HTTP status means for a request, whichever API it was. */

#include "http.h"

/* A server's clock may be this many seconds away from ours before it is named as the reason of a
 * refusal: the server's own limit is not public, five minutes is Windows' custom. */
#define KF_REPLY_CLOCK_MAX 300

/* KF_OK for 200 to 204. Else the reason with the server's own words: KF_BUSY (408, 425, 429, 503),
 * KF_PENDING (any other that has the code of an order that waits for validation), KF_UNCERTAIN
 * (other 5xx: the CA may have issued, a gateway may have given up waiting; other 2xx; and a refusal
 * that there was no memory to read), KF_AUTH (401; any refusal with a Date more than
 * KF_REPLY_CLOCK_MAX away from now, naming both clocks), KF_FORBIDDEN (403), KF_NOAPI (404, 405,
 * 410), KF_BADCONFIG (redirects), KF_REFUSED (any other 4xx). now is in seconds since 1970; request
 * is what was asked, for its URL. */
enum kf_rc kf_reply_check(const struct kf_request *request, const struct kf_reply *reply,
                          int64_t now, struct kf_error *err);

#endif
