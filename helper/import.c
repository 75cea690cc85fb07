/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor.conf(5) made of the command_config.json of the vendor's tools. Layer 4; no library. */

#include "import.h"

#include "config.h"
#include "file.h"
#include "import_parts.h"
#include "keys.h"
#include "log.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#define NICKNAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-_"

/* What one import works with; all of it is gone afterwards. */
struct work {
    const struct kf_import *import;
    const struct kf_json *server;
    struct kf_import_files *files; /* the configuration is the last */
    struct kf_config *config;      /* read back */
};

static void
warn_of_readers(const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        kf_log(
            KF_LOG_NOTICE,
            "%s has secrets in it, and is open to users beside its owner (mode %04o): chmod 0600 "
            "%s, and change the secrets if others may have read them",
            path, (unsigned)info.st_mode & 07777, path);
    }
}

/* The parser's words are cut off: they may quote a secret. */
static enum kf_rc
fail_syntax(const char *path, struct kf_error *err)
{
    err->text[strcspn(err->text, ":")] = '\0';
    return kf_fail_prefix(err, KF_BADCONFIG, "%s: is not JSON, name a command_config.json", path);
}

static enum kf_rc
read_file(TALLOC_CTX *mem_ctx, const char *path, const struct kf_json **_root, struct kf_error *err)
{
    struct kf_bytes text = {NULL, 0};
    enum kf_rc rc = kf_file_read(mem_ctx, path, &text, err);

    if (rc != KF_OK) {
        return rc;
    }
    if (kf_secret_take(mem_ctx, text.data, text.len) == NULL) {
        return kf_fail_nomem(err);
    }
    warn_of_readers(path);
    rc = kf_json_read(mem_ctx, &text, _root, err);
    return rc == KF_BADREPLY ? fail_syntax(path, err) : rc;
}

static enum kf_rc
fail_unknown_server(TALLOC_CTX *mem_ctx, const struct kf_import *import,
                    const struct kf_json *servers, struct kf_error *err)
{
    char *names = talloc_strdup(mem_ctx, "");
    const struct kf_json *server = NULL;
    const char *name = NULL;

    for (size_t i = 0; names != NULL && kf_json_member_at(servers, i, &name, &server); i++) {
        names = talloc_asprintf_append_buffer(names, "%s%s", i == 0 ? "" : ", ", name);
    }
    if (names == NULL) {
        return kf_fail_nomem(err);
    }
    return kf_fail(err, KF_BADCONFIG, "%s has no server \"%s\": name one with --server: %s",
                   import->file, import->server, names[0] == '\0' ? "there are none" : names);
}

/* Names of servers are compared letter by letter. */
static enum kf_rc
find_server(TALLOC_CTX *mem_ctx, const struct kf_import *import, const struct kf_json *root,
            const struct kf_json **_server, struct kf_error *err)
{
    const struct kf_json *servers = kf_json_member(root, "servers");
    const struct kf_json *server = NULL;
    const char *name = NULL;

    if (!kf_json_is_object(servers)) {
        return kf_fail(err, KF_BADCONFIG, "%s has no \"servers\" in it: name a command_config.json",
                       import->file);
    }
    for (size_t i = 0; kf_json_member_at(servers, i, &name, &server); i++) {
        if (strcmp(name, import->server) == 0 && kf_json_is_object(server)) {
            *_server = server;
            return KF_OK;
        }
    }
    return fail_unknown_server(mem_ctx, import, servers, err);
}

/* The name of a file without its folder. */
static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static enum kf_rc
check_names(const struct kf_import *import, struct kf_error *err)
{
    struct stat info;

    if (!isalnum((unsigned char)import->nickname[0]) ||
        import->nickname[strspn(import->nickname, NICKNAME_BYTES)] != '\0') {
        return kf_fail(err, KF_BADCONFIG,
                       "--ca %s: not a name for a section and for files: write letters and digits, "
                       "with blanks, dots, - and _ between",
                       import->nickname);
    }
    if (base_name(import->config)[0] == '\0') {
        return kf_fail(err, KF_BADCONFIG, "--config %s: a folder: name a file", import->config);
    }
    if (lstat(import->config, &info) == 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s is there already, and is not written over: move it away, or add to it "
                       "with --config %s.d/%s.conf",
                       import->config, import->config, import->nickname);
    }
    return KF_OK;
}

