/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which certificate is renewed. Layer 4. */

#include "renewal.h"

#include "certificate.h"
#include "exchange.h"
#include "log.h"
#include "rest.h"

#include <string.h>

static enum kf_rc
search(struct kf_run *run, const char *thumbprint, int64_t *_id)
{
    const char *query = talloc_asprintf(run->mem, "Thumbprint -eq \"%s\"", thumbprint);
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    struct kf_known *known = NULL;
    size_t count = 0;
    enum kf_rc rc = query == NULL
                        ? kf_fail_nomem(run->err)
                        : kf_rest_search(run->mem, run->config, query, 1, &request, run->err);

    if (rc == KF_OK) {
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_search(run->mem, reply, &known, &count, run->err);
    }
    for (size_t i = 0; rc == KF_OK && i < count; i++) {
        if (strcasecmp(known[i].thumbprint, thumbprint) == 0) { /* the filter may be ignored */
            *_id = known[i].id;
        }
    }
    return rc;
}

enum kf_rc
kf_renewal_find(struct kf_run *run, int64_t *_id)
{
    const char *thumbprint = kf_certificate_thumbprint(run->mem, run->job->certificate);
    enum kf_rc rc = thumbprint == NULL ? kf_fail_nomem(run->err) : KF_OK;

    *_id = 0;
    if (rc == KF_OK && thumbprint[0] != '\0') {
        rc = search(run, thumbprint, _id);
    }
    if (rc == KF_UNCERTAIN) {
        return KF_NOTSENT; /* nothing was asked of the CA */
    }
    if (rc == KF_OK || rc == KF_INTERNAL || rc == KF_AUTH || kf_run_is_transient(rc)) {
        return rc;
    }
    kf_log(KF_LOG_INFO, "the certificate that is renewed is not to be found: %s", run->err->text);
    return KF_OK;
}
