/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef HOSTILE_PEER_H
#define HOSTILE_PEER_H

/* The other end of a connection, over TLS or not. When it is gone, so is the process that serves
 * it: whoever returns from here has somebody to talk to. */

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

/* Never happens to a byte with this number. */
#define HOSTILE_NEVER (-1)

struct hostile_peer {
    int fd;
    SSL *ssl;         /* NULL: no TLS (yet) */
    long written;     /* bytes on the wire, the handshake's too */
    long cut_after;   /* the connection is cut after so many of them */
    long stall_after; /* nothing more follows after so many of them */
    long flip_at;     /* the byte of this number is sent with its bits the other way round */
};

/* A peer at the socket, without TLS and without mishaps. */
struct hostile_peer hostile_peer_at(int fd);

/* Connects to the port of this host as a TLS client that trusts everybody. */
struct hostile_peer hostile_peer_connect(unsigned port);

/* Answers the peer's handshake. */
void hostile_peer_accept(struct hostile_peer *peer, SSL_CTX *context);

/* Reads what is there, size bytes at most; 0 at the end. */
size_t hostile_peer_read(struct hostile_peer *peer, void *data, size_t size);

/* Writes all of it: over TLS where there is TLS, and past it. */
void hostile_peer_write(struct hostile_peer *peer, const void *data, size_t size);
void hostile_peer_write_raw(struct hostile_peer *peer, const void *data, size_t size);

/* The ends of a connection, and of the process: as a good server does it; without the word that TLS
 * has for it; by a reset; not at all, before the peer does. */
_Noreturn void hostile_peer_close(struct hostile_peer *peer);
_Noreturn void hostile_peer_cut(struct hostile_peer *peer);
_Noreturn void hostile_peer_reset(struct hostile_peer *peer);
_Noreturn void hostile_peer_outwait(struct hostile_peer *peer);

#endif
