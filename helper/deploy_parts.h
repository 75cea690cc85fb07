/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_DEPLOY_PARTS_H
#define KF_DEPLOY_PARTS_H

/* What the parts of the deployment share. */

#include "deploy.h"
#include "secret.h"

#include <openssl/x509.h>

/* A certificate with its key and its issuers. */
struct kf_deploy_identity {
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) *issuers; /* one after another, the root only if it was asked for */
    const char *subject;     /* this and the next: for messages */
    const char *serial;
};

/* Reads certificate and key, and finds the chain. Freeing it wipes the key. KF_BADCONFIG when they
 * do not fit each other or cannot be read. */
enum kf_rc kf_deploy_identity_read(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job,
                                   struct kf_deploy_identity **_identity, struct kf_error *err);

/* Finds the issuers of certificate up to a root, for sk_X509_pop_free(): among what the helper
 * kept, the files that job names, and for the root the certificates that this host trusts.
 * KF_BADCONFIG, naming the certificate that is missing or does not fit, when there is no chain. */
enum kf_rc kf_deploy_chain_find(const struct kf_deploy_job *job, X509 *certificate,
                                STACK_OF(X509) **_issuers, struct kf_error *err);

/* What a file of this form holds; owned by mem_ctx. KF_BADCONFIG when the password of a PKCS#12
 * file cannot be read, or FIPS mode forbids that form; KF_INTERNAL for want of memory. */
enum kf_rc kf_deploy_form_make(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job,
                               const struct kf_deploy_identity *identity, enum kf_deploy_form form,
                               struct kf_secret **_content, struct kf_error *err);

/* A file on its way. */
struct kf_deploy_file {
    const char *folder; /* its full name */
    const char *path;   /* the full name of the file */
    uid_t owner;
    gid_t group;
    mode_t mode;
    const char *context;
    struct kf_secret *content;
    char *temporary;   /* what is taken off the disk in the end: where it is until it gets its name,
                          then what it replaced; NULL: nothing */
    bool is_new;       /* nothing of this name was there */
    bool is_exchanged; /* what was there has the temporary name now */
};

struct kf_deploy_files {
    struct kf_deploy_file list[KF_DEPLOY_OUTPUTS_MAX];
    size_t count;
};

/* The files of job's outputs, without content. Freeing them takes what is temporary off the disk.
 * KF_BADCONFIG when a folder is missing, an owner unknown, a file is there that is not replaced (a
 * link, a folder, certificate and key), or two outputs are the same file. */
enum kf_rc kf_deploy_files_new(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job,
                               struct kf_deploy_files **_files, struct kf_error *err);

/* Writes all files to temporary names beside the right ones, to the disk. */
enum kf_rc kf_deploy_files_write(struct kf_deploy_files *files, struct kf_error *err);

/* Gives all files their names, in place of what was there. KF_BADCONFIG when one cannot have its
 * name: then the others have given theirs back, as far as the file system can exchange names. */
enum kf_rc kf_deploy_files_place(struct kf_deploy_files *files, struct kf_error *err);

#endif
