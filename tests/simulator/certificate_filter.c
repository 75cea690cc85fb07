/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a search for certificates can ask for: some members, and the metadata types. */

#include "certificate_filter.h"

#include <string.h>

#include "base.h"
#include "certificate.h"
#include "fields.h"
#include "store.h"

static char *
request_id_of(const void *item)
{
    const struct sim_entry *entry = item;

    return sim_text("%lu", entry->id);
}

static char *
thumbprint_of(const void *item)
{
    const struct sim_entry *entry = item;

    return sim_certificate_thumbprint(entry->certificate);
}

static char *
serial_of(const void *item)
{
    const struct sim_entry *entry = item;

    return sim_certificate_serial(entry->certificate);
}

static char *
common_name_of(const void *item)
{
    const struct sim_entry *entry = item;

    return sim_certificate_common_name(X509_get_subject_name(entry->certificate));
}

static char *
template_of(const void *item)
{
    const struct sim_entry *entry = item;

    return sim_copy(entry->template_name, strlen(entry->template_name));
}

static const struct sim_filter_field FIELDS[] = {
    {"CertRequestId", true, request_id_of},    {"Thumbprint", false, thumbprint_of},
    {"SerialNumber", false, serial_of},        {"IssuedCN", false, common_name_of},
    {"TemplateShortName", false, template_of}, {NULL, false, NULL},
};

static const char *
metadata_of(const void *item, const char *name)
{
    const struct sim_entry *entry = item;

    return json_string_value(sim_fields_get(entry->metadata, name));
}

struct sim_filter_language
sim_certificate_filter(const struct sim_settings *settings)
{
    return (struct sim_filter_language){
        .fields = FIELDS,
        .texts = settings->metadata_types,
        .text = metadata_of,
    };
}
