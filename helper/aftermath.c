/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is told of a run when it is over. Layer 4; no library. */

#include "aftermath.h"

#include "journal.h"
#include "log.h"
#include "metrics.h"
#include "records.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <syslog.h>

/* What all entries of this kind have in common (systemd.journal-fields(7)). */
#define MESSAGE_ID "c9f31db07e4441ac9a33ce084913f0e7"

struct kf_aftermath *
kf_aftermath_prepare(const struct kf_run *run, int64_t begun)
{
    struct kf_aftermath *after = talloc_zero(run->mem, struct kf_aftermath);
    const struct kf_config *config = run->config;
    const struct kf_job *job = run->job;

    if (after == NULL) {
        return NULL;
    }
    *after = (struct kf_aftermath){
        .ca = kf_record_text(after, job->nickname),
        .operation = kf_record_text(after, job->operation),
        .template = kf_record_text(after, config == NULL ? job->profile : kf_run_template(run)),
        .journal =
            talloc_strdup(after, config == NULL ? KF_JOURNAL_SOCKET : config->journal_socket),
        .begun = begun,
        .state_directory = config == NULL ? NULL : talloc_strdup(after, config->state_directory),
        .metrics_directory =
            config == NULL ? NULL : talloc_strdup(after, config->metrics_directory),
    };
    return after;
}

static struct kf_record
make_record(TALLOC_CTX *mem_ctx, const struct kf_aftermath *after, const struct kf_run *run,
            const struct kf_outcome *outcome)
{
    struct kf_record record = {
        .ca = after->ca,
        .template = after->template,
        .subject = kf_record_text(mem_ctx, run->trace.subject),
        .reason = kf_record_text(mem_ctx, run->trace.reason),
        .request_id = run->trace.request_id > 0 ? run->trace.request_id : 0,
    };

    kf_record_outcome(mem_ctx, outcome, &record);
    return record;
}

static int
priority_of(enum kf_fate fate)
{
    if (fate == KF_FATE_ISSUED || fate == KF_FATE_PENDING) {
        return LOG_INFO;
    }
    return fate == KF_FATE_RETRYING ? LOG_WARNING : LOG_ERR;
}

/* A number as text, owned by mem_ctx; NULL for none. */
static char *
number(TALLOC_CTX *mem_ctx, int64_t value)
{
    return value == 0 ? NULL : talloc_asprintf(mem_ctx, "%" PRId64, value);
}

static char *
summarize(TALLOC_CTX *mem_ctx, const struct kf_record *record)
{
    char *text = talloc_asprintf(mem_ctx, "%s: %s", record->ca, kf_fate_name(record->fate));

    if (text != NULL && record->subject[0] != '\0') {
        text = talloc_asprintf_append_buffer(text, ", %s", record->subject);
    }
    if (text != NULL && record->request_id != 0) {
        text = talloc_asprintf_append_buffer(text, ", request %" PRId64, record->request_id);
    }
    if (text != NULL && record->delay != 0) {
        text = talloc_asprintf_append_buffer(text, ", next try in %u s", record->delay);
    }
    if (text != NULL && record->reason[0] != '\0') {
        text = talloc_asprintf_append_buffer(text, ": %s", record->reason);
    }
    return text;
}

static void
tell_journal(TALLOC_CTX *mem_ctx, const struct kf_aftermath *after, const struct kf_record *record)
{
    const struct kf_journal_field fields[] = {
        {"MESSAGE", summarize(mem_ctx, record)},
        {"MESSAGE_ID", MESSAGE_ID},
        {"PRIORITY", number(mem_ctx, priority_of(record->fate))},
        {"SYSLOG_IDENTIFIER", "keyfactor-submit"},
        {"KEYFACTOR_CA", record->ca},
        {"KEYFACTOR_OPERATION", after->operation},
        {"KEYFACTOR_TEMPLATE", record->template},
        {"KEYFACTOR_SUBJECT", record->subject},
        {"KEYFACTOR_REQUEST_ID", number(mem_ctx, record->request_id)},
        {"KEYFACTOR_DISPOSITION", kf_fate_name(record->fate)},
        {"KEYFACTOR_REASON", record->reason},
        {"KEYFACTOR_DELAY", number(mem_ctx, record->delay)},
        {"KEYFACTOR_EXIT_STATUS", talloc_asprintf(mem_ctx, "%d", record->status)},
        {"KEYFACTOR_MILLISECONDS", talloc_asprintf(mem_ctx, "%" PRId64, record->milliseconds)},
    };

    if (after->journal != NULL &&
        !kf_journal_send(after->journal, fields, sizeof(fields) / sizeof(fields[0]))) {
        kf_log(KF_LOG_INFO, "%s: %s: no entry there", after->journal, strerror(errno));
    }
}

static void
write_down(const struct kf_aftermath *after, const char *csr_sha256, const struct kf_record *record)
{
    if (after->state_directory == NULL) {
        return;
    }
    if (csr_sha256 != NULL) {
        kf_records_save(after->state_directory, csr_sha256, record);
    }
    if (after->metrics_directory != NULL) {
        kf_metrics_add(after->metrics_directory, after->state_directory, record);
    }
}

void
kf_aftermath_tell(const struct kf_aftermath *after, const struct kf_run *run,
                  const struct kf_outcome *outcome, int64_t now)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    struct kf_record record;

    if (after != NULL && tmp != NULL) {
        record = make_record(tmp, after, run, outcome);
        record.time = now / 1000;
        record.milliseconds = now > after->begun ? now - after->begun : 0;
        tell_journal(tmp, after, &record);
        write_down(after, run->trace.csr_sha256, &record);
    }
    talloc_free(tmp);
}
