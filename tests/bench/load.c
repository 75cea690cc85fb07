/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-load: many requests, each with a key of its own, some at a time. */

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base.h"
#include "command.h"
#include "spread.h"

static const char USAGE[] =
    "usage: keyfactor-load REQUESTS WORKERS COMMAND --config CONFIG...\n"
    "Runs COMMAND (a path) for each of REQUESTS, WORKERS at a time, with a new request in\n"
    "CERTMONGER_CSR and the CONFIGs in turn. Each must end with status 0. Prints what it took, as\n"
    "JSON.\n";

#define CONFIG 2 /* the place of the configuration in argv */

/* Where runs are made, one after the other. */
struct worker {
    struct bench_command command;
    char **request;    /* the place of the request in its environment */
    pid_t process;     /* 0: none */
    double started_ms; /* on the monotonic clock */
};

struct load {
    size_t requests;
    size_t started;
    size_t ended;
    char **csrs; /* "CERTMONGER_CSR=..." */
    char **configs;
    size_t config_count;
    struct worker *workers;
    size_t worker_count;
    double *cpu_ms; /* of each run, in the order of their ends */
    double *system_ms;
    double *wall_ms;
};

static double
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static X509_REQ *
new_request(EVP_PKEY *key, const char *name)
{
    X509_REQ *request = X509_REQ_new();

    sim_must(key != NULL && request != NULL &&
                 X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                                            (const unsigned char *)name, -1, -1, 0) == 1 &&
                 X509_REQ_set_pubkey(request, key) == 1 &&
                 X509_REQ_sign(request, key, EVP_sha256()) > 0,
             "make a request");
    return request;
}

static char *
make_csr(size_t number)
{
    char *name = sim_text("load-%zu.example.com", number);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = new_request(key, name);
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    char *csr = NULL;
    long size;

    sim_must(bio != NULL && PEM_write_bio_X509_REQ(bio, request) == 1, "write a request");
    size = BIO_get_mem_data(bio, &pem);
    csr = sim_text("CERTMONGER_CSR=%.*s", (int)size, pem);
    BIO_free(bio);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    free(name);
    return csr;
}

static struct worker
new_worker(char **argv)
{
    struct worker worker = {.command = {.name = argv[0], .errors = tmpfile()}};
    size_t count = 0;

    worker.command.argv = sim_zeroed((CONFIG + 2) * sizeof(char *));
    memcpy(worker.command.argv, argv, CONFIG * sizeof(char *));
    while (environ[count] != NULL) {
        count++;
    }
    worker.command.environment = sim_zeroed((count + 2) * sizeof(char *));
    memcpy(worker.command.environment, environ, count * sizeof(char *));
    worker.request = &worker.command.environment[count];
    sim_must(worker.command.errors != NULL, "make a temporary file");
    return worker;
}

static struct load
new_load(size_t requests, size_t workers, char **argv, size_t argc)
{
    struct load load = {
        .requests = requests,
        .configs = argv + CONFIG,
        .config_count = argc - CONFIG,
        .csrs = sim_zeroed(requests * sizeof(char *)),
        .workers = sim_zeroed(workers * sizeof(struct worker)),
        .worker_count = workers,
        .cpu_ms = sim_zeroed(requests * sizeof(double)),
        .system_ms = sim_zeroed(requests * sizeof(double)),
        .wall_ms = sim_zeroed(requests * sizeof(double)),
    };

    for (size_t i = 0; i < requests; i++) {
        load.csrs[i] = make_csr(i);
    }
    for (size_t i = 0; i < workers; i++) {
        load.workers[i] = new_worker(argv);
    }
    return load;
}

static void
free_load(struct load *load)
{
    for (size_t i = 0; i < load->requests; i++) {
        free(load->csrs[i]);
    }
    for (size_t i = 0; i < load->worker_count; i++) {
        free(load->workers[i].command.argv);
        free(load->workers[i].command.environment);
        fclose(load->workers[i].command.errors);
    }
    free(load->csrs);
    free(load->workers);
    free(load->cpu_ms);
    free(load->system_ms);
    free(load->wall_ms);
}

static void
start(struct load *load, struct worker *worker)
{
    const char *const no_prefix[] = {NULL};

    if (load->started < load->requests) {
        worker->command.argv[CONFIG] = load->configs[load->started % load->config_count];
        *worker->request = load->csrs[load->started++];
        worker->started_ms = now_ms();
        worker->process = bench_command_start(&worker->command, no_prefix);
    }
}

/* The worker whose run has ended. */
static struct worker *
next_ended(const struct load *load)
{
    siginfo_t info = {0};
    struct worker *worker = load->workers;

    sim_must(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0, "wait for a run");
    while (worker->process != info.si_pid) {
        worker++;
    }
    return worker;
}

static void
end(struct load *load, struct worker *worker)
{
    const struct bench_sample sample = bench_command_wait(&worker->command, worker->process);

    load->wall_ms[load->ended] = now_ms() - worker->started_ms;
    load->cpu_ms[load->ended] = sample.cpu_ms;
    load->system_ms[load->ended] = sample.system_ms;
    load->ended++;
    worker->process = 0;
}

static void
print(const struct load *load, double seconds)
{
    json_t *json = json_pack("{s:I, s:I, s:f, s:f, s:o, s:o, s:o}", "requests",
                             (json_int_t)load->requests, "workers", (json_int_t)load->worker_count,
                             "seconds", seconds, "per_second", (double)load->requests / seconds,
                             "cpu_ms", bench_spread(load->cpu_ms, load->requests), "system_ms",
                             bench_spread(load->system_ms, load->requests), "wall_ms",
                             bench_spread(load->wall_ms, load->requests));

    sim_must(json != NULL && json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) == 0,
             "write the results");
    putchar('\n');
    json_decref(json);
}

int
main(int argc, char **argv)
{
    const size_t requests = argc < 6 ? 0 : strtoul(argv[1], NULL, 10);
    const size_t workers = argc < 6 ? 0 : strtoul(argv[2], NULL, 10);
    struct load load;
    double began_ms;

    if (requests == 0 || workers == 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    load = new_load(requests, workers, argv + 3, (size_t)argc - 3);
    began_ms = now_ms();
    for (size_t i = 0; i < workers; i++) {
        start(&load, &load.workers[i]);
    }
    while (load.ended < load.requests) {
        struct worker *worker = next_ended(&load);

        end(&load, worker);
        start(&load, worker);
    }
    print(&load, (now_ms() - began_ms) / 1e3);
    free_load(&load);
    return 0;
}
