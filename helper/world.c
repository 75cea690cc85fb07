/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The world outside, as it is. Layer 5. */

#include "world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static volatile sig_atomic_t child; /* 0: none */

/* What ends this process's exchange ends that of its child. */
static void
take_signal(int number)
{
    stop = number;
    if (child != 0) {
        kill(child, number);
    }
}

/* The child's time is over. */
static void
take_alarm(int number)
{
    (void)number;
    if (child != 0) {
        kill(child, SIGKILL);
    }
}

void
kf_world_catch_signals(void)
{
    const struct sigaction action = {.sa_handler = take_signal};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
#define CRASHES (sizeof(crashes) / sizeof(crashes[0]))

static bool catches[CRASHES];

void
kf_world_catch_crashes(void (*end)(int number))
{
    const struct sigaction action = {.sa_handler = end};
    struct sigaction before;

    for (size_t i = 0; i < CRASHES; i++) {
        catches[i] = sigaction(crashes[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL;
        if (catches[i]) {
            sigaction(crashes[i], &action, NULL);
        }
    }
}

void
kf_world_catch_alarm(void (*end)(int number))
{
    const struct sigaction action = {.sa_handler = end};

    sigaction(SIGALRM, &action, NULL);
}

void
kf_world_let_crash(void)
{
    for (size_t i = 0; i < CRASHES; i++) {
        if (catches[i]) {
            signal(crashes[i], SIG_DFL);
        }
    }
}

void
kf_world_watch_child(pid_t process, unsigned limit)
{
    child = process;
    kf_world_catch_alarm(take_alarm);
    alarm(limit);
    if (stop != 0) {
        kill(process, stop);
    }
}

void
kf_world_forget_child(void)
{
    alarm(0);
    child = 0;
}

static enum kf_rc
perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
        struct kf_reply **_reply, struct kf_error *err)
{
    return kf_http_perform(mem_ctx, context, request, _reply, err);
}

int64_t
kf_world_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Spreads delays; without a source of randomness the clock will do. */
static uint32_t
random_number(void)
{
    uint32_t number = 0;

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number)) {
        number = (uint32_t)kf_world_now_ms() * UINT32_C(2654435761);
    }
    return number;
}

/* A file without a name that whoever has it open may read; -1 when it cannot be made. */
static int
keep_in_memory(const struct kf_secret *content)
{
    const int file = memfd_create("keytab", MFD_CLOEXEC);

    if (file >= 0 && write(file, content->data, content->len) != (ssize_t)content->len) {
        close(file);
        return -1;
    }
    return file;
}

/* The Kerberos library fetches a ticket for the keytab's first principal, into memory. The user of
 * the sandbox may not open the keytab itself. */
static enum kf_rc
prepare_kerberos(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_error *err)
{
    const int file = keep_in_memory(config->keytab_content);
    char *keytab = talloc_asprintf(mem_ctx, "FILE:/proc/self/fd/%d", file);

    if (file < 0) {
        return kf_fail(err, KF_INTERNAL, "keytab: %s", strerror(errno));
    }
    if (keytab == NULL || setenv("KRB5_CLIENT_KTNAME", keytab, 1) != 0 ||
        setenv("KRB5CCNAME", "MEMORY:keyfactor", 1) != 0) {
        return kf_fail_nomem(err);
    }
    return KF_OK;
}

void
kf_world_open(struct kf_effects *_effects)
{
    *_effects = (struct kf_effects){.now_ms = kf_world_now_ms, .random = random_number};
}

enum kf_rc
kf_world_reach(struct kf_run *run)
{
    struct kf_effects *effects = talloc(run->mem, struct kf_effects);
    struct kf_http *http = NULL;
    enum kf_rc rc = effects == NULL ? kf_fail_nomem(run->err) : KF_OK;

    if (rc == KF_OK && run->config->keytab_content != NULL) {
        rc = prepare_kerberos(run->mem, run->config, run->err);
    }
    if (rc == KF_OK) {
        rc = kf_http_new(run->mem, run->config, &stop, &http, run->err);
    }
    if (rc == KF_OK) {
        *effects = *run->effects;
        effects->perform = perform;
        effects->context = http;
        run->effects = effects;
    }
    return rc;
}
