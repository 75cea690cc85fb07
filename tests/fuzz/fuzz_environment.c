/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What certmonger hands over: the input is the environment, NAME=VALUE with a NUL behind each. No
 * server can be reached. */

#include "world.h"

#include "certmonger.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VARIABLES_MAX 16

/* Points the entries of environment into text, of that size. */
static void
split(char *text, size_t size, char *environment[VARIABLES_MAX + 1])
{
    size_t count = 0;

    for (size_t i = 0; i < size && count < VARIABLES_MAX; i += strlen(text + i) + 1) {
        environment[count++] = text + i;
    }
    environment[count] = NULL;
}

/* A request that is not in the environment is looked for there. */
static void
close_standard_input(void)
{
    static bool is_closed;

    KF_FUZZ_PROMISE(is_closed || freopen("/dev/null", "r", stdin) != NULL);
    is_closed = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes text = kf_fuzz_bytes(mem, data, size);
    const struct kf_options options = {.help = false};
    const struct kf_bytes no_answers = {NULL, 0};
    char *environment[VARIABLES_MAX + 1];
    char **before = environ;
    struct kf_job job;
    struct kf_run *run = NULL;
    enum kf_rc rc;

    close_standard_input();
    split((char *)text.data, text.len, environment);
    run = kf_fuzz_run(mem, &job, &no_answers);
    environ = environment;
    rc = kf_certmonger_read(mem, &options, &job, run->err);
    if (rc == KF_OK) {
        run->config->auth = KF_LOGIN_NONE;
        run->config->nickname = job.nickname;
        kf_fuzz_perform(run);
    }
    environ = before;
    talloc_free(mem);
    return 0;
}
