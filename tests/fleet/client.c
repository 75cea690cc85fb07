/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a host does after each answer: the helper's rules, as submit.c has them and with the delays
 * of its retry.c, and two others to compare them with. */

#include "client.h"

#include "retry.h"

#define DAY   86400
#define FIXED 60

/* When certmonger begins to renew. */
#define VALIDITY_LEFT (28 * DAY)

const char *
policy_name(enum policy policy)
{
    static const char *const names[] = {"helper", "certmonger", "fixed"};

    return names[policy];
}

enum request_kind
client_first_request(const struct host *host)
{
    return host->state == HOST_SUBMIT ? REQUEST_SUBMIT : REQUEST_LOOKUP;
}

static int64_t
helper_wait(const struct kf_config *config, struct host *host, enum answer answer,
            int64_t retry_after, struct chance *chance)
{
    int64_t at_least = answer == ANSWER_NOT_NOW ? retry_after : 0;

    if (answer == ANSWER_PENDING) {
        host->attempt = host->state == HOST_RESUME ? host->attempt + 1 : 0;
        host->state = HOST_RESUME;
        return kf_poll_delay(config, host->attempt, 0, chance_number(chance));
    }
    host->attempt++;
    if (answer == ANSWER_LOST) {
        at_least = config->retry_interval;
        if (host->state == HOST_SUBMIT) {
            host->state = HOST_RECONCILE;
        }
    }
    return kf_retry_delay(config, host->attempt, at_least, chance_number(chance));
}

/* Seven days, but half of what is left of a certificate that is renewed. */
static int64_t
certmonger_wait(const struct host *host, enum answer answer, int64_t now)
{
    const int64_t half = (host->due + VALIDITY_LEFT - now) / 2;

    return answer == ANSWER_PENDING || half > 7 * DAY ? 7 * DAY : half > DAY ? half : DAY;
}

int64_t
client_wait(enum policy policy, const struct kf_config *config, struct host *host,
            enum answer answer, int64_t now, int64_t retry_after, struct chance *chance)
{
    if (policy == POLICY_HELPER) {
        return helper_wait(config, host, answer, retry_after, chance);
    }
    if (answer == ANSWER_PENDING) {
        host->state = HOST_RESUME;
    }
    return policy == POLICY_FIXED ? FIXED : certmonger_wait(host, answer, now);
}
