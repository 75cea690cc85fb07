/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The configuration of one CA: its files, their sections, and the secrets. Layer 2; no library. */

#include "config.h"

#include "file.h"
#include "ini.h"
#include "keys.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define GLOBAL        "global"
#define DROPIN_SUFFIX ".conf"

/* A file being read, and the section whose lines count. */
struct pass {
    struct kf_config *config;
    const char *file;
    const char *section;
};

static enum kf_rc
fail_unknown(const struct pass *pass, const struct kf_ini_line *line, struct kf_error *err)
{
    const char *nearest = kf_keys_nearest(line->key);

    if (nearest == NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s:%u: unknown key \"%s\" in [%s]: see keyfactor.conf(5)", pass->file,
                       line->number, line->key, line->section);
    }
    return kf_fail(err, KF_BADCONFIG,
                   "%s:%u: unknown key \"%s\" in [%s]: did you mean %s? See keyfactor.conf(5)",
                   pass->file, line->number, line->key, line->section, nearest);
}

static enum kf_rc
set_key(const struct pass *pass, const struct kf_ini_line *line, const struct kf_key *key,
        struct kf_error *err)
{
    enum kf_rc rc = kf_keys_set(pass->config, key, line->value, err);

    return rc == KF_OK ? KF_OK
                       : kf_fail_prefix(err, rc, "%s:%u: %s", pass->file, line->number, line->key);
}

/* The entry for type, a new one if there is none; NULL without memory. */
static struct kf_metadata *
find_entry(struct kf_config *config, struct kf_metadata_list *list, const char *type)
{
    struct kf_metadata *grown = NULL;

    for (size_t i = 0; i < list->count; i++) {
        if (strcasecmp(list->entries[i].type, type) == 0) {
            return &list->entries[i];
        }
    }
    grown = talloc_realloc(config, list->entries, struct kf_metadata, list->count + 1);
    if (grown == NULL) {
        return NULL;
    }
    list->entries = grown;
    return &grown[list->count++];
}

static enum kf_rc
set_entry(const struct pass *pass, const struct kf_ini_line *line, struct kf_metadata_list *list,
          struct kf_error *err)
{
    struct kf_config *config = pass->config;
    const struct kf_metadata entry = {
        .type = talloc_strdup(config, line->key),
        .value = talloc_strdup(config, line->value),
        .where = talloc_asprintf(config, "%s:%u", pass->file, line->number),
    };
    struct kf_metadata *target = NULL;

    if (entry.type == NULL || entry.value == NULL || entry.where == NULL) {
        return kf_fail_nomem(err);
    }
    if (!kf_text_is_line(line->value)) {
        return kf_fail(err, KF_BADCONFIG, "%s: %s: a tab in the value: write a blank", entry.where,
                       entry.type);
    }
    target = find_entry(config, list, entry.type);
    if (target == NULL) {
        return kf_fail_nomem(err);
    }
    *target = entry;
    return KF_OK;
}

/* Sections that belong to [NAME], where the server says what lines there may be. */
static const struct subsection {
    const char *word; /* [NAME word] */
    size_t offset;    /* of the list in struct kf_config */
} subsections[] = {
    {"metadata", offsetof(struct kf_config, metadata)},
    {"enrollment-fields", offsetof(struct kf_config, enrollment_fields)},
};

/* The length of NAME if section is "NAME word"; 0 if it is only word; -1 if it is another. */
static ssize_t
owner_length(const char *section, const char *word)
{
    ssize_t len = (ssize_t)(strlen(section) - strlen(word));

    if (strlen(section) < strlen(word) || strcmp(section + len, word) != 0 ||
        (len > 0 && section[len - 1] != ' ')) {
        return -1;
    }
    while (len > 0 && section[len - 1] == ' ') {
        len--;
    }
    return len;
}

static const struct subsection *
find_subsection(const char *section)
{
    for (size_t i = 0; i < sizeof(subsections) / sizeof(subsections[0]); i++) {
        if (owner_length(section, subsections[i].word) >= 0) {
            return &subsections[i];
        }
    }
    return NULL;
}

static bool
is_named(const char *section, const char *text, size_t len)
{
    return strlen(section) == len && strncmp(section, text, len) == 0;
}

static enum kf_rc
visit_subsection(const struct pass *pass, const struct kf_ini_line *line,
                 const struct subsection *subsection, struct kf_error *err)
{
    const ssize_t len = owner_length(line->section, subsection->word);

    if (len == 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s:%u: [%s] does not say whose: write [NAME %s] or [global %s]", pass->file,
                       line->number, subsection->word, subsection->word, subsection->word);
    }
    if (!is_named(pass->section, line->section, (size_t)len)) {
        return KF_OK;
    }
    return set_entry(pass, line,
                     (struct kf_metadata_list *)(void *)((char *)pass->config + subsection->offset),
                     err);
}

/* A section that is of no form, or a key that there is not, is an error whosever it is; only the
 * lines of pass->section are taken over. */
static enum kf_rc
visit_line(void *context, const struct kf_ini_line *line, struct kf_error *err)
{
    const struct pass *pass = context;
    const struct subsection *subsection = find_subsection(line->section);
    const struct kf_key *key = NULL;

    if (subsection != NULL) {
        return visit_subsection(pass, line, subsection, err);
    }
    key = kf_keys_find(line->key);
    if (key == NULL) {
        return fail_unknown(pass, line, err);
    }
    return strcmp(line->section, pass->section) == 0 ? set_key(pass, line, key, err) : KF_OK;
}

