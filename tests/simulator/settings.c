/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How the simulator behaves: the defaults, and a file that changes them. */

#include "settings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "encoding.h"
#include "fields.h"
#include "settings_enrollment.h"

static const char DEFAULTS[] =
    "{\"accounts\": [{\"username\": \"KEYFACTOR\\\\certmonger\", \"password\": \"Certm0nger!\"}],"
    " \"applications\": [{\"key\": \"0A1B2C3D4E5F60718293A4B5C6D7E8F9\","
    "                     \"secret\": \"simulator-application-secret\"}],"
    " \"templates\": [{\"name\": \"WebServer\", \"display_name\": \"Web Server (Machine)\"},"
    "                 {\"name\": \"WebServerEC\", \"key_type\": \"EC\", \"key_size\": 256},"
    "                 {\"name\": \"Web Server\"},"
    "                 {\"name\": \"ShortLived\", \"validity_seconds\": 120},"
    "                 {\"name\": \"Strong\", \"key_size\": 4096},"
    "                 {\"name\": \"ManualApproval\", \"requires_approval\": true}],"
    " \"authorities\": [{\"name\": \"Simulator Issuing CA\"}],"
    " \"product_version\": \"10.4\","
    " \"metadata_types\": [\"Email\", \"Host\", \"Owner\", \"Ticket\", \"CsrHash\"],"
    " \"required_metadata\": [],"
    " \"collections\": {},"
    " \"require_signature\": true,"
    " \"clock_tolerance_seconds\": 300,"
    " \"clock_offset_seconds\": 0,"
    " \"apis\": [\"classic\", \"rest\"],"
    " \"tls\": \"valid\","
    " \"keep_state\": true,"
    " \"intermediate_count\": 0,"
    " \"token_path\": \"/CMSApi/Token\","
    " \"token_name\": \"AccessToken\","
    " \"token_header\": \"X-CSS-CMS-AccessToken\","
    " \"token_seconds\": 60,"
    " \"token_uses\": 1,"
    " \"authentication\": [\"basic\", \"bearer\", \"negotiate\", \"certificate\"],"
    " \"oauth_token_path\": \"/oauth2/token\","
    " \"oauth_client_auth\": \"both\","
    " \"oauth_clients\": [],"
    " \"oauth_token_seconds\": 300,"
    " \"oauth_expires_in\": true,"
    " \"require_client_certificate\": false,"
    " \"client_certificate_refusal\": \"page\","
    " \"faults\": []}";

static const char *const VERSIONS[] = {"10.4", "25.1", NULL};
static const char *const PERMISSIONS[] = {
    "certificates_read", "certificates_download", "alerts_read",   "enroll",
    "workflows_read",    "workflows_read_mine",   "patterns_read", NULL};
static const char *const NO_REQUEST_IDS[] = {"zero", "absent", NULL};
static const char *const APIS[] = {"classic", "rest", NULL};
static const char *const AUTHENTICATIONS[] = {"basic", "bearer", "negotiate", "certificate", NULL};
static const char *const CLIENT_AUTHS[] = {"both", "basic", "post", NULL};
static const char *const REFUSALS[] = {"page", "handshake", NULL};
static const char *const KEY_TYPES[] = {"RSA", "EC", NULL};
static const char *const TLS_MODES[] = {"valid",       "expired",   "wrong-name",
                                        "self-signed", "untrusted", NULL};

/* An account as written: the permissions are read in a second step. */
struct written_account {
    struct sim_account account;
    json_t *permissions;
};

