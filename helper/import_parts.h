/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_IMPORT_PARTS_H
#define KF_IMPORT_PARTS_H

/* What the parts of the import share: the files that it writes, and the section that it makes. */

#include "import.h"
#include "json.h"
#include "secret.h"

#include <stddef.h>

/* The CA certificates, three secrets, and the configuration. */
#define KF_IMPORT_FILES_MAX 5

struct kf_import_file {
    const char *path;
    struct kf_secret *content;
    char *temporary; /* where it is until it gets its name; NULL: not written yet */
};

struct kf_import_files {
    const char *folder; /* its full name */
    struct kf_import_file list[KF_IMPORT_FILES_MAX];
    size_t count;
};

/* No files, for the folder that config is in. Freeing them takes what is temporary off the disk.
 * KF_BADCONFIG when there is no such folder. */
enum kf_rc kf_import_files_new(TALLOC_CTX *mem_ctx, const char *config,
                               struct kf_import_files **_files, struct kf_error *err);

/* Adds a file called name in the folder, with text in it, which gets a line end if it has none.
 * *_path, owned by files, is its full name. */
enum kf_rc kf_import_files_add(struct kf_import_files *files, const char *name, const char *text,
                               const char **_path, struct kf_error *err);

/* Writes all files to temporary names in the folder. KF_BADCONFIG when one cannot be written. */
enum kf_rc kf_import_files_write(struct kf_import_files *files, struct kf_error *err);

/* Gives all files their names, or none: KF_BADCONFIG when one of these is there already. */
enum kf_rc kf_import_files_place(struct kf_import_files *files, struct kf_error *err);

/* The text of keyfactor.conf(5) for server, owned by mem_ctx as is all that is needed on the way;
 * what has to be in files of its own is added to files. KF_BADCONFIG naming the member that a key
 * does not take. */
enum kf_rc kf_import_section(TALLOC_CTX *mem_ctx, const struct kf_import *import,
                             const struct kf_json *server, struct kf_import_files *files,
                             char **_text, struct kf_error *err);

#endif
