/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-submit --check: which steps there are, and in what order. Layer 4; no library. */

#include "check_parts.h"

#include <stdarg.h>
#include <string.h>

#define JOINED_MAX   10
#define NEEDS_MAX    2
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct step {
    const char *name;
    const char *needs[NEEDS_MAX]; /* earlier steps that must not have failed */
    enum kf_check_mark (*run)(struct kf_check *check);
};

static const struct step host_steps[] = {
    {"configuration", {NULL}, kf_check_configuration},
    {"secrets", {"configuration"}, kf_check_secrets},
    {"state", {"configuration"}, kf_check_state},
    {"openssl", {NULL}, kf_check_openssl},
};

/* Those on the network, but of no server. */
static const struct step account_steps[] = {
    {"sandbox", {"secrets", "openssl"}, kf_check_sandbox},
    {"token", {"secrets", "openssl"}, kf_check_token},
};

static const struct step server_steps[] = {
    {"name", {"secrets", "openssl"}, kf_check_name},
    {"connect", {"name"}, kf_check_connect},
    {"tls", {"connect"}, kf_check_tls},
    {"clock", {"tls"}, kf_check_clock},
    {"login", {"tls", "token"}, kf_check_login},
    {"api", {"login"}, kf_check_api},
    {"application", {"api"}, kf_check_application},
    {"certificates", {"api"}, kf_check_certificates},
    {"pending", {"api"}, kf_check_pending},
    {"workflows", {"api"}, kf_check_workflows},
    {"template", {"api"}, kf_check_template},
};

enum kf_check_mark
kf_check_say(struct kf_check *check, enum kf_check_mark mark, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    check->result->text = talloc_vasprintf(check->run.mem, format, args);
    va_end(args);
    return mark;
}

enum kf_check_mark
kf_check_fail(struct kf_check *check, enum kf_rc rc, const struct kf_error *err)
{
    /* What the daemon waits for, a person looks after. */
    const bool is_of_server = rc == KF_BUSY || rc == KF_UNCERTAIN;

    return kf_check_say(check, KF_CHECK_FAIL, "%s%s",
                        is_of_server ? "look at the server, and try again: " : "", err->text);
}

static void
add_figure(struct kf_check *check, const struct kf_check_figure *figure)
{
    check->result->figures[check->result->figure_count++] = *figure;
}

void
kf_check_number(struct kf_check *check, const char *name, int64_t number)
{
    add_figure(check, &(struct kf_check_figure){.name = name, .number = number});
}

void
kf_check_text(struct kf_check *check, const char *name, const char *text)
{
    if (text != NULL) {
        add_figure(check, &(struct kf_check_figure){.name = name,
                                                    .text = talloc_strdup(check->run.mem, text)});
    }
}

static size_t
count_texts(const char *const *list)
{
    size_t count = 0;

    while (list[count] != NULL) {
        count++;
    }
    return count;
}

void
kf_check_list(struct kf_check *check, const char *name, const char *const *list)
{
    char **copy = talloc_zero_array(check->run.mem, char *, count_texts(list) + 1);

    for (size_t i = 0; list[i] != NULL && copy != NULL; i++) {
        copy[i] = talloc_strdup(copy, list[i]);
    }
    add_figure(check, &(struct kf_check_figure){.name = name, .list = copy});
}

const char *
kf_check_join(const struct kf_check *check, const char *const *list)
{
    char *text = talloc_strdup(check->run.mem, "");

    for (size_t i = 0; i <= JOINED_MAX && list[i] != NULL && text != NULL; i++) {
        text = talloc_asprintf_append_buffer(text, "%s%s", i == 0 ? "" : ", ",
                                             i == JOINED_MAX ? "..." : list[i]);
    }
    return text == NULL ? "" : text;
}

/* The step of that name that must not have failed, when it has; else NULL. */
static const char *
find_obstacle(const struct kf_check *check, const struct step *step)
{
    for (size_t i = check->report.count; i-- > 0;) {
        const struct kf_check_result *result = &check->report.results[i];
        const bool has_failed = result->mark == KF_CHECK_FAIL || result->is_blocked;

        for (size_t j = 0; j < NEEDS_MAX && step->needs[j] != NULL; j++) {
            if (has_failed && strcmp(result->step, step->needs[j]) == 0 &&
                (result->server == NULL || result->server == check->server)) {
                return result->step;
            }
        }
    }
    return NULL;
}

