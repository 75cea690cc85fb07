/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The keys of keyfactor.conf(5) and their defaults. Layer 2; no library. The table "keys" is the
 * one place that knows what keys there are. */

#include "keys_parts.h"

#include "journal.h"
#include "log.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

#define KEY_NAME_MAX 32
#define TYPOS_MAX    2
#define FILE_SUFFIX  "-file"
#define HOUR         (60 * 60)
#define DAY          (24 * HOUR)

static const struct kf_word api_names[] = {
    {KF_API_AUTO, "auto"}, {KF_API_CLASSIC, "classic"}, {KF_API_REST, "rest"}, {0, NULL}};
static const struct kf_word logins[] = {{KF_LOGIN_BASIC, "basic"},
                                        {KF_LOGIN_BEARER, "oauth"},
                                        {KF_LOGIN_NEGOTIATE, "negotiate"},
                                        {KF_LOGIN_NONE, "certificate"},
                                        {0, NULL}};
static const struct kf_word client_authentications[] = {
    {KF_CLIENT_HEADER, "header"}, {KF_CLIENT_BODY, "body"}, {0, NULL}};
static const struct kf_word api_versions[] = {{1, "1"}, {2, "2"}, {3, "3"}, {0, NULL}};
static const struct kf_word tls_versions[] = {{12, "1.2"}, {13, "1.3"}, {0, NULL}};
static const struct kf_word flags[] = {{1, "yes"}, {0, "no"}, {1, "true"}, {0, "false"}, {0, NULL}};
static const struct kf_word metadata_formats[] = {
    {KF_METADATA_OBJECT, "object"}, {KF_METADATA_ARRAY, "array"}, {0, NULL}};
static const struct kf_word key_formats[] = {
    {KF_KEY_AUTO, "auto"}, {KF_KEY_HEX, "hex"}, {KF_KEY_TEXT, "text"}, {0, NULL}};
static const struct kf_word reconciles[] = {{KF_RECONCILE_REQUIRED, "required"},
                                            {KF_RECONCILE_BEST_EFFORT, "best-effort"},
                                            {KF_RECONCILE_OFF, "off"},
                                            {0, NULL}};
static const struct kf_word log_levels[] = {
    {KF_LOG_NOTICE, "notice"}, {KF_LOG_INFO, "info"}, {KF_LOG_DEBUG, "debug"}, {0, NULL}};

#define MEMBER(name) offsetof(struct kf_config, name)

static bool
always(const struct kf_config *config)
{
    (void)config;
    return true;
}

static bool
is_classic(const struct kf_config *config)
{
    return config->api == KF_API_CLASSIC;
}

static bool
is_basic(const struct kf_config *config)
{
    return config->auth == KF_LOGIN_BASIC;
}

static bool
asks_for_token(const struct kf_config *config)
{
    return config->auth == KF_LOGIN_BEARER && config->access_token_file == NULL;
}

static bool
shows_certificate_only(const struct kf_config *config)
{
    return config->auth == KF_LOGIN_NONE;
}

static bool
has_proxy_username(const struct kf_config *config)
{
    return config->proxy_username != NULL;
}

