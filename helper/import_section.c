/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* From a server of command_config.json to a section of keyfactor.conf(5). Layer 4; no library. The
 * table "fields" is the one place that knows what their members are. Source: the vendor's Go client
 * (Keyfactor/keyfactor-auth-client-go, auth_providers/). */

#include "import_parts.h"

#include "keys.h"
#include "log.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define SCHEME_END     "://"
#define HTTPS_PORT     443
#define DEFAULT_PATH   "KeyfactorAPI"
#define KEY_SUFFIX     "-file"
#define NAME_CHARS_MAX 100

/* A section while it is made. */
struct section {
    TALLOC_CTX *mem;
    const struct kf_import *import;
    const struct kf_json *server;
    struct kf_import_files *files;
    struct kf_config *config; /* each value is tried in it */
    char *text;               /* NULL: there was no memory for more */
    struct kf_error *err;
};

/* A member of theirs. */
struct field {
    const char *member;
    const char *key;
    /* NULL: it is taken together with another. */
    enum kf_rc (*take)(struct section *section, const struct field *field);
    bool is_no_text; /* other values than a text are in order */
};

static const char *
text_of(const struct section *section, const char *member)
{
    return kf_json_text(kf_json_member(section->server, member));
}

static bool
has(const struct section *section, const char *member)
{
    return text_of(section, member)[0] != '\0';
}

__attribute__((format(printf, 2, 3))) static void
add(struct section *section, const char *format, ...)
{
    va_list args;

    if (section->text != NULL) {
        va_start(args, format);
        section->text = talloc_vasprintf_append_buffer(section->text, format, args);
        va_end(args);
    }
}

static enum kf_rc
fail(const struct section *section, const char *member, const char *reason)
{
    return kf_fail(section->err, KF_BADCONFIG, "%s: server \"%s\": %s: %s", section->import->file,
                   section->import->server, member, reason);
}

/* Reading the configuration takes blanks off. */
static bool
has_outer_blank(const char *value)
{
    return value[0] == ' ' || (value[0] != '\0' && value[strlen(value) - 1] == ' ');
}

/* A line of the section. The value is one that the keys take, which leaves no line end in it. */
static enum kf_rc
set(struct section *section, const char *member, const char *key, const char *value)
{
    enum kf_rc rc;

    if (!kf_text_is_line(value)) {
        return fail(section, member, "a line end or control character in it: write it without");
    }
    if (has_outer_blank(value)) {
        return fail(section, member, "a blank at its beginning or end: write it without");
    }
    rc = kf_keys_set(section->config, kf_keys_find(key), value, section->err);
    if (rc != KF_OK) {
        return kf_fail_prefix(section->err, rc, "%s: server \"%s\": %s", section->import->file,
                              section->import->server, member);
    }
    add(section, "%s = %s\n", key, value);
    return KF_OK;
}

/* Says so to who runs this, and to who reads the configuration later. */
static void
leave_out(struct section *section, const char *member, const char *reason)
{
    const char *name = kf_text_line(section->mem, member, strlen(member), NAME_CHARS_MAX);

    if (name == NULL) {
        section->text = NULL;
        return;
    }
    kf_log(KF_LOG_NOTICE, "%s: %s: not taken over: %s", section->import->file, name, reason);
    add(section, "# %s: not taken over: %s.\n", name, reason);
}

static enum kf_rc
take_text(struct section *section, const struct field *field)
{
    const char *text = text_of(section, field->member);

    return text[0] == '\0' ? KF_OK : set(section, field->member, field->key, text);
}

/* Into a file called NICKNAME.WHAT, which key names. */
static enum kf_rc
take_file(struct section *section, const struct field *field, const char *what, size_t len)
{
    const char *nickname = section->import->nickname;
    const char *name = talloc_asprintf(section->mem, "%s.%.*s", nickname, (int)len, what);
    const char *path = NULL;
    enum kf_rc rc;

    if (name == NULL) {
        return kf_fail_nomem(section->err);
    }
    rc = kf_import_files_add(section->files, name, text_of(section, field->member), &path,
                             section->err);
    return rc == KF_OK ? set(section, field->member, field->key, path) : rc;
}

/* The file is called after its key. */
static enum kf_rc
take_secret(struct section *section, const struct field *field)
{
    return has(section, field->member)
               ? take_file(section, field, field->key, strlen(field->key) - strlen(KEY_SUFFIX))
               : KF_OK;
}

/* ":PORT" of a number or a text, "" for the usual one; NULL when memory is out. What is no port
 * goes through, to be refused with the address. */
static const char *
find_port(const struct section *section)
{
    const struct kf_json *value = kf_json_member(section->server, "port");
    const int64_t number = kf_json_number(value);

    if (number > 0 && number != HTTPS_PORT) {
        return talloc_asprintf(section->mem, ":%" PRId64, number);
    }
    return number == HTTPS_PORT || !has(section, "port")
               ? ""
               : talloc_asprintf(section->mem, ":%s", kf_json_text(value));
}

