/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which API to enroll with. Layer 4. */

#include "dialect.h"

#include "log.h"
#include "state.h"

#include <string.h>

#define KEPT_FOR (30 * INT64_C(86400)) /* seconds */

/* What only the Keyfactor API can do has been asked for. */
static bool
wants_rest(const struct kf_run *run)
{
    const struct kf_config *config = run->config;

    return config->application_key == NULL || config->auth == KF_LOGIN_BEARER ||
           config->enrollment_pattern != NULL || kf_run_authority(run) != NULL ||
           config->enrollment_fields.count > 0;
}

static const char *
file_name(const struct kf_run *run)
{
    return kf_state_name(run->mem, "api", run->config->nickname);
}

/* The line that is kept for a server without the Classic API. */
static char *
write_line(const struct kf_run *run)
{
    return talloc_asprintf(run->mem, "%s %s\n", kf_api_rest.name, run->config->url[0]);
}

static bool
is_known_to_lack_classic(const struct kf_run *run)
{
    const char *name = file_name(run);
    const char *line = write_line(run);
    struct kf_bytes data = {NULL, 0};

    return name != NULL && line != NULL &&
           kf_state_load(run->mem, &run->state, name, kf_run_now(run), KEPT_FOR, &data) &&
           strcmp((const char *)data.data, line) == 0;
}

const struct kf_api *
kf_dialect_choose(const struct kf_run *run, const char *known)
{
    switch ((enum kf_api_choice)run->config->api) {
    case KF_API_CLASSIC:
        return &kf_api_classic;
    case KF_API_REST:
        return &kf_api_rest;
    case KF_API_AUTO:
        break;
    }
    return strcmp(known, kf_api_rest.name) == 0 || wants_rest(run) || is_known_to_lack_classic(run)
               ? &kf_api_rest
               : &kf_api_classic;
}

const struct kf_api *
kf_dialect_instead(const struct kf_run *run, const struct kf_api *api)
{
    if (run->config->api != KF_API_AUTO || api == &kf_api_rest) {
        return NULL;
    }
    kf_log(KF_LOG_INFO, "%s: using the Keyfactor API", run->err->text);
    return &kf_api_rest;
}

void
kf_dialect_keep_rest(const struct kf_run *run)
{
    const char *name = file_name(run);
    char *line = write_line(run);

    if (name != NULL && line != NULL) {
        kf_state_save(&run->state, name, &(struct kf_bytes){(unsigned char *)line, strlen(line)});
    }
}
