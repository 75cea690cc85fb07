/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-submit --status. Layer 4; no library. */

#include "overview.h"

#include "csr.h"
#include "log.h"
#include "overview_report.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>

#define PROGRAM "keyfactor-submit"
/* A certificate that has less than both left should have been renewed. */
#define EXPIRING      (14 * INT64_C(86400)) /* seconds */
#define EXPIRING_PART 3                     /* of its lifetime */

/* What is known of the daemon's requests and of ours, on the way to the report. */
struct overview {
    TALLOC_CTX *mem;
    const struct kf_overview_wish *wish;
    struct kf_overview_report report;
    const char *ca;              /* whose state folder this is */
    const char *state_directory; /* NULL: it is not known */
};

/* The state folder of a CA; one without a configuration that can be read has none. */
static const char *
find_state_directory(struct overview *self, const char *ca)
{
    struct kf_config_source source = self->wish->source;
    struct kf_config *config = NULL;
    struct kf_error err;

    if (self->ca != NULL && strcmp(self->ca, ca) == 0) {
        return self->state_directory;
    }
    source.nickname = ca;
    if (kf_config_read(self->mem, &source, &config, &err) != KF_OK) {
        kf_log(KF_LOG_NOTICE, "%s", err.text);
    }
    self->ca = ca;
    self->state_directory = config == NULL ? NULL : config->state_directory;
    return self->state_directory;
}

/* What was kept of the last run for a request; NULL when nothing was. */
static struct kf_record *
find_record(struct overview *self, const struct kf_bus_request *request)
{
    const char *directory = find_state_directory(self, request->ca);
    struct kf_record *record = NULL;
    struct kf_csr *csr = NULL;
    struct kf_error err;

    if (directory != NULL &&
        kf_csr_read(self->mem, request->csr, strlen(request->csr), &csr, &err) == KF_OK) {
        kf_records_load(self->mem, directory, csr->content_sha256, &record);
    }
    return record;
}

/* What the cookie that the daemon holds says of a request that waits. */
static struct kf_record
read_cookie(struct overview *self, const struct kf_bus_request *request)
{
    const struct kf_outcome outcome = {.status = KF_STATUS_WAIT_DELAY, .text = request->cookie};
    struct kf_record record = {.attempt = 0};

    kf_record_outcome(self->mem, &outcome, &record);
    return record;
}

static const char *
find_state(const struct kf_bus_request *request, bool waits, const struct kf_record *cookie)
{
    static const struct {
        const char *status;
        const char *state;
    } states[] = {
        {"MONITORING", "issued"},
        {"CA_REJECTED", "rejected"},
        {"CA_UNREACHABLE", "unreachable"},
        {"CA_UNCONFIGURED", "unconfigured"},
    };

    if (waits) {
        return kf_fate_name(cookie->fate);
    }
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(request->status, states[i].status) == 0) {
            return states[i].state;
        }
    }
    return request->is_stuck ? "stuck" : "working";
}

/* Renewed certificates are not so near their end. */
static bool
is_expiring(const struct kf_bus_request *request, int64_t now)
{
    const int64_t left = request->expires - now;
    const int64_t lifetime = request->expires - request->begins;

    return request->expires != 0 && left < EXPIRING && left < lifetime / EXPIRING_PART;
}

/* Adds what is not in order with a certificate that is monitored. */
static void
judge(const struct kf_bus_request *request, int64_t now, struct kf_overview_report_entry *entry)
{
    const bool is_issued = strcmp(entry->state, "issued") == 0;

    entry->needs_look = request->is_stuck || request->error[0] != '\0';
    if (is_expiring(request, now)) {
        entry->needs_look = true;
        if (is_issued) {
            entry->state = request->expires <= now ? "expired" : "expiring";
        }
    }
}

/* Joins what the daemon says with what was kept of the last run. */
static struct kf_overview_report_entry
describe(struct overview *self, const struct kf_bus_request *request)
{
    const struct kf_record *kept = find_record(self, request);
    const struct kf_record waiting = read_cookie(self, request);
    const bool waits = request->cookie[0] != '\0' && strcmp(request->status, "CA_WORKING") == 0;
    struct kf_overview_report_entry entry = {
        .nickname = kf_record_text(self->mem, request->nickname),
        .status = kf_record_text(self->mem, request->status),
        .state = find_state(request, waits, &waiting),
        .ca = kf_record_text(self->mem, request->ca),
        .template = kf_record_text(self->mem, request->template),
        .subject = kf_record_text(self->mem, request->subject),
        .certificate = kf_record_text(self->mem, request->certificate),
        .reason = kf_record_text(self->mem, request->error),
        .expires = request->expires,
    };

    if (waits) {
        entry.request_id = waiting.request_id;
        entry.attempt = waiting.attempt;
    }
    if (kept != NULL) {
        entry.request_id = entry.request_id != 0 ? entry.request_id : kept->request_id;
        entry.template = entry.template[0] != '\0' ? entry.template : kept->template;
        entry.last_try = kept->time;
    }
    if (kept != NULL && waits && kept->delay != 0) {
        entry.next_try = kept->time + kept->delay;
        entry.reason = kept->reason;
    }
    judge(request, self->wish->now, &entry);
    return entry;
}

