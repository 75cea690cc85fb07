/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-journal: a journal for tests. What is sent to its socket is printed, a blank line
 * behind each datagram. */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base.h"
#include "process.h"

#define ENTRY_MAX 65536

static const char USAGE[] = "usage: keyfactor-journal SOCKET\n"
                            "Listens at SOCKET until its parent ends.\n";

static int
open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int line = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    sim_must(line >= 0 && strlen(path) < sizeof(address.sun_path), "make a socket");
    memcpy(address.sun_path, path, strlen(path));
    sim_must(bind(line, (const struct sockaddr *)&address, sizeof(address)) == 0,
             "bind the socket");
    return line;
}

int
main(int argc, char **argv)
{
    static char entry[ENTRY_MAX];
    const pid_t parent = getppid();
    ssize_t size;
    int line;

    if (argc != 2) {
        fputs(USAGE, stderr);
        return 2;
    }
    sim_process_follow(parent);
    line = open_socket(argv[1]);
    while ((size = recv(line, entry, sizeof(entry), 0)) >= 0) {
        sim_must(fwrite(entry, 1, (size_t)size, stdout) == (size_t)size &&
                     fputc('\n', stdout) != EOF && fflush(stdout) == 0,
                 "print the entry");
    }
    return 1;
}
