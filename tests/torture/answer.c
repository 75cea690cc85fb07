/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What certmonger makes of how a run ended: docs/PROTOCOL. */

#include "answer.h"

#include "protocol.h"

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#define REASON_MAX 300

static char
    *answer; /* the undisturbed run's; of a certificate, what is behind it; NULL: none yet */

static const char *
behind_certificate(const char *pem)
{
    static const char line[] = "-----END CERTIFICATE-----\n";
    const char *end = strstr(pem, line);

    return end == NULL ? "" : end + strlen(line);
}

/* Each run has another certificate, and the same chain. */
static bool
has_own_certificate(const struct scenario *scenario)
{
    return scenario->submits && scenario->ending == ENDING_ISSUED;
}

void
answer_keep(const struct scenario *scenario, const struct helper_end *end)
{
    answer = strdup(has_own_certificate(scenario) ? behind_certificate(end->out) : end->out);
    if (answer == NULL) {
        err(1, "strdup");
    }
}

/* Printable, with a line end at its end and nowhere else. */
static bool
is_line(const char *text)
{
    const size_t len = strcspn(text, "\n");

    for (size_t i = 0; i < len; i++) {
        if (!isprint((unsigned char)text[i])) {
            return false;
        }
    }
    return len > 0 && strcmp(text + len, "\n") == 0;
}

static const char *
check_answer(const struct scenario *scenario, const struct request *request, const char *out)
{
    const char *rest = out;

    if (has_own_certificate(scenario) && !request_is_answered(request, out, &rest)) {
        return "the certificate is not the request's";
    }
    return answer == NULL || strcmp(rest, answer) == 0 ? NULL
                                                       : "the answer is not the undisturbed run's";
}

/* Seconds, a line end, and a cookie. */
static const char *
check_wait(const struct helper_end *end)
{
    const size_t digits = strspn(end->out, "0123456789");
    const char *cookie = answer_cookie(end);

    if (digits == 0 || digits > 7 || cookie == NULL || !is_line(cookie)) {
        return "standard output is not seconds and a cookie";
    }
    return NULL;
}

static const char *
check_output(const struct scenario *scenario, const struct request *request,
             const struct helper_end *end)
{
    switch (end->status) {
    case KF_STATUS_ISSUED:
        return check_answer(scenario, request, end->out);
    case KF_STATUS_REJECTED:
        if (scenario->ending != ENDING_REJECTED) {
            return "it is rejected for good, for nothing that the server said";
        }
        break;
    case KF_STATUS_WAIT_DELAY:
        return check_wait(end);
    case KF_STATUS_UNCONFIGURED:
        if (end->is_short) {
            return "it wants an administrator, for nothing that one could do";
        }
        break;
    case KF_STATUS_UNREACHABLE:
        break;
    default:
        return "the exit status is not of the table";
    }
    return is_line(end->out) && strlen(end->out) <= REASON_MAX + 1
               ? NULL
               : "standard output is not a reason on one line";
}

const char *
answer_check(const struct scenario *scenario, const struct request *request,
             const struct helper_end *end)
{
    if (strstr(end->err, "Sanitizer: CHECK failed") != NULL ||
        strstr(end->err, "cannot allocate memory for thread-local data") != NULL) {
        return NULL; /* it is the sanitizer that had no memory, or the loader on behalf of it */
    }
    if (strstr(end->err, "ERROR: AddressSanitizer") != NULL) {
        return NULL; /* a crash: trial.c knows whose */
    }
    if (end->timed_out) {
        return "it did not end";
    }
    if (end->signal != 0) {
        return strsignal(end->signal);
    }
    if (end->is_mute) {
        return end->status == KF_STATUS_UNREACHABLE && end->out[0] == '\0'
                   ? NULL
                   : "what it could not say does not matter to it";
    }
    return check_output(scenario, request, end);
}

bool
answer_is_crash(const struct helper_end *end)
{
    static const char *const words[] = {"ERROR: AddressSanitizer",
                                        "runtime error:", "died of signal", "the helper crashed"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(end->err, words[i]) != NULL || strstr(end->out, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool
is_resumed(const struct helper_end *end)
{
    const char *cookie = answer_cookie(end);

    return cookie != NULL &&
           (strstr(cookie, "state=resume") != NULL || strstr(cookie, "state=guess") != NULL);
}

bool
answer_is_final(const struct scenario *scenario, const struct helper_end *end)
{
    switch (scenario->ending) {
    case ENDING_ISSUED:
    case ENDING_ANSWER:
        return end->status == KF_STATUS_ISSUED;
    case ENDING_REJECTED:
        return end->status == KF_STATUS_REJECTED;
    case ENDING_PENDING:
        return end->status == KF_STATUS_WAIT_DELAY && is_resumed(end);
    }
    return false;
}

const char *
answer_cookie(const struct helper_end *end)
{
    const char *line = strchr(end->out, '\n');

    return end->status == KF_STATUS_WAIT_DELAY && line != NULL && line[1] != '\0' ? line + 1 : NULL;
}
