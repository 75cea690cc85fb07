/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The variables of metadata values. Layer 2; no library. */

#include "metadata.h"

#include "certificate.h"
#include "text.h"

#include <string.h>
#include <sys/utsname.h>

#define ENV_PREFIX "env:"

/* What the variables stand for in this run. */
struct values {
    const struct kf_job *job;
    struct utsname host;
    const char *subject;
    const char *template;
    const char *ca;
    const char *previous_serial;
};

/* The value of a variable; NULL when there is no such variable, or it is not set. */
static const char *
look_up(const struct values *values, const char *name)
{
    const struct {
        const char *name;
        const char *value;
    } known[] = {
        {"hostname", values->host.nodename},
        {"subject", values->subject},
        {"profile", values->template},
        {"ca", values->ca},
        {"previous-serial", values->previous_serial},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(name, known[i].name) == 0) {
            return known[i].value;
        }
    }
    if (strncmp(name, ENV_PREFIX, strlen(ENV_PREFIX)) == 0) {
        return values->job->variable(name + strlen(ENV_PREFIX));
    }
    return NULL;
}

static enum kf_rc
no_value(const struct kf_metadata *entry, const char *name, struct kf_error *err)
{
    if (strncmp(name, ENV_PREFIX, strlen(ENV_PREFIX)) == 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: metadata %s: the environment variable %s is not set: set it for the "
                       "certmonger service, or take %%{%s} out",
                       entry->where, entry->type, name + strlen(ENV_PREFIX), name);
    }
    return kf_fail(err, KF_BADCONFIG,
                   "%s: metadata %s: there is no variable %%{%s}: use hostname, subject, profile, "
                   "ca, previous-serial or env:NAME",
                   entry->where, entry->type, name);
}

/* Appends the variable that begins at text ("%{") to *result; *_rest is what follows it. */
static enum kf_rc
append_variable(const struct values *values, const struct kf_metadata *entry, const char *text,
                char **result, const char **_rest, struct kf_error *err)
{
    const char *end = strchr(text, '}');
    const char *value = NULL;
    char *name = NULL;

    if (end == NULL) {
        return kf_fail(err, KF_BADCONFIG, "%s: metadata %s: \"%%{\" without \"}\"", entry->where,
                       entry->type);
    }
    name = talloc_strndup(*result, text + 2, (size_t)(end - text - 2));
    if (name == NULL) {
        return kf_fail_nomem(err);
    }
    value = look_up(values, name);
    if (value == NULL) {
        return no_value(entry, name, err);
    }
    *result = talloc_strdup_append_buffer(*result, value);
    *_rest = end + 1;
    return *result == NULL ? kf_fail_nomem(err) : KF_OK;
}

static enum kf_rc
expand(TALLOC_CTX *mem_ctx, const struct values *values, const struct kf_metadata *entry,
       const char **_value, struct kf_error *err)
{
    const char *text = entry->value;
    char *result = talloc_strdup(mem_ctx, "");
    enum kf_rc rc;

    while (result != NULL && *text != '\0') {
        if (strncmp(text, "%{", 2) == 0) {
            rc = append_variable(values, entry, text, &result, &text, err);
            if (rc != KF_OK) {
                return rc;
            }
        } else if (strncmp(text, "%%{", 3) == 0) {
            result = talloc_strdup_append_buffer(result, "%{");
            text += 3;
        } else {
            size_t plain = 1 + strcspn(text + 1, "%");

            result = talloc_strndup_append_buffer(result, text, plain);
            text += plain;
        }
    }
    if (result == NULL) {
        return kf_fail_nomem(err);
    }
    if (!kf_text_is_line(result)) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: metadata %s: the value has a line break, a control character or "
                       "invalid UTF-8 in it once it is filled in",
                       entry->where, entry->type);
    }
    *_value = result;
    return KF_OK;
}

static enum kf_rc
read_values(TALLOC_CTX *mem_ctx, const struct kf_metadata_source *source, struct values *values,
            struct kf_error *err)
{
    *values = (struct values){.job = source->job,
                              .subject = source->csr->subject,
                              .template = source->template,
                              .ca = source->config->nickname};
    values->previous_serial = kf_certificate_serial(mem_ctx, source->job->certificate);
    uname(&values->host);
    return values->previous_serial == NULL ? kf_fail_nomem(err) : KF_OK;
}

enum kf_rc
kf_metadata_fill(TALLOC_CTX *mem_ctx, const struct kf_metadata_source *source,
                 const struct kf_metadata_list *list, struct kf_metadata_list *_filled,
                 struct kf_error *err)
{
    struct kf_metadata *filled = talloc_zero_array(mem_ctx, struct kf_metadata, list->count);
    struct values values;
    enum kf_rc rc = filled == NULL ? kf_fail_nomem(err) : read_values(filled, source, &values, err);

    for (size_t i = 0; i < list->count && rc == KF_OK; i++) {
        filled[i] = list->entries[i];
        rc = expand(filled, &values, &list->entries[i], &filled[i].value, err);
    }
    if (rc != KF_OK) {
        talloc_free(filled);
        return rc;
    }
    *_filled = (struct kf_metadata_list){filled, list->count};
    return KF_OK;
}

enum kf_rc
kf_metadata_add(TALLOC_CTX *mem_ctx, struct kf_metadata_list *list, const char *type,
                const char *value, struct kf_error *err)
{
    struct kf_metadata *grown =
        talloc_realloc(mem_ctx, list->entries, struct kf_metadata, list->count + 1);

    if (grown == NULL) {
        return kf_fail_nomem(err);
    }
    grown[list->count] = (struct kf_metadata){.type = type, .value = value};
    *list = (struct kf_metadata_list){grown, list->count + 1};
    return KF_OK;
}