/* A host's name or a URL, of which only the host and its port count. */
static enum kf_rc
take_host(struct section *section, const struct field *field)
{
    const char *host = text_of(section, field->member);
    const char *scheme = strstr(host, SCHEME_END);
    const char *name = scheme == NULL ? host : scheme + strlen(SCHEME_END);
    const char *behind_address = strchr(name, ']');
    const bool has_port = strchr(behind_address == NULL ? name : behind_address, ':') != NULL;
    const char *port = has_port ? "" : find_port(section);
    const char *url = NULL;

    if (name[0] == '\0') {
        return fail(section, field->member, "there is none: write the name of the server");
    }
    url = port == NULL ? NULL
                       : talloc_asprintf(section->mem, "https://%.*s%s", (int)strcspn(name, "/"),
                                         name, port);
    return url == NULL ? kf_fail_nomem(section->err) : set(section, field->member, field->key, url);
}

/* Slashes at both ends are a matter of taste there. */
static enum kf_rc
take_api_path(struct section *section, const struct field *field)
{
    const char *text = text_of(section, field->member);
    const char *given = text + strspn(text, "/");
    const char *path =
        talloc_asprintf(section->mem, "/%s", given[0] == '\0' ? DEFAULT_PATH : given);
    size_t len = path == NULL ? 0 : strlen(path);

    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    path = len == 0 ? NULL : talloc_strndup(section->mem, path, len);
    if (path == NULL) {
        return kf_fail_nomem(section->err);
    }
    add(section, "api = rest\n");
    return set(section, field->member, field->key, path);
}

/* The name of a file, or its content. */
static enum kf_rc
take_ca(struct section *section, const struct field *field)
{
    const char *what = "ca.pem";

    return strstr(text_of(section, field->member), "-----BEGIN ") != NULL
               ? take_file(section, field, what, strlen(what))
               : take_text(section, field);
}

static enum kf_rc
take_skip_verify(struct section *section, const struct field *field)
{
    const struct kf_json *value = kf_json_member(section->server, field->member);

    if (kf_json_is_true(value) || strcasecmp(kf_json_text(value), "true") == 0) {
        leave_out(section, field->member,
                  "the server's certificate is always checked: set ca-file to the certificate of "
                  "the CA that it is from");
    }
    return KF_OK;
}

static bool
has_client(const struct section *section)
{
    return has(section, "client_id") && has(section, "client_secret");
}

/* As the vendor's tools find out which way in is meant. */
static const char *
guess_auth(const struct section *section)
{
    if (has_client(section) || has(section, "access_token")) {
        return "oauth";
    }
    if (has(section, "username") && has(section, "password")) {
        return "basic";
    }
    if (has(section, "kerberos_keytab") || has(section, "kerberos_ccache")) {
        return "negotiate";
    }
    return has(section, "client_id") ? "oauth" : "basic";
}

static enum kf_rc
take_auth(struct section *section, const struct field *field)
{
    static const struct {
        const char *type;
        const char *auth;
    } types[] = {{"basic", "basic"},
                 {"oauth", "oauth"},
                 {"oauth2", "oauth"},
                 {"token", "oauth"},
                 {"kerberos", "negotiate"}};
    const char *type = text_of(section, field->member);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(type, types[i].type) == 0) {
            return set(section, field->member, field->key, types[i].auth);
        }
    }
    if (type[0] != '\0') {
        leave_out(section, field->member, "no such way to log in is known: see auth");
    }
    return set(section, field->member, field->key, guess_auth(section));
}

/* Their tools make DOMAIN\USER of USER@DOMAIN too. */
static enum kf_rc
take_username(struct section *section, const struct field *field)
{
    const char *name = text_of(section, field->member);
    const char *at = strchr(name, '@');
    const char *domain = at == NULL ? text_of(section, "domain") : at + 1;
    const int len = at == NULL ? (int)strlen(name) : (int)(at - name);
    const char *account = NULL;

    if (name[0] == '\0' || domain[0] == '\0' || strchr(name, '\\') != NULL) {
        return take_text(section, field);
    }
    account = talloc_asprintf(section->mem, "%s\\%.*s", domain, len, name);
    return account == NULL ? kf_fail_nomem(section->err)
                           : set(section, field->member, field->key, account);
}

/* An array of texts, or one text. */
static enum kf_rc
take_scopes(struct section *section, const struct field *field)
{
    const struct kf_json *scopes = kf_json_member(section->server, field->member);
    char *list = talloc_strdup(section->mem, kf_json_text(scopes));

    for (size_t i = 0; i < kf_json_count(scopes) && list != NULL; i++) {
        list = talloc_asprintf_append_buffer(list, "%s%s", i == 0 ? "" : " ",
                                             kf_json_text(kf_json_item(scopes, i)));
    }
    if (list == NULL) {
        return kf_fail_nomem(section->err);
    }
    for (char *comma = strchr(list, ','); comma != NULL; comma = strchr(comma, ',')) {
        *comma = ' ';
    }
    return list[0] == '\0' ? KF_OK : set(section, field->member, field->key, list);
}

