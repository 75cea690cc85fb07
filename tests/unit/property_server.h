/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEST_PROPERTY_SERVER_H
#define KF_TEST_PROPERTY_SERVER_H

/* A Keyfactor Command server in memory, written from what is known of its API. It throws dice over
 * what becomes of each exchange, keeps the clock, and writes down what happened. */

#include "property_ca.h"

#include "run.h"

/* What differs between the APIs that a certificate can be asked for through. Names of members are
 * NULL when there is no such object around the others. */
struct kf_server_dialect {
    const char *settings; /* lines of the configuration that choose it */
    const char *token;    /* path where a token is had, NULL: none is wanted */
    const char *enrollment;
    const char *request_object; /* of the enrollment's body */
    const char *request_member;
    const char *metadata_member;
    const char *answer_object; /* of the enrollment's answer */
    const char *id_member;
    const char *issued; /* the words for what became of it */
    const char *pending;
    const char *external; /* pending, of another kind */
    const char *denied;
    const char *pending_error; /* the code by which some versions say that it is pending, or NULL */
};

/* The metadata type that carries the name of a request, when the helper is told to send it. */
#define KF_SERVER_METADATA "RequestName"

/* What a server may do to somebody who looks for a certificate or a request. */
struct kf_server_manners {
    bool hides_certificates; /* may refuse to show certificates */
    bool hides_requests;     /* may refuse to show requests that were not issued */
};

struct kf_server {
    const struct kf_server_dialect *dialect;
    struct kf_server_manners manners;
    struct kf_ca *ca;
    int64_t now_ms;     /* the clock, milliseconds since 1970 */
    uint32_t settle_ms; /* how long after a request was sent it may still be at it, at most */
    unsigned epoch;     /* how often somebody has asked for a new certificate so far */
    unsigned faults;    /* exchanges in a hundred that something happens to */
    char *story;        /* what happened: a line each */
    uint64_t dice;      /* state of the random numbers */
    struct kf_server_request *requests; /* all that it took, strangers' too */
    size_t request_count;
    const struct kf_server_behaviour *spell; /* what lasts for a while, NULL: nothing does */
    int64_t spell_end;
    bool keeps_secrets;   /* does not show requests, until it is at its best */
    bool ignores_filters; /* of searches */
    bool tells_content;   /* hands certificates out in searches */
    int backdating;       /* seconds */
};

/* A server with random habits, owned by mem. Its clock stands within the first second of 1970. */
struct kf_server *kf_server_new(TALLOC_CTX *mem, struct kf_ca *ca,
                                const struct kf_server_manners *manners, uint64_t seed);

/* A number of [0, sides). */
uint32_t kf_server_dice(struct kf_server *server, uint32_t sides);

/* True so many times out of a hundred. */
bool kf_server_chance(struct kf_server *server, unsigned percent);

/* Writes a line of the story. */
void kf_server_tell(struct kf_server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A stranger asks for a certificate of the same name, and it waits for approval, or is there. */
void kf_server_take_stranger(struct kf_server *server);

/* Lets time pass, in which the CA decides about some of what waits; about all of it in favour,
 * when the server is at its best. */
void kf_server_pass(struct kf_server *server, int64_t seconds);

/* From now on everything goes well. */
void kf_server_be_good(struct kf_server *server);

/* As kf_http_perform(), with the server as its context. */
enum kf_rc kf_server_perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
                             struct kf_reply **_reply, struct kf_error *err);

/* How many certificates were issued for what was asked for in this epoch. */
unsigned kf_server_issued(const struct kf_server *server, unsigned epoch);

/* True when pem begins with a certificate that was issued for one of ours. */
bool kf_server_has_issued(const struct kf_server *server, const char *pem);

#endif
