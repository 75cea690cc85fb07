/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CHECK_PARTS_H
#define KF_CHECK_PARTS_H

/* What the steps of --check share. */

#include "api.h"
#include "check.h"
#include "check_report.h"

/* How long one answer may take, in seconds. */
#define KF_CHECK_ANSWER_LIMIT 20

struct kf_check {
    struct kf_run run; /* the first, so that an operation that is given it finds the rest */
    const struct kf_check_wish *wish;
    struct kf_check_report report;
    struct kf_check_result *result; /* of the step that runs now */
    struct kf_login login;          /* after the step "token" */

    /* Of the server that is tried now. */
    const char *server;
    struct kf_contact contact; /* of the first exchange, which names no account */
    struct kf_reply *greeting; /* its answer, or NULL; and why it failed */
    enum kf_rc greeting_rc;
    struct kf_error greeting_err;
    enum kf_rc rest_rc; /* after the step "login": what the Keyfactor API said */
    struct kf_error rest_err;
    const char *product;      /* the server's version, or NULL */
    const struct kf_api *api; /* after the step "api" */
};

/* Sets what is said of the step, and returns mark: `return kf_check_say(check, KF_CHECK_OK, "...")`
 */
enum kf_check_mark kf_check_say(struct kf_check *check, enum kf_check_mark mark, const char *format,
                                ...) __attribute__((format(printf, 3, 4)));

/* Says of the step that it failed with rc, as err has it, and what to do; returns KF_CHECK_FAIL. */
enum kf_check_mark kf_check_fail(struct kf_check *check, enum kf_rc rc, const struct kf_error *err);

/* Adds a figure to the step. Text (NULL: none is added) and list are copied. */
void kf_check_number(struct kf_check *check, const char *name, int64_t number);
void kf_check_text(struct kf_check *check, const char *name, const char *text);
void kf_check_list(struct kf_check *check, const char *name, const char *const *list);

/* The texts of list with ", " between, those beyond the first few as "..."; owned by the check. */
const char *kf_check_join(const struct kf_check *check, const char *const *list);

/* The first exchange with check->server, which names no account. */
void kf_check_greet(struct kf_check *check);

/* Another one, with the Keyfactor API and as the account. Fails as kf_exchange_at() does;
 * KF_BADREPLY also when the answer is not JSON. */
enum kf_rc kf_check_ask_rest(struct kf_check *check, struct kf_request *request,
                             struct kf_reply **_reply);

/* The steps. Each returns its mark and has said what it found. */
enum kf_check_mark kf_check_configuration(struct kf_check *check);
enum kf_check_mark kf_check_secrets(struct kf_check *check);
enum kf_check_mark kf_check_state(struct kf_check *check);
enum kf_check_mark kf_check_openssl(struct kf_check *check);
enum kf_check_mark kf_check_sandbox(struct kf_check *check);

enum kf_check_mark kf_check_name(struct kf_check *check);
enum kf_check_mark kf_check_connect(struct kf_check *check);
enum kf_check_mark kf_check_tls(struct kf_check *check);
enum kf_check_mark kf_check_clock(struct kf_check *check);

enum kf_check_mark kf_check_token(struct kf_check *check);
enum kf_check_mark kf_check_login(struct kf_check *check);
enum kf_check_mark kf_check_api(struct kf_check *check);
enum kf_check_mark kf_check_application(struct kf_check *check);

enum kf_check_mark kf_check_certificates(struct kf_check *check);
enum kf_check_mark kf_check_pending(struct kf_check *check);
enum kf_check_mark kf_check_workflows(struct kf_check *check);
enum kf_check_mark kf_check_template(struct kf_check *check);

#endif
