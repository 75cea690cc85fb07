/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* --check: the configuration, the secrets, the state folder, OpenSSL and the sandbox. Layer 4; no
 * library. */

#include "check_parts.h"

#include "crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 9
#define PARTS_MAX 3

enum kf_check_mark
kf_check_configuration(struct kf_check *check)
{
    struct kf_run *run = &check->run;
    enum kf_rc rc = kf_config_read(run->mem, check->wish->source, &run->config, run->err);

    if (rc == KF_OK) {
        rc = kf_config_check(run->config, run->err);
    }
    if (rc != KF_OK) {
        return kf_check_fail(check, rc, run->err);
    }
    kf_check_text(check, "ca", run->config->nickname);
    kf_check_list(check, "files", (const char *const *)run->config->files);
    return kf_check_say(check, KF_CHECK_OK, "[%s] of %s", run->config->nickname,
                        kf_check_join(check, (const char *const *)run->config->files));
}

/* Requests to the Classic API go out without a signature. */
static bool
is_unsigned(const struct kf_config *config)
{
    return config->application_key != NULL && config->application_secret == NULL &&
           config->api != KF_API_REST && config->auth != KF_LOGIN_BEARER;
}

/* The keys whose files were read, NULL-terminated. */
static void
list_secrets(const struct kf_config *config, const char *keys[static FILES_MAX])
{
    const struct {
        const char *key;
        bool is_there;
    } table[] = {
        {"password-file", config->password != NULL},
        {"access-token-file", config->access_token != NULL},
        {"client-secret-file", config->client_secret != NULL},
        {"client-certificate", config->client_identity != NULL},
        {"client-key", config->client_private_key != NULL},
        {"client-key-password-file", config->client_key_password != NULL},
        {"proxy-password-file", config->proxy_password != NULL},
        {"application-secret-file", config->application_secret != NULL},
        {"keytab", config->auth == KF_LOGIN_NEGOTIATE},
    };
    size_t count = 0;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].is_there) {
            keys[count++] = table[i].key;
        }
    }
}

enum kf_check_mark
kf_check_secrets(struct kf_check *check)
{
    const char *keys[FILES_MAX + 1] = {NULL};
    struct kf_run *run = &check->run;
    enum kf_rc rc = kf_config_open(run->config, run->err);

    if (rc != KF_OK) {
        return kf_check_fail(check, rc, run->err);
    }
    list_secrets(run->config, keys);
    kf_check_list(check, "keys", keys);
    if (is_unsigned(run->config)) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "requests to the Classic API go out unsigned, which most servers "
                            "refuse: set application-secret-file");
    }
    return kf_check_say(check, KF_CHECK_OK, "%s",
                        keys[0] == NULL ? "none is wanted" : kf_check_join(check, keys));
}

/* What the folder is for, when it cannot be used. */
static enum kf_check_mark
fail_state(struct kf_check *check, const char *path, const char *reason)
{
    return kf_check_say(check, KF_CHECK_FAIL,
                        "%s: %s: make it a folder that root can write in, or set state-directory: "
                        "without, a lost answer may become a second certificate",
                        path, reason);
}

static bool
is_writable(const char *path)
{
    return faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
}

/* The folder is made when something is written for the first time. */
static enum kf_check_mark
check_parent(struct kf_check *check, const char *path)
{
    char *copy = talloc_strdup(check->run.mem, path);

    if (copy != NULL && !is_writable(dirname(copy))) {
        return fail_state(check, path, strerror(errno));
    }
    return kf_check_say(check, KF_CHECK_OK, "%s is made with the first request", path);
}

enum kf_check_mark
kf_check_state(struct kf_check *check)
{
    const char *path = check->run.config->state_directory;
    struct stat info;

    kf_check_text(check, "directory", path);
    if (stat(path, &info) != 0) {
        return errno == ENOENT ? check_parent(check, path)
                               : fail_state(check, path, strerror(errno));
    }
    if (!S_ISDIR(info.st_mode)) {
        return fail_state(check, path, strerror(ENOTDIR));
    }
    if (!is_writable(path)) {
        return fail_state(check, path, strerror(errno));
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "%s: users beside its owner may write in it (mode %04o): chmod 0700 %s",
                            path, (unsigned)info.st_mode & 07777, path);
    }
    return kf_check_say(check, KF_CHECK_OK, "%s is writable", path);
}

/* OpenSSL may sign with it all the same: that FIPS approves of it is not to be had. */
static bool
is_too_short(const struct kf_secret *secret)
{
    return secret != NULL && secret->len < KF_CRYPTO_FIPS_KEY_MIN;
}

static enum kf_check_mark
tell_fips(struct kf_check *check, const char *provider)
{
    const struct kf_config *config = check->run.config;

    kf_check_text(check, "fips_provider", provider);
    if (config != NULL && is_too_short(config->application_secret)) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "%s in FIPS mode (provider %s), which approves of no HMAC with fewer "
                            "than %d characters in application-secret-file: give the application "
                            "a longer one in Keyfactor",
                            kf_crypto_version(), provider, KF_CRYPTO_FIPS_KEY_MIN);
    }
    return kf_check_say(check, KF_CHECK_OK,
                        "%s in FIPS mode (provider %s): no PKCS#12, no PEM key of the old form "
                        "(DEK-Info), no MD5",
                        kf_crypto_version(), provider);
}

enum kf_check_mark
kf_check_openssl(struct kf_check *check)
{
    struct kf_run *run = &check->run;
    enum kf_rc rc = kf_crypto_check(run->err);
    const bool is_fips = kf_crypto_is_fips();
    const char *provider = is_fips ? kf_crypto_fips_provider(run->mem) : NULL;

    kf_check_text(check, "version", kf_crypto_version());
    kf_check_text(check, "mode", is_fips ? "fips" : "default");
    if (rc != KF_OK) {
        return kf_check_fail(check, rc, run->err);
    }
    return provider == NULL ? kf_check_say(check, KF_CHECK_OK, "%s", kf_crypto_version())
                            : tell_fips(check, provider);
}

/* The parts of the sandbox that hold for this process, or those that do not; NULL-terminated. */
static void
list_parts(bool hold, const char *parts[static PARTS_MAX + 1])
{
    const struct {
        const char *part;
        bool holds;
    } table[PARTS_MAX] = {
        {"another user than root", geteuid() != 0},
        {"no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1},
        {"a filter of system calls", prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER},
    };
    size_t count = 0;

    for (size_t i = 0; i < PARTS_MAX; i++) {
        if (table[i].holds == hold) {
            parts[count++] = table[i].part;
        }
    }
}

enum kf_check_mark
kf_check_sandbox(struct kf_check *check)
{
    const struct kf_config *config = check->run.config;
    const char *missing[PARTS_MAX + 1] = {NULL};
    const char *parts[PARTS_MAX + 1] = {NULL};

    if (!config->sandbox) {
        return kf_check_say(check, KF_CHECK_SKIP, "sandbox = no");
    }
    if (kf_config_uses_token(config)) {
        return kf_check_say(check, KF_CHECK_SKIP, "a PKCS#11 token needs more than it allows");
    }
    list_parts(true, parts);
    list_parts(false, missing);
    kf_check_list(check, "parts", parts);
    if (missing[0] != NULL) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "not to be had here: %s: see what the kernel, or the policy of this "
                            "host or container, refuses",
                            kf_check_join(check, missing));
    }
    return kf_check_say(check, KF_CHECK_OK, "%s", kf_check_join(check, parts));
}
