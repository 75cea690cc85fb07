/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CLIENT_CERTIFICATE_H
#define SIM_CLIENT_CERTIFICATE_H

/* The certificate that a client shows in the TLS handshake. */

enum sim_client_certificate_state {
    SIM_CLIENT_NONE,
    SIM_CLIENT_GOOD,
    SIM_CLIENT_EXPIRED, /* or not valid yet */
    SIM_CLIENT_UNTRUSTED,
};

/* Texts are NULL without a certificate. */
struct sim_client_certificate {
    enum sim_client_certificate_state state;
    char *subject;
    char *common_name;
    char *sha256; /* capital hex */
};

/* What the client of the TLS session, a gnutls_session_t, showed; to be cleared. */
void sim_client_certificate_read(void *session, struct sim_client_certificate *certificate);

/* Before the handshake: the session is to fail unless the client shows a good one. */
void sim_client_certificate_require(void *session);

void sim_client_certificate_clear(struct sim_client_certificate *certificate);

#endif
