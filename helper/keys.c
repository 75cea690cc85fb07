/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The keys of keyfactor.conf(5): what their values may be, and their defaults. Layer 2; no library.
 * The table "keys" is the one place that knows what keys there are. */

#include "keys.h"

#include "log.h"
#include "text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME          "https://"
#define HOSTNAME_MAX    253
#define HOSTNAME_BYTES  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define DIGITS          "0123456789"
#define PORT_DIGITS_MAX 5
#define PORT_MAX        65535
#define KEY_NAME_MAX    32
#define TYPOS_MAX       2
#define HOUR            (60 * 60)
#define DAY             (24 * HOUR)

/* A word that is a value. */
struct word {
    int value;
    const char *text;
};

/* A key with its value, on the way into config. */
struct setting {
    struct kf_config *config;
    const struct kf_key *key;
    const char *value;
};

struct kf_key {
    const char *name;
    enum kf_rc (*read)(const struct setting *setting, struct kf_error *err);
    size_t offset;            /* of the member of struct kf_config; of no use to read_api() */
    const char *preset;       /* the value when nothing is set, or NULL */
    const struct word *words; /* for read_word() and read_flag(), ends with a NULL text */
    int max;                  /* for read_seconds() */
    const char *needed;       /* what to write, when the key has to be set */
};

static void *
member(const struct setting *setting)
{
    return (char *)setting->config + setting->key->offset;
}

static enum kf_rc
store_text(const struct setting *setting, const char *text, size_t len, struct kf_error *err)
{
    const char **target = member(setting);
    const char *copy = talloc_strndup(setting->config, text, len);

    if (copy == NULL) {
        return kf_fail_nomem(err);
    }
    *target = copy;
    return KF_OK;
}

static enum kf_rc
read_text(const struct setting *setting, struct kf_error *err)
{
    return store_text(setting, setting->value, strlen(setting->value), err);
}

/* For files of others, which are opened by libraries: the working folder must not matter. */
static enum kf_rc
read_path(const struct setting *setting, struct kf_error *err)
{
    if (setting->value[0] != '/') {
        return kf_fail(err, KF_BADCONFIG, "not a full name: write one that begins with \"/\"");
    }
    return read_text(setting, err);
}

static const struct word *
find_word(const struct setting *setting)
{
    for (const struct word *word = setting->key->words; word->text != NULL; word++) {
        if (strcmp(word->text, setting->value) == 0) {
            return word;
        }
    }
    return NULL;
}

static enum kf_rc
fail_word(const struct setting *setting, struct kf_error *err)
{
    const struct word *words = setting->key->words;
    char *list = talloc_strdup(NULL, words[0].text);
    enum kf_rc rc;

    for (size_t i = 1; words[i].text != NULL && list != NULL; i++) {
        list = talloc_asprintf_append_buffer(list, ", %s", words[i].text);
    }
    if (list == NULL) {
        return kf_fail_nomem(err);
    }
    rc = kf_fail(err, KF_BADCONFIG, "\"%s\" is not known: write one of: %s", setting->value, list);
    talloc_free(list);
    return rc;
}

static enum kf_rc
read_word(const struct setting *setting, struct kf_error *err)
{
    const struct word *word = find_word(setting);
    int *target = member(setting);

    if (word == NULL) {
        return fail_word(setting, err);
    }
    *target = word->value;
    return KF_OK;
}

static enum kf_rc
read_flag(const struct setting *setting, struct kf_error *err)
{
    const struct word *word = find_word(setting);
    bool *target = member(setting);

    if (word == NULL) {
        return fail_word(setting, err);
    }
    *target = word->value != 0;
    return KF_OK;
}

/* There is one API, hence nothing to store. */
static enum kf_rc
read_api(const struct setting *setting, struct kf_error *err)
{
    return find_word(setting) == NULL ? fail_word(setting, err) : KF_OK;
}

/* Seconds for one of unit; 0 for no such unit. */
static int
unit_seconds(const char *unit)
{
    static const struct word units[] = {{1, ""}, {1, "s"}, {60, "m"}, {HOUR, "h"}, {DAY, "d"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i].text) == 0) {
            return units[i].value;
        }
    }
    return 0;
}

