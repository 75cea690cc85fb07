/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The request for a certificate, made ready to be sent. Layer 4. */

#include "enroll.h"

#include "metadata.h"
#include "template.h"
#include "text.h"

static enum kf_rc
find_template(const struct kf_run *run, const char **_template)
{
    const char *asked = run->job->profile;

    if (asked == NULL || asked[0] == '\0') {
        *_template = run->config->template;
        return *_template != NULL
                   ? KF_OK
                   : kf_fail(run->err, KF_BADCONFIG,
                             "no template: request with getcert -T NAME, or set template in %s",
                             run->config->path);
    }
    if (!kf_text_is_line(asked)) {
        return kf_fail(run->err, KF_BADINPUT,
                       "the template name (getcert -T) has a line break, a control character or "
                       "invalid UTF-8 in it: request again with the name as the server has it");
    }
    *_template = asked;
    return KF_OK;
}

/* What goes before an enrollment; nothing can have been issued by it. */
static enum kf_rc
get_token(struct kf_run *run, const struct kf_api *api, const char **_token)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = api->build_token(run->mem, run->config, &request, run->err);

    if (rc == KF_OK && request != NULL) {
        rc = kf_run_exchange(run, request, &reply);
    }
    if (rc == KF_OK && request != NULL) {
        rc = api->read_token(run->mem, run->config, reply, _token, run->err);
    }
    return rc == KF_UNCERTAIN ? KF_NOTSENT : rc;
}

enum kf_rc
kf_enroll_prepare(struct kf_run *run, const struct kf_api *api, struct kf_request **_request)
{
    struct kf_metadata_source source = {
        .config = run->config, .job = run->job, .csr = run->csr, .identity = run->identity};
    struct kf_enrollment enrollment = {.config = run->config, .csr = run->csr};
    struct kf_metadata *metadata = NULL;
    enum kf_rc rc = find_template(run, &source.template);

    if (rc == KF_OK) {
        rc = kf_metadata_fill(run->mem, &source, &metadata, &enrollment.metadata_count, run->err);
    }
    if (rc == KF_OK && run->config->check_key) {
        rc = kf_template_check(run, source.template);
    }
    if (rc == KF_OK) {
        rc = get_token(run, api, &enrollment.token);
    }
    if (rc != KF_OK) {
        return rc;
    }
    enrollment.template = source.template;
    enrollment.metadata = metadata;
    enrollment.now_ms = run->effects->now_ms();
    return api->build_enrollment(run->mem, &enrollment, _request, run->err);
}
