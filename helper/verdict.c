/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a server's answer says about a request. Layer 2, pure; no library. */

#include "verdict.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>

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

static enum kf_disposition
decide(const struct kf_verdict *verdict, const char *word)
{
    if (verdict->certificate_count > 0) {
        return KF_DISPOSITION_ISSUED;
    }
    if (is_refusal(word)) {
        return KF_DISPOSITION_DENIED;
    }
    return verdict->request_id > 0 ? KF_DISPOSITION_PENDING : KF_DISPOSITION_UNKNOWN;
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
