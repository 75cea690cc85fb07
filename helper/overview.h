/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_OVERVIEW_H
#define KF_OVERVIEW_H

/* keyfactor-submit --status: the requests of this host, from what the daemon says and what the
 * helper has kept of its runs. */

#include "bus.h"
#include "config.h"
#include "outcome.h"

/* Everything borrowed. */
struct kf_overview_wish {
    struct kf_config_source source; /* nickname: the CA when the daemon cannot be asked */
    const char *ca;                 /* this CA only; NULL: all */
    const char *address;            /* of the daemon, or NULL */
    bool is_json;
    int64_t now; /* seconds since 1970 */
    /* As kf_bus_list(). */
    enum kf_rc (*list)(TALLOC_CTX *mem_ctx, const char *address, struct kf_bus_request **_requests,
                       size_t *_count, struct kf_error *err);
};

/* Lists the requests of CAs whose helper is this one. *_outcome, owned by mem_ctx, is the report;
 * KF_STATUS_CHECK_FAILED when a person should look. Without a daemon it is what the helper has
 * kept. Fails as kf_bus_list() but for that; and with KF_INTERNAL when memory is out. */
enum kf_rc kf_overview(TALLOC_CTX *mem_ctx, const struct kf_overview_wish *wish,
                       struct kf_outcome **_outcome, struct kf_error *err);

#endif
