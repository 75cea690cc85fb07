/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The files that a deployment writes: all of them or none. Layer 4; no library. What a file may be
 * used for is settled on the open file, so that it cannot be another one by then. */

#include "deploy_parts.h"

#include "file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CONTEXT_NAME "security.selinux"
#define CONTEXT_MAX  1024

static int
remove_temporaries(struct kf_deploy_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->list[i].temporary != NULL) {
            unlink(files->list[i].temporary);
        }
    }
    return 0;
}

/* Reads a user's or group's number; the highest one means nobody. */
static bool
is_number(const char *text, unsigned *_number)
{
    char *end = NULL;
    const unsigned long long number = strtoull(text, &end, 10);

    if (!isdigit((unsigned char)text[0]) || *end != '\0' || number >= UINT_MAX) {
        return false;
    }
    *_number = (unsigned)number;
    return true;
}

static enum kf_rc
find_owner(const char *name, uid_t *_owner, struct kf_error *err)
{
    const struct passwd *user = NULL;

    if (name == NULL) {
        *_owner = geteuid();
        return KF_OK;
    }
    if (is_number(name, _owner)) {
        return KF_OK;
    }
    user = getpwnam(name);
    if (user == NULL) {
        return kf_fail(err, KF_BADCONFIG, "--owner %s: there is no such user", name);
    }
    *_owner = user->pw_uid;
    return KF_OK;
}

static enum kf_rc
find_group(const char *name, gid_t *_group, struct kf_error *err)
{
    const struct group *group = NULL;

    if (name == NULL) {
        *_group = getegid();
        return KF_OK;
    }
    if (is_number(name, _group)) {
        return KF_OK;
    }
    group = getgrnam(name);
    if (group == NULL) {
        return kf_fail(err, KF_BADCONFIG, "--group %s: there is no such group", name);
    }
    *_group = group->gr_gid;
    return KF_OK;
}

/* The first of the two that is set. */
static const char *
prefer(const char *text, const char *other)
{
    return text != NULL ? text : other;
}

static enum kf_rc
find_mode(const struct kf_deploy_output *output, mode_t common, mode_t *_mode, struct kf_error *err)
{
    const bool has_key = output->form != KF_DEPLOY_FULLCHAIN;
    const mode_t preset = has_key ? 0600 : 0644;
    const mode_t asked = output->access.mode != 0 ? output->access.mode : common;

    *_mode = asked != 0 ? asked : preset;
    return has_key && (*_mode & S_IRWXO) != 0
               ? kf_fail(err, KF_BADCONFIG,
                         "%s: has the key in it and would be open to all users: --mode 0640 and "
                         "--group let one group read it",
                         output->path)
               : KF_OK;
}

static enum kf_rc
find_access(const struct kf_deploy_job *job, const struct kf_deploy_output *output,
            struct kf_deploy_file *file, struct kf_error *err)
{
    enum kf_rc rc = find_owner(prefer(output->access.owner, job->access.owner), &file->owner, err);

    if (rc == KF_OK) {
        rc = find_group(prefer(output->access.group, job->access.group), &file->group, err);
    }
    file->context = prefer(output->access.context, job->access.context);
    return rc == KF_OK ? find_mode(output, job->access.mode, &file->mode, err) : rc;
}

/* As root in a folder of somebody else, a link would lead anywhere. */
static enum kf_rc
check_present(struct kf_deploy_file *file, struct kf_error *err)
{
    struct stat info;

    file->is_new = lstat(file->path, &info) != 0;
    if (file->is_new || S_ISREG(info.st_mode)) {
        return KF_OK;
    }
    return kf_fail(err, KF_BADCONFIG, "%s: is %s, and is not written over: name a file", file->path,
                   S_ISLNK(info.st_mode)   ? "a symbolic link"
                   : S_ISDIR(info.st_mode) ? "a folder"
                                           : "no regular file");
}

/* The full name of the output, which is where nothing else is read or written. */
static enum kf_rc
find_path(struct kf_deploy_files *files, const char *path, struct kf_deploy_file *file,
          struct kf_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    enum kf_rc rc = kf_file_folder(files, path, &file->folder, err);

    if (rc != KF_OK) {
        return rc;
    }
    file->path =
        talloc_asprintf(files, "%s/%s", strcmp(file->folder, "/") == 0 ? "" : file->folder, name);
    if (file->path == NULL) {
        return kf_fail_nomem(err);
    }
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(file->path, files->list[i].path) == 0) {
            return kf_fail(err, KF_BADCONFIG, "%s: is to be written twice: name two files", path);
        }
    }
    return name[0] == '\0' ? kf_fail(err, KF_BADCONFIG, "%s: is a folder: name a file", path)
                           : check_present(file, err);
}

static bool
is_same(const struct stat *info, const char *path)
{
    struct stat other;

    return stat(path, &other) == 0 && other.st_dev == info->st_dev && other.st_ino == info->st_ino;
}

/* The daemon's own files are not written over. */
static enum kf_rc
check_inputs(const struct kf_deploy_job *job, const struct kf_deploy_file *file,
             struct kf_error *err)
{
    struct stat info;

