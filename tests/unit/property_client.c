/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Who wants certificates: what the certmonger daemon was seen to do, and what a person may do. */

#include "property_client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60)
#define HOUR   INT64_C(3600)
#define DAY    KF_WALK_DAY

/* So many runs, and so much help from a person, are enough for a certificate once all is well. */
#define RUNS_IN_THE_END  16
#define HELPS_IN_THE_END 2

static void
pass(struct kf_walk *walk, int64_t seconds)
{
    kf_server_tell(walk->server, "%" PRId64 " s later", seconds);
    kf_server_pass(walk->server, seconds);
    kf_walk_check_once(walk);
}

static int64_t
dice_of(struct kf_walk *walk, int64_t low, int64_t high)
{
    return low + kf_server_dice(walk->server, (uint32_t)(high - low + 1));
}

/* A new certificate is wanted. */
static void
ask_anew(struct kf_walk *walk)
{
    walk->server->epoch++;
    walk->client.printed = 0;
    walk->client.denied = false;
}

/* From the output of a run that ended in "wait". */
static void
keep_cookie(struct kf_walk *walk, const struct kf_walk_end *end)
{
    const char *cookie = strchr(end->output, '\n') + 1;

    walk->client.cookie = talloc_strndup(walk->world, cookie, strcspn(cookie, "\n"));
    walk->client.due = kf_walk_now(walk) + strtol(end->output, NULL, 10);
}

static void
save_certificate(struct kf_walk *walk, const struct kf_walk_end *end)
{
    struct kf_client *client = &walk->client;
    const char *last = strstr(end->output, "-----END CERTIFICATE-----\n");
    char *leaf = talloc_strndup(walk, end->output, (size_t)(last - end->output));

    client->had = talloc_realloc(walk, client->had, const char *, client->had_count + 1);
    assert_non_null(client->had);
    client->had[client->had_count++] = leaf;
    client->has_left[client->key][client->profile] = false;
    client->certificate = walk->kind->by_hand ? NULL : talloc_asprintf(walk, "%s%s", leaf, last);
    client->phase = KF_CLIENT_MONITORING;
    client->cookie = NULL;
    client->printed = 0;
}

/* A renewal goes on by itself, over the certificate in use; a first request waits for a person. */
static void
end_unissued(struct kf_client *client, int64_t renewal)
{
    client->phase = client->certificate == NULL ? KF_CLIENT_STUCK : KF_CLIENT_ASKING;
    client->due = renewal;
    client->again = client->certificate == NULL ? client->again : !client->again;
}

static void
take_end(struct kf_walk *walk, const struct kf_walk_end *end)
{
    struct kf_client *client = &walk->client;

    client->phase = KF_CLIENT_ASKING;
    switch (end->status) {
    case KF_STATUS_ISSUED:
        save_certificate(walk, end);
        break;
    case KF_STATUS_REJECTED:
        client->cookie = NULL;
        client->denied = client->certificate == NULL;
        end_unissued(client, kf_walk_now(walk) + DAY);
        break;
    case KF_STATUS_UNREACHABLE:
        client->due = kf_walk_now(walk) + (client->certificate == NULL ? 7 * DAY : 60 * HOUR);
        break;
    case KF_STATUS_UNCONFIGURED:
        end_unissued(client, kf_walk_now(walk) + DAY);
        break;
    default:
        keep_cookie(walk, end);
        break;
    }
}

/* The daemon was switched off before it had saved what the helper said, or the helper was: for a
 * minute often, for an hour at most. */
static void
lose_end(struct kf_walk *walk, const struct kf_walk_end *end)
{
    struct kf_client *client = &walk->client;

    if (!end->killed && end->status == KF_STATUS_ISSUED && client->printed == 0) {
        client->printed = kf_walk_now(walk);
    }
    client->phase = KF_CLIENT_ASKING;
    client->due =
        kf_walk_now(walk) + dice_of(walk, 0, kf_server_chance(walk->server, 50) ? MINUTE : HOUR);
}

static const char *
operation_name(const struct kf_walk *walk)
{
    if (walk->kind->by_hand) {
        return NULL;
    }
    return walk->client.cookie == NULL ? "SUBMIT" : "POLL";
}

/* Runs the helper for the client's request; what it says is lost when the client does not take it.
 */
static void
run_request(struct kf_walk *walk, bool taken)
{
    struct kf_client *client = &walk->client;
    struct kf_job job = walk->world->job;
    struct kf_walk_end end;

    job.operation = operation_name(walk);
    job.csr = kf_ca_request(walk->server->ca, client->key, client->again);
    job.cookie = client->cookie;
    job.profile = kf_walk_profiles[client->profile];
    job.certificate = client->certificate;
    if (client->printed != 0 && kf_walk_now(walk) - client->printed >= DAY) {
        ask_anew(walk); /* docs/PROTOCOL: a note that came more than a day ago does not count */
    }
    end = kf_walk_run(walk, &job);
    if (!end.killed) {
        kf_walk_check(walk, &job, &end);
    }
    kf_walk_check_once(walk);
    if (end.killed || !taken) {
        kf_server_tell(walk->server, "  what it says is lost");
        lose_end(walk, &end);
    } else {
        take_end(walk, &end);
    }
}

static bool
loses_end(struct kf_walk *walk)
{
    return !walk->kind->by_hand && walk->server->faults > 0 && kf_server_chance(walk->server, 10);
}