#define ACCOUNT(member) offsetof(struct written_account, account.member)
static const struct sim_field ACCOUNT_FIELDS[] = {
    {"username", SIM_FIELD_TEXT, ACCOUNT(username), NULL},
    {"password", SIM_FIELD_TEXT, ACCOUNT(password), NULL},
    {"certificate", SIM_FIELD_TEXT, ACCOUNT(certificate), NULL},
    {"principal", SIM_FIELD_TEXT, ACCOUNT(principal), NULL},
    {"permissions", SIM_FIELD_TEXTS, offsetof(struct written_account, permissions), NULL},
    {"templates", SIM_FIELD_TEXTS, ACCOUNT(templates), NULL},
    {"collection", SIM_FIELD_NUMBER, ACCOUNT(collection), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

/* A client of the token endpoint as written. */
struct written_client {
    struct sim_oauth_client client;
    json_t *permissions;
};

#define CLIENT(member) offsetof(struct written_client, client.member)
static const struct sim_field CLIENT_FIELDS[] = {
    {"id", SIM_FIELD_TEXT, CLIENT(account.username), NULL},
    {"secret", SIM_FIELD_TEXT, CLIENT(secret), NULL},
    {"scopes", SIM_FIELD_TEXTS, CLIENT(scopes), NULL},
    {"audience", SIM_FIELD_TEXT, CLIENT(audience), NULL},
    {"permissions", SIM_FIELD_TEXTS, offsetof(struct written_client, permissions), NULL},
    {"templates", SIM_FIELD_TEXTS, CLIENT(account.templates), NULL},
    {"collection", SIM_FIELD_NUMBER, CLIENT(account.collection), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

#define APPLICATION(member) offsetof(struct sim_application, member)
static const struct sim_field APPLICATION_FIELDS[] = {
    {"key", SIM_FIELD_TEXT, APPLICATION(key), NULL},
    {"secret", SIM_FIELD_TEXT, APPLICATION(secret), NULL},
    {"templates", SIM_FIELD_TEXTS, APPLICATION(templates), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

#define TEMPLATE(member) offsetof(struct sim_template, member)
static const struct sim_field TEMPLATE_FIELDS[] = {
    {"name", SIM_FIELD_TEXT, TEMPLATE(name), NULL},
    {"display_name", SIM_FIELD_TEXT, TEMPLATE(display_name), NULL},
    {"key_type", SIM_FIELD_CHOICE, TEMPLATE(key_type), KEY_TYPES},
    {"key_size", SIM_FIELD_NUMBER, TEMPLATE(key_size), NULL},
    {"validity_seconds", SIM_FIELD_NUMBER, TEMPLATE(validity_seconds), NULL},
    {"backdate_seconds", SIM_FIELD_NUMBER, TEMPLATE(backdate_seconds), NULL},
    {"requires_approval", SIM_FIELD_FLAG, TEMPLATE(requires_approval), NULL},
    {"workflow", SIM_FIELD_FLAG, TEMPLATE(workflow), NULL},
    {"external_validation", SIM_FIELD_FLAG, TEMPLATE(external_validation), NULL},
    {"enrollment_fields", SIM_FIELD_TEXTS, TEMPLATE(enrollment_fields), NULL},
    {"issuer_url", SIM_FIELD_ADDRESSES, TEMPLATE(issuer_url), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

/* Settings as written: the lists are read in a second step. */
struct written {
    struct sim_settings settings;
    json_t *accounts;
    json_t *oauth_clients;
    json_t *authentication;
    json_t *applications;
    json_t *templates;
    json_t *authorities;
    json_t *patterns; /* NULL: each template has one */
    json_t *apis;
};

#define SETTING(member) offsetof(struct written, settings.member)
#define LIST(member)    offsetof(struct written, member)
static const struct sim_field SETTING_FIELDS[] = {
    {"accounts", SIM_FIELD_LIST, LIST(accounts), NULL},
    {"applications", SIM_FIELD_LIST, LIST(applications), NULL},
    {"templates", SIM_FIELD_LIST, LIST(templates), NULL},
    {"authorities", SIM_FIELD_LIST, LIST(authorities), NULL},
    {"enrollment_patterns", SIM_FIELD_LIST, LIST(patterns), NULL},
    {"product_version", SIM_FIELD_CHOICE, SETTING(product_version), VERSIONS},
    {"metadata_types", SIM_FIELD_TEXTS, SETTING(metadata_types), NULL},
    {"required_metadata", SIM_FIELD_TEXTS, SETTING(required_metadata), NULL},
    {"collections", SIM_FIELD_TEXT_LISTS, SETTING(collections), NULL},
    {"require_signature", SIM_FIELD_FLAG, SETTING(require_signature), NULL},
    {"clock_tolerance_seconds", SIM_FIELD_NUMBER, SETTING(clock_tolerance_seconds), NULL},
    {"clock_offset_seconds", SIM_FIELD_NUMBER, SETTING(clock_offset_seconds), NULL},
    {"apis", SIM_FIELD_TEXTS, LIST(apis), NULL},
    {"tls", SIM_FIELD_CHOICE, SETTING(tls), TLS_MODES},
    {"tls_name", SIM_FIELD_TEXT, SETTING(tls_name), NULL},
    {"keep_state", SIM_FIELD_FLAG, SETTING(keep_state), NULL},
    {"intermediate_count", SIM_FIELD_NUMBER, SETTING(intermediate_count), NULL},
    {"token_path", SIM_FIELD_TEXT, SETTING(token_path), NULL},
    {"token_name", SIM_FIELD_TEXT, SETTING(token_name), NULL},
    {"token_header", SIM_FIELD_TEXT, SETTING(token_header), NULL},
    {"token_seconds", SIM_FIELD_NUMBER, SETTING(token_seconds), NULL},
    {"token_uses", SIM_FIELD_NUMBER, SETTING(token_uses), NULL},
    {"authentication", SIM_FIELD_TEXTS, LIST(authentication), NULL},
    {"oauth_token_path", SIM_FIELD_TEXT, SETTING(oauth_token_path), NULL},
    {"oauth_client_auth", SIM_FIELD_CHOICE, SETTING(oauth_client_auth), CLIENT_AUTHS},
    {"oauth_clients", SIM_FIELD_LIST, LIST(oauth_clients), NULL},
    {"oauth_token_seconds", SIM_FIELD_NUMBER, SETTING(oauth_token_seconds), NULL},
    {"oauth_expires_in", SIM_FIELD_FLAG, SETTING(oauth_expires_in), NULL},
    {"client_ca", SIM_FIELD_TEXT, SETTING(client_ca), NULL},
    {"require_client_certificate", SIM_FIELD_FLAG, SETTING(require_client_certificate), NULL},
    {"client_certificate_refusal", SIM_FIELD_CHOICE, SETTING(client_certificate_refusal), REFUSALS},
    {"keytab", SIM_FIELD_TEXT, SETTING(keytab), NULL},
    {"require_timestamp", SIM_FIELD_FLAG, SETTING(require_timestamp), NULL},
    {"workflow_status_numbers", SIM_FIELD_FLAG, SETTING(workflow_status_numbers), NULL},
    {"workflow_request_id", SIM_FIELD_CHOICE, SETTING(workflow_request_id), NO_REQUEST_IDS},
    {"faults", SIM_FIELD_LIST, SETTING(faults), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

void
sim_settings_read_item(json_t *item, const struct sim_field *fields, void *out, const char *list)
{
    char *error = sim_fields_read(item, fields, out);

    if (error != NULL) {
        sim_die("settings: in \"%s\": %s", list, error);
    }
}

/* The bits of the words that the list names, the first word's being 1. */
static unsigned
read_words(json_t *list, const char *const *words, const char *name)
{
    unsigned bits = 0;
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        unsigned bit = 0;

        while (words[bit] != NULL && strcmp(words[bit], json_string_value(item)) != 0) {
            bit++;
        }
        if (words[bit] == NULL) {
            sim_die("settings: in \"%s\": \"%s\" is not known", name, json_string_value(item));
        }
        bits |= 1u << bit;
    }
    return bits;
}

static void
read_rights(const struct sim_settings *settings, json_t *permissions, struct sim_account *account)
{
    account->permissions =
        permissions != NULL ? read_words(permissions, PERMISSIONS, "permissions") : UINT_MAX;
    if (account->collection != 0 &&
        sim_settings_collection(settings, account->collection) == NULL) {
        sim_die("settings: there is no collection %ld", account->collection);
    }
}

static struct sim_account
read_account(const struct sim_settings *settings, json_t *item)
{
    struct written_account written = {0};
    const struct sim_account *account = &written.account;

    sim_settings_read_item(item, ACCOUNT_FIELDS, &written, "accounts");
    if (account->username == NULL ||
        (account->password == NULL && account->certificate == NULL && account->principal == NULL)) {
        sim_die("settings: an account needs \"username\", and \"password\", \"certificate\" or "
                "\"principal\"");
    }
    read_rights(settings, written.permissions, &written.account);
    return written.account;
}

static void
read_accounts(struct sim_settings *settings, json_t *list)
{
    settings->account_count = json_array_size(list);
    settings->accounts = sim_zeroed((settings->account_count + 1) * sizeof(struct sim_account));
    for (size_t i = 0; i < settings->account_count; i++) {
        settings->accounts[i] = read_account(settings, json_array_get(list, i));
    }
}

static void
read_oauth_clients(struct sim_settings *settings, json_t *list)
{
    size_t count = json_array_size(list);

    settings->oauth_client_count = count;
    settings->oauth_clients = sim_zeroed((count + 1) * sizeof(struct sim_oauth_client));
    for (size_t i = 0; i < count; i++) {
        struct written_client written = {0};

        sim_settings_read_item(json_array_get(list, i), CLIENT_FIELDS, &written, "oauth_clients");
        if (written.client.account.username == NULL || written.client.secret == NULL) {
            sim_die("settings: an OAuth client needs \"id\" and \"secret\"");
        }
        read_rights(settings, written.permissions, &written.client.account);
        settings->oauth_clients[i] = written.client;
    }
}

/* A way in is on when it is named and there is something to go by. */
static void
read_authentication(struct sim_settings *settings, json_t *list)
{
    settings->authentication = read_words(list, AUTHENTICATIONS, "authentication");
    if (settings->oauth_client_count == 0) {
        settings->authentication &= ~(unsigned)SIM_BEARER;
    }
    if (settings->keytab == NULL) {
        settings->authentication &= ~(unsigned)SIM_NEGOTIATE;
    }
    if (settings->client_ca == NULL) {
        settings->authentication &= ~(unsigned)SIM_CERTIFICATE;
    }
    if (settings->require_client_certificate && settings->client_ca == NULL) {
        sim_die("settings: \"require_client_certificate\" needs \"client_ca\"");
    }
}

static void
read_applications(struct sim_settings *settings, json_t *list)
{
    size_t count = json_array_size(list);

    settings->application_count = count;
    settings->applications = sim_zeroed((count + 1) * sizeof(struct sim_application));
    for (size_t i = 0; i < count; i++) {
        struct sim_application *application = &settings->applications[i];
        struct sim_bytes key;

        sim_settings_read_item(json_array_get(list, i), APPLICATION_FIELDS, application,
                               "applications");
        if (application->key == NULL) {
            sim_die("settings: an application needs a \"key\"");
        }
        if (!sim_hex_read(application->key, &key)) {
            sim_die("settings: the key of an application is not hex: %s", application->key);
        }
        free(key.data);
    }
}

static void
read_templates(struct sim_settings *settings, json_t *list)
{
    settings->template_count = json_array_size(list);
    settings->templates = sim_zeroed((settings->template_count + 1) * sizeof(struct sim_template));
    for (size_t i = 0; i < settings->template_count; i++) {
        struct sim_template *template = &settings->templates[i];

        template->key_size = 2048;
        template->validity_seconds = 365 * 24 * 3600L;
        template->backdate_seconds = 60;
        sim_settings_read_item(json_array_get(list, i), TEMPLATE_FIELDS, template, "templates");
        if (template->name == NULL) {
            sim_die("settings: a template needs a \"name\"");
        }
        if (template->display_name == NULL) {
            template->display_name = template->name;
        }
    }
}

/* The defaults with the file's settings over them. */
static json_t *
load(const char *path)
{
    json_error_t error;
    json_t *source = json_loads(DEFAULTS, 0, NULL);
    json_t *changes = NULL;

    sim_must(source != NULL, "read the default settings");
    if (path == NULL) {
        return source;
    }
    changes = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (changes == NULL) {
        sim_die("%s, line %d: %s", path, error.line, error.text);
    }
    if (!json_is_object(changes)) {
        sim_die("%s: the settings are not a JSON object", path);
    }
    json_object_update(source, changes);
    json_decref(changes);
    return source;
}

struct sim_settings *
sim_settings_read(const char *path)
{
    struct sim_settings *settings = sim_zeroed(sizeof(*settings));
    struct written written = {0};
    json_t *source = load(path);
    char *error = sim_fields_read(source, SETTING_FIELDS, &written);

    if (error != NULL) {
        sim_die("settings: %s", error);
    }
    *settings = written.settings;
    settings->source = source;
    settings->apis = read_words(written.apis, APIS, "apis");
    read_accounts(settings, written.accounts);
    read_oauth_clients(settings, written.oauth_clients);
    read_authentication(settings, written.authentication);
    read_applications(settings, written.applications);
    read_templates(settings, written.templates);
    sim_settings_read_authorities(settings, written.authorities);
    sim_settings_read_patterns(settings, written.patterns);
    return settings;
}

void
sim_settings_free(struct sim_settings *settings)
{
    if (settings == NULL) {
        return;
    }
    free(settings->accounts);
    free(settings->oauth_clients);
    free(settings->applications);
    free(settings->templates);
    free(settings->authorities);
    free(settings->patterns);
    json_decref(settings->source);
    free(settings);
}

const struct sim_template *
sim_settings_template(const struct sim_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->template_count; i++) {
        if (strcmp(settings->templates[i].name, name) == 0) {
            return &settings->templates[i];
        }
    }
    return NULL;
}

const struct sim_account *
sim_settings_account(const struct sim_settings *settings, const char *username)
{
    for (size_t i = 0; i < settings->account_count; i++) {
        if (strcasecmp(settings->accounts[i].username, username) == 0) {
            return &settings->accounts[i];
        }
    }
    return NULL;
}

const struct sim_oauth_client *
sim_settings_oauth_client(const struct sim_settings *settings, const char *id)
{
    for (size_t i = 0; i < settings->oauth_client_count; i++) {
        if (strcmp(settings->oauth_clients[i].account.username, id) == 0) {
            return &settings->oauth_clients[i];
        }
    }
    return NULL;
}

const struct sim_account *
sim_settings_account_of_certificate(const struct sim_settings *settings, const char *common_name,
                                    const char *sha256)
{
    for (size_t i = 0; i < settings->account_count; i++) {
        const char *certificate = settings->accounts[i].certificate;

        if (certificate != NULL &&
            (strcmp(certificate, common_name) == 0 || strcasecmp(certificate, sha256) == 0)) {
            return &settings->accounts[i];
        }
    }
    return NULL;
}

const struct sim_account *
sim_settings_account_of_principal(const struct sim_settings *settings, const char *principal)
{
    for (size_t i = 0; i < settings->account_count; i++) {
        if (settings->accounts[i].principal != NULL &&
            strcmp(settings->accounts[i].principal, principal) == 0) {
            return &settings->accounts[i];
        }
    }
    return NULL;
}

const json_t *
sim_settings_collection(const struct sim_settings *settings, long number)
{
    char *name = sim_text("%ld", number);
    const json_t *templates = json_object_get(settings->collections, name);

    free(name);
    return templates;
}

bool
sim_settings_lists(const json_t *texts, const char *text)
{
    size_t i;
    json_t *item;

    json_array_foreach (texts, i, item) {
        if (strcmp(json_string_value(item), text) == 0) {
            return true;
        }
    }
    return false;
}

bool
sim_settings_allows(const json_t *texts, const char *text)
{
    return texts == NULL || sim_settings_lists(texts, text);
}

const char *
sim_settings_version(const struct sim_settings *settings)
{
    return VERSIONS[settings->product_version];
}