static enum kf_rc
read_seconds(const struct setting *setting, struct kf_error *err)
{
    const char *value = setting->value;
    const char *unit = value + strspn(value, DIGITS);
    const int seconds = unit_seconds(unit);
    const unsigned long number = strtoul(value, NULL, 10); /* ULONG_MAX when it is too large */
    int *target = member(setting);

    if (unit == value || seconds == 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "\"%s\" is not a time: write it like 90, 90s, 5m, 2h or 1d", value);
    }
    if (number < 1 || number > (unsigned long)(setting->key->max / seconds)) {
        return kf_fail(err, KF_BADCONFIG,
                       "\"%s\" is out of range: write a time from 1 to %d seconds", value,
                       setting->key->max);
    }
    *target = (int)number * seconds;
    return KF_OK;
}

static char *
trim(char *text)
{
    size_t len;

    text += strspn(text, " ");
    len = strlen(text);
    while (len > 0 && text[len - 1] == ' ') {
        text[--len] = '\0';
    }
    return text;
}

static enum kf_rc
read_list(const struct setting *setting, struct kf_error *err)
{
    char *rest = talloc_strdup(setting->config, setting->value);
    char **list = talloc_zero_array(setting->config, char *, strlen(setting->value) + 2);
    char ***target = member(setting);
    size_t count = 0;

    if (rest == NULL || list == NULL) {
        return kf_fail_nomem(err);
    }
    while (rest != NULL) {
        list[count] = trim(strsep(&rest, ","));
        if (list[count++][0] == '\0') {
            return kf_fail(err, KF_BADCONFIG, "an empty name in the list: take one comma out");
        }
    }
    *target = list;
    return KF_OK;
}

static bool
is_ipv6(const char *text, size_t len)
{
    char address[INET6_ADDRSTRLEN] = "";
    struct in6_addr bytes;

    if (len >= sizeof(address)) {
        return false;
    }
    memcpy(address, text, len);
    return inet_pton(AF_INET6, address, &bytes) == 1;
}

static bool
is_hostname(const char *text, size_t len)
{
    return len > 0 && len <= HOSTNAME_MAX && strspn(text, HOSTNAME_BYTES) >= len &&
           isalnum((unsigned char)text[0]);
}

static bool
is_port(const char *text, size_t len)
{
    return len > 0 && len <= PORT_DIGITS_MAX && strspn(text, DIGITS) >= len && atoi(text) >= 1 &&
           atoi(text) <= PORT_MAX;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT */
static bool
is_server(const char *text, size_t len)
{
    const char *port = text + strcspn(text, ":/");
    bool is_host = is_hostname(text, (size_t)(port - text));

    if (text[0] == '[') {
        port = text + strcspn(text, "]/");
        is_host = *port == ']' && is_ipv6(text + 1, (size_t)(port - text - 1));
        port += is_host ? 1 : 0;
    }
    if (!is_host) {
        return false;
    }
    len -= (size_t)(port - text);
    return len == 0 || (port[0] == ':' && is_port(port + 1, len - 1));
}

/* The value is not shown: it may have a password in it. */
static enum kf_rc
read_url(const struct setting *setting, struct kf_error *err)
{
    const char *server = setting->value + strlen(SCHEME);
    size_t len;

    if (strncmp(setting->value, SCHEME, strlen(SCHEME)) != 0) {
        return kf_fail(err, KF_BADCONFIG, "does not begin with https://: write https://HOST");
    }
    len = strcspn(server, "/?#");
    if (memchr(server, '@', len) != NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "has a user name in it: write https://HOST, and set username and "
                       "password-file");
    }
    if (server[len + strspn(server + len, "/")] != '\0') {
        return kf_fail(err, KF_BADCONFIG,
                       "has a path, query or fragment after the server: write the server only, "
                       "https://HOST");
    }
    if (!is_server(server, len)) {
        return kf_fail(err, KF_BADCONFIG,
                       "has no valid host or port: write https://HOST or https://HOST:PORT");
    }
    return store_text(setting, setting->value, strlen(SCHEME) + len, err);
}

