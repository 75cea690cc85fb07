/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_PROTOCOL_H
#define KF_PROTOCOL_H

/*
 * What certmonger and an external CA helper say to each other: the variables, the operations and
 * the exit statuses. Source: certmonger, doc/helpers.txt, and the measurements in docs/PROTOCOL.
 */

#include <stdbool.h>

#define KF_ENV_OPERATION       "CERTMONGER_OPERATION"
#define KF_ENV_CSR             "CERTMONGER_CSR"
#define KF_ENV_COOKIE          "CERTMONGER_CA_COOKIE"
#define KF_ENV_PROFILE         "CERTMONGER_CA_PROFILE"
#define KF_ENV_ISSUER          "CERTMONGER_CA_ISSUER"
#define KF_ENV_CERTIFICATE     "CERTMONGER_CERTIFICATE"
#define KF_ENV_NICKNAME        "CERTMONGER_CA_NICKNAME"
#define KF_ENV_DAEMON_ADDRESS  "CERTMONGER_PVT_ADDRESS" /* for getcert; set by a private daemon */
#define KF_ENV_CREDENTIALS_DIR "CREDENTIALS_DIRECTORY"

enum kf_status {
    KF_STATUS_ISSUED = 0,       /* standard output: the certificate and its chain, PEM */
    KF_STATUS_CHECK_FAILED = 1, /* --check, --status: to the daemon it would mean a week's wait */
    KF_STATUS_REJECTED = 2,     /* standard output: the reason */
    KF_STATUS_UNREACHABLE = 3,  /* standard output: the reason; the daemon keeps the cookie */
    KF_STATUS_UNCONFIGURED = 4, /* standard output: the reason; the daemon keeps the cookie */
    KF_STATUS_WAIT_DELAY = 5,   /* standard output: seconds, newline, cookie */
    KF_STATUS_UNSUPPORTED = 6,  /* standard output: nothing; never for SUBMIT and POLL */
};

/* What one run is asked to do. Every text is borrowed from the environment or the command line, is
 * NULL when it was not given, or was given empty, and is not yet checked. */
struct kf_job {
    const char *operation;   /* NULL: a person runs the helper, and wants a SUBMIT */
    const char *nickname;    /* which CA, never NULL */
    const char *csr;         /* PKCS#10, PEM, many lines */
    const char *cookie;      /* what the run before printed */
    const char *profile;     /* `getcert request -T` */
    const char *issuer;      /* `getcert request -X`: which CA of the server's */
    const char *certificate; /* the one that is being renewed, PEM */
    /* Looks a variable of the environment up; NULL when it is not set. For %{env:NAME}. */
    const char *(*variable)(const char *name);
};

#endif
