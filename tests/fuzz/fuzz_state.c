/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a damaged disk may hold: the same bytes in every file of the state folder. */

#include "world.h"

#include "api.h"
#include "dialect.h"
#include "login.h"
#include "server.h"
#include "template.h"
#include "text.h"

#include <string.h>

#define REQUEST   "0123456789abcdef"
#define NOTE_FILE "sent-" REQUEST

static void
try_note(const struct kf_run *run)
{
    struct kf_note note = {.first = 0};
    bool found = false;

    KF_FUZZ_PROMISE(kf_state_read_note(&run->state, REQUEST, &note, &found) == KF_OK && found);
    KF_FUZZ_PROMISE(note.issued[strspn(note.issued, "0123456789abcdef")] == '\0');
}

static void
try_token(struct kf_run *run)
{
    struct kf_login login = {.way = KF_LOGIN_NONE};

    run->config->auth = KF_LOGIN_BEARER;
    if (kf_login_get(run, &login) == KF_OK) {
        KF_FUZZ_PROMISE(login.is_kept && login.secret[0] != '\0');
    }
    run->config->auth = KF_LOGIN_NONE;
}

static void
try_servers(struct kf_run *run)
{
    const char **order = kf_server_order(run);
    size_t count = 0;

    while (order[count] != NULL) {
        count++;
    }
    KF_FUZZ_PROMISE(count == 2 && strcmp(order[0], order[1]) != 0);
    kf_server_note(run, order[0], false);
}

static void
try_templates(struct kf_run *run)
{
    static const struct kf_csr csr = {.key_type = "RSA", .key_bits = 2048};

    run->csr = &csr;
    KF_FUZZ_PROMISE(kf_template_check(run, "WebServer") == KF_OK);
    run->csr = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const files[] = {NOTE_FILE,           "token-keyfactor",
                                        "servers-keyfactor", "templates-keyfactor",
                                        "api-keyfactor",     "chain-keyfactor"};
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes content = kf_fuzz_bytes(mem, data, size);
    const struct kf_bytes no_answers = {NULL, 0};
    const struct kf_job job = {.operation = "FETCH-ROOTS", .nickname = "keyfactor"};
    struct kf_run *run = kf_fuzz_run(mem, &job, &no_answers);

    for (size_t i = 0; i < COUNT(files); i++) {
        kf_fuzz_keep(files[i], &content);
    }
    try_note(run);
    try_token(run);
    try_templates(run);
    try_servers(run);
    KF_FUZZ_PROMISE(kf_dialect_choose(run, "-") != NULL);
    kf_fuzz_perform(run);
    talloc_free(mem);
    return 0;
}
