/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A configuration made fit for talking to the server: the files that it names. Layer 2; no library.
 */

#include "config.h"

#include "file.h"
#include "keys.h"
#include "log.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The full name of a file of secrets, owned by config. */
static enum kf_rc
resolve(struct kf_config *config, const char *file, const char **_path, struct kf_error *err)
{
    const char *directory = config->credentials_directory;

    if (file[0] == '/') {
        *_path = file;
        return KF_OK;
    }
    if (directory == NULL || directory[0] == '\0') {
        return kf_fail(err, KF_BADCONFIG,
                       "\"%s\" is a name in $CREDENTIALS_DIRECTORY, which is not set: write a full "
                       "name, or give certmonger.service the credential",
                       file);
    }
    *_path = talloc_asprintf(config, "%s/%s", directory, file);
    return *_path == NULL ? kf_fail_nomem(err) : KF_OK;
}

/* A certificate is nobody's secret, whatever its file's mode; whose a keytab may be is the host's
 * affair. */
static enum kf_rc
read_public_file(TALLOC_CTX *mem_ctx, const char *path, struct kf_secret **_file,
                 struct kf_error *err)
{
    struct kf_bytes data = {NULL, 0};
    enum kf_rc rc = kf_file_read(mem_ctx, path, &data, err);

    if (rc != KF_OK) {
        return rc;
    }
    *_file = kf_secret_new(mem_ctx, data.data, data.len);
    talloc_free(data.data);
    return *_file == NULL ? kf_fail_nomem(err) : KF_OK;
}

/* A file that the configuration names, and where its content goes. */
struct content {
    const char *key;
    const char *file; /* NULL: none, or none that is wanted */
    enum kf_rc (*read)(TALLOC_CTX *mem_ctx, const char *path, struct kf_secret **_secret,
                       struct kf_error *err);
    struct kf_secret **target;
};

static enum kf_rc
read_content(struct kf_config *config, const struct content *content, struct kf_error *err)
{
    const char *path = NULL;
    enum kf_rc rc;

    if (content->file == NULL) {
        return KF_OK;
    }
    rc = resolve(config, content->file, &path, err);
    if (rc == KF_OK) {
        rc = content->read(config, path, content->target, err);
    }
    return rc == KF_OK ? KF_OK
                       : kf_fail_prefix(err, rc, "%s: [%s] %s", config->path, config->nickname,
                                        content->key);
}

/* NULL for what is not a file. */
static const char *
file_of(const char *identity)
{
    return identity != NULL && identity[0] == '/' ? identity : NULL;
}

/* A host whose first certificate is still to come has another way in until then. */
static void
await_first_certificate(struct kf_config *config)
{
    const char *file = file_of(config->client_certificate);

    if (config->auth == KF_LOGIN_NONE && file != NULL && config->username != NULL &&
        access(file, F_OK) != 0 && errno == ENOENT) {
        kf_log(KF_LOG_INFO, "%s is not there yet: logging in as %s", file, config->username);
        config->auth = KF_LOGIN_BASIC;
        config->client_certificate = NULL;
    }
}

enum kf_rc
kf_config_check(struct kf_config *config, struct kf_error *err)
{
    await_first_certificate(config);
    if (config->files[0] == NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s is missing: write it, with a section [%s] (keyfactor.conf(5))",
                       config->path, config->nickname);
    }
    return kf_keys_check(config, err);
}

static enum kf_rc
read_contents(struct kf_config *config, struct kf_error *err)
{
    const bool is_basic = config->auth == KF_LOGIN_BASIC;
    const bool is_oauth = config->auth == KF_LOGIN_BEARER;
    const bool has_certificate = config->client_certificate != NULL;
    const bool has_key = has_certificate && config->client_key != NULL;
    const struct content contents[] = {
        {"password-file", is_basic ? config->password_file : NULL, kf_secret_read,
         &config->password},
        {"access-token-file", is_oauth ? config->access_token_file : NULL, kf_secret_read,
         &config->access_token},
        {"client-secret-file",
         is_oauth && config->access_token_file == NULL ? config->client_secret_file : NULL,
         kf_secret_read, &config->client_secret},
        {"client-certificate", file_of(config->client_certificate),
         has_key ? read_public_file : kf_secret_read_file, &config->client_identity},
        {"client-key", has_key ? file_of(config->client_key) : NULL, kf_secret_read_file,
         &config->client_private_key},
        {"client-key-password-file", has_certificate ? config->client_key_password_file : NULL,
         kf_secret_read, &config->client_key_password},
        {"proxy-password-file", config->proxy_password_file, kf_secret_read,
         &config->proxy_password},
        {"application-secret-file", config->application_secret_file, kf_secret_read,
         &config->application_secret},
        {"ca-file", config->ca_file, read_public_file, &config->ca_certificates},
        {"keytab", config->auth == KF_LOGIN_NEGOTIATE ? config->keytab : NULL, read_public_file,
         &config->keytab_content},
    };
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]) && rc == KF_OK; i++) {
        rc = read_content(config, &contents[i], err);
    }
    return rc;
}

