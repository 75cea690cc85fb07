/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_TLS_H
#define SIM_TLS_H

/* The certificate that the server shows its clients, good or bad, and whom it trusts in turn. */

#include "settings.h"

struct sim_tls {
    char *certificate_pem;
    char *key_pem;
    char *client_ca_pem; /* the CAs that sign clients; NULL: no client is asked for a certificate */
};

/* A new certificate for the mode. The CA to trust is kept in DIRECTORY/tls-ca.pem. */
struct sim_tls *sim_tls_new(const char *directory, const struct sim_settings *settings);

void sim_tls_free(struct sim_tls *tls);

#endif