/* True for the command of this helper. */
static bool
is_ours(const char *command)
{
    const size_t len = strcspn(command, " ");
    const char *slash = memrchr(command, '/', len);
    const char *name = slash == NULL ? command : slash + 1;
    const size_t name_len = len - (size_t)(name - command);

    return name_len == strlen(PROGRAM) && strncmp(name, PROGRAM, name_len) == 0;
}

static bool
is_wanted(const struct overview *self, const char *ca)
{
    return self->wish->ca == NULL || strcmp(self->wish->ca, ca) == 0;
}

static enum kf_rc
make_room(struct overview *self, size_t count, struct kf_error *err)
{
    self->report.entries =
        talloc_zero_array(self->mem, struct kf_overview_report_entry, (unsigned)count);
    return self->report.entries == NULL ? kf_fail_nomem(err) : KF_OK;
}

static enum kf_rc
join(struct overview *self, const struct kf_bus_request *requests, size_t count,
     struct kf_error *err)
{
    enum kf_rc rc = make_room(self, count, err);

    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        if (is_ours(requests[i].helper) && is_wanted(self, requests[i].ca)) {
            self->report.entries[self->report.count++] = describe(self, &requests[i]);
        }
    }
    return rc;
}

static struct kf_overview_report_entry
describe_record(const struct kf_record *record)
{
    const bool waits = record->fate == KF_FATE_PENDING || record->fate == KF_FATE_RETRYING;

    return (struct kf_overview_report_entry){
        .nickname = "",
        .status = "",
        .certificate = "",
        .state = kf_fate_name(record->fate),
        .needs_look = !waits && record->fate != KF_FATE_ISSUED,
        .ca = record->ca,
        .template = record->template,
        .subject = record->subject,
        .reason = record->reason,
        .request_id = record->request_id,
        .attempt = record->attempt,
        .last_try = record->time,
        .next_try = record->delay != 0 ? record->time + record->delay : 0,
    };
}

/* The last one first. */
static int
compare(const void *left, const void *right)
{
    const struct kf_overview_report_entry *a = left;
    const struct kf_overview_report_entry *b = right;

    return (a->last_try < b->last_try) - (a->last_try > b->last_try);
}

/* Without the daemon: what was kept of the last run of each request. */
static enum kf_rc
recall(struct overview *self, struct kf_error *err)
{
    const char *directory = find_state_directory(self, self->wish->source.nickname);
    size_t count = 0;
    struct kf_record **records =
        directory == NULL ? NULL : kf_records_list(self->mem, directory, &count);
    enum kf_rc rc = KF_OK;

    self->report.complaint = kf_record_text(self->mem, err->text);
    rc = make_room(self, count, err);
    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        if (is_wanted(self, records[i]->ca)) {
            self->report.entries[self->report.count++] = describe_record(records[i]);
        }
    }
    if (rc == KF_OK) {
        qsort(self->report.entries, self->report.count, sizeof(*self->report.entries), compare);
    }
    return rc;
}

static enum kf_rc
answer(const struct overview *self, struct kf_outcome **_outcome, struct kf_error *err)
{
    const char *text = self->wish->is_json ? kf_overview_report_json(self->mem, &self->report)
                                           : kf_overview_report_lines(self->mem, &self->report);
    enum kf_rc rc = kf_outcome_answer(self->mem, text, _outcome, err);

    if (rc == KF_OK && kf_overview_report_needs_look(&self->report)) {
        (*_outcome)->status = KF_STATUS_CHECK_FAILED;
    }
    return rc;
}

enum kf_rc
kf_overview(TALLOC_CTX *mem_ctx, const struct kf_overview_wish *wish, struct kf_outcome **_outcome,
            struct kf_error *err)
{
    struct overview self = {.mem = mem_ctx, .wish = wish};
    struct kf_bus_request *requests = NULL;
    size_t count = 0;
    enum kf_rc rc = wish->list(mem_ctx, wish->address, &requests, &count, err);

    if (rc == KF_OK) {
        rc = join(&self, requests, count, err);
    } else if (rc == KF_NOTSENT) {
        rc = recall(&self, err);
    }
    return rc == KF_OK ? answer(&self, _outcome, err) : rc;
}
