/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The runs of the helper in a walk, and what holds for each. */

#include "property_walk.h"

#include "certmonger.h"
#include "cookie.h"
#include "log.h"
#include "operation.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REASON_MAX 300

const char *const kf_walk_profiles[] = {"WebServer", "Other"};

static struct kf_walk *current; /* for what has no context */

/*
 * In place of the helper's own, and of the C library's
 */

/* Nothing here outlives a loss of power, and this would take most of the time. */
int
fsync(int fd)
{
    (void)fd;
    return 0;
}

/* What the helper logs is part of the story. */
void
kf_log(enum kf_log_level level, const char *format, ...)
{
    va_list args;
    char *line = NULL;

    (void)level;
    va_start(args, format);
    line = talloc_vasprintf(NULL, format, args);
    va_end(args);
    kf_server_tell(current->server, "    log: %s", line);
    talloc_free(line);
}

void
kf_log_set_level(enum kf_log_level level)
{
    (void)level;
}

void
kf_walk_violate(const struct kf_walk *walk, const char *format, ...)
{
    char reason[512];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    fprintf(stderr, "KF_PROPERTY_SEED=%" PRIu64 " KF_PROPERTY_WALKS=1, with\n%s%s\n", walk->seed,
            walk->server->story, reason);
    fail_msg("seed %" PRIu64 ": %s", walk->seed, reason);
    abort();
}

int64_t
kf_walk_now(const struct kf_walk *walk)
{
    return walk->server->now_ms / 1000;
}

/*
 * A walk, whose effects are those of its server
 */

/* Each effect may be the helper's last. */
static void
burn(struct kf_walk *walk)
{
    if (walk->fuse > 0 && --walk->fuse == 0) {
        kf_server_tell(walk->server, "  killed");
        longjmp(walk->death, 1);
    }
}

static enum kf_rc
perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
        struct kf_reply **_reply, struct kf_error *err)
{
    struct kf_walk *walk = context;
    enum kf_rc rc;

    burn(walk);
    rc = kf_server_perform(mem_ctx, walk->server, request, _reply, err);
    burn(walk);
    return rc;
}

static int64_t
now_ms(void)
{
    burn(current);
    return current->server->now_ms;
}

static uint32_t
random_number(void)
{
    burn(current);
    return kf_server_dice(current->server, UINT32_MAX);
}

/* The settings of a walk: those of its kind, and some at random. */
static const char *
throw_settings(const struct kf_walk *walk)
{
    static const char *const choices[] = {
        "check-key = yes\n",  "include-chain = no\n",  "fetch-roots = yes\n",  "poll-limit = 1d\n",
        "retry-limit = 1h\n", "retry-interval = 5s\n", "template = Default\n",
    };
    char *settings = talloc_asprintf(walk->server, "%s%s", walk->kind->settings,
                                     walk->server->dialect->settings);

    for (size_t i = 0; i < COUNT(choices); i++) {
        if (kf_server_chance(walk->server, 25)) {
            settings = talloc_strdup_append_buffer(settings, choices[i]);
        }
    }
    assert_non_null(settings);
    return settings;
}

struct kf_walk *
kf_walk_new(TALLOC_CTX *mem, const struct kf_walk_kind *kind, struct kf_ca *ca, uint64_t seed)
{
    struct kf_walk *walk = talloc_zero(mem, struct kf_walk);
    const char *settings = NULL;

    assert_non_null(walk);
    walk->kind = kind;
    walk->seed = seed;
    walk->server = kf_server_new(walk, ca, &kind->manners, seed);
    walk->server->now_ms += KF_WALK_START * 1000;
    settings = throw_settings(walk);
    kf_server_tell(walk->server, "%s", settings);
    walk->world = kf_test_world(walk, settings);
    walk->world->effects = (struct kf_effects){
        .perform = perform, .context = walk, .now_ms = now_ms, .random = random_number};
    walk->server->settle_ms = (uint32_t)walk->world->config->retry_interval * 1000;
    walk->client = (struct kf_client){.phase = KF_CLIENT_ASKING, .due = KF_WALK_START};
    current = walk;
    return walk;
}

/*
 * A run
 */

/* As main() does. */
static enum kf_rc
operate(struct kf_run *run, struct kf_outcome **_outcome)
{
    const struct kf_operation *operation = kf_operation_find(run->job);

    return operation == NULL ? kf_fail(run->err, KF_UNSUPPORTED, "%s", "")
                             : operation->perform(run, _outcome);
}

/* As main() does. */
static int
finish(const struct kf_run *run, enum kf_rc rc, struct kf_outcome *outcome)
{
    static const struct kf_outcome last = {.status = KF_STATUS_UNREACHABLE,
                                           .text = "out of memory"};

    if (rc != KF_OK) {
        rc = kf_outcome_failure(run->mem, kf_outcome_status(rc), &outcome, run->err);
    }
    return kf_certmonger_finish(rc == KF_OK ? outcome : &last);
}

/* Fills in how the run ends; false when the helper is killed. */
static bool
survive(struct kf_walk *walk, struct kf_run *run, struct kf_walk_end *end)
{
    struct kf_test_capture capture;
    struct kf_outcome *outcome = NULL;
    enum kf_rc rc;

    if (setjmp(walk->death) != 0) {
        return false;
    }
    rc = operate(run, &outcome);
    walk->fuse = 0;
    kf_test_capture_begin(&capture, STDOUT_FILENO);
    end->status = finish(run, rc, outcome);
    end->output = kf_test_capture_end(walk->world, &capture);
    return true;
}