/* The keytab is read by the Kerberos library, which does not say what is wrong with it. */
static enum kf_rc
check_keytab(const struct kf_config *config, struct kf_error *err)
{
    if (config->auth != KF_LOGIN_NEGOTIATE || access(config->keytab, R_OK) == 0) {
        return KF_OK;
    }
    return kf_fail(err, KF_BADCONFIG,
                   "%s: [%s] keytab: %s: %s: join this host to its domain, or name another keytab",
                   config->path, config->nickname, config->keytab, strerror(errno));
}

/* The file is asked before the name services: on the way to these the C library crashes when memory
 * is out. NULL with errno set. */
static const struct passwd *
find_user(const char *name)
{
    FILE *users = fopen("/etc/passwd", "re");
    const struct passwd *user = NULL;
    int error;

    errno = 0;
    while (users != NULL && (user = fgetpwent(users)) != NULL && strcmp(user->pw_name, name) != 0) {
    }
    error = errno;
    if (users != NULL) {
        fclose(users);
    }
    errno = user == NULL && error == ENOMEM ? ENOMEM : 0;
    return user != NULL || errno != 0 ? user : getpwnam(name);
}

/* The user of the sandbox: known now, because there is no looking it up from inside. */
static enum kf_rc
find_sandbox_user(struct kf_config *config, struct kf_error *err)
{
    const struct passwd *user = NULL;

    if (!config->sandbox) {
        return KF_OK;
    }
    user = find_user(config->sandbox_user);
    if (user == NULL && errno != 0 && errno != ENOENT && errno != ESRCH) {
        return kf_fail(err, KF_INTERNAL, "the user \"%s\" of sandbox-user cannot be looked up: %s",
                       config->sandbox_user, strerror(errno));
    }
    if (user == NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: [%s] sandbox-user: there is no user \"%s\" on this host: name one that "
                       "owns nothing",
                       config->path, config->nickname, config->sandbox_user);
    }
    config->sandbox_uid = user->pw_uid;
    config->sandbox_gid = user->pw_gid;
    return KF_OK;
}

enum kf_rc
kf_config_read_chain(struct kf_config *config, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    if (config->ca_chain_file != NULL && config->ca_chain == NULL) {
        rc = read_public_file(config, config->ca_chain_file, &config->ca_chain, err);
    }
    return rc == KF_OK ? KF_OK : kf_fail_prefix(err, rc, "ca-chain-file");
}

/* A certificate comes without it too. */
static enum kf_rc
try_chain(struct kf_config *config, struct kf_error *err)
{
    enum kf_rc rc = kf_config_read_chain(config, err);

    if (rc == KF_BADCONFIG) {
        kf_log(KF_LOG_NOTICE, "%s: going on without", err->text);
        return KF_OK;
    }
    return rc;
}

bool
kf_config_uses_token(const struct kf_config *config)
{
    return kf_config_is_token(config->client_certificate) || kf_config_is_token(config->client_key);
}

bool
kf_config_is_token(const char *identity)
{
    return identity != NULL && strncmp(identity, "pkcs11:", strlen("pkcs11:")) == 0;
}

enum kf_rc
kf_config_open(struct kf_config *config, struct kf_error *err)
{
    enum kf_rc rc = kf_config_check(config, err);

    if (rc == KF_OK) {
        rc = check_keytab(config, err);
    }
    if (rc == KF_OK) {
        rc = find_sandbox_user(config, err);
    }
    if (rc == KF_OK) {
        rc = try_chain(config, err);
    }
    return rc == KF_OK ? read_contents(config, err) : rc;
}
