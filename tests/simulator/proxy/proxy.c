/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-proxy: a forward proxy for tests that knows CONNECT alone. A process a connection. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "encoding.h"
#include "process.h"

#define HEAD_MAX 65536

static const char USAGE[] =
    "usage: keyfactor-proxy [--listen ADDRESS] [--port N] [--user NAME:PASSWORD] [--log FILE]\n"
    "                       [--die-with-parent]\n";

struct options {
    const char *listen;
    long port;
    const char *user; /* NULL: everybody may */
    const char *log;  /* NULL: nothing is written */
    bool die_with_parent;
};

/* The head of a request, and what was received after it. */
struct head {
    char data[HEAD_MAX + 1];
    size_t size;
    char *rest;
};

_Noreturn static void
usage(void)
{
    fputs(USAGE, stderr);
    exit(2);
}

static struct options
read_options(int argc, char **argv)
{
    static const struct option NAMES[] = {
        {"listen", required_argument, NULL, 'l'},    {"port", required_argument, NULL, 'p'},
        {"user", required_argument, NULL, 'u'},      {"log", required_argument, NULL, 'o'},
        {"die-with-parent", no_argument, NULL, 'w'}, {NULL, 0, NULL, 0},
    };
    struct options options = {.listen = "127.0.0.1"};
    int c;

    while ((c = getopt_long(argc, argv, "", NAMES, NULL)) != -1) {
        switch (c) {
        case 'l':
            options.listen = optarg;
            break;
        case 'p':
            options.port = sim_port_read(optarg);
            break;
        case 'u':
            options.user = optarg;
            break;
        case 'o':
            options.log = optarg;
            break;
        case 'w':
            options.die_with_parent = true;
            break;
        default:
            usage();
        }
    }
    if (options.port < 0 || optind != argc) {
        usage();
    }
    return options;
}

/* One line, at once, so that the lines of several connections do not mix. */
static void
write_log(const struct options *options, unsigned status, const char *method, const char *target)
{
    char *line = sim_text("%s %s %u\n", method, target, status);
    int fd = options->log != NULL
                 ? open(options->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)
                 : -1;

    if (options->log != NULL) {
        sim_must(fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line),
                 "write the log");
        close(fd);
    }
    free(line);
}

static bool
send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

        if (sent < 0) {
            return false;
        }
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool
receive_head(int client, struct head *head)
{
    while (head->size < HEAD_MAX) {
        ssize_t received = recv(client, head->data + head->size, HEAD_MAX - head->size, 0);

        if (received <= 0) {
            return false;
        }
        head->size += (size_t)received;
        head->data[head->size] = '\0';
        head->rest = strstr(head->data, "\r\n\r\n");
        if (head->rest != NULL) {
            head->rest += 4;
            return true;
        }
    }
    return false;
}

/* Whether the head has the header, of the value. */
static bool
has_header(const struct head *head, const char *name, const char *value)
{
    size_t length = strlen(name);

    for (const char *line = strstr(head->data, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            line += strspn(line, " \t");
            return strncmp(line, value, strlen(value)) == 0 &&
                   strspn(line + strlen(value), " \t\r") > 0;
        }
    }
    return false;
}

static bool
is_allowed(const struct options *options, const struct head *head)
{
    char *base64 = NULL;
    char *value = NULL;
    bool allowed;

    if (options->user == NULL) {
        return true;
    }
    base64 = sim_base64(options->user, strlen(options->user));
    value = sim_text("Basic %s", base64);
    allowed = has_header(head, "Proxy-Authorization", value);
    free(value);
    free(base64);
    return allowed;
}

/* A connection to "HOST:PORT" or "[ADDRESS]:PORT"; -1 without. */
static int
connect_to(const char *target)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    const char *colon = strrchr(target, ':');
    bool bracketed = target[0] == '[' && colon != NULL && colon > target + 1 && colon[-1] == ']';
    char *host = colon == NULL ? NULL
                               : sim_copy(target + bracketed,
                                          (size_t)(colon - target) - 2 * (size_t)bracketed);
    int fd = -1;

    if (host != NULL && getaddrinfo(host, colon + 1, &hints, &addresses) == 0) {
        for (struct addrinfo *at = addresses; at != NULL && fd < 0; at = at->ai_next) {
            fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
                close(fd);
                fd = -1;
            }
        }
        freeaddrinfo(addresses);
    }
    free(host);
    return fd;
}