/* In the order of keyfactor.conf(5). */
static const struct kf_key keys[] = {
    {"url", kf_keys_servers, MEMBER(url), .needed = "url = https://HOST", .is_needed = always},
    {"api", kf_keys_word, MEMBER(api), .words = api_names, .preset = "auto"},
    {"api-version", kf_keys_word, MEMBER(api_version), .words = api_versions, .preset = "3"},
    {"token-path", kf_keys_url_path, MEMBER(token_path), .preset = "/CMSApi/Token"},
    {"token-name", kf_keys_name, MEMBER(token_name), .preset = "AccessToken"},
    {"token-header", kf_keys_name, MEMBER(token_header), .preset = "X-CSS-CMS-AccessToken"},
    {"rest-path", kf_keys_url_folder, MEMBER(rest_path), .preset = "/KeyfactorAPI"},
    {"rest-version", kf_keys_version, MEMBER(rest_version), .preset = "1"},
    {"requested-with", kf_keys_name, MEMBER(requested_with), .preset = "APIClient"},
    {"collection-id", kf_keys_digits, MEMBER(collection_id), .preset = NULL},
    {"ca-file", kf_keys_path, MEMBER(ca_file), .preset = NULL},
    {"ca-directory", kf_keys_path, MEMBER(ca_directory), .preset = NULL},
    {"tls-min-version", kf_keys_word, MEMBER(tls_min_version), .words = tls_versions,
     .preset = "1.2"},
    {"timeout", kf_keys_seconds, MEMBER(timeout), .max = HOUR, .preset = "60s"},
    {"connect-timeout", kf_keys_seconds, MEMBER(connect_timeout), .max = HOUR, .preset = "15s"},
    {"proxy", kf_keys_proxy, MEMBER(proxy), .preset = NULL},
    {"no-proxy", kf_keys_text, MEMBER(no_proxy), .preset = NULL},
    {"proxy-username", kf_keys_text, MEMBER(proxy_username), .preset = NULL},
    {"proxy-password-file", kf_keys_text, MEMBER(proxy_password_file),
     .needed = "proxy-password-file = FILE", .is_needed = has_proxy_username},
    {"auth", kf_keys_word, MEMBER(auth), .words = logins, .preset = "basic"},
    {"username", kf_keys_text, MEMBER(username), .needed = "username = DOMAIN\\USER",
     .is_needed = is_basic},
    {"password-file", kf_keys_text, MEMBER(password_file), .needed = "password-file = FILE",
     .is_needed = is_basic},
    {"token-url", kf_keys_https_url, MEMBER(token_url), .needed = "token-url = https://HOST/PATH",
     .is_needed = asks_for_token},
    {"client-id", kf_keys_text, MEMBER(client_id), .needed = "client-id = ID",
     .is_needed = asks_for_token},
    {"client-secret-file", kf_keys_text, MEMBER(client_secret_file),
     .needed = "client-secret-file = FILE", .is_needed = asks_for_token},
    {"client-authentication", kf_keys_word, MEMBER(client_authentication),
     .words = client_authentications, .preset = "header"},
    {"scope", kf_keys_text, MEMBER(scope), .preset = NULL},
    {"audience", kf_keys_text, MEMBER(audience), .preset = NULL},
    {"access-token-file", kf_keys_text, MEMBER(access_token_file), .preset = NULL},
    {"keytab", kf_keys_path, MEMBER(keytab), .preset = "/etc/krb5.keytab"},
    {"client-certificate", kf_keys_identity, MEMBER(client_certificate),
     .needed = "client-certificate = FILE", .is_needed = shows_certificate_only},
    {"client-key", kf_keys_identity, MEMBER(client_key), .preset = NULL},
    {"client-key-password-file", kf_keys_text, MEMBER(client_key_password_file), .preset = NULL},
    {"application-key", kf_keys_text, MEMBER(application_key), .needed = "application-key = KEY",
     .is_needed = is_classic},
    {"application-key-format", kf_keys_word, MEMBER(application_key_format), .words = key_formats,
     .preset = "auto"},
    {"application-secret-file", kf_keys_text, MEMBER(application_secret_file), .preset = NULL},
    {"template", kf_keys_text, MEMBER(template), .preset = NULL},
    {"certificate-authority", kf_keys_text, MEMBER(certificate_authority), .preset = NULL},
    {"enrollment-pattern", kf_keys_text, MEMBER(enrollment_pattern), .preset = NULL},
    {"templates", kf_keys_list, MEMBER(templates), .preset = NULL},
    {"include-chain", kf_keys_flag, MEMBER(include_chain), .words = flags, .preset = "yes"},
    {"include-root", kf_keys_flag, MEMBER(include_root), .words = flags, .preset = "no"},
    {"ca-chain-file", kf_keys_path, MEMBER(ca_chain_file), .preset = NULL},
    {"fetch-roots", kf_keys_flag, MEMBER(fetch_roots), .words = flags, .preset = "no"},
    {"fetch-issuers", kf_keys_flag, MEMBER(fetch_issuers), .words = flags, .preset = "no"},
    {"link-renewals", kf_keys_flag, MEMBER(link_renewals), .words = flags, .preset = "no"},
    {"check-key", kf_keys_flag, MEMBER(check_key), .words = flags, .preset = "yes"},
    {"metadata-format", kf_keys_word, MEMBER(metadata_format), .words = metadata_formats,
     .preset = "object"},
    {"reconcile", kf_keys_word, MEMBER(reconcile), .words = reconciles, .preset = "best-effort"},
    {"reconcile-metadata", kf_keys_name, MEMBER(reconcile_metadata), .preset = NULL},
    {"state-directory", kf_keys_path, MEMBER(state_directory), .preset = KF_CONFIG_STATE_DIRECTORY},
    {"sandbox", kf_keys_flag, MEMBER(sandbox), .words = flags, .preset = "yes"},
    {"sandbox-user", kf_keys_name, MEMBER(sandbox_user), .preset = "nobody"},
    {"poll-interval", kf_keys_seconds, MEMBER(poll_interval), .max = 30 * DAY, .preset = "5m"},
    {"poll-interval-max", kf_keys_seconds, MEMBER(poll_interval_max), .max = 30 * DAY,
     .preset = "1h"},
    {"poll-limit", kf_keys_seconds, MEMBER(poll_limit), .max = 365 * DAY, .preset = "30d"},
    {"retry-interval", kf_keys_seconds, MEMBER(retry_interval), .max = 30 * DAY, .preset = "1m"},
    {"retry-interval-max", kf_keys_seconds, MEMBER(retry_interval_max), .max = 30 * DAY,
     .preset = "1h"},
    {"retry-limit", kf_keys_seconds, MEMBER(retry_limit), .max = 365 * DAY, .preset = "7d"},
    {"log-level", kf_keys_word, MEMBER(log_level), .words = log_levels, .preset = "notice"},
    {"journal-socket", kf_keys_path, MEMBER(journal_socket), .preset = KF_JOURNAL_SOCKET},
    {"metrics-directory", kf_keys_path, MEMBER(metrics_directory), .preset = NULL},
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

const struct kf_key *
kf_keys_find(const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(name, keys[i].name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be put in, taken out or changed to make the first len of b of a, case
 * apart. */
static size_t
edit_distance(const char *a, const char *b, size_t len)
{
    const size_t width = least(len, KEY_NAME_MAX);
    size_t row[KEY_NAME_MAX + 1];

    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (; *a != '\0'; a++) {
        size_t diagonal = row[0]++;

        for (size_t j = 1; j <= width; j++) {
            size_t changed = diagonal + (tolower((unsigned char)*a) == b[j - 1] ? 0 : 1);

            diagonal = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[width];
}

/* The same for a key; who writes password means password-file. */
static size_t
key_distance(const char *name, const char *key)
{
    const size_t len = strlen(key);
    const size_t whole = edit_distance(name, key, len);
    const size_t suffix = strlen(FILE_SUFFIX);

    return len > suffix && strcmp(key + len - suffix, FILE_SUFFIX) == 0
               ? least(whole, edit_distance(name, key, len - suffix) + 1)
               : whole;
}

const char *
kf_keys_nearest(const char *name)
{
    size_t best = TYPOS_MAX + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t distance = key_distance(name, keys[i].name);

        if (distance < best) {
            best = distance;
            nearest = keys[i].name;
        }
    }
    return nearest;
}

static bool
is_quoted(const char *value)
{
    const size_t len = strlen(value);

    return len > 1 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0];
}

enum kf_rc
kf_keys_set(struct kf_config *config, const struct kf_key *key, const char *value,
            struct kf_error *err)
{
    const struct kf_setting setting = {config, key, value};

    if (value[0] == '\0') {
        return kf_fail(err, KF_BADCONFIG, "no value: write one, or take the line out");
    }
    if (!kf_text_is_line(value)) {
        return kf_fail(err, KF_BADCONFIG, "a tab in the value: write a blank");
    }
    if (is_quoted(value)) {
        return kf_fail(err, KF_BADCONFIG, "quotes around the value: write it without");
    }
    return key->read(&setting, err);
}

enum kf_rc
kf_keys_preset(struct kf_config *config, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < KEY_COUNT && rc == KF_OK; i++) {
        const struct kf_setting setting = {config, &keys[i], keys[i].preset};

        if (setting.value != NULL) {
            rc = keys[i].read(&setting, err);
        }
    }
    return rc;
}

/* Of keys whose members are pointers. */
static bool
is_set(const struct kf_config *config, const struct kf_key *key)
{
    return *(void *const *)((const char *)config + key->offset) != NULL;
}

enum kf_rc
kf_keys_check(struct kf_config *config, struct kf_error *err)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct kf_key *key = &keys[i];

        if (key->needed != NULL && key->is_needed(config) && !is_set(config, key)) {
            return kf_fail(err, KF_BADCONFIG, "%s: [%s] has no %s: set %s", config->path,
                           config->nickname, key->name, key->needed);
        }
    }
    return KF_OK;
}
