/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* --check: the way to a server, which one exchange shows, before any account is named. Layer 4; no
 * library. */

#include "check_parts.h"

#include "certificate.h"
#include "exchange.h"
#include "reply.h"
#include "rest.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>

#define DAY        INT64_C(86400) /* seconds */
#define DAYS_MIN   30             /* that a server's certificate should last */
#define CLOCK_WARN 60             /* seconds */

void
kf_check_greet(struct kf_check *check)
{
    const struct kf_login nobody = {.way = KF_LOGIN_NONE};
    struct kf_run *run = &check->run;
    struct kf_request *request = NULL;

    check->contact = (struct kf_contact){.mem_ctx = run->mem};
    check->greeting = NULL;
    check->greeting_rc = kf_rest_endpoints(run->mem, run->config, &request, run->err);
    if (check->greeting_rc == KF_OK) {
        request->contact = &check->contact;
        request->time_limit = KF_CHECK_ANSWER_LIMIT;
        check->greeting_rc = kf_exchange_at(run, check->server, request, &nobody, &check->greeting);
    }
    check->greeting_err = *run->err;
}

static enum kf_check_mark
fail(struct kf_check *check)
{
    return kf_check_fail(check, check->greeting_rc, &check->greeting_err);
}

enum kf_check_mark
kf_check_name(struct kf_check *check)
{
    const struct kf_contact *contact = &check->contact;

    if (contact->stage < KF_STAGE_NAMED) {
        return fail(check);
    }
    if (contact->addresses == NULL) {
        return kf_check_say(check, KF_CHECK_SKIP, "%s",
                            contact->has_proxy || check->run.config->proxy != NULL
                                ? "left to the proxy"
                                : "url has an address");
    }
    kf_check_list(check, "addresses", (const char *const *)contact->addresses);
    return kf_check_say(check, KF_CHECK_OK, "%s",
                        kf_check_join(check, (const char *const *)contact->addresses));
}

enum kf_check_mark
kf_check_connect(struct kf_check *check)
{
    const struct kf_contact *contact = &check->contact;
    const int64_t milliseconds = (contact->connect_us + 999) / 1000;

    if (contact->stage < KF_STAGE_CONNECTED) {
        return fail(check);
    }
    kf_check_text(check, "route", contact->has_proxy ? "proxy" : "direct");
    kf_check_text(check, "address", contact->address);
    kf_check_number(check, "port", contact->port);
    kf_check_number(check, "milliseconds", milliseconds);
    return kf_check_say(check, KF_CHECK_OK, "%s%s port %d, %" PRId64 " ms",
                        contact->has_proxy ? "through the proxy at " : "",
                        contact->address == NULL ? "?" : contact->address, contact->port,
                        milliseconds);
}

static enum kf_check_mark
tell_certificate(struct kf_check *check, const struct kf_certificate_facts *facts)
{
    const char *protocol = check->contact.protocol == NULL ? "TLS" : check->contact.protocol;
    const int64_t days = (facts->not_after - kf_run_now(&check->run)) / DAY;
    char end[32];

    kf_check_text(check, "protocol", protocol);
    kf_check_text(check, "subject", facts->subject);
    kf_check_list(check, "names", (const char *const *)facts->names);
    kf_check_text(check, "issuer", facts->issuer);
    kf_check_text(check, "not_after", kf_text_time(facts->not_after, end));
    kf_check_number(check, "days_left", days);
    if (days < DAYS_MIN) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "%s; the certificate ends in %" PRId64
                            " days (%s), and then nothing is "
                            "enrolled: have the server's certificate (%s) renewed",
                            protocol, days, end, facts->subject);
    }
    return kf_check_say(check, KF_CHECK_OK, "%s; %s for %s, from %s; %" PRId64 " days left",
                        protocol, facts->subject,
                        kf_check_join(check, (const char *const *)facts->names), facts->issuer,
                        days);
}

enum kf_check_mark
kf_check_tls(struct kf_check *check)
{
    const struct kf_certificate_facts *facts = NULL;

    if (check->contact.stage < KF_STAGE_SECURED) {
        return fail(check);
    }
    facts = kf_certificate_facts(check->run.mem, check->contact.certificates);
    if (facts == NULL) {
        return kf_check_say(check, KF_CHECK_OK, "the server's certificate is trusted");
    }
    return tell_certificate(check, facts);
}

enum kf_check_mark
kf_check_clock(struct kf_check *check)
{
    const int64_t theirs = check->greeting == NULL ? 0 : check->greeting->date;
    const int64_t ours = kf_run_now(&check->run);
    const int64_t apart = llabs(theirs - ours);
    const char *direction = theirs > ours ? "ahead of" : "behind";
    char times[2][32];

    if (theirs == 0) {
        return kf_check_say(check, KF_CHECK_SKIP, "the server does not say what time it has");
    }
    kf_check_number(check, "seconds", theirs - ours);
    if (apart <= CLOCK_WARN) {
        return kf_check_say(check, KF_CHECK_OK, "%" PRId64 " s apart", apart);
    }
    return kf_check_say(check, apart > KF_REPLY_CLOCK_MAX ? KF_CHECK_FAIL : KF_CHECK_WARN,
                        "the server's clock (%s) is %" PRId64
                        " s %s this host's (%s), and over %d s its requests "
                        "are refused: set the one that is wrong (timedatectl, chronyc tracking)",
                        kf_text_time(theirs, times[0]), apart, direction,
                        kf_text_time(ours, times[1]), KF_REPLY_CLOCK_MAX);
}
