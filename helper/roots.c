/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* FETCH-ROOTS. Layer 4; jansson for the answer. */

#include "roots.h"

#include "json.h"
#include "state.h"

#include <jansson.h>
#include <string.h>

#define KEPT_FOR (400 * INT64_C(86400)) /* seconds: longer than a certificate lasts */

void
kf_roots_keep(const struct kf_run *run, const struct kf_chain *chain)
{
    const char *name =
        run->config->fetch_roots ? kf_state_name(run->mem, "chain", run->config->nickname) : NULL;
    char *pem = name == NULL ? NULL : kf_chain_text(run->mem, chain, 0, true);

    if (pem != NULL) {
        kf_state_save(&run->state, name, &(struct kf_bytes){(unsigned char *)pem, strlen(pem)});
    }
}

static bool
append(json_t *list, const struct kf_chain_member *member)
{
    return json_array_append_new(list, json_pack("{s:s, s:s}", "nickname", member->subject,
                                                 "certificate", member->pem)) == 0;
}

/* {"roots": [...], "other-roots": [], "other": [...]} as text owned by mem_ctx; NULL when
 * memory is out. */
static char *
write_answer(TALLOC_CTX *mem_ctx, const struct kf_chain *chain)
{
    json_t *roots = json_array();
    json_t *others = json_array();
    json_t *answer = NULL;
    bool whole = roots != NULL && others != NULL;

    for (size_t i = 0; i < chain->count && whole; i++) {
        whole = append(chain->members[i].is_root ? roots : others, &chain->members[i]);
    }
    answer = json_pack("{s:o, s:[], s:o}", "roots", roots, "other-roots", "other", others);
    if (!whole) {
        json_decref(answer);
        return NULL;
    }
    return kf_json_write(mem_ctx, answer, false);
}

static enum kf_rc
answer_with(struct kf_run *run, const struct kf_chain *chain, struct kf_outcome **_outcome)
{
    return kf_outcome_answer(run->mem, write_answer(run->mem, chain), _outcome, run->err);
}

static enum kf_rc
answer_later(struct kf_run *run, struct kf_outcome **_outcome)
{
    return kf_outcome_wait(run->mem, (unsigned)run->config->retry_interval_max, "roots", _outcome,
                           run->err);
}

enum kf_rc
kf_roots_configured(struct kf_run *run, struct kf_chain **_chain)
{
    const struct kf_secret *file = run->config->ca_chain;
    enum kf_rc rc;

    if (file == NULL) {
        *_chain = NULL;
        return KF_OK;
    }
    rc = kf_chain_list(run->mem, &(struct kf_bytes){file->data, file->len}, _chain, run->err);
    return rc != KF_BADREPLY ? rc
                             : kf_fail(run->err, KF_BADCONFIG,
                                       "ca-chain-file: %s has a certificate that cannot be read",
                                       run->config->ca_chain_file);
}

/* The chain that came with the certificate issued last. */
static enum kf_rc
answer_with_kept(struct kf_run *run, struct kf_outcome **_outcome)
{
    const char *name = kf_state_name(run->mem, "chain", run->config->nickname);
    struct kf_chain *chain = NULL;
    struct kf_bytes data = {NULL, 0};
    enum kf_rc rc;

    if (name == NULL ||
        !kf_state_load(run->mem, &run->state, name, kf_run_now(run), KEPT_FOR, &data)) {
        return answer_later(run, _outcome);
    }
    rc = kf_chain_list(run->mem, &data, &chain, run->err);
    return rc == KF_OK ? answer_with(run, chain, _outcome) : rc;
}

enum kf_rc
kf_roots_fetch(struct kf_run *run, struct kf_outcome **_outcome)
{
    struct kf_chain *chain = NULL;
    enum kf_rc rc = kf_config_read_chain(run->config, run->err);

    if (rc == KF_OK) {
        rc = kf_roots_configured(run, &chain);
    }
    if (rc != KF_OK) {
        return rc;
    }
    if (chain != NULL && chain->count > 0) {
        return answer_with(run, chain, _outcome);
    }
    return run->config->fetch_roots ? answer_with_kept(run, _outcome)
                                    : kf_fail(run->err, KF_UNSUPPORTED, "%s", "");
}
