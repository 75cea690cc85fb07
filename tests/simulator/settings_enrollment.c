/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The settings of the Keyfactor API's enrollment: CAs and enrollment patterns. */

#include "settings_enrollment.h"

#include <string.h>

#include "base.h"

#define FIRST_PATTERN_ID 1001

#define AUTHORITY(member) offsetof(struct sim_authority, member)
static const struct sim_field AUTHORITY_FIELDS[] = {
    {"name", SIM_FIELD_TEXT, AUTHORITY(name), NULL},
    {"host", SIM_FIELD_TEXT, AUTHORITY(host), NULL},
    {"issuer_url", SIM_FIELD_ADDRESSES, AUTHORITY(issuer_url), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

#define PATTERN(member) offsetof(struct sim_pattern, member)
static const struct sim_field PATTERN_FIELDS[] = {
    {"id", SIM_FIELD_NUMBER, PATTERN(id), NULL},
    {"name", SIM_FIELD_TEXT, PATTERN(name), NULL},
    {"template", SIM_FIELD_TEXT, PATTERN(template_name), NULL},
    {"default", SIM_FIELD_FLAG, PATTERN(is_default), NULL},
    {NULL, SIM_FIELD_TEXT, 0, NULL},
};

void
sim_settings_read_authorities(struct sim_settings *settings, json_t *list)
{
    settings->authority_count = json_array_size(list);
    if (settings->authority_count == 0) {
        sim_die("settings: \"authorities\" is empty");
    }
    settings->authorities = sim_zeroed(settings->authority_count * sizeof(struct sim_authority));
    for (size_t i = 0; i < settings->authority_count; i++) {
        struct sim_authority *authority = &settings->authorities[i];

        authority->host = "ca.example.com";
        sim_settings_read_item(json_array_get(list, i), AUTHORITY_FIELDS, authority, "authorities");
        if (authority->name == NULL) {
            sim_die("settings: an authority needs a \"name\"");
        }
    }
}

/* One pattern a template, of the same name, with numbers unlike the templates'. */
static void
make_patterns(struct sim_settings *settings)
{
    settings->pattern_count = settings->template_count;
    settings->patterns = sim_zeroed((settings->pattern_count + 1) * sizeof(struct sim_pattern));
    for (size_t i = 0; i < settings->pattern_count; i++) {
        settings->patterns[i] = (struct sim_pattern){
            .id = FIRST_PATTERN_ID + (long)i,
            .name = settings->templates[i].display_name,
            .template_name = settings->templates[i].name,
            .is_default = true,
        };
    }
}

void
sim_settings_read_patterns(struct sim_settings *settings, json_t *list)
{
    if (list == NULL) {
        make_patterns(settings);
        return;
    }
    settings->pattern_count = json_array_size(list);
    settings->patterns = sim_zeroed((settings->pattern_count + 1) * sizeof(struct sim_pattern));
    for (size_t i = 0; i < settings->pattern_count; i++) {
        struct sim_pattern *pattern = &settings->patterns[i];

        sim_settings_read_item(json_array_get(list, i), PATTERN_FIELDS, pattern,
                               "enrollment_patterns");
        if (pattern->id < 1 || pattern->name == NULL || pattern->template_name == NULL) {
            sim_die("settings: a pattern needs \"id\" (from 1), \"name\" and \"template\"");
        }
        if (sim_settings_template(settings, pattern->template_name) == NULL) {
            sim_die("settings: in \"enrollment_patterns\": there is no template %s",
                    pattern->template_name);
        }
    }
}

const struct sim_pattern *
sim_settings_pattern(const struct sim_settings *settings, long id)
{
    for (size_t i = 0; i < settings->pattern_count; i++) {
        if (settings->patterns[i].id == id) {
            return &settings->patterns[i];
        }
    }
    return NULL;
}

const struct sim_pattern *
sim_settings_default_pattern(const struct sim_settings *settings, const char *template_name)
{
    for (size_t i = 0; i < settings->pattern_count; i++) {
        const struct sim_pattern *pattern = &settings->patterns[i];

        if (pattern->is_default && strcmp(pattern->template_name, template_name) == 0) {
            return pattern;
        }
    }
    return NULL;
}