/* Below the server: a slash in front, none at the end. */
static enum kf_rc
read_url_path(const struct setting *setting, struct kf_error *err)
{
    size_t len = strlen(setting->value);

    if (setting->value[0] != '/' || strpbrk(setting->value, " ?#%") != NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "not a path on the server: write it like /KeyfactorAPI, without blank, ?, # "
                       "and %%");
    }
    while (len > 0 && setting->value[len - 1] == '/') {
        len--;
    }
    return store_text(setting, setting->value, len, err);
}

static enum kf_rc
read_digits(const struct setting *setting, struct kf_error *err)
{
    if (setting->value[strspn(setting->value, DIGITS)] != '\0') {
        return kf_fail(err, KF_BADCONFIG, "\"%s\" is not a number", setting->value);
    }
    return read_text(setting, err);
}

/* The name of an HTTP header or of a JSON member, which goes into requests as it is. */
static enum kf_rc
read_name(const struct setting *setting, struct kf_error *err)
{
    for (const char *c = setting->value; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("-_", *c) == NULL) {
            return kf_fail(err, KF_BADCONFIG, "\"%s\" is not a name: use letters, digits, - and _",
                           setting->value);
        }
    }
    return read_text(setting, err);
}

static const struct word api_names[] = {{0, "classic"}, {0, NULL}};
static const struct word api_versions[] = {{1, "1"}, {2, "2"}, {3, "3"}, {0, NULL}};
static const struct word tls_versions[] = {{12, "1.2"}, {13, "1.3"}, {0, NULL}};
static const struct word flags[] = {{1, "yes"}, {0, "no"}, {1, "true"}, {0, "false"}, {0, NULL}};
static const struct word metadata_formats[] = {
    {KF_METADATA_OBJECT, "object"}, {KF_METADATA_ARRAY, "array"}, {0, NULL}};
static const struct word key_formats[] = {
    {KF_KEY_AUTO, "auto"}, {KF_KEY_HEX, "hex"}, {KF_KEY_TEXT, "text"}, {0, NULL}};
static const struct word reconciles[] = {{KF_RECONCILE_REQUIRED, "required"},
                                         {KF_RECONCILE_BEST_EFFORT, "best-effort"},
                                         {KF_RECONCILE_OFF, "off"},
                                         {0, NULL}};
static const struct word log_levels[] = {
    {KF_LOG_NOTICE, "notice"}, {KF_LOG_INFO, "info"}, {KF_LOG_DEBUG, "debug"}, {0, NULL}};

#define MEMBER(name) offsetof(struct kf_config, name)

