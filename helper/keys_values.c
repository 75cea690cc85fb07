/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the values of keys may be. Layer 2; no library. */

#include "keys_parts.h"

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
#define MINUTE          60
#define HOUR            (60 * MINUTE)
#define DAY             (24 * HOUR)

static void *
member(const struct kf_setting *setting)
{
    return (char *)setting->config + setting->key->offset;
}

static enum kf_rc
store_text(const struct kf_setting *setting, const char *text, size_t len, struct kf_error *err)
{
    const char **target = member(setting);
    const char *copy = talloc_strndup(setting->config, text, len);

    if (copy == NULL) {
        return kf_fail_nomem(err);
    }
    *target = copy;
    return KF_OK;
}

enum kf_rc
kf_keys_text(const struct kf_setting *setting, struct kf_error *err)
{
    return store_text(setting, setting->value, strlen(setting->value), err);
}

/* For files of others, which are opened by libraries: the working folder must not matter. */
enum kf_rc
kf_keys_path(const struct kf_setting *setting, struct kf_error *err)
{
    if (setting->value[0] != '/') {
        return kf_fail(err, KF_BADCONFIG, "not a full name: write one that begins with \"/\"");
    }
    return kf_keys_text(setting, err);
}

static const struct kf_word *
find_word(const struct kf_setting *setting)
{
    for (const struct kf_word *word = setting->key->words; word->text != NULL; word++) {
        if (strcmp(word->text, setting->value) == 0) {
            return word;
        }
    }
    return NULL;
}

static enum kf_rc
fail_word(const struct kf_setting *setting, struct kf_error *err)
{
    const struct kf_word *words = setting->key->words;
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

enum kf_rc
kf_keys_word(const struct kf_setting *setting, struct kf_error *err)
{
    const struct kf_word *word = find_word(setting);
    int *target = member(setting);

    if (word == NULL) {
        return fail_word(setting, err);
    }
    *target = word->value;
    return KF_OK;
}

enum kf_rc
kf_keys_flag(const struct kf_setting *setting, struct kf_error *err)
{
    const struct kf_word *word = find_word(setting);
    bool *target = member(setting);

    if (word == NULL) {
        return fail_word(setting, err);
    }
    *target = word->value != 0;
    return KF_OK;
}

/* Seconds for one of unit; 0 for no such unit. */
static int
unit_seconds(const char *unit)
{
    static const struct kf_word units[] = {{1, ""}, {1, "s"}, {60, "m"}, {HOUR, "h"}, {DAY, "d"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(unit, units[i].text) == 0) {
            return units[i].value;
        }
    }
    return 0;
}

enum kf_rc
kf_keys_seconds(const struct kf_setting *setting, struct kf_error *err)
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

enum kf_rc
kf_keys_list(const struct kf_setting *setting, struct kf_error *err)
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
    const long number = strtol(text, NULL, 10);

    return len > 0 && len <= PORT_DIGITS_MAX && strspn(text, DIGITS) >= len && number >= 1 &&
           number <= PORT_MAX;
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
check_authority(const char *server, size_t len, struct kf_error *err)
{
    if (memchr(server, '@', len) != NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "has a user name in it: write the host only, and set the name and the "
                       "password with keys of their own");
    }
    if (!is_server(server, len)) {
        return kf_fail(err, KF_BADCONFIG,
                       "has no valid host or port: write https://HOST or https://HOST:PORT");
    }
    return KF_OK;
}

/* Cuts slashes at the end of a server's address. */
static enum kf_rc
check_server(char *url, struct kf_error *err)
{
    char *server = url + strlen(SCHEME);
    size_t len;

    if (strncmp(url, SCHEME, strlen(SCHEME)) != 0) {
        return kf_fail(err, KF_BADCONFIG, "does not begin with https://: write https://HOST");
    }
    len = strcspn(server, "/?#");
    if (memchr(server, '@', len) == NULL && server[len + strspn(server + len, "/")] != '\0') {
        return kf_fail(err, KF_BADCONFIG,
                       "has a path, query or fragment after the server: write the server only, "
                       "https://HOST");
    }
    server[len] = '\0';
    return check_authority(server, len, err);
}

