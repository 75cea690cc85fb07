/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* How the simulator behaves: the defaults, and a file that changes them. */

#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "encoding.h"
#include "fields.h"

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
    " \"metadata_types\": [\"Email\", \"Host\", \"Owner\", \"Ticket\", \"CsrHash\"],"
    " \"require_signature\": true,"
    " \"clock_tolerance_seconds\": 300,"
    " \"clock_offset_seconds\": 0,"
    " \"apis\": [\"classic\", \"rest\"],"
    " \"tls\": \"valid\","
    " \"faults\": []}";

static const char *const KEY_TYPES[] = {"RSA", "EC", NULL};
static const char *const TLS_MODES[] = {"valid",       "expired",   "wrong-name",
                                        "self-signed", "untrusted", NULL};

#define ACCOUNT(member) offsetof(struct sim_account, member)
static const struct sim_field ACCOUNT_FIELDS[] = {
    {"username", SIM_FIELD_TEXT, ACCOUNT(username), NULL},
    {"password", SIM_FIELD_TEXT, ACCOUNT(password), NULL},
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
    {"requires_approval", SIM_FIELD_FLAG, TEMPLATE(requires_approval), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

/* Settings as written: the lists are read in a second step. */
struct written {
    struct sim_settings settings;
    json_t *accounts;
    json_t *applications;
    json_t *templates;
    json_t *apis;
};

#define SETTING(member) offsetof(struct written, settings.member)
#define LIST(member)    offsetof(struct written, member)
static const struct sim_field SETTING_FIELDS[] = {
    {"accounts", SIM_FIELD_LIST, LIST(accounts), NULL},
    {"applications", SIM_FIELD_LIST, LIST(applications), NULL},
    {"templates", SIM_FIELD_LIST, LIST(templates), NULL},
    {"metadata_types", SIM_FIELD_TEXTS, SETTING(metadata_types), NULL},
    {"require_signature", SIM_FIELD_FLAG, SETTING(require_signature), NULL},
    {"clock_tolerance_seconds", SIM_FIELD_NUMBER, SETTING(clock_tolerance_seconds), NULL},
    {"clock_offset_seconds", SIM_FIELD_NUMBER, SETTING(clock_offset_seconds), NULL},
    {"apis", SIM_FIELD_TEXTS, LIST(apis), NULL},
    {"tls", SIM_FIELD_CHOICE, SETTING(tls), TLS_MODES},
    {"faults", SIM_FIELD_LIST, SETTING(faults), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

static void
read_item(json_t *item, const struct sim_field *fields, void *out, const char *list)
{
    char *error = sim_fields_read(item, fields, out);

    if (error != NULL) {
        sim_die("settings: in \"%s\": %s", list, error);
    }
}

static void
read_accounts(struct sim_settings *settings, json_t *list)
{
    settings->account_count = json_array_size(list);
    settings->accounts = sim_zeroed((settings->account_count + 1) * sizeof(struct sim_account));
    for (size_t i = 0; i < settings->account_count; i++) {
        struct sim_account *account = &settings->accounts[i];

        read_item(json_array_get(list, i), ACCOUNT_FIELDS, account, "accounts");
        if (account->username == NULL || account->password == NULL) {
            sim_die("settings: an account needs \"username\" and \"password\"");
        }
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

        read_item(json_array_get(list, i), APPLICATION_FIELDS, application, "applications");
        if (application->key == NULL || application->secret == NULL) {
            sim_die("settings: an application needs \"key\" and \"secret\"");
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
        read_item(json_array_get(list, i), TEMPLATE_FIELDS, template, "templates");
        if (template->name == NULL) {
            sim_die("settings: a template needs a \"name\"");
        }
        if (template->display_name == NULL) {
            template->display_name = template->name;
        }
    }
}

static unsigned
read_apis(json_t *list)
{
    unsigned apis = 0;
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        if (strcmp(json_string_value(item), "classic") == 0) {
            apis |= SIM_API_CLASSIC;
        } else if (strcmp(json_string_value(item), "rest") == 0) {
            apis |= SIM_API_REST;
        } else {
            sim_die("settings: in \"apis\": \"%s\" is not known", json_string_value(item));
        }
    }
    return apis;
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
    settings->apis = read_apis(written.apis);
    read_accounts(settings, written.accounts);
    read_applications(settings, written.applications);
    read_templates(settings, written.templates);
    return settings;
}

void
sim_settings_free(struct sim_settings *settings)
{
    if (settings == NULL) {
        return;
    }
    free(settings->accounts);
    free(settings->applications);
    free(settings->templates);
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
