/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The helper's state folder, as it is before each run. */

#include "folder.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 16
#define FILE_MAX  (256 * 1024)
#define HOUR      3600

struct file {
    char *name;
    char *data;
    size_t len;
};

static const char *path; /* of the folder */
static struct file kept[FILES_MAX];
static size_t kept_count;

static char *
path_of(const char *name)
{
    char *whole = NULL;

    if (asprintf(&whole, "%s/%s", path, name) < 0) {
        err(1, "asprintf");
    }
    return whole;
}

static struct file
read_file(const char *name)
{
    struct file file = {.name = strdup(name), .data = calloc(1, FILE_MAX + 1)};
    char *whole = path_of(name);
    FILE *stream = fopen(whole, "re");

    if (file.name == NULL || file.data == NULL || stream == NULL) {
        err(1, "%s", whole);
    }
    file.len = fread(file.data, 1, FILE_MAX, stream);
    fclose(stream);
    free(whole);
    return file;
}

static void
free_file(struct file *file)
{
    free(file->name);
    free(file->data);
}

static void
write_file(const struct file *file)
{
    char *whole = path_of(file->name);
    int target = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (target < 0 || write(target, file->data, file->len) != (ssize_t)file->len) {
        err(1, "%s", whole);
    }
    close(target);
    free(whole);
}

/* Calls act for each file, until it says false. */
static bool
for_each(bool (*act)(const char *name))
{
    DIR *entries = opendir(path);
    const struct dirent *entry = NULL;
    bool go_on = true;

    if (entries == NULL && errno == ENOENT) {
        return true;
    }
    if (entries == NULL) {
        err(1, "%s", path);
    }
    while (go_on && (entry = readdir(entries)) != NULL) {
        go_on = entry->d_name[0] == '.' || act(entry->d_name);
    }
    closedir(entries);
    return go_on;
}

static bool
keep(const char *name)
{
    if (kept_count == FILES_MAX) {
        errx(1, "%s has more than %d files", path, FILES_MAX);
    }
    kept[kept_count++] = read_file(name);
    return true;
}

void
folder_keep(const char *folder)
{
    path = folder;
    for_each(keep);
}

static bool
take_away(const char *name)
{
    char *whole = path_of(name);

    unlink(whole);
    free(whole);
    return true;
}

void
folder_restore(void)
{
    for_each(take_away);
    if (kept_count == 0) {
        rmdir(path); /* as before the first run of all */
    }
    for (size_t i = 0; i < kept_count; i++) {
        write_file(&kept[i]);
    }
}

static bool
is_kept(const char *name)
{
    struct file now = read_file(name);
    bool same = false;

    for (size_t i = 0; i < kept_count && !same; i++) {
        same = strcmp(kept[i].name, name) == 0 && kept[i].len == now.len &&
               memcmp(kept[i].data, now.data, now.len) == 0;
    }
    free_file(&now);
    return same;
}

static size_t file_count;

static bool
count_file(const char *name)
{
    (void)name;
    file_count++;
    return true;
}

bool
folder_is_as_kept(void)
{
    file_count = 0;
    for_each(count_file);
    return file_count == kept_count && for_each(is_kept);
}

/* The helper takes the time from the note, or, when that cannot be read, from the file. */
static bool
age_note(const char *name)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) - HOUR}};
    char issued[128] = "";
    char *whole = NULL;
    struct file file;
    int64_t first;
    int64_t last;

    if (strncmp(name, "sent-", strlen("sent-")) != 0) {
        return true;
    }
    file = read_file(name);
    if (sscanf(file.data, "%" SCNd64 " %" SCNd64 " %127s", &first, &last, issued) >= 2) {
        free(file.data);
        file.len = (size_t)asprintf(&file.data, "%" PRId64 " %" PRId64 " %s\n", first, last - HOUR,
                                    issued);
        write_file(&file);
    }
    whole = path_of(name);
    utimensat(AT_FDCWD, whole, times, 0);
    free(whole);
    free_file(&file);
    return true;
}

void
folder_age_notes(void)
{
    for_each(age_note);
}
