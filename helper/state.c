/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is kept on disk between runs. Layer 1; no library. */

#include "state.h"

#include "file.h"
#include "log.h"
#include "secret.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_PREFIX      "sent-"
#define TEMPORARY_PREFIX "new-"
#define TEMPORARY        TEMPORARY_PREFIX "XXXXXX"
#define NOTE_AGE_MAX     (30 * INT64_C(86400)) /* seconds */

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

/* A note, or what a run that was killed left of a file. */
static bool
is_ours(const char *name)
{
    return strncmp(name, NOTE_PREFIX, strlen(NOTE_PREFIX)) == 0 ||
           strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0;
}

static void
forget_old(const char *directory, int64_t now)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry = NULL;
    struct stat info;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (is_ours(entry->d_name) &&
            fstatat(dirfd(entries), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_mtime < now - NOTE_AGE_MAX) {
            unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

char *
kf_state_name(TALLOC_CTX *mem_ctx, const char *kind, const char *nickname)
{
    return strchr(nickname, '/') != NULL ? NULL : talloc_asprintf(mem_ctx, "%s-%s", kind, nickname);
}

/* Writes data into a new file, and gives it the name target when it is whole. */
static bool
replace(char *path, const char *target, const struct kf_bytes *data)
{
    if (!kf_file_write_new(path, data)) {
        return false;
    }
    if (rename(path, target) != 0) {
        unlink(path);
        return false;
    }
    return true;
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
        fsync(folder);
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

/* The name of a note's file, owned by mem_ctx; NULL when memory is out. */
static char *
note_name(TALLOC_CTX *mem_ctx, const char *csr_sha256)
{
    return talloc_asprintf(mem_ctx, NOTE_PREFIX "%s", csr_sha256);
}

void
kf_state_write_note(const char *directory, const char *csr_sha256, const struct kf_note *note)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *name = note_name(tmp, csr_sha256);
    char *text =
        talloc_asprintf(tmp, "%" PRId64 " %" PRId64 " %s\n", note->first, note->last, note->issued);

    if (name != NULL && text != NULL) {
        kf_state_save(directory, name, &(struct kf_bytes){(unsigned char *)text, strlen(text)});
        forget_old(directory, note->last);
    }
    talloc_free(tmp);
}

static bool
read_note(const char *path, struct kf_note *note)
{
    FILE *file = fopen(path, "re");
    bool whole = false;

    *note = (struct kf_note){.first = 0};
    if (file != NULL) {
        whole = fscanf(file, "%" SCNd64 " %" SCNd64 " %64[0-9a-f]", &note->first, &note->last,
                       note->issued) >= 2;
        fclose(file);
    }
    return whole;
}

bool
kf_state_read_note(const char *directory, const char *csr_sha256, struct kf_note *_note)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *name = note_name(tmp, csr_sha256);
    char *path = talloc_asprintf(tmp, "%s/%s", directory, name);
    struct stat info;
    bool found = name != NULL && path != NULL && lstat(path, &info) == 0 && S_ISREG(info.st_mode);

    if (found && !read_note(path, _note)) {
        *_note = (struct kf_note){.first = info.st_mtime, .last = info.st_mtime};
    }
    talloc_free(tmp);
    return found;
}

void
kf_state_forget(const char *directory, const char *csr_sha256)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *name = note_name(tmp, csr_sha256);
    char *path = talloc_asprintf(tmp, "%s/%s", directory, name);

    if (name != NULL && path != NULL) {
        unlink(path);
    }
    talloc_free(tmp);
}