    if (lstat(file->path, &info) == 0 &&
        (is_same(&info, job->certificate) || is_same(&info, job->key))) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: is where the daemon saves the certificate or the key: name another "
                       "file",
                       file->path);
    }
    return KF_OK;
}

enum kf_rc
kf_deploy_files_new(TALLOC_CTX *mem_ctx, const struct kf_deploy_job *job,
                    struct kf_deploy_files **_files, struct kf_error *err)
{
    struct kf_deploy_files *files = talloc_zero(mem_ctx, struct kf_deploy_files);
    enum kf_rc rc = files == NULL ? kf_fail_nomem(err) : KF_OK;

    for (size_t i = 0; i < job->output_count && rc == KF_OK; i++) {
        struct kf_deploy_file *file = &files->list[i];

        rc = find_path(files, job->outputs[i].path, file, err);
        if (rc == KF_OK) {
            rc = find_access(job, &job->outputs[i], file, err);
        }
        if (rc == KF_OK) {
            rc = check_inputs(job, file, err);
        }
        files->count = i + 1;
    }
    if (rc != KF_OK) {
        talloc_free(files);
        return rc;
    }
    talloc_set_destructor(files, remove_temporaries);
    *_files = files;
    return KF_OK;
}

/* Gives the new file fd the context asked for, else that of the file it replaces. */
static enum kf_rc
give_context(int fd, const struct kf_deploy_file *file, struct kf_error *err)
{
    char replaced[CONTEXT_MAX] = "";
    char present[CONTEXT_MAX] = "";
    const char *wanted = file->context != NULL ? file->context : replaced;
    const ssize_t len = file->context != NULL
                            ? (ssize_t)strlen(file->context) + 1
                            : lgetxattr(file->path, CONTEXT_NAME, replaced, sizeof(replaced) - 1);

    if (len <= 0 || (fgetxattr(fd, CONTEXT_NAME, present, sizeof(present)) == len &&
                     memcmp(wanted, present, (size_t)len) == 0)) {
        return KF_OK;
    }
    return fsetxattr(fd, CONTEXT_NAME, wanted, (size_t)len, 0) == 0
               ? KF_OK
               : kf_fail(err, KF_BADCONFIG, "%s: the SELinux context %s cannot be given: %s",
                         file->path, wanted, strerror(errno));
}

static enum kf_rc
give_access(int fd, const struct kf_deploy_file *file, struct kf_error *err)
{
    if (fchown(fd, file->owner, file->group) != 0) {
        return kf_fail(err, KF_BADCONFIG, "%s: cannot be given to user %u and group %u: %s",
                       file->path, (unsigned)file->owner, (unsigned)file->group, strerror(errno));
    }
    if (fchmod(fd, file->mode) != 0) {
        return kf_fail(err, KF_BADCONFIG, "%s: cannot be given mode %04o: %s", file->path,
                       (unsigned)file->mode, strerror(errno));
    }
    return give_context(fd, file, err);
}

static enum kf_rc
write_temporary(struct kf_deploy_files *files, struct kf_deploy_file *file, struct kf_error *err)
{
    char *path = talloc_asprintf(files, "%s/" KF_FILE_TEMPORARY, file->folder);
    enum kf_rc rc;
    int fd;

    if (path == NULL) {
        return kf_fail_nomem(err);
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) {
        return kf_file_fail_writing(file->path, err);
    }
    file->temporary = path;
    rc = give_access(fd, file, err);
    if (rc != KF_OK) {
        close(fd);
        return rc;
    }
    return kf_file_fill(fd, &(struct kf_bytes){file->content->data, file->content->len})
               ? KF_OK
               : kf_file_fail_writing(file->path, err);
}

enum kf_rc
kf_deploy_files_write(struct kf_deploy_files *files, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < files->count && rc == KF_OK; i++) {
        rc = write_temporary(files, &files->list[i], err);
    }
    return rc;
}

/* Exchanges the two names, so that what was there can come back; where nothing was, or the file
 * system cannot, one takes the place of the other. */
static bool
place(struct kf_deploy_file *file)
{
    file->is_exchanged =
        renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_EXCHANGE) == 0;
    if (file->is_exchanged) {
        return true;
    }
    if (rename(file->temporary, file->path) != 0) {
        return false;
    }
    file->temporary = NULL;
    return true;
}

static void
take_back(struct kf_deploy_file *file)
{
    if (file->is_exchanged) {
        renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, RENAME_EXCHANGE);
    } else if (file->is_new) {
        unlink(file->path);
    }
}

enum kf_rc
kf_deploy_files_place(struct kf_deploy_files *files, struct kf_error *err)
{
    for (size_t i = 0; i < files->count; i++) {
        if (!place(&files->list[i])) {
            const enum kf_rc rc = kf_file_fail_writing(files->list[i].path, err);

            while (i > 0) {
                take_back(&files->list[--i]);
            }
            return rc;
        }
    }
    for (size_t i = 0; i < files->count; i++) {
        kf_file_save_folder(files->list[i].folder);
    }
    return KF_OK;
}
