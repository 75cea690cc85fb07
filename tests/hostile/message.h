/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef HOSTILE_MESSAGE_H
#define HOSTILE_MESSAGE_H

/* A request or an answer of HTTP, as a whole. */

#include "peer.h"

#include <openssl/x509.h>

struct hostile_message {
    char *data; /* with a zero byte after it */
    size_t size;
    size_t head; /* the body begins there */
};

/* Reads one, whose length is said by Content-Length alone; false when the peer ends before it
 * does. */
bool hostile_message_read(struct hostile_peer *peer, struct hostile_message *_message);

/* Has the honest server at the port of this host do the request. */
struct hostile_message hostile_message_pass_on(unsigned port,
                                               const struct hostile_message *request);

/* True for a request to the Keyfactor API. */
bool hostile_message_is_rest(const struct hostile_message *request);

/* The CSR in a request of either API; NULL without. */
X509_REQ *hostile_message_csr(const struct hostile_message *request);

#endif