/* Passes on what there is; false at the end, which is passed on too. */
static bool
pass(int from, int to)
{
    char data[16384];
    ssize_t size = recv(from, data, sizeof(data), 0);

    if (size > 0 && send_all(to, data, (size_t)size)) {
        return true;
    }
    shutdown(to, SHUT_WR);
    return false;
}

/* Until both sides have ended. */
static void
pass_both(int client, int server)
{
    struct pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};

    while ((ends[0].fd >= 0 || ends[1].fd >= 0) && poll(ends, 2, -1) > 0) {
        if (ends[0].revents != 0 && !pass(client, server)) {
            ends[0].fd = -1;
        }
        if (ends[1].revents != 0 && !pass(server, client)) {
            ends[1].fd = -1;
        }
    }
}

static void
refuse(int client, const char *status, const char *header)
{
    char *answer =
        sim_text("HTTP/1.1 %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", status, header);

    send_all(client, answer, strlen(answer));
    free(answer);
}

static void
tunnel(const struct options *options, int client, const struct head *head, const char *target)
{
    static const char ESTABLISHED[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    int server = connect_to(target);

    write_log(options, server >= 0 ? 200 : 502, "CONNECT", target);
    if (server < 0) {
        refuse(client, "502 Bad Gateway", "");
        return;
    }
    if (send_all(client, ESTABLISHED, strlen(ESTABLISHED)) &&
        send_all(server, head->rest, head->size - (size_t)(head->rest - head->data))) {
        pass_both(client, server);
    }
    close(server);
}

static void
handle(const struct options *options, int client)
{
    struct head *head = sim_zeroed(sizeof(*head));
    char method[32] = "";
    char target[1024] = "";

    if (!receive_head(client, head) || sscanf(head->data, "%31s %1023s", method, target) != 2) {
        refuse(client, "400 Bad Request", "");
    } else if (strcmp(method, "CONNECT") != 0) {
        write_log(options, 405, method, target);
        refuse(client, "405 Method Not Allowed", "Allow: CONNECT\r\n");
    } else if (!is_allowed(options, head)) {
        write_log(options, 407, method, target);
        refuse(client, "407 Proxy Authentication Required",
               "Proxy-Authenticate: Basic realm=\"proxy\"\r\n");
    } else {
        tunnel(options, client, head, target);
    }
    free(head);
}

static void
announce(int listener)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    char host[64];
    char port[16];

    sim_must(getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
                 getnameinfo((const struct sockaddr *)&address, size, host, sizeof(host), port,
                             sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0,
             "find out the port");
    printf(address.ss_family == AF_INET6 ? "http://[%s]:%s\n" : "http://%s:%s\n", host, port);
    fflush(stdout);
}

/* The process of a connection ends with the proxy. */
static void
serve(const struct options *options, int listener)
{
    pid_t proxy = getpid();

    for (;;) {
        /* cppcheck-suppress nullPointer ; nobody asks who it is */
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        sim_must(client >= 0 || errno == ECONNABORTED || errno == EINTR, "accept a connection");
        if (client >= 0 && fork() == 0) {
            sim_process_follow(proxy);
            close(listener);
            handle(options, client);
            close(client);
            exit(0);
        }
        if (client >= 0) {
            close(client);
        }
    }
}

int
main(int argc, char **argv)
{
    pid_t parent = getppid();
    struct options options = read_options(argc, argv);
    int listener = -1;

    signal(SIGCHLD, SIG_IGN);
    if (options.die_with_parent) {
        sim_process_follow(parent);
    }
    listener = sim_listen(options.listen, options.port);
    announce(listener);
    serve(&options, listener);
}
