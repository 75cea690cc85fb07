/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A world in memory. The folder, and what the clock says, have no context: hence the statics. */

#include "world.h"

#include "cookie.h"
#include "folder.h"
#include "operation.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define FILES_MAX 8
#define DELAY_MAX (7 * 86400)

/* The state folder. */
static struct {
    TALLOC_CTX *mem;
    struct {
        char *name;
        struct kf_bytes data;
    } files[FILES_MAX];
    size_t count;
} folder;

/* The servers. */
static struct {
    const uint8_t *answers;
    size_t size;
    bool has_request; /* an enrollment arrived, or may have */
} servers;

static size_t
find_file(const char *name)
{
    size_t i = 0;

    while (i < folder.count && strcmp(folder.files[i].name, name) != 0) {
        i++;
    }
    return i;
}

void
kf_fuzz_keep(const char *name, const struct kf_bytes *data)
{
    const size_t i = find_file(name);

    KF_FUZZ_PROMISE(i < FILES_MAX);
    if (i == folder.count) {
        folder.files[folder.count++].name = talloc_strdup(folder.mem, name);
    }
    folder.files[i].data = kf_fuzz_bytes(folder.mem, data->data, data->len);
}

void
kf_folder_write(const char *directory, const char *name, const struct kf_bytes *data)
{
    (void)directory;
    KF_FUZZ_PROMISE(strchr(name, '/') == NULL && name[0] != '.');
    kf_fuzz_keep(name, data);
}

bool
kf_folder_read(TALLOC_CTX *mem_ctx, const char *directory, const char *name,
               struct kf_folder_file *_file)
{
    const size_t i = find_file(name);

    (void)directory;
    KF_FUZZ_PROMISE(strchr(name, '/') == NULL && name[0] != '.');
    if (i == folder.count) {
        return false;
    }
    *_file = (struct kf_folder_file){.written = KF_FUZZ_NOW};
    if (folder.files[i].data.len > 0) {
        _file->data = kf_fuzz_bytes(mem_ctx, folder.files[i].data.data, folder.files[i].data.len);
    }
    return true;
}

void
kf_folder_remove(const char *directory, const char *name)
{
    const size_t i = find_file(name);

    (void)directory;
    if (i < folder.count) {
        folder.files[i] = folder.files[--folder.count];
    }
}

char **
kf_folder_list(TALLOC_CTX *mem_ctx, const char *directory, const char *prefix)
{
    char **names = talloc_zero_array(mem_ctx, char *, FILES_MAX + 1);
    size_t count = 0;

    (void)directory;
    for (size_t i = 0; i < folder.count; i++) {
        if (strncmp(folder.files[i].name, prefix, strlen(prefix)) == 0) {
            names[count++] = talloc_strdup(names, folder.files[i].name);
        }
    }
    return names;
}

/* There is nobody else. */
int
kf_folder_lock(const char *directory, const char *name)
{
    (void)directory;
    (void)name;
    return -1;
}

void
kf_folder_sweep(const char *directory, const char *prefix, int64_t before)
{
    (void)directory;
    (void)prefix;
    (void)before;
}

static int64_t
now_ms(void)
{
    return KF_FUZZ_NOW * 1000;
}

static uint32_t
no_random(void)
{
    return UINT32_MAX;
}

static bool
is_enrollment(const struct kf_request *request)
{
    return strstr(request->url, "/Pkcs10") != NULL ||
           (strcmp(request->method, "POST") == 0 &&
            strstr(request->url, "/Enrollment/CSR") != NULL);
}

/* What docs/PROTOCOL says of a status: a request that got this one was surely not taken. */
static bool
was_refused(int status)
{
    return (status >= 300 && status < 500) || status == 503;
}

/* Takes the first line off text. */
static struct kf_bytes
cut_line(struct kf_bytes *text)
{
    unsigned char *end = memchr(text->data, '\n', text->len);
    const struct kf_bytes line = {text->data, end == NULL ? text->len : (size_t)(end - text->data)};
    const size_t skipped = end == NULL ? line.len : line.len + 1;

    line.data[line.len] = '\0';
    text->data += skipped;
    text->len -= skipped;
    return line;
}