/* In the order of keyfactor.conf(5). */
static const struct kf_key keys[] = {
    {"url", read_url, MEMBER(url), .needed = "url = https://HOST"},
    {"api", read_api, 0, .words = api_names, .preset = "classic"},
    {"api-version", read_word, MEMBER(api_version), .words = api_versions, .preset = "3"},
    {"token-path", read_url_path, MEMBER(token_path), .preset = "/CMSApi/Token"},
    {"token-name", read_name, MEMBER(token_name), .preset = "AccessToken"},
    {"token-header", read_name, MEMBER(token_header), .preset = "X-CSS-CMS-AccessToken"},
    {"rest-path", read_url_path, MEMBER(rest_path), .preset = "/KeyfactorAPI"},
    {"collection-id", read_digits, MEMBER(collection_id), .preset = NULL},
    {"ca-file", read_path, MEMBER(ca_file), .preset = NULL},
    {"ca-directory", read_path, MEMBER(ca_directory), .preset = NULL},
    {"tls-min-version", read_word, MEMBER(tls_min_version), .words = tls_versions, .preset = "1.2"},
    {"timeout", read_seconds, MEMBER(timeout), .max = HOUR, .preset = "60s"},
    {"connect-timeout", read_seconds, MEMBER(connect_timeout), .max = HOUR, .preset = "15s"},
    {"username", read_text, MEMBER(username), .needed = "username = DOMAIN\\USER"},
    {"password-file", read_text, MEMBER(password_file), .needed = "password-file = FILE"},
    {"application-key", read_text, MEMBER(application_key), .needed = "application-key = KEY"},
    {"application-key-format", read_word, MEMBER(application_key_format), .words = key_formats,
     .preset = "auto"},
    {"application-secret-file", read_text, MEMBER(application_secret_file), .preset = NULL},
    {"template", read_text, MEMBER(template), .preset = NULL},
    {"templates", read_list, MEMBER(templates), .preset = NULL},
    {"include-chain", read_flag, MEMBER(include_chain), .words = flags, .preset = "yes"},
    {"include-root", read_flag, MEMBER(include_root), .words = flags, .preset = "no"},
    {"ca-chain-file", read_path, MEMBER(ca_chain_file), .preset = NULL},
    {"fetch-roots", read_flag, MEMBER(fetch_roots), .words = flags, .preset = "no"},
    {"check-key", read_flag, MEMBER(check_key), .words = flags, .preset = "yes"},
    {"metadata-format", read_word, MEMBER(metadata_format), .words = metadata_formats,
     .preset = "object"},
    {"reconcile", read_word, MEMBER(reconcile), .words = reconciles, .preset = "best-effort"},
    {"reconcile-metadata", read_name, MEMBER(reconcile_metadata), .preset = NULL},
    {"state-directory", read_path, MEMBER(state_directory),
     .preset = LOCALSTATEDIR "/lib/certmonger/keyfactor"},
    {"poll-interval", read_seconds, MEMBER(poll_interval), .max = 30 * DAY, .preset = "5m"},
    {"poll-interval-max", read_seconds, MEMBER(poll_interval_max), .max = 30 * DAY, .preset = "1h"},
    {"poll-limit", read_seconds, MEMBER(poll_limit), .max = 365 * DAY, .preset = "30d"},
    {"retry-interval", read_seconds, MEMBER(retry_interval), .max = 30 * DAY, .preset = "1m"},
    {"retry-interval-max", read_seconds, MEMBER(retry_interval_max), .max = 30 * DAY,
     .preset = "1h"},
    {"retry-limit", read_seconds, MEMBER(retry_limit), .max = 365 * DAY, .preset = "7d"},
    {"log-level", read_word, MEMBER(log_level), .words = log_levels, .preset = "notice"},
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

/* How many letters have to be put in, taken out or changed to make b of a, case apart. */
static size_t
edit_distance(const char *a, const char *b)
{
    const size_t width = least(strlen(b), KEY_NAME_MAX);
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

const char *
kf_keys_nearest(const char *name)
{
    size_t best = TYPOS_MAX + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t distance = edit_distance(name, keys[i].name);

        if (distance < best) {
            best = distance;
            nearest = keys[i].name;
        }
    }
    return nearest;
}

enum kf_rc
kf_keys_set(struct kf_config *config, const struct kf_key *key, const char *value,
            struct kf_error *err)
{
    const struct setting setting = {config, key, value};

    if (value[0] == '\0') {
        return kf_fail(err, KF_BADCONFIG, "no value: write one, or take the line out");
    }
    if (!kf_text_is_line(value)) {
        return kf_fail(err, KF_BADCONFIG, "a tab in the value: write a blank");
    }
    return key->read(&setting, err);
}

enum kf_rc
kf_keys_preset(struct kf_config *config, struct kf_error *err)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < KEY_COUNT && rc == KF_OK; i++) {
        const struct setting setting = {config, &keys[i], keys[i].preset};

        if (setting.value != NULL) {
            rc = keys[i].read(&setting, err);
        }
    }
    return rc;
}

enum kf_rc
kf_keys_check(struct kf_config *config, struct kf_error *err)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct setting setting = {config, &keys[i], NULL};
        const char *const *text = member(&setting);

        if (keys[i].needed != NULL && *text == NULL) {
            return kf_fail(err, KF_BADCONFIG, "%s: [%s] has no %s: set %s", config->path,
                           config->nickname, keys[i].name, keys[i].needed);
        }
    }
    return KF_OK;
}
