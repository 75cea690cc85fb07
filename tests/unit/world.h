/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_TEST_WORLD_H
#define KF_TEST_WORLD_H

/* A world for one run of the helper: a server that follows a script, a clock that stands still,
 * randomness that is known, and a folder. Its certificates are those of tests/data/enrollment. */

#include "support.h"

#include "run.h"

/* Where the clock stands at first: 2026-01-01T00:00:00Z, when certificate.pem becomes valid. */
#define KF_TEST_NOW INT64_C(1767225600)

/* A token endpoint, the settings that log in with it, and its answer: the token text (a literal),
 * good for an hour. */
#define KF_TEST_TOKEN_URL "https://login.example.com/token"
#define KF_TEST_OAUTH                                                                              \
    "auth = oauth\n"                                                                               \
    "token-url = " KF_TEST_TOKEN_URL "\n"                                                          \
    "client-id = host\n"                                                                           \
    "client-secret-file = secret\n"
#define KF_TEST_TOKEN(text)                                                                        \
    "{\"access_token\": \"" text "\", \"token_type\": \"Bearer\", \"expires_in\": 3600}"

struct kf_test_world {
    struct kf_run run; /* what the code under test is given */
    struct kf_job job; /* a SUBMIT of request.pem for the template WebServer, no cookie */
    struct kf_config *config;
    struct kf_error err;
    const char *directory;       /* of the configuration's files */
    const char *state_directory; /* not there at first */

    struct kf_effects effects;
    struct kf_test_step *script;
    size_t script_count;
    struct kf_request *requests; /* what the server was asked, see kf_test_request() */
    size_t request_count;
    void (*look)(struct kf_test_world *world); /* called at each request, before its answer */
};

/* A new world with nothing in its script, owned by mem; there is one at a time. The configuration
 * is complete and opened; settings are more lines for [keyfactor], or sections; "password" and
 * "secret" are names of files of secrets. run.csr is the request of job, run.identity one of its
 * names, and run.since is KF_TEST_NOW. */
struct kf_test_world *kf_test_world(TALLOC_CTX *mem, const char *settings);

/* The clock from now on, seconds since 1970. */
void kf_test_set_clock(int64_t now);

/* What random() says from now on; 0 at first. */
void kf_test_set_random(uint32_t value);

/* Makes FILE of tests/data the request, and cookie (or NULL) that of the job. */
void kf_test_ask(struct kf_test_world *world, const char *file, const char *cookie);

/* An answer with nothing but a status and a body; the body is owned by mem. */
struct kf_reply kf_test_reply(TALLOC_CTX *mem, int status, const char *body);

/* Adds to the script: the next request is what, such as "GET /KeyfactorAPI/Certificates" (of the
 * server https://keyfactor.example.com) or "POST https://login.example.com/token", and gets this
 * answer. More of the answer may be set by the caller. */
struct kf_reply *kf_test_answer(struct kf_test_world *world, const char *what, int status,
                                const char *body);

/* Adds to the script: the next request is what, and fails. The reason is "scripted failure". */
void kf_test_failure(struct kf_test_world *world, const char *what, enum kf_rc rc);

/* Fails the test when something of the script has not happened. */
void kf_test_script_is_over(const struct kf_test_world *world);

/* A copy of request number i, from 0; fails the test without. */
const struct kf_request *kf_test_request(const struct kf_test_world *world, size_t i);

/* The value of a header, of a parameter of the query, and of a field of the form; NULL when there
 * is none. */
const char *kf_test_header(const struct kf_request *request, const char *name);
const char *kf_test_parameter(const struct kf_request *request, const char *name);
const char *kf_test_field(const struct kf_request *request, const char *name);

/* The text of tests/data/enrollment/FILE, owned by mem. */
const char *kf_test_enrollment(TALLOC_CTX *mem, const char *file);

/* The texts of such files, one after another, owned by mem. The names end with NULL: FILES(). */
const char *kf_test_enrollments(TALLOC_CTX *mem, const char *const *files);

/* The base64 of the DER of a certificate of tests/data/enrollment, as answers in JSON have it. */
const char *kf_test_certificate(TALLOC_CTX *mem, const char *file);

/* The text of FILE in the state folder, owned by world; NULL when there is none. */
char *kf_test_state(struct kf_test_world *world, const char *file);

/* Gives FILE in the state folder the time, seconds since 1970. */
void kf_test_set_file_time(const struct kf_test_world *world, const char *file, int64_t when);

#endif