/* Each request is answered by the next part of the input. */
static enum kf_rc
perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
        struct kf_reply **_reply, struct kf_error *err)
{
    struct kf_bytes part = kf_fuzz_part(mem_ctx, &servers.answers, &servers.size);
    const struct kf_bytes first = cut_line(&part);
    struct kf_reply *reply = NULL;
    long long retry_after = 0;
    int status = KF_NOTSENT;

    (void)context;
    KF_FUZZ_PROMISE(!is_enrollment(request) || !servers.has_request);
    (void)!sscanf((const char *)first.data, "%9d %9lld", &status, &retry_after);
    if (status < 100) {
        status = status < KF_BADCONFIG || status > KF_AUTH ? KF_NOTSENT : status;
        servers.has_request |= is_enrollment(request) && status == KF_UNCERTAIN;
        return kf_fail(err, (enum kf_rc)status, "no answer: %s", (const char *)part.data);
    }
    servers.has_request |= is_enrollment(request) && !was_refused(status);
    reply = talloc_zero(mem_ctx, struct kf_reply);
    KF_FUZZ_PROMISE(reply != NULL);
    reply->status = status;
    reply->retry_after = retry_after > 0 ? retry_after : 0;
    reply->body = kf_fuzz_bytes(reply, part.data, part.len);
    *_reply = reply;
    return KF_OK;
}

struct kf_run *
kf_fuzz_run(TALLOC_CTX *mem, const struct kf_job *job, const struct kf_bytes *answers)
{
    static const struct kf_effects effects = {
        .perform = perform, .now_ms = now_ms, .random = no_random};
    struct kf_run *run = talloc_zero(mem, struct kf_run);

    KF_FUZZ_PROMISE(run != NULL);
    run->mem = run;
    run->config = kf_fuzz_config();
    run->job = job;
    run->effects = &effects;
    run->state.directory = "/nowhere";
    run->err = talloc_zero(run, struct kf_error);
    folder.mem = mem;
    folder.count = 0;
    servers.answers = answers->data;
    servers.size = answers->len;
    servers.has_request = false;
    return run;
}

static void
check_cookie(TALLOC_CTX *mem, const char *text)
{
    struct kf_cookie *cookie = NULL;
    struct kf_error err;

    KF_FUZZ_PROMISE(kf_fuzz_is_line(text, KF_COOKIE_MAX));
    KF_FUZZ_PROMISE(strcmp(text, "roots") == 0 || strcmp(text, "templates") == 0 ||
                    kf_cookie_parse(mem, text, &cookie, &err) == KF_OK);
}

static void
check_outcome(const struct kf_run *run, const struct kf_outcome *outcome)
{
    switch (outcome->status) {
    case KF_STATUS_ISSUED:
        KF_FUZZ_PROMISE(run->csr == NULL || kf_fuzz_carries(outcome->text, &run->csr->public_key));
        return;
    case KF_STATUS_WAIT_DELAY:
        KF_FUZZ_PROMISE(outcome->delay > 0 && outcome->delay <= DELAY_MAX);
        check_cookie(run->mem, outcome->text);
        return;
    case KF_STATUS_UNREACHABLE:
        KF_FUZZ_PROMISE(kf_fuzz_is_line(outcome->text, KF_TEXT_LINE_MAX));
        return;
    case KF_STATUS_REJECTED:
    case KF_STATUS_UNCONFIGURED:
    case KF_STATUS_UNSUPPORTED:
    case KF_STATUS_CHECK_FAILED:
        break;
    }
    KF_FUZZ_PROMISE(!"a status that is a failure's");
}

void
kf_fuzz_perform(struct kf_run *run)
{
    const struct kf_operation *operation = kf_operation_find(run->job);
    struct kf_outcome *outcome = NULL;
    enum kf_rc rc;

    if (operation == NULL) {
        return;
    }
    rc = operation->perform(run, &outcome);
    if (rc == KF_OK) {
        check_outcome(run, outcome);
        return;
    }
    KF_FUZZ_PROMISE(kf_outcome_failure(run->mem, kf_outcome_status(rc), &outcome, run->err) ==
                    KF_OK);
    KF_FUZZ_PROMISE(rc != KF_INTERNAL && outcome->status != KF_STATUS_WAIT_DELAY);
    KF_FUZZ_PROMISE(kf_fuzz_is_line(outcome->text, KF_TEXT_LINE_MAX));
}
