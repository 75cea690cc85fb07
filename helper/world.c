/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The world outside, as it is. Layer 5. */

#include "world.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static volatile sig_atomic_t stop;

static void
take_signal(int number)
{
    stop = number;
}

void
kf_world_catch_signals(void)
{
    const struct sigaction action = {.sa_handler = take_signal};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static enum kf_rc
perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
        struct kf_reply **_reply, struct kf_error *err)
{
    return kf_http_perform(mem_ctx, context, request, _reply, err);
}

static int64_t
now_ms(void)
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
        number = (uint32_t)now_ms() * UINT32_C(2654435761);
    }
    return number;
}

/* The Kerberos library fetches a ticket for the keytab's first principal, into memory. */
static enum kf_rc
prepare_kerberos(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_error *err)
{
    char *keytab = talloc_asprintf(mem_ctx, "FILE:%s", config->keytab);

    if (keytab == NULL || setenv("KRB5_CLIENT_KTNAME", keytab, 1) != 0 ||
        setenv("KRB5CCNAME", "MEMORY:keyfactor", 1) != 0) {
        return kf_fail_nomem(err);
    }
    return KF_OK;
}

enum kf_rc
kf_world_open(TALLOC_CTX *mem_ctx, const struct kf_config *config, struct kf_effects *_effects,
              struct kf_error *err)
{
    struct kf_http *http = NULL;
    enum kf_rc rc =
        config->auth == KF_LOGIN_NEGOTIATE ? prepare_kerberos(mem_ctx, config, err) : KF_OK;

    if (rc == KF_OK) {
        rc = kf_http_new(mem_ctx, config, &stop, &http, err);
    }
    if (rc == KF_OK) {
        *_effects = (struct kf_effects){
            .perform = perform, .context = http, .now_ms = now_ms, .random = random_number};
    }
    return rc;
}
