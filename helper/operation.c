/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The operations. Layer 4. All but SUBMIT and POLL succeed with no configuration at all: the daemon
 * asks them as soon as the CA is added, perhaps while the package is being installed. */

#include "operation.h"

#include "log.h"
#include "retry.h"
#include "roots.h"
#include "submit.h"
#include "template.h"

#include <string.h>

static enum kf_rc
answer(struct kf_run *run, const char *text, struct kf_outcome **_outcome)
{
    return kf_outcome_answer(run->mem, text, _outcome, run->err);
}

static bool
always(const struct kf_config *config)
{
    (void)config;
    return true;
}

static enum kf_rc
identify(struct kf_run *run, struct kf_outcome **_outcome)
{
    return answer(run, "Keyfactor Command (" PACKAGE_NAME " " PACKAGE_VERSION ")\n", _outcome);
}

static enum kf_rc
requirements(struct kf_run *run, struct kf_outcome **_outcome)
{
    const bool has_default =
        run->config->template != NULL || run->config->enrollment_pattern != NULL;

    return answer(run, has_default ? "" : KF_ENV_PROFILE "\n", _outcome);
}

/* The configured template, or the only one that is listed. */
static enum kf_rc
default_template(struct kf_run *run, struct kf_outcome **_outcome)
{
    char *const *templates = run->config->templates;
    const char *template = run->config->template;

    if (template == NULL && templates != NULL && templates[0] != NULL && templates[1] == NULL) {
        template = templates[0];
    }
    if (template == NULL) {
        return answer(run, "", _outcome);
    }
    return answer(run, talloc_asprintf(run->mem, "%s\n", template), _outcome);
}

/* Appends a template to a list, which is NULL when memory is out. The daemon takes lists apart at
 * commas. */
static void
append(char **list, const char *template)
{
    if (*list == NULL) {
        return;
    }
    if (strpbrk(template, ",\n") != NULL) {
        kf_log(KF_LOG_NOTICE,
               "template \"%s\" is not listed: certmonger cannot list a name with a comma "
               "(getcert request -T takes it all the same)",
               template);
        return;
    }
    *list = talloc_asprintf_append_buffer(*list, "%s\n", template);
}

static enum kf_rc
list_of_server(struct kf_run *run, char **list)
{
    struct kf_template *templates = NULL;
    size_t count = 0;
    enum kf_rc rc = kf_template_ask(run, &templates, &count);

    for (size_t i = 0; i < count && rc == KF_OK; i++) {
        append(list, templates[i].name);
    }
    return rc;
}

static bool
lists_templates_of_server(const struct kf_config *config)
{
    return config->templates == NULL && config->url != NULL;
}

/* The configured list; else the server's, where one is configured. */
static enum kf_rc
supported_templates(struct kf_run *run, struct kf_outcome **_outcome)
{
    const struct kf_config *config = run->config;
    char *list = talloc_strdup(run->mem, "");
    enum kf_rc rc = KF_OK;

    for (size_t i = 0; config->templates != NULL && config->templates[i] != NULL; i++) {
        append(&list, config->templates[i]);
    }
    if (lists_templates_of_server(config)) {
        rc = list_of_server(run, &list);
    }
    if (rc == KF_NOAPI || rc == KF_FORBIDDEN) {
        kf_log(KF_LOG_INFO, "the server does not tell its templates: %s", run->err->text);
        rc = KF_OK;
    }
    if (kf_run_is_transient(rc) || rc == KF_BADREPLY || rc == KF_REFUSED) {
        kf_log(KF_LOG_NOTICE, "%s: asking for templates again later", run->err->text);
        return kf_outcome_wait(run->mem,
                               kf_poll_delay(config, 0, run->retry_after, run->effects->random()),
                               "templates", _outcome, run->err);
    }
    return rc == KF_OK ? answer(run, list, _outcome) : rc;
}

static const struct kf_operation operations[] = {
    /* name, reads the configuration, asks the server, enrolls */
    {"SUBMIT", true, always, true, kf_submit},
    {"POLL", true, always, true, kf_submit},
    {"IDENTIFY", false, NULL, false, identify},
    {"FETCH-ROOTS", true, NULL, false, kf_roots_fetch},
    {"GET-NEW-REQUEST-REQUIREMENTS", true, NULL, false, requirements},
    {"GET-RENEW-REQUEST-REQUIREMENTS", true, NULL, false, requirements},
    {"GET-DEFAULT-TEMPLATE", true, NULL, false, default_template},
    {"GET-SUPPORTED-TEMPLATES", true, lists_templates_of_server, false, supported_templates},
};

const struct kf_operation *
kf_operation_find(const struct kf_job *job)
{
    const char *name = job->operation == NULL ? "SUBMIT" : job->operation;

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(name, operations[i].name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}
