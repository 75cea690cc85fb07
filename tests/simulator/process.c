/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the simulator and the proxy share of options and of life. */

#include "process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"

long
sim_port_read(const char *text)
{
    char *end = NULL;
    long port = strtol(text, &end, 10);

    return end == text || *end != '\0' || port < 0 || port > 65535 ? -1 : port;
}

static struct sockaddr_storage
read_address(const char *text, long port)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;

    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
    } else {
        sim_die("%s is not an IP address to listen on", text);
    }
    return address;
}

int
sim_listen(const char *address, long port)
{
    struct sockaddr_storage at = read_address(address, port);
    socklen_t size =
        at.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;

    sim_must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                 bind(fd, (const struct sockaddr *)&at, size) == 0 && listen(fd, SOMAXCONN) == 0,
             "listen on the address and port given");
    return fd;
}

unsigned
sim_listen_port(int listener)
{
    struct sockaddr_in6 at = {0}; /* the port of IPv4 is in the same place */
    socklen_t size = sizeof(at);

    sim_must(getsockname(listener, (struct sockaddr *)&at, &size) == 0, "find out the port");
    return ntohs(at.sin6_port);
}

/* The parent may be gone before the kernel knows that it matters. */
void
sim_process_follow(pid_t parent)
{
    sim_must(prctl(PR_SET_PDEATHSIG, SIGTERM) == 0, "follow the parent");
    if (getppid() != parent) {
        exit(0);
    }
}