/* A token that was got with the client's secret ends soon, and would stand in its way. */
static enum kf_rc
take_token(struct section *section, const struct field *field)
{
    if (has(section, field->member) && has_client(section) &&
        strcasecmp(text_of(section, "auth_type"), "token") != 0) {
        leave_out(section, field->member, "client-id and client-secret-file get new ones");
        return KF_OK;
    }
    return take_secret(section, field);
}

/* Neither null, false, 0, nor empty. */
static bool
is_set(const struct kf_json *value)
{
    const struct kf_json *first = NULL;
    const char *name = NULL;

    return kf_json_text(value)[0] != '\0' || kf_json_number(value) > 0 || kf_json_is_true(value) ||
           kf_json_count(value) > 0 || kf_json_member_at(value, 0, &name, &first);
}

static enum kf_rc
take_provider(struct section *section, const struct field *field)
{
    if (is_set(kf_json_member(section->server, field->member))) {
        leave_out(section, field->member, "secrets are in files here: see password-file");
    }
    return KF_OK;
}

/* In the order of keyfactor.conf(5). */
static const struct field fields[] = {
    {"host", "url", take_host, false},
    {"port", NULL, NULL, true},
    {"api_path", "rest-path", take_api_path, false},
    {"ca_cert_path", "ca-file", take_ca, false},
    {"skip_tls_verify", NULL, take_skip_verify, true},
    {"auth_type", "auth", take_auth, false},
    {"username", "username", take_username, false},
    {"domain", NULL, NULL, false},
    {"password", "password-file", take_secret, false},
    {"token_url", "token-url", take_text, false},
    {"client_id", "client-id", take_text, false},
    {"client_secret", "client-secret-file", take_secret, false},
    {"scopes", "scope", take_scopes, true},
    {"audience", "audience", take_text, false},
    {"access_token", "access-token-file", take_token, false},
    {"kerberos_keytab", "keytab", take_text, false},
    {"auth_provider", NULL, take_provider, true},
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static enum kf_rc
take_fields(struct section *section)
{
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; i < FIELD_COUNT && rc == KF_OK; i++) {
        const struct field *field = &fields[i];
        const struct kf_json *value = kf_json_member(section->server, field->member);

        if (!field->is_no_text && is_set(value) && kf_json_text(value)[0] == '\0') {
            return fail(section, field->member, "not a text: write it in quotes");
        }
        rc = field->take == NULL ? KF_OK : field->take(section, field);
    }
    return rc;
}

static bool
is_known(const char *member)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (strcasecmp(member, fields[i].member) == 0) {
            return true;
        }
    }
    return false;
}

static void
leave_out_others(struct section *section)
{
    const struct kf_json *value = NULL;
    const char *member = NULL;

    for (size_t i = 0; kf_json_member_at(section->server, i, &member, &value); i++) {
        if (!is_known(member) && is_set(value)) {
            leave_out(section, member, "there is no key for it");
        }
    }
}

/* Where the vendor's tools do more than their file says. */
static void
add_advice(struct section *section)
{
    const struct kf_config *config = section->config;

    if (config->auth == KF_LOGIN_BEARER && config->client_id != NULL) {
        if (config->scope == NULL) {
            add(section, "# Without scopes, the vendor's tools ask for this one:\n"
                         "#scope = openid\n");
        }
        add(section, "# When the token endpoint refuses the client, they try this too:\n"
                     "#client-authentication = body\n");
    }
    add(section, "# The template for requests that do not name one:\n"
                 "#template = NAME\n");
}

static enum kf_rc
begin(struct section *section)
{
    const struct kf_import *import = section->import;
    const char *file =
        kf_text_line(section->mem, import->file, strlen(import->file), NAME_CHARS_MAX);
    const char *server =
        kf_text_line(section->mem, import->server, strlen(import->server), NAME_CHARS_MAX);

    section->config = talloc_zero(section->mem, struct kf_config);
    section->text = talloc_strdup(section->mem, "");
    if (file == NULL || server == NULL || section->config == NULL) {
        return kf_fail_nomem(section->err);
    }
    add(section, "# Made of the server \"%s\" in %s: see keyfactor.conf(5).\n[%s]\n", server, file,
        import->nickname);
    return KF_OK;
}

enum kf_rc
kf_import_section(TALLOC_CTX *mem_ctx, const struct kf_import *import, const struct kf_json *server,
                  struct kf_import_files *files, char **_text, struct kf_error *err)
{
    struct section section = {
        .mem = mem_ctx, .import = import, .server = server, .files = files, .err = err};
    enum kf_rc rc = begin(&section);

    if (rc == KF_OK) {
        rc = take_fields(&section);
    }
    if (rc != KF_OK) {
        return rc;
    }
    leave_out_others(&section);
    add_advice(&section);
    if (section.text == NULL) {
        return kf_fail_nomem(err);
    }
    *_text = section.text;
    return KF_OK;
}
