/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A folder of small files. Layer 1; no library. */

#include "folder.h"

#include "file.h"
#include "log.h"
#include "secret.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_PREFIX "new-"
#define TEMPORARY        TEMPORARY_PREFIX "XXXXXX"
#define MODE             0600
#define LOCK_LIMIT       2 /* seconds: one that was stopped must not hold all others up */

static void
complain(const char *directory, const char *name)
{
    kf_log(KF_LOG_NOTICE, "%s/%s: %s: going on without", directory, name, strerror(errno));
}

/* Opens the folder, which is made when it is not there; -1 when that fails. */
static int
open_folder(const char *directory)
{
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Writes data into a new file, and gives it the name target when it is whole. */
static bool
replace(char *path, const char *target, const struct kf_bytes *data)
{
    if (!kf_file_write_new(path, MODE, data)) {
        return false;
    }
    if (rename(path, target) != 0) {
        unlink(path);
        return false;
    }
    return true;
}

/* Whether there is a regular file; *_rc says when that cannot be found out now. Who may not look,
 * by the host's policy, goes on without. */
static bool
look_for(const char *path, struct stat *_info, enum kf_rc *_rc)
{
    *_rc = KF_OK;
    if (path != NULL && lstat(path, _info) == 0) {
        return S_ISREG(_info->st_mode);
    }
    if (path != NULL && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP ||
                         errno == ENAMETOOLONG)) {
        return false;
    }
    *_rc = KF_INTERNAL;
    return true;
}

bool
kf_folder_read(TALLOC_CTX *mem_ctx, const char *directory, const char *name,
               struct kf_folder_file *_file)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *path = tmp == NULL ? NULL : talloc_asprintf(tmp, "%s/%s", directory, name);
    struct kf_secret *content = NULL;
    struct kf_error err;
    struct stat info;
    enum kf_rc rc = KF_OK;
    const bool found = look_for(path, &info, &rc);

    if (found && rc == KF_OK) {
        *_file = (struct kf_folder_file){.written = info.st_mtime};
        rc = kf_secret_read_file(tmp, path, &content, &err);
    }
    if (found && rc == KF_OK && content->len > 0) {
        rc = kf_bytes_copy(mem_ctx, content->data, content->len, &_file->data);
    }
    if (rc == KF_INTERNAL) {
        *_file = (struct kf_folder_file){.is_unknown = true};
    }
    talloc_free(tmp);
    return found;
}

/* A file that has this content already; only its time is set then. */
static bool
is_there(const char *directory, int folder, const char *name, const struct kf_bytes *data)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    struct kf_folder_file file;
    const bool same = tmp != NULL && data->len > 0 && kf_folder_read(tmp, directory, name, &file) &&
                      file.data.len == data->len &&
                      memcmp(file.data.data, data->data, data->len) == 0 &&
                      utimensat(folder, name, NULL, AT_SYMLINK_NOFOLLOW) == 0;

    talloc_free(tmp);
    return same;
}

/* Writes the file. A name that is new must be on the disk too; of one that is not the file before
 * may come back when power fails, which is as good as having come a little later. */
static bool
write_file(const char *directory, int folder, const char *name, const struct kf_bytes *data)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *path = tmp == NULL ? NULL : talloc_asprintf(tmp, "%s/" TEMPORARY, directory);
    char *target = tmp == NULL ? NULL : talloc_asprintf(tmp, "%s/%s", directory, name);
    const bool is_new = target != NULL && access(target, F_OK) != 0;
    const bool written = path != NULL && target != NULL && replace(path, target, data);

    if (written && is_new) {
        fsync(folder);
    }
    talloc_free(tmp);
    return written;
}

void
kf_folder_write(const char *directory, const char *name, const struct kf_bytes *data)
{
    const int folder = open_folder(directory);

    if (folder < 0 ||
        (!is_there(directory, folder, name, data) && !write_file(directory, folder, name, data))) {
        complain(directory, name);
    }
    if (folder >= 0) {
        close(folder);
    }
}

void
kf_folder_remove(const char *directory, const char *name)
{
    char *path = talloc_asprintf(NULL, "%s/%s", directory, name);

    if (path != NULL) {
        unlink(path);
    }
    talloc_free(path);
}

static bool
begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* The list with one more name; NULL when memory is out. */
static char **
add_name(TALLOC_CTX *mem_ctx, char **names, size_t count, const char *name)
{
    char **grown = talloc_realloc(mem_ctx, names, char *, (unsigned)count + 2);

    if (grown == NULL) {
        talloc_free(names);
        return NULL;
    }
    grown[count] = talloc_strdup(grown, name);
    grown[count + 1] = NULL;
    if (grown[count] == NULL) {
        TALLOC_FREE(grown);
    }
    return grown;
}

char **
kf_folder_list(TALLOC_CTX *mem_ctx, const char *directory, const char *prefix)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry = NULL;
    char **names = talloc_zero_array(mem_ctx, char *, 1);
    size_t count = 0;

    if (entries == NULL) {
        kf_log(KF_LOG_INFO, "%s: %s", directory, strerror(errno));
    }
    while (names != NULL && entries != NULL && (entry = readdir(entries)) != NULL) {
        if (begins_with(entry->d_name, prefix)) {
            names = add_name(mem_ctx, names, count++, entry->d_name);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return names;
}

int
kf_folder_lock(const char *directory, const char *name)
{
    const int folder = open_folder(directory);
    int file = -1;

    if (folder >= 0) {
        file = openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
        close(folder);
    }
    if (file >= 0 && !kf_file_lock(file, LOCK_LIMIT)) {
        close(file);
        file = -1;
    }
    if (file < 0) {
        complain(directory, name);
    }
    return file;
}

void
kf_folder_sweep(const char *directory, const char *prefix, int64_t before)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry = NULL;
    struct stat info;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if ((begins_with(entry->d_name, prefix) || begins_with(entry->d_name, TEMPORARY_PREFIX)) &&
            fstatat(dirfd(entries), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_mtime < before) {
            unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}