/* Gives what the helper has just written the time of the walk's clock. */
static void
date_files(const struct kf_walk *walk)
{
    const char *path = walk->world->state_directory;
    const struct timespec times[2] = {{.tv_sec = (time_t)kf_walk_now(walk)},
                                      {.tv_sec = (time_t)kf_walk_now(walk)}};
    DIR *directory = opendir(path);
    const struct dirent *entry = NULL;
    struct stat info;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (fstatat(dirfd(directory), entry->d_name, &info, 0) == 0 && S_ISREG(info.st_mode) &&
            info.st_mtime > KF_WALK_START + 3650 * KF_WALK_DAY) {
            assert_int_equal(utimensat(dirfd(directory), entry->d_name, times, 0), 0);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

struct kf_walk_end
kf_walk_run(struct kf_walk *walk, const struct kf_job *job)
{
    struct kf_run run = walk->world->run;
    struct kf_walk_end end = {.status = -1, .output = ""};

    end.short_of_memory = walk->server->faults > 0 && kf_server_chance(walk->server, 3);
    run.mem = end.short_of_memory
                  ? kf_test_small_memory(walk->world, 500 + kf_server_dice(walk->server, 30000))
                  : talloc_new(walk->world);
    run.job = job;
    walk->fuse = walk->server->faults > 0 && kf_server_chance(walk->server, 15)
                     ? 1 + kf_server_dice(walk->server, 20)
                     : 0;
    kf_server_tell(walk->server, "%s%s, cookie %s", job->operation == NULL ? "" : job->operation,
                   end.short_of_memory ? " with little memory" : "",
                   job->cookie == NULL ? "none" : job->cookie);
    end.killed = !survive(walk, &run, &end);
    talloc_free(run.mem);
    date_files(walk);
    if (!end.killed) {
        kf_server_tell(walk->server, "  exit %d: %.*s", end.status, (int)strcspn(end.output, "\n"),
                       end.output);
    }
    return end;
}

/*
 * What holds
 */

static bool
is_line(const char *text, size_t max)
{
    const size_t len = strcspn(text, "\n");
    char line[2048];

    if (len == 0 || len > max || strcmp(text + len, "\n") != 0) {
        return false;
    }
    snprintf(line, sizeof(line), "%.*s", (int)len, text);
    return kf_text_is_line(line);
}

/* Whether the text is a delay, which is no longer than a day, and a line for the next run. */
static bool
is_delay(const char *text)
{
    char *end = NULL;
    const unsigned long delay = strtoul(text, &end, 10);

    return text[0] >= '1' && text[0] <= '9' && delay <= (unsigned long)KF_WALK_DAY &&
           *end == '\n' && is_line(end + 1, KF_COOKIE_MAX);
}

static void
check_certificate(const struct kf_walk *walk, const char *csr, const char *output)
{
    const struct kf_client *client = &walk->client;

    if (!kf_ca_is_for(output, csr)) {
        kf_walk_violate(walk, "what was printed is no certificate for the key of the request");
    }
    if (!kf_server_has_issued(walk->server, output)) {
        kf_walk_violate(walk, "the certificate was not issued for this request");
    }
    for (size_t i = 0; i < client->had_count && !client->has_left[client->key][client->profile];
         i++) {
        if (strncmp(output, client->had[i], strlen(client->had[i])) == 0) {
            kf_walk_violate(walk, "the certificate is an old one");
        }
    }
}

void
kf_walk_check(const struct kf_walk *walk, const struct kf_job *job, const struct kf_walk_end *end)
{
    switch (end->status) {
    case KF_STATUS_ISSUED:
        check_certificate(walk, job->csr, end->output);
        return;
    case KF_STATUS_UNREACHABLE:
        if (job->cookie == NULL && !end->short_of_memory) {
            kf_walk_violate(walk, "unreachable, and no cookie that says how to go on");
        }
        break;
    case KF_STATUS_REJECTED:
    case KF_STATUS_UNCONFIGURED:
        break;
    case KF_STATUS_WAIT_DELAY:
        if (!is_delay(end->output)) {
            kf_walk_violate(walk, "no delay and cookie");
        }
        return;
    default:
        kf_walk_violate(walk, "exit %d is not for an enrollment", end->status);
    }
    if (!is_line(end->output, REASON_MAX)) {
        kf_walk_violate(walk, "no reason in one line");
    }
}

void
kf_walk_check_once(const struct kf_walk *walk)
{
    for (unsigned i = 0; walk->kind->once && i <= walk->server->epoch; i++) {
        if (kf_server_issued(walk->server, i) > 1) {
            kf_walk_violate(walk, "two certificates for one request");
        }
    }
}

void
kf_walk_check_other(const struct kf_walk *walk, const struct kf_job *job,
                    const struct kf_walk_end *end)
{
    bool is_right = false;

    switch (end->status) {
    case KF_STATUS_ISSUED:
        is_right = true;
        break;
    case KF_STATUS_WAIT_DELAY:
        is_right = is_delay(end->output);
        break;
    case KF_STATUS_UNSUPPORTED:
        is_right = end->output[0] == '\0';
        break;
    case KF_STATUS_UNREACHABLE:
    case KF_STATUS_UNCONFIGURED:
        is_right = is_line(end->output, REASON_MAX);
        break;
    default:
        break;
    }
    if (!is_right) {
        kf_walk_violate(walk, "%s must not end in exit %d like this", job->operation, end->status);
    }
}
