/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CERTIFICATE_H
#define KF_CERTIFICATE_H

/* What is told of the certificate that is being renewed. */

#include <talloc.h>

/* The serial number of the certificate in pem, upper-case hexadecimal as Keyfactor Command writes
 * it, owned by mem_ctx; "" when pem is NULL or no certificate. NULL when memory is out. */
char *kf_certificate_serial(TALLOC_CTX *mem_ctx, const char *pem);

/* The SHA-256 of the first certificate in pem (of its DER), lower-case hexadecimal, owned by
 * mem_ctx; "" when pem is NULL or no certificate. NULL when memory is out. */
char *kf_certificate_digest(TALLOC_CTX *mem_ctx, const char *pem);

#endif
