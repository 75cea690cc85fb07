/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One connection, and what can happen to its bytes on the wire. */

#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"

struct hostile_peer
hostile_peer_at(int fd)
{
    return (struct hostile_peer){.fd = fd,
                                 .cut_after = HOSTILE_NEVER,
                                 .stall_after = HOSTILE_NEVER,
                                 .flip_at = HOSTILE_NEVER};
}

/* Until the peer is gone, so that nothing that was sent is lost to a reset. */
_Noreturn static void
outwait(int fd)
{
    char ignored[4096];

    while (read(fd, ignored, sizeof(ignored)) > 0) {
    }
    _exit(0);
}

_Noreturn void
hostile_peer_outwait(struct hostile_peer *peer)
{
    outwait(peer->fd);
}

_Noreturn void
hostile_peer_cut(struct hostile_peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
    outwait(peer->fd);
}

_Noreturn void
hostile_peer_close(struct hostile_peer *peer)
{
    if (peer->ssl != NULL) {
        SSL_shutdown(peer->ssl);
    }
    hostile_peer_cut(peer);
}

_Noreturn void
hostile_peer_reset(struct hostile_peer *peer)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(peer->fd);
    _exit(0);
}

static void
write_all(struct hostile_peer *peer, const unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(peer->fd, data, size, MSG_NOSIGNAL);

        if (sent <= 0) {
            _exit(0);
        }
        data += sent;
        size -= (size_t)sent;
        peer->written += sent;
    }
}

/* How many of the next size bytes go out before byte number mishap. */
static size_t
room(const struct hostile_peer *peer, long mishap, size_t size)
{
    return mishap >= peer->written && mishap - peer->written < (long)size
               ? (size_t)(mishap - peer->written)
               : size;
}

void
hostile_peer_write_raw(struct hostile_peer *peer, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    size_t before = room(peer, peer->flip_at, size);

    if (room(peer, peer->cut_after, size) < size) {
        write_all(peer, data, room(peer, peer->cut_after, size));
        hostile_peer_cut(peer);
    }
    if (room(peer, peer->stall_after, size) < size) {
        write_all(peer, data, room(peer, peer->stall_after, size));
        hostile_peer_outwait(peer);
    }
    write_all(peer, bytes, before);
    if (before < size) {
        const unsigned char flipped = (unsigned char)~bytes[before];

        write_all(peer, &flipped, 1);
        write_all(peer, bytes + before + 1, size - before - 1);
    }
}

static int
write_wire(BIO *bio, const char *data, int size)
{
    hostile_peer_write_raw(BIO_get_data(bio), data, (size_t)size);
    return size;
}

static long
control_wire(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* What TLS writes goes through hostile_peer_write_raw(). */
static BIO *
new_wire(struct hostile_peer *peer)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    BIO *bio = NULL;

    sim_must(method != NULL && BIO_meth_set_write(method, write_wire) == 1 &&
                 BIO_meth_set_ctrl(method, control_wire) == 1,
             "make a wire");
    bio = BIO_new(method);
    sim_must(bio != NULL, "make a wire");
    BIO_set_data(bio, peer);
    BIO_set_init(bio, 1);
    return bio;
}

void
hostile_peer_accept(struct hostile_peer *peer, SSL_CTX *context)
{
    peer->ssl = SSL_new(context);
    sim_must(peer->ssl != NULL, "begin TLS");
    SSL_set_bio(peer->ssl, BIO_new_socket(peer->fd, BIO_NOCLOSE), new_wire(peer));
    if (SSL_accept(peer->ssl) != 1) {
        outwait(peer->fd);
    }
}

struct hostile_peer
hostile_peer_connect(unsigned port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct hostile_peer peer = hostile_peer_at(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    sim_must(peer.fd >= 0 &&
                 connect(peer.fd, (const struct sockaddr *)&address, sizeof(address)) == 0,
             "connect to the honest server");
    peer.ssl = context == NULL ? NULL : SSL_new(context);
    sim_must(peer.ssl != NULL && SSL_set_fd(peer.ssl, peer.fd) == 1 && SSL_connect(peer.ssl) == 1,
             "talk TLS to the honest server");
    return peer;
}

size_t
hostile_peer_read(struct hostile_peer *peer, void *data, size_t size)
{
    size_t got = 0;
    ssize_t received;

    if (peer->ssl != NULL) {
        return SSL_read_ex(peer->ssl, data, size, &got) == 1 ? got : 0;
    }
    received = recv(peer->fd, data, size, 0);
    return received > 0 ? (size_t)received : 0;
}

void
hostile_peer_write(struct hostile_peer *peer, const void *data, size_t size)
{
    size_t written = 0;

    if (peer->ssl == NULL) {
        hostile_peer_write_raw(peer, data, size);
    } else if (size > 0 && SSL_write_ex(peer->ssl, data, size, &written) != 1) {
        _exit(0);
    }
}
