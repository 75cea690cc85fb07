/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Ends an exchange whose time is over when libcurl does not: a TLS library may read on for as long
 * as more arrives (hello requests, session tickets), and not come back. Layer 2; libcurl.
 */

#include "http_parts.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

/* So long after the time of libcurl. */
#define GRACE_SECONDS 1

/* The last sockets that were opened: libcurl tries two addresses at a time, and keeps a few
 * connections. */
#define SOCKETS_MAX 8

struct kf_http_watch {
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t change;
    bool is_over;
    struct timespec deadline; /* on the monotonic clock */
    int sockets[SOCKETS_MAX];
    unsigned count;
};

/* To the other end and to the TLS library, the connection is cut. The number of a socket that is
 * closed may be another one's by now, which is as late. */
static void
cut(const struct kf_http_watch *watch)
{
    for (unsigned i = 0; i < watch->count && i < SOCKETS_MAX; i++) {
        shutdown(watch->sockets[i], SHUT_RDWR);
    }
}

static void *
keep_watch(void *context)
{
    struct kf_http_watch *watch = context;

    pthread_mutex_lock(&watch->lock);
    while (!watch->is_over) {
        if (pthread_cond_timedwait(&watch->change, &watch->lock, &watch->deadline) != 0) {
            cut(watch);
            watch->deadline.tv_sec += GRACE_SECONDS;
        }
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

static int
note_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
    struct kf_http_watch *watch = context;

    (void)purpose;
    pthread_mutex_lock(&watch->lock);
    watch->sockets[watch->count++ % SOCKETS_MAX] = socket;
    pthread_mutex_unlock(&watch->lock);
    return CURL_SOCKOPT_OK;
}

static bool
prepare(struct kf_http_watch *watch)
{
    pthread_condattr_t attributes;
    bool done;

    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    done = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&watch->change, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return done && pthread_mutex_init(&watch->lock, NULL) == 0;
}

/* Signals are for the thread that runs the exchange. */
static bool
start(struct kf_http_watch *watch)
{
    sigset_t all;
    sigset_t before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&watch->thread, NULL, keep_watch, watch) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static int
end(struct kf_http_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->is_over = true;
    pthread_cond_signal(&watch->change);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    pthread_cond_destroy(&watch->change);
    pthread_mutex_destroy(&watch->lock);
    return 0;
}

struct kf_http_watch *
kf_http_watch_new(TALLOC_CTX *mem_ctx, int64_t deadline_ms)
{
    struct kf_http_watch *watch = talloc_zero(mem_ctx, struct kf_http_watch);

    if (watch == NULL) {
        return NULL;
    }
    watch->deadline.tv_sec = (time_t)(deadline_ms / 1000) + 1 + GRACE_SECONDS;
    if (!prepare(watch) || !start(watch)) {
        talloc_free(watch);
        return NULL;
    }
    talloc_set_destructor(watch, end);
    return watch;
}

void
kf_http_watch_set(struct kf_http_settings *settings, struct kf_http_watch *watch)
{
    if (watch != NULL && settings->code == CURLE_OK) {
        settings->code = curl_easy_setopt(settings->curl, CURLOPT_SOCKOPTFUNCTION, note_socket);
    }
    kf_http_set_pointer(settings, CURLOPT_SOCKOPTDATA, watch);
}
