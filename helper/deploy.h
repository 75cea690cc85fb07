/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_DEPLOY_H
#define KF_DEPLOY_H

/* keyfactor-deploy(8): a certificate that the daemon saved, with its key and its issuers, written
 * to the files that services read. */

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <talloc.h>

/* What a file holds. */
enum kf_deploy_form {
    KF_DEPLOY_FULLCHAIN, /* the certificate, then its issuers, PEM */
    KF_DEPLOY_COMBINED,  /* the same, then the key, PEM */
    KF_DEPLOY_KEY,       /* the key, PEM */
    KF_DEPLOY_PKCS12,    /* all of it, under a password */
};

/* Whose a file is. NULL, or mode 0: not asked for. */
struct kf_deploy_access {
    const char *owner; /* this and the next: a name or a number */
    const char *group;
    const char *context; /* of SELinux */
    mode_t mode;
};

struct kf_deploy_output {
    enum kf_deploy_form form;
    const char *path;
    struct kf_deploy_access access;
};

#define KF_DEPLOY_OUTPUTS_MAX 16
#define KF_DEPLOY_CHAINS_MAX  16
#define KF_DEPLOY_UNITS_MAX   16

/* What is asked for. Everything borrowed. */
struct kf_deploy_job {
    const char *certificate;
    const char *key;
    const char *key_password_file; /* NULL: the key has no password */
    const char *state_directory;   /* of the helper: the issuers that it kept */
    const char *chains[KF_DEPLOY_CHAINS_MAX];
    size_t chain_count;
    bool include_root;
    const char *pkcs12_password_file;
    const char *alias;              /* in PKCS#12 */
    struct kf_deploy_access access; /* of the outputs that do not say */
    struct kf_deploy_output outputs[KF_DEPLOY_OUTPUTS_MAX];
    size_t output_count;
    const char *units[KF_DEPLOY_UNITS_MAX]; /* of systemd */
    size_t unit_count;
    const char *systemctl; /* the program */
    unsigned reload_limit; /* seconds */
};

/* Writes all outputs, or none. What is not asked for of their access: the user and group that run
 * this, 0600 with a key inside, else 0644, the SELinux context of the file that is replaced, else
 * the one that the kernel gives. KF_BADCONFIG when the certificate, its key or its chain do not fit
 * each other or cannot be read, and when an output cannot be written. */
enum kf_rc kf_deploy(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job, struct kf_error *err);

/* Has systemd reload the units, or restart those that cannot be reloaded, if they run, and waits
 * until they are, for a while: the daemon stands still meanwhile. KF_BADCONFIG when systemctl is
 * not there, says no, or is not ready by then. */
enum kf_rc kf_deploy_reload(const struct kf_deploy_job *job, struct kf_error *err);

#endif