/* A new result at the end of the report; NULL when memory is out. */
static struct kf_check_result *
add_result(struct kf_check *check, const char *step)
{
    struct kf_check_report *report = &check->report;
    struct kf_check_result *grown =
        talloc_realloc(check->run.mem, report->results, struct kf_check_result, report->count + 1);

    if (grown == NULL) {
        return NULL;
    }
    report->results = grown;
    check->result = &grown[report->count++];
    *check->result = (struct kf_check_result){.step = step, .server = check->server};
    return check->result;
}

static enum kf_rc
run_step(struct kf_check *check, const struct step *step)
{
    const char *obstacle = find_obstacle(check, step);
    struct kf_check_result *result = add_result(check, step->name);

    if (result == NULL) {
        return kf_fail_nomem(check->run.err);
    }
    if (obstacle != NULL) {
        result->is_blocked = true;
        result->mark = kf_check_say(check, KF_CHECK_SKIP, "needs %s", obstacle);
    } else {
        result->mark = step->run(check);
    }
    return result->text == NULL ? kf_fail_nomem(check->run.err) : KF_OK;
}

static enum kf_rc
run_steps(struct kf_check *check, const struct step *steps, size_t count)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        rc = run_step(check, &steps[i]);
    }
    return rc;
}

static enum kf_rc
answer(const struct kf_check *check, struct kf_outcome **_outcome)
{
    TALLOC_CTX *mem = check->run.mem;
    const char *text = check->wish->is_json
                           ? kf_check_report_json(mem, &check->report)
                           : kf_check_report_lines(mem, &check->report, check->wish->has_colours);
    enum kf_rc rc = kf_outcome_answer(mem, text, _outcome, check->run.err);

    if (rc == KF_OK && kf_check_report_has_failed(&check->report)) {
        (*_outcome)->status = KF_STATUS_CHECK_FAILED;
    }
    return rc;
}

/* What is tried on the network. */
static enum kf_rc
perform(struct kf_run *run, struct kf_outcome **_outcome)
{
    struct kf_check *check = (struct kf_check *)run;
    enum kf_rc rc = run_steps(check, account_steps, COUNT(account_steps));

    for (char **url = run->config->url; *url != NULL && rc == KF_OK; url++) {
        check->server = *url;
        kf_check_greet(check);
        rc = run_steps(check, server_steps, COUNT(server_steps));
    }
    return rc == KF_OK ? answer(check, _outcome) : rc;
}

static const struct kf_operation operation = {.name = "--check", .perform = perform};

/* Without a complete configuration all that is left is skipped. */
static enum kf_rc
skip_network(struct kf_check *check, struct kf_outcome **_outcome)
{
    enum kf_rc rc = run_steps(check, account_steps, COUNT(account_steps));

    if (rc == KF_OK) {
        rc = run_steps(check, server_steps, COUNT(server_steps));
    }
    return rc == KF_OK ? answer(check, _outcome) : rc;
}

/* What goes wrong outside all steps is a failure of one more, so that the report is whole. */
static enum kf_rc
try_network(struct kf_check *check, struct kf_outcome **_outcome)
{
    enum kf_rc rc = check->wish->perform(&check->run, &operation, _outcome);

    if (rc == KF_OK) {
        return rc;
    }
    if (add_result(check, "network") == NULL) {
        return kf_fail_nomem(check->run.err);
    }
    check->result->mark = kf_check_fail(check, rc, check->run.err);
    return answer(check, _outcome);
}

/* The time of a run is for one server: here each of them has it. */
static void
extend_time(struct kf_config *config)
{
    int count = 0;

    while (config->url[count] != NULL) {
        count++;
    }
    config->timeout *= count;
}

enum kf_rc
kf_check(struct kf_run *run, const struct kf_check_wish *wish, struct kf_outcome **_outcome)
{
    struct kf_check check = {.run = *run, .wish = wish};
    enum kf_rc rc = run_steps(&check, host_steps, COUNT(host_steps));

    if (rc != KF_OK) {
        return rc;
    }
    if (find_obstacle(&check, &account_steps[0]) != NULL) {
        return skip_network(&check, _outcome);
    }
    extend_time(check.run.config);
    return try_network(&check, _outcome);
}
