/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: the enrollment patterns of Command 25. */

#include "rest_enrollment.h"

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "rest.h"

#define CSR_ENROLLMENT 2

static const char NOT_FOUND[] = "0xA0110006";

/* A pattern with what the query can ask for. */
struct item {
    const struct sim_pattern *pattern;
    const struct sim_template *template;
    long template_id;
};

static struct item
item_of(const struct sim *sim, const struct sim_pattern *pattern)
{
    const struct sim_template *template =
        sim_settings_template(sim->settings, pattern->template_name);

    return (struct item){pattern, template, sim_rest_template_id(sim, template)};
}

static char *
template_id_of(const void *item)
{
    return sim_text("%ld", ((const struct item *)item)->template_id);
}

static char *
template_name_of(const void *item)
{
    const struct sim_pattern *pattern = ((const struct item *)item)->pattern;

    return sim_copy(pattern->template_name, strlen(pattern->template_name));
}

/* As published: the name is none of them. */
static const struct sim_filter_field FIELDS[] = {
    {"TemplateId", true, template_id_of},
    {"TemplateShortName", false, template_name_of},
    {NULL, false, NULL},
};

static json_t *
describe_template(const struct item *item)
{
    const struct sim_template *template = item->template;

    return json_pack("{s:I, s:s, s:s, s:s, s:b, s:s}", "Id", (json_int_t)item->template_id,
                     "TemplateName", template->display_name, "CommonName", template->name,
                     "ConfigurationTenant", "example.com", "RequiresApproval",
                     template->requires_approval, "FriendlyName", template->display_name);
}

static json_t *
describe(const struct item *item)
{
    const struct sim_pattern *pattern = item->pattern;
    json_t *json = json_pack(
        "{s:I, s:s, s:n, s:o, s:b, s:b, s:[], s:[], s:i, s:[], s:[], s:b, s:{}, s:[], s:o}", "Id",
        (json_int_t)pattern->id, "Name", pattern->name, "Description", "Template",
        describe_template(item), "TemplateDefault", pattern->is_default, "UseADPermissions", 1,
        "AssociatedRoles", "CertificateAuthorities", "AllowedEnrollmentTypes", CSR_ENROLLMENT,
        "Regexes", "MetadataFields", "RestrictCAs", 0, "Policies", "Defaults", "EnrollmentFields",
        sim_rest_enrollment_fields(item->template));

    sim_must(json != NULL, "describe a pattern");
    return json;
}

/* Whether the account may read patterns; false: 403, or 404 where there are none. */
static bool
may_read(const struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    if (sim->settings->product_version == SIM_PRODUCT_10_4) {
        sim_answer_refuse_page(answer, 404, "nothing is at this path");
        return false;
    }
    return sim_rest_permitted(sim, request, SIM_PATTERNS_READ, answer) != NULL;
}

void
sim_rest_patterns(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    static const struct sim_filter_language LANGUAGE = {.fields = FIELDS};
    struct sim_list list = {0};
    json_t *json = NULL;

    if (!may_read(sim, request, answer) || !sim_rest_list(sim, request, &LANGUAGE, &list, answer)) {
        return;
    }
    json = json_array();
    for (size_t i = 0; i < sim->settings->pattern_count; i++) {
        struct item item = item_of(sim, &sim->settings->patterns[i]);

        if (sim_filter_fits(list.filter, &item) && sim_page_shows(&list.page)) {
            json_array_append_new(json, describe(&item));
        }
    }
    sim_filter_free(list.filter);
    sim_rest_answer(request, json, answer);
}

void
sim_rest_pattern(struct sim *sim, const struct sim_request *request, struct sim_answer *answer)
{
    const char *digits = strrchr(request->path, '/') + 1;
    const struct sim_pattern *pattern = NULL;
    struct item item;

    if (!may_read(sim, request, answer)) {
        return;
    }
    if (*digits != '\0' && strspn(digits, "0123456789") == strlen(digits)) {
        pattern = sim_settings_pattern(sim->settings, strtol(digits, NULL, 10));
    }
    if (pattern == NULL) {
        sim_answer_refuse(answer, 404, NOT_FOUND, "The enrollment pattern '%s' does not exist.",
                          digits);
        return;
    }
    item = item_of(sim, pattern);
    sim_rest_answer(request, describe(&item), answer);
}
