/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is kept on disk between runs. Layer 1; no library. */

#include "state.h"

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

#define NOTE_PREFIX "sent-"
#define TEMPORARY   "new-XXXXXX"
/* Longer than any request is followed up (poll-limit). */
#define NOTE_AGE_MAX (400 * INT64_C(86400))

static void
complain(const char *directory, const char *name)
{
    kf_log(KF_LOG_NOTICE, "%s/%s: %s: going on without", directory, name, strerror(errno));
}

/* Opens the folder, which is made when it is not there; -1 when that fails. */
static int
open_folder(const char *directory)
{
    int folder;

    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder;
}

static bool
note_name(const char *csr_sha256, char name[static 128])
{
    const int len = snprintf(name, 128, NOTE_PREFIX "%s", csr_sha256);

    return len > 0 && len < 128;
}

static void
forget_old(int folder, int64_t now)
{
    const int copy = dup(folder);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry = NULL;
    struct stat info;

    if (entries == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return;
    }
    while ((entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, NOTE_PREFIX, strlen(NOTE_PREFIX)) == 0 &&
            fstatat(folder, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_mtime < now - NOTE_AGE_MAX) {
            unlinkat(folder, entry->d_name, 0);
        }
    }
    closedir(entries);
}

void
kf_state_note(const char *directory, const char *csr_sha256, int64_t now)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)now}, {.tv_sec = (time_t)now}};
    char name[128] = "";
    int folder = open_folder(directory);
    int note = -1;

    if (folder >= 0 && note_name(csr_sha256, name)) {
        note = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }
    if (note >= 0) {
        futimens(note, times);
        fsync(note);
        fsync(folder);
        close(note);
        forget_old(folder, now);
    } else if (errno != EEXIST) {
        complain(directory, name);
    }
    if (folder >= 0) {
        close(folder);
    }
}

/* The note's path, owned by mem_ctx; NULL when memory is out. */
static char *
note_path(TALLOC_CTX *mem_ctx, const char *directory, const char *csr_sha256)
{
    return talloc_asprintf(mem_ctx, "%s/" NOTE_PREFIX "%s", directory, csr_sha256);
}

int64_t
kf_state_noted(const char *directory, const char *csr_sha256)
{
    char *path = note_path(NULL, directory, csr_sha256);
    int64_t noted = 0;
    struct stat info;

    if (path != NULL && lstat(path, &info) == 0) {
        noted = info.st_mtime > 0 ? info.st_mtime : 1;
    }
    talloc_free(path);
    return noted;
}

void
kf_state_forget(const char *directory, const char *csr_sha256)
{
    char *path = note_path(NULL, directory, csr_sha256);

    if (path != NULL) {
        unlink(path);
    }
    talloc_free(path);
}

static bool
write_all(int file, const struct kf_bytes *data)
{
    size_t done = 0;

    while (done < data->len) {
        const ssize_t count = write(file, data->data + done, data->len - done);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count < 0 ? 0 : (size_t)count;
    }
    return true;
}

/* Writes data into the new file path, and gives it its name when it is whole. */
static bool
replace(char *path, const char *target, const struct kf_bytes *data)
{
    const int file = mkostemp(path, O_CLOEXEC);
    bool whole = false;

    if (file < 0) {
        return false;
    }
    whole = write_all(file, data) && fsync(file) == 0;
    whole = close(file) == 0 && whole;
    whole = whole && rename(path, target) == 0;
    if (!whole) {
        unlink(path);
    }
    return whole;
}

void
kf_state_save(const char *directory, const char *name, const struct kf_bytes *data)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *path = talloc_asprintf(tmp, "%s/" TEMPORARY, directory);
    char *target = talloc_asprintf(tmp, "%s/%s", directory, name);
    const int folder = open_folder(directory);

    if (path == NULL || target == NULL || folder < 0 || !replace(path, target, data)) {
        complain(directory, name);
    }
    if (folder >= 0) {
        close(folder);
    }
    talloc_free(tmp);
}

bool
kf_state_load(TALLOC_CTX *mem_ctx, const char *directory, const char *name, int64_t now,
              int64_t max_age, struct kf_bytes *_data)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *path = talloc_asprintf(tmp, "%s/%s", directory, name);
    struct kf_secret *file = NULL;
    struct kf_error err;
    struct stat info;
    bool loaded = false;

    if (path != NULL && stat(path, &info) == 0 && info.st_mtime <= now &&
        info.st_mtime >= now - max_age && kf_secret_read_file(tmp, path, &file, &err) == KF_OK) {
        loaded = kf_bytes_copy(mem_ctx, file->data, file->len, _data) == KF_OK;
    }
    talloc_free(tmp);
    return loaded;
}
