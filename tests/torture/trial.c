/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One disturbed run, and what the daemon does then. */

#include "trial.h"

#include "answer.h"
#include "folder.h"
#include "record.h"
#include "request.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUSES     7  /* 0 to 6 */
#define RUNS_MAX     8  /* until a request must have ended well */
#define FAILURES_MAX 20 /* that are told at length */

static const struct disturbance nothing = {.first = 0};

static const struct scenario *scenario;
static unsigned trials;
static unsigned statuses[STATUSES]; /* of the disturbed runs */
static unsigned followed;           /* runs that came after them */
static unsigned crashes;            /* runs that ended in the helper's own words about a crash */
static unsigned failures;           /* trials that did not end well */
static unsigned strange;            /* requests that came when their runs had ended */

/* What one trial is about. */
struct trial {
    struct request request; /* its own, when the scenario submits */
    char *cookie;           /* the daemon's */
    unsigned accepted;      /* requests that the server issued or kept */
    unsigned received;      /* of whatever kind */
    unsigned damaged;       /* no enrollments at all, though sent as such */
    struct helper_end end;  /* of the last run */
    const char *complaint;  /* NULL: none */
};

static void
begin_trial(struct trial *trial)
{
    *trial = (struct trial){.complaint = NULL};
    folder_restore();
    trials++;
    if (scenario->submits) {
        request_make(trials, &trial->request);
    }
}

static void
end_trial(struct trial *trial)
{
    request_free(&trial->request);
    helper_free(&trial->end);
    free(trial->cookie);
}

static void
keep_cookie(struct trial *trial)
{
    const char *line = answer_cookie(&trial->end);

    if (line != NULL && scenario->ending != ENDING_ANSWER) {
        free(trial->cookie);
        trial->cookie = strndup(line, strcspn(line, "\n"));
    }
}

static void
read_record(struct trial *trial)
{
    const struct record_news news = record_read(trial->request.pem);

    trial->received += news.requests;
    trial->accepted += news.accepted;
    trial->damaged += news.damaged;
    strange += news.strange;
}

static void
run(struct trial *trial, const struct disturbance *disturbance)
{
    const struct order order = {.csr = trial->request.pem, .cookie = trial->cookie};

    helper_free(&trial->end);
    helper_run(scenario, &order, disturbance, &trial->end);
    trial->complaint = answer_check(scenario, &trial->request, &trial->end);
    keep_cookie(trial);
    read_record(trial);
    if (trial->complaint == NULL && trial->accepted > 1) {
        trial->complaint = "the server has it twice";
    }
    if (trial->complaint == NULL && trial->damaged > 0) {
        trial->complaint = "what was sent is not what was meant";
    }
}

/* The next run would be the undisturbed one once more: nobody knows anything of this one. */
static bool
has_left_nothing(const struct trial *trial)
{
    return trial->received == 0 && trial->cookie == NULL && folder_is_as_kept();
}

static void
follow(struct trial *trial)
{
    for (int i = 0; trial->complaint == NULL && !answer_is_final(scenario, &trial->end); i++) {
        if (i == RUNS_MAX) {
            trial->complaint = "it does not end well later";
            return;
        }
        folder_age_notes();
        run(trial, &nothing);
        followed++;
    }
    if (trial->complaint == NULL && trial->accepted != (scenario_is_accepted(scenario) ? 1 : 0)) {
        trial->complaint = "the server does not have it once";
    }
}

static void
complain(const struct trial *trial, const char *fault)
{
    if (++failures <= FAILURES_MAX) {
        fprintf(stderr,
                "%s: %s\n  exit status %d, standard output:\n%.500s\n  standard error:\n%.1500s\n",
                fault, trial->complaint, trial->end.status, trial->end.out, trial->end.err);
    }
}

void
trial_begin(const struct scenario *_scenario, const struct disturbance *watcher)
{
    struct trial trial;

    scenario = _scenario;
    folder_keep(scenario->state);
    record_open(scenario->server);
    begin_trial(&trial);
    run(&trial, watcher);
    answer_keep(scenario, &trial.end);
    if (trial.complaint != NULL || !answer_is_final(scenario, &trial.end)) {
        errx(1, "Bail out! %s does not end well undisturbed: %s: exit status %d, %s%s",
             scenario->name, trial.complaint == NULL ? "another ending" : trial.complaint,
             trial.end.status, trial.end.out, trial.end.err);
    }
    end_trial(&trial);
}

/* Whether a place, "FILE+OFFSET", is in a library that is known to crash without memory: those that
 * read INI files, the one that makes filters of system calls, and OpenSSL 3.0 as it sets itself up.
 */
static bool
is_fragile(const char *place)
{
    static const char *const files[] = {"libini_config.so",   "libcollection.so", "libref_array.so",
                                        "libbasicobjects.so", "libpath_utils.so", "libseccomp.so",
                                        "libcrypto.so"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strncmp(place, files[i], strlen(files[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_libc(const char *place)
{
    return strncmp(place, "libc.so", strlen("libc.so")) == 0;
}

/* libcurl 7.88 that has no memory to keep a TLS session frees the name of its server, which it
 * frees again when the next session ticket comes: libssl calls it for each. */
static bool
is_lost_session(const char *place, const char *fault)
{
    return strncmp(place, "libcurl.so", strlen("libcurl.so")) == 0 &&
           strstr(fault, " libssl.so") != NULL;
}

/* No program can help what its libraries do without memory: it can only still end with a status and
 * a reason. libc is known to crash where it looks for a user: then it calls itself for memory. */
static bool
is_known_to_crash(const char *fault)
{
    const char *found = strstr(fault, "called from");
    char first[64] = "";
    char second[64] = "";

    return found != NULL && sscanf(found, "called from %63s %63s", first, second) == 2 &&
           (is_fragile(first) || is_fragile(second) || (is_libc(first) && is_libc(second)) ||
            is_lost_session(first, fault));
}

void
trial_run(const struct disturbance *disturbance, const char *(*fault)(void))
{
    struct trial trial;

    begin_trial(&trial);
    run(&trial, disturbance);
    if (answer_is_crash(&trial.end)) {
        crashes++;
        trial.complaint = is_known_to_crash(fault()) ? trial.complaint : "it crashed";
    }
    if (trial.end.status >= 0 && trial.end.status < STATUSES) {
        statuses[trial.end.status]++;
    }
    if (answer_is_final(scenario, &trial.end) || !has_left_nothing(&trial)) {
        follow(&trial);
    }
    if (trial.complaint != NULL) {
        complain(&trial, fault());
    }
    end_trial(&trial);
}

bool
trial_finish(void)
{
    const char *before = ": exit statuses";

    for (unsigned i = 0; i < STATUSES; i++) {
        if (statuses[i] > 0) {
            printf("%s %u: %u", before, i, statuses[i]);
            before = ",";
        }
    }
    printf("; then %u runs to the end of each; %u crashes of libraries caught", followed, crashes);
    if (strange > 0) {
        fprintf(stderr, "%u requests came when their runs had ended\n", strange);
    }
    printf("%s\n", failures + strange == 0 ? "" : "; FAILED");
    return failures + strange == 0;
}