enum kf_rc
kf_keys_servers(const struct kf_setting *setting, struct kf_error *err)
{
    enum kf_rc rc = kf_keys_list(setting, err);
    char ***target = member(setting);

    for (char **url = *target; rc == KF_OK && *url != NULL; url++) {
        rc = check_server(*url, err);
    }
    return rc;
}

/* A whole URL, https only. */
enum kf_rc
kf_keys_https_url(const struct kf_setting *setting, struct kf_error *err)
{
    const char *server = setting->value + strlen(SCHEME);
    enum kf_rc rc;

    if (strncmp(setting->value, SCHEME, strlen(SCHEME)) != 0) {
        return kf_fail(err, KF_BADCONFIG, "does not begin with https://: write https://HOST/PATH");
    }
    if (strpbrk(setting->value, " #") != NULL) {
        return kf_fail(err, KF_BADCONFIG, "has a blank or a # in it: write https://HOST/PATH");
    }
    rc = check_authority(server, strcspn(server, "/?"), err);
    return rc == KF_OK ? kf_keys_text(setting, err) : rc;
}

/* http://HOST:PORT or https://HOST:PORT */
enum kf_rc
kf_keys_proxy(const struct kf_setting *setting, struct kf_error *err)
{
    const bool is_http = strncmp(setting->value, "http://", 7) == 0;
    const char *server = setting->value + (is_http ? 7 : strlen(SCHEME));
    enum kf_rc rc;

    if (!is_http && strncmp(setting->value, SCHEME, strlen(SCHEME)) != 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "does not begin with http:// or https://: write http://HOST:PORT");
    }
    if (server[strcspn(server, "/?#")] != '\0') {
        return kf_fail(err, KF_BADCONFIG, "has a path after the port: write http://HOST:PORT");
    }
    rc = check_authority(server, strlen(server), err);
    return rc == KF_OK ? kf_keys_text(setting, err) : rc;
}

/* Below the server: a slash in front, none at the end. */
static enum kf_rc
check_url_path(const char *path, struct kf_error *err)
{
    if (path[0] != '/' || strpbrk(path, " ?#%") != NULL) {
        return kf_fail(err, KF_BADCONFIG,
                       "not a path on the server: write it like /KeyfactorAPI, without blank, ?, # "
                       "and %%");
    }
    return KF_OK;
}

enum kf_rc
kf_keys_url_path(const struct kf_setting *setting, struct kf_error *err)
{
    enum kf_rc rc = check_url_path(setting->value, err);

    return rc == KF_OK ? kf_keys_text(setting, err) : rc;
}

enum kf_rc
kf_keys_url_folder(const struct kf_setting *setting, struct kf_error *err)
{
    size_t len = strlen(setting->value);
    enum kf_rc rc = check_url_path(setting->value, err);

    if (rc != KF_OK) {
        return rc;
    }
    while (len > 0 && setting->value[len - 1] == '/') {
        len--;
    }
    return store_text(setting, setting->value, len, err);
}

enum kf_rc
kf_keys_digits(const struct kf_setting *setting, struct kf_error *err)
{
    if (setting->value[strspn(setting->value, DIGITS)] != '\0') {
        return kf_fail(err, KF_BADCONFIG, "\"%s\" is not a number", setting->value);
    }
    return kf_keys_text(setting, err);
}

/* The name of an HTTP header or of a JSON member, which goes into requests as it is. */
enum kf_rc
kf_keys_name(const struct kf_setting *setting, struct kf_error *err)
{
    for (const char *c = setting->value; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("-_", *c) == NULL) {
            return kf_fail(err, KF_BADCONFIG, "\"%s\" is not a name: use letters, digits, - and _",
                           setting->value);
        }
    }
    return kf_keys_text(setting, err);
}

/* Digits with dots between. */
enum kf_rc
kf_keys_version(const struct kf_setting *setting, struct kf_error *err)
{
    if (setting->value[strspn(setting->value, DIGITS ".")] != '\0') {
        return kf_fail(err, KF_BADCONFIG, "\"%s\" is not a version: write it like 1 or 1.0",
                       setting->value);
    }
    return kf_keys_text(setting, err);
}

/* A file, or what a PKCS#11 module holds (RFC 7512). */
enum kf_rc
kf_keys_identity(const struct kf_setting *setting, struct kf_error *err)
{
    return kf_config_is_token(setting->value) ? kf_keys_text(setting, err)
                                              : kf_keys_path(setting, err);
}