/* The configuration files, in the order in which they are read. */
struct files {
    struct file {
        const char *path;
        struct kf_secret *text;
    } * list;
    size_t count;
};

/* path becomes part of files; NULL: there was no memory for it. */
static enum kf_rc
add_file(struct files *files, char *path, struct kf_error *err)
{
    struct file *grown = talloc_realloc(files, files->list, struct file, files->count + 1);
    enum kf_rc rc;

    if (grown == NULL || path == NULL) {
        return kf_fail_nomem(err);
    }
    files->list = grown;
    grown[files->count].path = path;
    rc = kf_secret_read_file(files, path, &grown[files->count].text, err);
    if (rc == KF_OK) {
        files->count++;
    }
    return rc;
}

static enum kf_rc
add_main_file(struct files *files, const char *path, struct kf_error *err)
{
    struct stat info;

    /* A link to nowhere is not a missing file, but an error. */
    if (lstat(path, &info) != 0 && errno == ENOENT) {
        return KF_OK;
    }
    return add_file(files, talloc_strdup(files, path), err);
}

static int
is_dropin(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);

    return entry->d_name[0] != '.' && len > strlen(DROPIN_SUFFIX) &&
           strcmp(entry->d_name + len - strlen(DROPIN_SUFFIX), DROPIN_SUFFIX) == 0;
}

/* Bytes, not the locale's order, which differs between a shell and the daemon. */
static int
compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum kf_rc
add_entries(struct files *files, const char *directory, int fd, struct kf_error *err)
{
    struct dirent **entries = NULL;
    const int count = scandirat(fd, ".", &entries, is_dropin, compare_names);
    enum kf_rc rc = KF_OK;

    if (count < 0) {
        return kf_fail_file(err, directory, "cannot be read", NULL);
    }
    for (int i = 0; i < count; i++) {
        if (rc == KF_OK) {
            rc = add_file(files, talloc_asprintf(files, "%s/%s", directory, entries[i]->d_name),
                          err);
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static enum kf_rc
check_directory(const char *directory, int fd, struct kf_error *err)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return kf_fail_file(err, directory, NULL, NULL);
    }
    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        return kf_fail(err, KF_BADCONFIG, "%s: belongs to user %u: chown root %s", directory,
                       (unsigned)info.st_uid, directory);
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: users beside its owner may write in it (mode %04o): chmod go-w %s",
                       directory, (unsigned)info.st_mode & 07777, directory);
    }
    return KF_OK;
}

static enum kf_rc
add_dropins(struct files *files, const char *path, struct kf_error *err)
{
    const char *directory = talloc_asprintf(files, "%s.d", path);
    enum kf_rc rc;
    int fd;

    if (directory == NULL) {
        return kf_fail_nomem(err);
    }
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? KF_OK
                               : kf_fail_file(err, directory, "cannot be opened as a folder", NULL);
    }
    rc = check_directory(directory, fd, err);
    if (rc == KF_OK) {
        rc = add_entries(files, directory, fd, err);
    }
    close(fd);
    return rc;
}

static enum kf_rc
apply(struct kf_config *config, const struct files *files, const char *section,
      struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < files->count && rc == KF_OK; i++) {
        struct pass pass = {config, files->list[i].path, section};

        rc = kf_ini_read(pass.file, files->list[i].text, visit_line, &pass, err);
    }
    return rc;
}

static enum kf_rc
keep_names(struct kf_config *config, const struct files *files, struct kf_error *err)
{
    config->files = talloc_zero_array(config, char *, files->count + 1);
    for (size_t i = 0; config->files != NULL && i < files->count; i++) {
        config->files[i] = talloc_strdup(config->files, files->list[i].path);
        if (config->files[i] == NULL) {
            return kf_fail_nomem(err);
        }
    }
    return config->files == NULL ? kf_fail_nomem(err) : KF_OK;
}

static enum kf_rc
read_files(struct kf_config *config, const struct kf_config_source *source, struct kf_error *err)
{
    struct files *files = talloc_zero(config, struct files);
    enum kf_rc rc;

    if (files == NULL) {
        return kf_fail_nomem(err);
    }
    rc = add_main_file(files, source->path, err);
    if (rc == KF_OK) {
        rc = add_dropins(files, source->path, err);
    }
    if (rc == KF_OK) {
        rc = keep_names(config, files, err);
    }
    if (rc == KF_OK) {
        rc = apply(config, files, GLOBAL, err);
    }
    if (rc == KF_OK) {
        rc = apply(config, files, source->nickname, err);
    }
    talloc_free(files);
    return rc;
}

enum kf_rc
kf_config_read(TALLOC_CTX *mem_ctx, const struct kf_config_source *source,
               struct kf_config **_config, struct kf_error *err)
{
    struct kf_config *config = talloc_zero(mem_ctx, struct kf_config);
    enum kf_rc rc;

    if (config == NULL) {
        return kf_fail_nomem(err);
    }
    config->nickname = talloc_strdup(config, source->nickname);
    config->path = talloc_strdup(config, source->path);
    config->credentials_directory = source->credentials_directory;
    rc = config->nickname == NULL || config->path == NULL ? kf_fail_nomem(err)
                                                          : kf_keys_preset(config, err);
    if (rc == KF_OK) {
        rc = read_files(config, source, err);
    }
    if (rc != KF_OK) {
        talloc_free(config);
        return rc;
    }
    *_config = config;
    return KF_OK;
}
