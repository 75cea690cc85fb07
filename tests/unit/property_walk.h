/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEST_PROPERTY_WALK_H
#define KF_TEST_PROPERTY_WALK_H

/* A random walk of a server and somebody who wants certificates of it: the runs of the helper in
 * it, and what holds for each. */

#include "property_server.h"
#include "world.h"

/* Where the clock of a walk stands at first: earlier than that of any host, so that a file with a
 * later time is one that the host's clock has dated. */
#define KF_WALK_START INT64_C(1000000000)

#define KF_WALK_DAY INT64_C(86400)

#define KF_WALK_PROFILES 2

/* The templates that are asked for. */
extern const char *const kf_walk_profiles[KF_WALK_PROFILES];

/* A kind of walk. */
struct kf_walk_kind {
    const char *settings; /* lines of the configuration */
    struct kf_server_manners manners;
    bool once;    /* there are never two certificates for one request */
    bool by_hand; /* a person runs the helper, not the daemon */
};

/* What the daemon does about its request: docs/PROTOCOL. */
enum kf_client_phase {
    KF_CLIENT_ASKING,     /* comes again at the time due */
    KF_CLIENT_STUCK,      /* waits for a person */
    KF_CLIENT_MONITORING, /* has the certificate */
};

/* Who wants certificates: the daemon, or a person. Times are in seconds since 1970. */
struct kf_client {
    enum kf_client_phase phase;
    int64_t due;
    bool denied; /* the request has ended: who asks again asks for a new certificate */
    size_t key;
    bool again; /* asks with the other request of the same content */
    size_t profile;
    const char *cookie;      /* NULL: none */
    const char *certificate; /* the one in use, NULL: none */
    int64_t printed;         /* when a certificate came that was not saved; 0: none did */
    bool hurries;            /* wants another one at once */
    const char **had;        /* all certificates that there were */
    size_t had_count;
    /* It has gone over to other content since this was asked for. Coming back to it, it may be
     * given an old certificate of the same key: the helper cannot know what it has. */
    bool has_left[KF_CA_KEYS][KF_WALK_PROFILES];
};

struct kf_walk {
    const struct kf_walk_kind *kind;
    uint64_t seed;
    struct kf_test_world *world;
    struct kf_server *server;
    struct kf_client client;
    unsigned fuse; /* so many effects until the helper is killed; 0: it is not */
    jmp_buf death;
};

/* How a run ended. */
struct kf_walk_end {
    bool killed; /* nothing else is known then */
    bool short_of_memory;
    int status;
    const char *output;
};

/* A walk with a server and habits of its own, which follow from the seed; owned by mem. There is
 * one at a time. */
struct kf_walk *kf_walk_new(TALLOC_CTX *mem, const struct kf_walk_kind *kind, struct kf_ca *ca,
                            uint64_t seed);

/* Fails the test: prints how to walk again, all that happened, and the reason. */
void kf_walk_violate(const struct kf_walk *walk, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* The clock, seconds since 1970. */
int64_t kf_walk_now(const struct kf_walk *walk);

/* Runs the helper as main() does. It may be killed, or run out of memory, while not all is well. */
struct kf_walk_end kf_walk_run(struct kf_walk *walk, const struct kf_job *job);

/* What holds for SUBMIT and POLL: a status of the table, its output in its form, and so a
 * certificate, a next try, or a reason. */
void kf_walk_check(const struct kf_walk *walk, const struct kf_job *job,
                   const struct kf_walk_end *end);

/* The same for the other operations. */
void kf_walk_check_other(const struct kf_walk *walk, const struct kf_job *job,
                         const struct kf_walk_end *end);

/* What holds at any time: one certificate for each request, in walks where that is so. */
void kf_walk_check_once(const struct kf_walk *walk);

#endif