static enum kf_rc
prepare(TALLOC_CTX *mem_ctx, struct work *work, struct kf_error *err)
{
    const struct kf_import *import = work->import;
    const struct kf_json *root = NULL;
    const char *path = NULL;
    char *text = NULL;
    enum kf_rc rc = read_file(mem_ctx, import->file, &root, err);

    if (rc == KF_OK) {
        rc = find_server(mem_ctx, import, root, &work->server, err);
    }
    if (rc == KF_OK) {
        rc = kf_import_files_new(mem_ctx, import->config, &work->files, err);
    }
    if (rc == KF_OK) {
        rc = kf_import_section(mem_ctx, import, work->server, work->files, &text, err);
    }
    return rc == KF_OK
               ? kf_import_files_add(work->files, base_name(import->config), text, &path, err)
               : rc;
}

/* As the helper will. */
static enum kf_rc
read_back(TALLOC_CTX *mem_ctx, struct work *work, struct kf_error *err)
{
    const struct kf_import_file *file = &work->files->list[work->files->count - 1];
    const struct kf_config_source source = {.path = file->temporary,
                                            .nickname = work->import->nickname};
    enum kf_rc rc = kf_config_read(mem_ctx, &source, &work->config, err);

    if (rc == KF_OK && work->config->url == NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "--ca %s: sections of this name are for other things: write another",
                       source.nickname);
    }
    if (rc == KF_OK) {
        work->config->path = file->path;
    }
    return rc;
}

/* The command that runs the helper with the configuration path, owned by mem_ctx; NULL when memory
 * is out. Drop-ins of the standard configuration are read with it. */
static const char *
command(TALLOC_CTX *mem_ctx, const struct kf_import *import, const char *path)
{
    const size_t len = strlen(import->standard_config);
    const bool is_standard = strncmp(path, import->standard_config, len) == 0 &&
                             (path[len] == '\0' || strncmp(path + len, ".d/", 3) == 0);

    return is_standard ? talloc_strdup(mem_ctx, import->program)
                       : talloc_asprintf(mem_ctx, "%s --config %s", import->program, path);
}

static char *
report(TALLOC_CTX *mem_ctx, const struct work *work)
{
    const struct kf_import *import = work->import;
    const char *path = work->config->path;
    const char *run = command(work->files, import, path);
    char *text = talloc_strdup(mem_ctx, "Written:\n");
    struct kf_error missing;

    for (size_t i = 0; i < work->files->count && text != NULL; i++) {
        text = talloc_asprintf_append_buffer(text, "  %s\n", work->files->list[i].path);
    }
    if (text != NULL && kf_keys_check(work->config, &missing) != KF_OK) {
        text = talloc_asprintf_append_buffer(text, "Missing:\n  %s\n", missing.text);
    }
    if (text == NULL || run == NULL) {
        return NULL;
    }
    return talloc_asprintf_append_buffer(
        text,
        "Next:\n"
        "  Read the comments in %s, and put a template in.\n"
        "  Try it: %s --ca '%s' --check --profile TEMPLATE\n"
        "  Tell certmonger: getcert add-ca -c '%s' -e '%s'\n"
        "  Take %s away when nothing else needs it: it has secrets in it.\n",
        path, run, import->nickname, import->nickname, run, import->file);
}

static enum kf_rc
perform(TALLOC_CTX *mem_ctx, struct work *work, char **_report, struct kf_error *err)
{
    enum kf_rc rc = check_names(work->import, err);

    if (rc == KF_OK) {
        rc = prepare(mem_ctx, work, err);
    }
    if (rc == KF_OK) {
        rc = kf_import_files_write(work->files, err);
    }
    if (rc == KF_OK) {
        rc = read_back(mem_ctx, work, err);
    }
    if (rc == KF_OK) {
        *_report = report(mem_ctx, work);
        rc = *_report == NULL ? kf_fail_nomem(err) : KF_OK;
    }
    return rc == KF_OK ? kf_import_files_place(work->files, err) : rc;
}

enum kf_rc
kf_import(TALLOC_CTX *mem_ctx, const struct kf_import *import, char **_report, struct kf_error *err)
{
    TALLOC_CTX *tmp = talloc_new(mem_ctx);
    struct work work = {.import = import};
    char *text = NULL;
    enum kf_rc rc = tmp == NULL ? kf_fail_nomem(err) : perform(tmp, &work, &text, err);

    if (rc == KF_OK) {
        *_report = talloc_steal(mem_ctx, text);
    }
    talloc_free(tmp);
    return rc;
}
