/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The files that the import writes: all of them or none, and never over another. Layer 4; no
 * library. */

#include "import_parts.h"

#include "file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int
remove_temporaries(struct kf_import_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->list[i].temporary != NULL) {
            unlink(files->list[i].temporary);
        }
    }
    return 0;
}

enum kf_rc
kf_import_files_new(TALLOC_CTX *mem_ctx, const char *config, struct kf_import_files **_files,
                    struct kf_error *err)
{
    struct kf_import_files *files = talloc_zero(mem_ctx, struct kf_import_files);
    enum kf_rc rc;

    if (files == NULL) {
        return kf_fail_nomem(err);
    }
    talloc_set_destructor(files, remove_temporaries);
    rc = kf_file_folder(files, config, &files->folder, err);
    if (rc != KF_OK) {
        talloc_free(files);
        return rc;
    }
    *_files = files;
    return KF_OK;
}

/* text with a line end in place of its NUL, unless it has one. */
static struct kf_secret *
end_line(TALLOC_CTX *mem_ctx, const char *text)
{
    const size_t len = strlen(text);
    struct kf_secret *content = NULL;

    if (len > 0 && text[len - 1] == '\n') {
        return kf_secret_new(mem_ctx, text, len);
    }
    content = kf_secret_new(mem_ctx, text, len + 1);
    if (content != NULL) {
        content->data[len] = '\n';
    }
    return content;
}

enum kf_rc
kf_import_files_add(struct kf_import_files *files, const char *name, const char *text,
                    const char **_path, struct kf_error *err)
{
    const struct kf_import_file file = {.path =
                                            talloc_asprintf(files, "%s/%s", files->folder, name),
                                        .content = end_line(files, text)};

    if (file.path == NULL || file.content == NULL) {
        return kf_fail_nomem(err);
    }
    files->list[files->count++] = file;
    *_path = file.path;
    return KF_OK;
}

static enum kf_rc
fail_present(const char *path, struct kf_error *err)
{
    return kf_fail(err, KF_BADCONFIG,
                   "%s is there already, and nothing is written over: move it away, or choose "
                   "another name with --config or --ca",
                   path);
}

static enum kf_rc
write_temporary(struct kf_import_files *files, struct kf_import_file *file, struct kf_error *err)
{
    char *path = talloc_asprintf(files, "%s/" KF_FILE_TEMPORARY, files->folder);

    if (path == NULL) {
        return kf_fail_nomem(err);
    }
    if (!kf_file_write_new(path, 0600,
                           &(struct kf_bytes){file->content->data, file->content->len})) {
        return kf_file_fail_writing(file->path, err);
    }
    file->temporary = path;
    return KF_OK;
}

enum kf_rc
kf_import_files_write(struct kf_import_files *files, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < files->count && rc == KF_OK; i++) {
        rc = write_temporary(files, &files->list[i], err);
    }
    return rc;
}

/* A second name, because rename() writes over what is there. */
enum kf_rc
kf_import_files_place(struct kf_import_files *files, struct kf_error *err)
{
    for (size_t i = 0; i < files->count; i++) {
        const char *path = files->list[i].path;

        if (link(files->list[i].temporary, path) != 0) {
            const enum kf_rc rc =
                errno == EEXIST ? fail_present(path, err) : kf_file_fail_writing(path, err);

            while (i > 0) {
                unlink(files->list[--i].path);
            }
            return rc;
        }
    }
    kf_file_save_folder(files->folder);
    return KF_OK;
}
