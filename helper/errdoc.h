/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ERRDOC_H
#define KF_ERRDOC_H

/*
 * The reason in an error answer, in the server's own words. The forms are those of ASP.NET Web API
 * (JSON {"Message", "ErrorCode", "ExceptionMessage", "ModelState", "FailedOperations"}, XML
 * <Error><Message>), of ASP.NET Core ({"title", "detail", "errors"}), of WCF (<Fault>, <string>),
 * and the HTML pages of IIS and of proxies in front of it.
 */

#include "bytes.h"

/* The longest body that is looked into; of a longer one only the beginning is. */
#define KF_ERRDOC_MAX (64 * 1024)

struct kf_errdoc {
    char *code;    /* Keyfactor's error code ("0xA0110007") or NULL */
    char *message; /* the reason, one printable line (kf_text_line), or NULL: none was found */
};

/* Reads body (any bytes). content_type is a hint only and may be NULL. Never fails but for want of
 * memory, then NULL; the result is owned by mem_ctx. */
struct kf_errdoc *kf_errdoc_read(TALLOC_CTX *mem_ctx, const char *content_type,
                                 const struct kf_bytes *body);

#endif
