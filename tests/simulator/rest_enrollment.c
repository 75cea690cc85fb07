/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: what an account may enroll for. */

#include "rest_enrollment.h"

#include <stdlib.h>

#include "base.h"
#include "ca.h"
#include "rest.h"
#include "settings.h"

#define TEXT_FIELD 1

long
sim_rest_template_id(const struct sim *sim, const struct sim_template *template)
{
    return 1 + (template - sim->settings->templates);
}

json_t *
sim_rest_enrollment_fields(const struct sim_template *template)
{
    json_t *list = json_array();
    size_t i;
    json_t *name;

    json_array_foreach (template->enrollment_fields, i, name) {
        json_array_append_new(
            list, json_pack("{s:O, s:[], s:i}", "Name", name, "Options", "DataType", TEXT_FIELD));
    }
    return list;
}

/* The object identifier of the smallest curve that a template takes; NULL: it takes RSA keys. */
static const char *
curve(const struct sim_template *template)
{
    if (template->key_type != SIM_KEY_EC) {
        return NULL;
    }
    if (template->key_size <= 256) {
        return "1.2.840.10045.3.1.7";
    }
    return template->key_size <= 384 ? "1.3.132.0.34" : "1.3.132.0.35";
}

static json_t *
describe_cas(const struct sim *sim)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sim->cas->count; i++) {
        json_array_append_new(list, json_pack("{s:s}", "Name", sim->cas->items[i].name));
    }
    return list;
}

static json_t *
describe(const struct sim *sim, const struct sim_template *template)
{
    char *key_size = sim_text("%ld", template->key_size);
    json_t *json = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s?, s:b, s:o, s:[], s:o, s:[]}", "Id",
        (json_int_t)sim_rest_template_id(sim, template), "Name", template->name, "DisplayName",
        template->display_name, "KeySize", key_size, "KeyType",
        template->key_type == SIM_KEY_EC ? "ECC" : "RSA", "Curve", curve(template),
        "RequiresApproval", template->requires_approval, "CAs", describe_cas(sim), "MetadataFields",
        "EnrollmentFields", sim_rest_enrollment_fields(template), "Regexes");

    sim_must(json != NULL, "describe a template");
    free(key_size);
    return json;
}

/* Whether one of the applications has the template; without any application all are had. */
static bool
applications_allow(const struct sim_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->application_count; i++) {
        if (sim_settings_allows(settings->applications[i].templates, name)) {
            return true;
        }
    }
    return settings->application_count == 0;
}

void
sim_rest_enrollment_context(struct sim *sim, const struct sim_request *request,
                            struct sim_answer *answer)
{
    const struct sim_settings *settings = sim->settings;
    const struct sim_account *account = sim_rest_permitted(sim, request, SIM_ENROLL, answer);
    json_t *templates = NULL;

    if (account == NULL) {
        return;
    }
    templates = json_array();
    for (size_t i = 0; i < settings->template_count; i++) {
        const struct sim_template *template = &settings->templates[i];

        if (sim_settings_allows(account->templates, template->name) &&
            applications_allow(settings, template->name)) {
            json_array_append_new(templates, describe(sim, template));
        }
    }
    sim_rest_answer(request, json_pack("{s:o, s:[]}", "Templates", templates, "StandaloneCAs"),
                    answer);
}
