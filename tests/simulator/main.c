/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-simulator: a Keyfactor Command server for tests. Options and life. */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "bearer.h"
#include "ca.h"
#include "faults.h"
#include "files.h"
#include "negotiate.h"
#include "process.h"
#include "record.h"
#include "server.h"
#include "settings.h"
#include "simulator.h"
#include "store.h"
#include "tls.h"
#include "tokens.h"

static const char USAGE[] =
    "usage: keyfactor-simulator --directory DIR [--settings FILE] [--listen ADDRESS] [--port N]\n"
    "                           [--die-with-parent]\n";

struct options {
    const char *directory;
    const char *settings;
    const char *listen;
    long port;
    bool die_with_parent;
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
        {"directory", required_argument, NULL, 'd'}, {"settings", required_argument, NULL, 's'},
        {"listen", required_argument, NULL, 'l'},    {"port", required_argument, NULL, 'p'},
        {"die-with-parent", no_argument, NULL, 'w'}, {NULL, 0, NULL, 0},
    };
    struct options options = {.listen = "127.0.0.1"};
    int c;

    while ((c = getopt_long(argc, argv, "", NAMES, NULL)) != -1) {
        switch (c) {
        case 'd':
            options.directory = optarg;
            break;
        case 's':
            options.settings = optarg;
            break;
        case 'l':
            options.listen = optarg;
            break;
        case 'p':
            options.port = sim_port_read(optarg);
            break;
        case 'w':
            options.die_with_parent = true;
            break;
        default:
            usage();
        }
    }
    if (options.directory == NULL || options.port < 0 || optind != argc) {
        usage();
    }
    return options;
}

/* The signals that end the simulator wait for sigwait; a client that is gone is no signal. */
static sigset_t
hold_signals(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sim_must(pthread_sigmask(SIG_BLOCK, &ends, NULL) == 0, "hold signals");
    signal(SIGPIPE, SIG_IGN);
    return ends;
}

static struct sim_faults *
first_faults(const struct sim_settings *settings)
{
    struct sim_faults *faults = sim_faults_new();
    char *error = sim_faults_add(faults, settings->faults);

    if (error != NULL) {
        sim_die("settings: in \"faults\": %s", error);
    }
    return faults;
}

static void
announce(const char *directory, const char *address)
{
    char *url = sim_text("%s\n", address);
    char *path = sim_file_path(directory, "url");

    sim_file_write(path, url, strlen(url), 0644);
    fputs(url, stdout);
    fflush(stdout);
    free(path);
    free(url);
}

/* Serves until one of the signals comes. */
static void
serve(struct sim *sim, const char *directory, int listener, const sigset_t *ends)
{
    struct sim_tls *tls = sim_tls_new(directory, sim->settings);
    struct sim_server *server = sim_server_start(sim, tls, listener);
    int signal_number;

    announce(directory, sim->cas->address);
    sigwait(ends, &signal_number);
    sim_server_stop(server);
    sim_tls_free(tls);
}

int
main(int argc, char **argv)
{
    pid_t parent = getppid();
    struct options options = read_options(argc, argv);
    sigset_t ends = hold_signals();
    struct sim_settings *settings = sim_settings_read(options.settings);
    struct sim_cas *cas = NULL;
    struct sim sim = {.settings = settings};
    char *address = NULL;
    int listener = -1;

    if (options.die_with_parent) {
        sim_process_follow(parent);
    }
    sim_file_make_directory(options.directory);
    listener = sim_listen(options.listen, options.port);
    address = sim_text("https://localhost:%u", sim_listen_port(listener));
    cas = sim_cas_open(options.directory, settings, address);
    sim.cas = cas;
    sim.store = sim_store_open(options.directory, settings->keep_state);
    sim.faults = first_faults(settings);
    sim.record = sim_record_open(options.directory);
    sim.tokens = sim_tokens_new(settings);
    sim.bearer = sim_bearer_new();
    if (settings->keytab != NULL) {
        sim.negotiate = sim_negotiate_open(settings->keytab, options.directory);
    }
    serve(&sim, options.directory, listener, &ends);
    sim_negotiate_close(sim.negotiate);
    sim_bearer_free(sim.bearer);
    sim_tokens_free(sim.tokens);
    sim_record_close(sim.record);
    sim_faults_free(sim.faults);
    sim_store_close(sim.store);
    sim_cas_close(cas);
    sim_settings_free(settings);
    free(address);
    return 0;
}