static void
wait_until_due(struct kf_walk *walk)
{
    pass(walk, walk->client.due > kf_walk_now(walk) ? walk->client.due - kf_walk_now(walk) : 0);
    run_request(walk, !loses_end(walk));
}

static void
wait_for_some_time(struct kf_walk *walk)
{
    const int64_t left = walk->client.due - kf_walk_now(walk);

    pass(walk, dice_of(walk, 0, left > 0 ? left : 0));
}

/* One of the operations that the daemon runs at its start. */
static void
run_other_operation(struct kf_walk *walk)
{
    static const char *const names[] = {
        "IDENTIFY",
        "FETCH-ROOTS",
        "GET-SUPPORTED-TEMPLATES",
        "GET-DEFAULT-TEMPLATE",
        "GET-NEW-REQUEST-REQUIREMENTS",
        "GET-RENEW-REQUEST-REQUIREMENTS",
        "FETCH-SCEP-CA-CAPS",
        "FETCH-SCEP-CA-CERTS",
    };
    const struct kf_job job = {.operation = names[kf_server_dice(walk->server, COUNT(names))],
                               .nickname = walk->world->job.nickname,
                               .variable = walk->world->job.variable};
    const struct kf_walk_end end = kf_walk_run(walk, &job);

    if (!end.killed) {
        kf_walk_check_other(walk, &job, &end);
    }
}

static void
restart_daemon(struct kf_walk *walk)
{
    wait_for_some_time(walk);
    kf_server_tell(walk->server, "The daemon starts again");
    run_other_operation(walk);
    run_request(walk, !loses_end(walk));
}

/* `getcert resubmit`: POLL with the old cookie for the old request, then for the new one. */
static void
resubmit(struct kf_walk *walk)
{
    wait_for_some_time(walk);
    kf_server_tell(walk->server, "A person resubmits");
    if (walk->client.cookie != NULL && !walk->kind->by_hand) {
        run_request(walk, false);
    }
    walk->client.again = !walk->client.again;
    run_request(walk, !loses_end(walk));
}

/* Another key, or another template: another certificate. */
static void
change_request(struct kf_walk *walk)
{
    struct kf_client *client = &walk->client;

    client->has_left[client->key][client->profile] = true;
    if (kf_server_chance(walk->server, 50)) {
        client->key = (client->key + 1) % KF_CA_STRANGER;
    } else {
        client->profile = (client->profile + 1) % KF_WALK_PROFILES;
    }
    kf_server_tell(walk->server, "The request changes: key %zu, template %s", client->key,
                   kf_walk_profiles[client->profile]);
    ask_anew(walk);
}

static void
forget_cookie(struct kf_walk *walk)
{
    wait_for_some_time(walk);
    kf_server_tell(walk->server, "A person begins anew, without the cookie");
    walk->client.cookie = NULL;
    run_request(walk, true);
}

static void
go_on_asking(struct kf_walk *walk)
{
    switch (kf_server_dice(walk->server, 10)) {
    case 0:
        if (walk->kind->by_hand) {
            forget_cookie(walk);
        } else {
            restart_daemon(walk);
        }
        break;
    case 1:
        resubmit(walk);
        break;
    case 2:
        wait_for_some_time(walk);
        change_request(walk);
        run_request(walk, !loses_end(walk));
        break;
    default:
        wait_until_due(walk);
        break;
    }
}

static void
help(struct kf_walk *walk)
{
    struct kf_client *client = &walk->client;

    pass(walk, dice_of(walk, 60, 2 * DAY));
    kf_server_tell(walk->server, "A person resubmits");
    if (client->denied) {
        ask_anew(walk);
    }
    client->again = !client->again;
    run_request(walk, !loses_end(walk));
}

static void
renew(struct kf_walk *walk)
{
    /* Of certificates that came within minutes the helper is told the last one only. */
    walk->client.hurries = walk->client.certificate != NULL && !walk->client.hurries &&
                           kf_server_chance(walk->server, 30);
    pass(walk,
         walk->client.hurries ? dice_of(walk, 0, 10 * MINUTE) : dice_of(walk, HOUR, 10 * DAY));
    kf_server_tell(walk->server, "A new certificate is wanted");
    ask_anew(walk);
    walk->client.again = !walk->client.again;
    if (kf_server_chance(walk->server, 30)) {
        change_request(walk);
    }
    run_request(walk, !loses_end(walk));
}

void
kf_client_step(struct kf_walk *walk)
{
    if (kf_server_chance(walk->server, 5)) {
        kf_server_take_stranger(walk->server);
    }
    switch (walk->client.phase) {
    case KF_CLIENT_ASKING:
        go_on_asking(walk);
        break;
    case KF_CLIENT_STUCK:
        help(walk);
        break;
    case KF_CLIENT_MONITORING:
        renew(walk);
        break;
    }
}

void
kf_client_end(struct kf_walk *walk)
{
    unsigned helps = 0;

    kf_server_tell(walk->server, "From now on everything goes well");
    kf_server_be_good(walk->server);
    for (unsigned i = 0; walk->client.phase != KF_CLIENT_MONITORING; i++) {
        if (i == RUNS_IN_THE_END) {
            kf_walk_violate(walk, "no certificate after %u runs in which everything went well", i);
        }
        if (walk->client.phase == KF_CLIENT_ASKING) {
            wait_until_due(walk);
        } else if (helps++ < HELPS_IN_THE_END) {
            help(walk);
        } else {
            kf_walk_violate(walk, "stuck, though everything went well");
        }
    }
}
