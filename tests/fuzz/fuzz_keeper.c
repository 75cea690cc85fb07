/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the keeper is told by a process that somebody else may have taken over: it touches no file
 * but those of its CA. */

#include "world.h"

#include "keeper.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
is_allowed(const char *name, const char *nickname)
{
    const bool is = kf_state_is_name(name, nickname);

    KF_FUZZ_PROMISE(!is || (strchr(name, '/') == NULL && name[0] != '.' && name[0] != '\0'));
    return is;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_job job = {.nickname = "keyfactor"};
    const struct kf_bytes no_answers = {NULL, 0};
    struct kf_keeper keeper = {
        .directory = "/nowhere", .nickname = job.nickname, .is_allowed = is_allowed};
    struct kf_ending ending = {.text = NULL};
    struct kf_error err = {""};
    int line[2];

    KF_FUZZ_PROMISE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0);
    KF_FUZZ_PROMISE(write(line[0], data, size) == (ssize_t)size);
    KF_FUZZ_PROMISE(shutdown(line[0], SHUT_WR) == 0);
    kf_fuzz_run(mem, &job, &no_answers);
    keeper.line = line[1];
    if (kf_keeper_serve(mem, &keeper, &ending, &err) == KF_OK) {
        KF_FUZZ_PROMISE(memchr(ending.text, '\0', talloc_get_size(ending.text)) != NULL);
    }
    close(line[0]);
    close(line[1]);
    talloc_free(mem);
    return 0;
}
