/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* TLS session tickets. Owns, with client_certificate.c, GnuTLS. */

#include "resumption.h"

#include <stdlib.h>

#include <gnutls/gnutls.h>

#include "base.h"

struct sim_resumption {
    gnutls_datum_t key;
};

struct sim_resumption *
sim_resumption_new(void)
{
    struct sim_resumption *resumption = sim_zeroed(sizeof(*resumption));

    sim_must(gnutls_session_ticket_key_generate(&resumption->key) == GNUTLS_E_SUCCESS,
             "make a key for session tickets");
    return resumption;
}

void
sim_resumption_free(struct sim_resumption *resumption)
{
    gnutls_free(resumption->key.data);
    free(resumption);
}

void
sim_resumption_offer(const struct sim_resumption *resumption, void *session)
{
    sim_must(gnutls_session_ticket_enable_server(session, &resumption->key) == GNUTLS_E_SUCCESS,
             "offer session tickets");
}

bool
sim_resumption_is_resumed(void *session)
{
    return gnutls_session_is_resumed(session) != 0;
}
