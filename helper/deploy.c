/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-deploy(8), from the files of the daemon to those of the services. Layer 4; no library.
 */

#include "deploy.h"

#include "deploy_parts.h"
#include "file.h"
#include "log.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define TURN_LIMIT 60 /* seconds */

/* Runs go one after another, so that the files of one are never mixed with those of another. The
 * folder is root's alone: nobody else can hold them up. *_turn is -1 where there is none. */
static enum kf_rc
take_turn(const char *directory, int *_turn, struct kf_error *err)
{
    const int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0 && !kf_file_lock(folder, TURN_LIMIT)) {
        close(folder);
        return kf_fail(err, KF_INTERNAL,
                       "%s: another keyfactor-deploy has been at work for over a minute: see what "
                       "holds it up (lslocks), and run this one again",
                       directory);
    }
    *_turn = folder;
    return KF_OK;
}

static enum kf_rc
make_contents(const struct kf_deploy_job *job, const struct kf_deploy_identity *identity,
              struct kf_deploy_files *files, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < files->count && rc == KF_OK; i++) {
        rc = kf_deploy_form_make(files, job, identity, job->outputs[i].form,
                                 &files->list[i].content, err);
    }
    return rc;
}

/* A signal waits until nothing is left half done. */
static enum kf_rc
write_out(struct kf_deploy_files *files, struct kf_error *err)
{
    sigset_t all;
    sigset_t before;
    enum kf_rc rc;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    rc = kf_deploy_files_write(files, err);
    if (rc == KF_OK) {
        rc = kf_deploy_files_place(files, err);
    }
    talloc_free(files);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static void
report(const struct kf_deploy_job *job, const struct kf_deploy_identity *identity)
{
    for (size_t i = 0; i < job->output_count; i++) {
        kf_log(KF_LOG_NOTICE, "%s: written: %s, serial number %s", job->outputs[i].path,
               identity->subject, identity->serial);
    }
}

static enum kf_rc
deploy(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job, struct kf_error *err)
{
    struct kf_deploy_files *files = NULL;
    struct kf_deploy_identity *identity = NULL;
    enum kf_rc rc = kf_deploy_files_new(mem_ctx, job, &files, err);

    if (rc == KF_OK) {
        rc = kf_deploy_identity_read(mem_ctx, job, &identity, err);
    }
    if (rc == KF_OK) {
        rc = make_contents(job, identity, files, err);
    }
    if (rc == KF_OK) {
        rc = write_out(files, err);
    }
    if (rc == KF_OK) {
        report(job, identity);
    }
    return rc;
}

enum kf_rc
kf_deploy(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job, struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(mem_ctx);
    int turn = -1;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : take_turn(job->state_directory, &turn, err);

    if (rc == KF_OK) {
        rc = deploy(tmp, job, err);
    }

    talloc_free(tmp);
    if (turn >= 0) {
        close(turn);
    }
    return rc;
}
