/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a server's answer says about a request. Layer 2, pure; no library. */

#include "verdict.h"

#include "chain.h"
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

#define DIGITS   "0123456789"
#define GUID_LEN 36

struct kf_verdict *
kf_verdict_new(TALLOC_CTX *mem_ctx)
{
    struct kf_verdict *verdict = talloc_zero(mem_ctx, struct kf_verdict);

    if (verdict != NULL) {
        verdict->disposition = KF_DISPOSITION_UNKNOWN;
        verdict->message = "";
    }
    return verdict;
}

enum kf_rc
kf_verdict_add(struct kf_verdict *verdict, const char *text, struct kf_error *err)
{
    struct kf_bytes *grown = NULL;

    if (text[strspn(text, " \t\r\n")] == '\0') {
        return KF_OK;
    }
    grown = talloc_realloc(verdict, verdict->certificates, struct kf_bytes,
                           verdict->certificate_count + 1);

    if (grown == NULL) {
        return kf_fail_nomem(err);
    }
    verdict->certificates = grown;
    if (kf_bytes_copy(grown, text, strlen(text), &grown[verdict->certificate_count]) != KF_OK) {
        return kf_fail_nomem(err);
    }
    verdict->certificate_count++;
    return KF_OK;
}

static bool
is_refusal(const char *word)
{
    static const char *const refusals[] = {"denied", "reject",  "refuse",     "fail",
                                           "error",  "revoked", "incomplete", "invalid"};

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcasestr(word, refusals[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Words for a request that was taken and not decided. */
static bool
is_promise(const char *word)
{
    return strcasestr(word, "pending") != NULL || strcasestr(word, "submission") != NULL ||
           strcasestr(word, "validation") != NULL;
}

static enum kf_disposition
decide(const struct kf_verdict *verdict, const char *word)
{
    if (verdict->certificate_count > 0) {
        return KF_DISPOSITION_ISSUED;
    }
    if (is_refusal(word)) {
        return KF_DISPOSITION_DENIED;
    }
    return verdict->request_id > 0 || verdict->workflow != NULL || is_promise(word)
               ? KF_DISPOSITION_PENDING
               : KF_DISPOSITION_UNKNOWN;
}

enum kf_rc
kf_verdict_decide(struct kf_verdict *verdict, const char *word, const char *message,
                  struct kf_error *err)
{
    const char *said = message[0] == '\0' ? word : message;
    char *line = kf_text_line(verdict, said, strlen(said), KF_TEXT_LINE_MAX);

    if (line == NULL) {
        return kf_fail_nomem(err);
    }
    verdict->message = line;
    verdict->disposition = decide(verdict, word);
    return KF_OK;
}

bool
kf_verdict_is_workflow(const char *text)
{
    const size_t len = strlen(text);

    return len > 0 && len <= GUID_LEN &&
           (strspn(text, DIGITS) == len ||
            (len == GUID_LEN && strspn(text, DIGITS "abcdefABCDEF-") == len));
}

/* "Certificates": a text, or an array of texts. */
static enum kf_rc
read_certificates(struct kf_verdict *verdict, const struct kf_json *value, struct kf_error *err)
{
    enum kf_rc rc = kf_verdict_add(verdict, kf_json_text(value), err);

    if (kf_json_count(value) > KF_CHAIN_MAX) {
        return kf_fail(err, KF_BADREPLY,
                       "the server sent more than %d certificates: ask the CA's administrator",
                       KF_CHAIN_MAX);
    }
    for (size_t i = 0; i < kf_json_count(value) && rc == KF_OK; i++) {
        rc = kf_verdict_add(verdict, kf_json_text(kf_json_item(value, i)), err);
    }
    return rc;
}

/* The GUID, which every call takes; else the number. */
static enum kf_rc
read_workflow(struct kf_verdict *verdict, const struct kf_json *answer, struct kf_error *err)
{
    const char *guid = kf_json_text(kf_json_member(answer, "WorkflowInstanceId"));
    const int64_t number = kf_json_number(kf_json_member(answer, "WorkflowReferenceId"));

    if (kf_verdict_is_workflow(guid) && strspn(guid, "0-") != strlen(guid)) {
        verdict->workflow = talloc_strdup(verdict, guid);
    } else if (number > 0) {
        verdict->workflow = talloc_asprintf(verdict, "%" PRId64, number);
    } else {
        return KF_OK;
    }
    return verdict->workflow == NULL ? kf_fail_nomem(err) : KF_OK;
}

static enum kf_rc
read_answer(struct kf_verdict *verdict, const struct kf_verdict_form *form,
            const struct kf_json *answer, struct kf_error *err)
{
    enum kf_rc rc = read_certificates(verdict, kf_json_member(answer, "Certificates"), err);

    if (rc == KF_OK) {
        rc = read_workflow(verdict, answer, err);
    }
    if (rc != KF_OK) {
        return rc;
    }
    verdict->request_id = kf_json_number(kf_json_member(answer, form->request_id));
    return kf_verdict_decide(verdict, kf_json_text(kf_json_member(answer, "RequestDisposition")),
                             kf_json_text(kf_json_member(answer, "DispositionMessage")), err);
}

enum kf_rc
kf_verdict_read(TALLOC_CTX *mem_ctx, const struct kf_verdict_form *form,
                const struct kf_reply *reply, struct kf_verdict **_verdict, struct kf_error *err)
{
    struct kf_verdict *verdict = kf_verdict_new(mem_ctx);
    const struct kf_json *answer = NULL;
    enum kf_rc rc =
        verdict == NULL ? kf_fail_nomem(err) : kf_json_read(verdict, &reply->body, &answer, err);

    if (rc == KF_OK && form->wrapper != NULL) {
        answer = kf_json_member(answer, form->wrapper);
    }
    if (rc == KF_OK && !kf_json_is_object(answer)) {
        rc = kf_fail(err, KF_BADREPLY, "no object");
    }
    if (rc == KF_BADREPLY) {
        rc = kf_fail_prefix(err, KF_UNCERTAIN,
                            "the answer (HTTP %d, %zu bytes) is not the JSON of an enrollment",
                            reply->status, reply->body.len);
    }
    if (rc == KF_OK) {
        rc = read_answer(verdict, form, answer, err);
    }
    if (rc != KF_OK) {
        talloc_free(verdict);
        return rc;
    }
    *_verdict = verdict;
    return KF_OK;
}
