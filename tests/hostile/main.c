/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-hostile: a server that does what it is told to, for tests. A process a connection. */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "files.h"
#include "play.h"
#include "process.h"

/* So many connections at most are made to a full queue until it is really full. */
#define QUEUE_MAX 8

/* What is left running by mistake ends. */
#define LIFE_SECONDS 900

static const char USAGE[] =
    "usage: keyfactor-hostile --directory DIR --honest-port N [--die-with-parent] SCENARIO\n";

static volatile sig_atomic_t is_honest;

static void
turn_honest(int number)
{
    (void)number;
    is_honest = 1;
}

struct options {
    const char *directory;
    long honest_port;
    bool die_with_parent;
    const char *scenario;
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
        {"directory", required_argument, NULL, 'd'},
        {"honest-port", required_argument, NULL, 'h'},
        {"die-with-parent", no_argument, NULL, 'w'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.honest_port = -1};
    int c;

    while ((c = getopt_long(argc, argv, "", NAMES, NULL)) != -1) {
        switch (c) {
        case 'd':
            options.directory = optarg;
            break;
        case 'h':
            options.honest_port = sim_port_read(optarg);
            break;
        case 'w':
            options.die_with_parent = true;
            break;
        default:
            usage();
        }
    }
    if (options.directory == NULL || options.honest_port < 0 || optind + 1 != argc) {
        usage();
    }
    options.scenario = argv[optind];
    return options;
}

/* A socket with a port of its own, at which nobody listens yet. */
static int
bind_socket(struct sockaddr_in *_address)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    sim_must(fd >= 0 && bind(fd, (const struct sockaddr *)&address, size) == 0 &&
                 getsockname(fd, (struct sockaddr *)&address, &size) == 0,
             "get a port");
    *_address = address;
    return fd;
}

/* Fills the queue of a server that accepts nobody: the next client hears nothing at all. */
static void
fill_queue(int listener, const struct sockaddr_in *address, int *clients)
{
    sim_must(listen(listener, 0) == 0, "listen");
    for (int i = 0; i < QUEUE_MAX; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sim_must(clients[i] >= 0, "make a client");
        connect(clients[i], (const struct sockaddr *)address, sizeof(*address));
    }
}

/* Until it is to be honest. The signal is let in while waiting, and never else. */
static bool
wait_for_client(int listener, const sigset_t *open)
{
    struct pollfd poll = {.fd = listener, .events = POLLIN};

    return ppoll(&poll, listener < 0 ? 0 : 1, NULL, open) > 0;
}

/* Waits while nobody can connect, or hears anything. */
static void
be_away(int listener, const struct sockaddr_in *address, const char *how, const sigset_t *open)
{
    int clients[QUEUE_MAX];
    const bool is_full = strcmp(how, "full") == 0;

    if (is_full) {
        fill_queue(listener, address, clients);
    }
    while (!is_honest) {
        wait_for_client(-1, open);
    }
    for (int i = 0; is_full && i < QUEUE_MAX; i++) {
        close(clients[i]);
    }
}

/* A line for each connection that was made while the server was hostile. */
static void
note_connection(FILE *connections)
{
    fputs("connection\n", connections);
    fflush(connections);
}

static void
serve(const struct hostile_server *server, const struct hostile_token *steps, int listener,
      FILE *connections, const sigset_t *open)
{
    const pid_t self = getpid();
    unsigned count = 0;

    for (;;) {
        int client = wait_for_client(listener, open) ? accept(listener, NULL, NULL) : -1;

        if (client < 0) {
            continue;
        }
        if (!is_honest) {
            note_connection(connections);
        }
        if (fork() == 0) {
            sim_process_follow(self);
            if (is_honest) {
                hostile_play_honest(server, client);
            }
            hostile_play(server, hostile_scenario_part(steps, count), client);
        }
        count++;
        close(client);
    }
}

static sigset_t
hold_signals(void)
{
    const struct sigaction honest = {.sa_handler = turn_honest};
    sigset_t held;
    sigset_t open;

    sigemptyset(&held);
    sigaddset(&held, SIGUSR1);
    sim_must(sigprocmask(SIG_BLOCK, &held, &open) == 0 && sigaction(SIGUSR1, &honest, NULL) == 0,
             "hold signals");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    sigdelset(&open, SIGUSR1);
    return open;
}

static bool
is_away(const struct hostile_token *steps)
{
    return hostile_token_is(steps, "refuse") || hostile_token_is(steps, "full");
}

int
main(int argc, char **argv)
{
    const pid_t parent = getppid();
    const struct options options = read_options(argc, argv);
    const struct hostile_token *steps = hostile_scenario_read(options.scenario);
    const sigset_t open = hold_signals();
    struct hostile_server server = {.honest_port = (unsigned)options.honest_port};
    struct sockaddr_in address;
    int listener = bind_socket(&address);
    char *path = sim_file_path(options.directory, "connections");
    FILE *connections = fopen(path, "w");

    if (options.die_with_parent) {
        sim_process_follow(parent);
    }
    sim_must(connections != NULL, "write DIR/connections");
    alarm(LIFE_SECONDS);
    server.authority = hostile_tls_authority(options.directory);
    server.port = ntohs(address.sin_port);
    if (!is_away(steps)) {
        hostile_play_check(steps);
        sim_must(listen(listener, SOMAXCONN) == 0, "listen");
    }
    printf("https://localhost:%u\n", server.port);
    fflush(stdout);
    if (is_away(steps)) {
        be_away(listener, &address, steps->text, &open);
        sim_must(listen(listener, SOMAXCONN) == 0, "listen");
    }
    serve(&server, steps, listener, connections, &open);
}
