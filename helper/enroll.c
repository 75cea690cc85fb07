/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The request for a certificate, made ready to be sent. Layer 4. */

#include "enroll.h"

#include "exchange.h"
#include "metadata.h"
#include "renewal.h"
#include "rest.h"
#include "template.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static enum kf_rc
find_template(const struct kf_run *run, const char **_template)
{
    *_template = kf_run_template(run);
    if (*_template == NULL && run->config->enrollment_pattern == NULL) {
        return kf_fail(run->err, KF_BADCONFIG,
                       "no template: request with getcert -T NAME, or set template in %s",
                       run->config->path);
    }
    if (run->job->profile != NULL && !kf_text_is_line(run->job->profile)) {
        return kf_fail(run->err, KF_BADINPUT,
                       "the template name (getcert -T) has a line break, a control character or "
                       "invalid UTF-8 in it: request again with the name as the server has it");
    }
    return KF_OK;
}

/* Which CA of the server's is to issue; an API that cannot choose must not do so in silence. */
static enum kf_rc
find_authority(const struct kf_run *run, const struct kf_api *api, const char **_authority)
{
    const char *asked = run->job->issuer;

    *_authority = kf_run_authority(run);
    if (asked != NULL && !kf_text_is_line(asked)) {
        return kf_fail(run->err, KF_BADINPUT,
                       "the name of the CA (getcert -X) has a line break, a control character or "
                       "invalid UTF-8 in it: request again with the name as the server has it");
    }
    if (*_authority == NULL || api == &kf_api_rest) {
        return KF_OK;
    }
    return asked != NULL
               ? kf_fail(run->err, KF_BADINPUT,
                         "the Classic API cannot choose a CA: request without getcert -X, or "
                         "set api = rest in %s",
                         run->config->path)
               : kf_fail(run->err, KF_BADCONFIG,
                         "%s: [%s] certificate-authority: the Classic API cannot choose a CA: "
                         "set api = rest, or take it out",
                         run->config->path, run->config->nickname);
}

/* The name of a pattern is of no use where the server does not list its patterns. */
static enum kf_rc
want_number(const struct kf_run *run, enum kf_rc rc)
{
    const char *why =
        rc == KF_FORBIDDEN
            ? "the account may not read enrollment patterns (permission /enrollment_pattern/read/)"
            : "the server does not list enrollment patterns (Command 25 does)";

    return kf_fail_prefix(run->err, KF_BADCONFIG,
                          "%s: [%s] enrollment-pattern: write the pattern's number in place of its "
                          "name: %s",
                          run->config->path, run->config->nickname, why);
}

/* The number of the configured enrollment pattern, which may be a name; 0 for none. */
static enum kf_rc
find_pattern(struct kf_run *run, const struct kf_api *api, int64_t *_id)
{
    const char *pattern = run->config->enrollment_pattern;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc;

    if (pattern == NULL || api != &kf_api_rest) {
        return KF_OK;
    }
    if (pattern[strspn(pattern, "0123456789")] == '\0') {
        *_id = strtoll(pattern, NULL, 10);
        return KF_OK;
    }
    rc = kf_rest_patterns(run->mem, run->config, &request, run->err);
    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_patterns(reply, pattern, _id, run->err);
    }
    if (rc == KF_OK && *_id == 0) {
        return kf_fail(run->err, KF_BADCONFIG,
                       "%s: [%s] enrollment-pattern: the server has none called \"%s\" for this "
                       "account: write its name or number as the server has it",
                       run->config->path, run->config->nickname, pattern);
    }
    if (rc == KF_FORBIDDEN || rc == KF_NOAPI) {
        return want_number(run, rc);
    }
    return rc == KF_UNCERTAIN || rc == KF_BADREPLY ? KF_NOTSENT : rc;
}

/* What goes before an enrollment; nothing can have been issued by it. */
static enum kf_rc
get_token(struct kf_run *run, const struct kf_api *api, const char **_token)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = KF_OK;

    if (api->build_token == NULL) {
        return KF_OK;
    }
    rc = api->build_token(run->mem, run->config, &request, run->err);
    if (rc == KF_OK && request != NULL) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK && request != NULL) {
        rc = api->read_token(run->mem, run->config, reply, _token, run->err);
    }
    return rc == KF_UNCERTAIN ? KF_NOTSENT : rc;
}

/* What the configuration adds to the request, with its variables filled in. */
static enum kf_rc
fill_in(struct kf_run *run, const char *template, struct kf_enrollment *enrollment)
{
    const struct kf_config *config = run->config;
    const struct kf_metadata_source source = {
        .config = config, .job = run->job, .csr = run->csr, .template = template};
    enum kf_rc rc =
        kf_metadata_fill(run->mem, &source, &config->metadata, &enrollment->metadata, run->err);

    if (rc == KF_OK) {
        rc = kf_metadata_fill(run->mem, &source, &config->enrollment_fields,
                              &enrollment->enrollment_fields, run->err);
    }
    if (rc == KF_OK && config->reconcile_metadata != NULL) {
        rc = kf_metadata_add(run->mem, &enrollment->metadata, config->reconcile_metadata,
                             run->identity, run->err);
    }
    return rc;
}

enum kf_rc
kf_enroll_prepare(struct kf_run *run, const struct kf_api *api, struct kf_request **_request)
{
    struct kf_enrollment enrollment = {.config = run->config, .csr = run->csr};
    enum kf_rc rc = find_template(run, &enrollment.template);

    if (rc == KF_OK) {
        rc = find_authority(run, api, &enrollment.certificate_authority);
    }
    if (rc == KF_OK) {
        rc = fill_in(run, enrollment.template, &enrollment);
    }
    if (rc == KF_OK && run->config->check_key && enrollment.template != NULL) {
        rc = kf_template_check(run, enrollment.template);
    }
    if (rc == KF_OK) {
        rc = find_pattern(run, api, &enrollment.pattern_id);
    }
    if (rc == KF_OK && run->config->link_renewals && api == &kf_api_rest) {
        rc = kf_renewal_find(run, &enrollment.renewed_id);
    }
    if (rc == KF_OK) {
        rc = get_token(run, api, &enrollment.token);
    }
    if (rc != KF_OK) {
        return rc;
    }
    enrollment.now_ms = run->effects->now_ms();
    return api->build_enrollment(run->mem, &enrollment, _request, run->err);
}
