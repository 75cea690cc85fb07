/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The certificates of the CAs that issued. Layer 1; no library. */

#include "issuers.h"

#include "certificate.h"
#include "chain.h"
#include "log.h"

#include <string.h>

/* Where the chain that begins with this issuer is kept; NULL when memory is out. */
static char *
file_name(TALLOC_CTX *mem_ctx, const struct kf_chain_member *issuer)
{
    char *digest = kf_certificate_digest(mem_ctx, issuer->pem);

    return digest == NULL ? NULL : talloc_asprintf(mem_ctx, KF_STATE_ISSUERS_PREFIX "%s", digest);
}

void
kf_issuers_keep(const struct kf_state *state, const struct kf_chain *chain)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    const bool is_wanted = tmp != NULL && chain->count >= 2;
    char *name = is_wanted ? file_name(tmp, &chain->members[1]) : NULL;
    char *pem = is_wanted ? kf_chain_text(tmp, chain, 1, true) : NULL;

    if (name != NULL && pem != NULL) {
        kf_state_save(state, name, &(struct kf_bytes){(unsigned char *)pem, strlen(pem)});
    } else if (chain->count >= 2) {
        kf_log(KF_LOG_NOTICE, "the issuers are not kept for keyfactor-deploy: out of memory");
    }
    talloc_free(tmp);
}

/* Adds the text of the file called name; what cannot be read is left out. */
static enum kf_rc
load_one(const char *directory, const char *name, struct kf_bytes **_texts, size_t *_count,
         struct kf_error *err)
{
    struct kf_folder_file file = {.written = 0};
    struct kf_bytes *texts = *_texts;

    if (!kf_folder_read(texts, directory, name, &file) || file.data.data == NULL) {
        kf_log(KF_LOG_NOTICE, "%s/%s: not safe to read: going on without", directory, name);
        return KF_OK;
    }
    texts = talloc_realloc(NULL, texts, struct kf_bytes, *_count + 1);
    if (texts == NULL) {
        return kf_fail_nomem(err);
    }
    texts[(*_count)++] = file.data;
    *_texts = texts;
    return KF_OK;
}

enum kf_rc
kf_issuers_load(TALLOC_CTX *mem_ctx, const char *directory, struct kf_bytes **_texts,
                size_t *_count, struct kf_error *err)
{
    char **names = kf_folder_list(NULL, directory, KF_STATE_ISSUERS_PREFIX);
    struct kf_bytes *texts = talloc_array(mem_ctx, struct kf_bytes, 0);
    size_t count = 0;
    enum kf_rc rc = names == NULL || texts == NULL ? kf_fail_nomem(err) : KF_OK;

    for (size_t i = 0; rc == KF_OK && names[i] != NULL; i++) {
        rc = load_one(directory, names[i], &texts, &count, err);
    }
    talloc_free(names);
    if (rc == KF_OK) {
        *_texts = texts;
        *_count = count;
    }
    return rc;
}
