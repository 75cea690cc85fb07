/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The certificates of the CAs that issued. Layer 1; no library. */

#include "issuers.h"

#include "certificate.h"
#include "chain.h"
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* The certificates one after another, owned by mem_ctx; NULL when memory is out. */
static char *
join(TALLOC_CTX *mem_ctx, const struct kf_chain_member *members, size_t count)
{
    char *pem = talloc_strdup(mem_ctx, "");

    for (size_t i = 0; i < count && pem != NULL; i++) {
        pem = talloc_strdup_append_buffer(pem, members[i].pem);
    }
    return pem;
}

/* Where the chain that begins with this issuer is kept; NULL when memory is out. */
static char *
file_name(TALLOC_CTX *mem_ctx, const struct kf_chain_member *issuer)
{
    char *digest = kf_certificate_digest(mem_ctx, issuer->pem);

    return digest == NULL ? NULL : talloc_asprintf(mem_ctx, KF_STATE_ISSUERS_PREFIX "%s", digest);
}

static enum kf_rc
keep(TALLOC_CTX *mem_ctx, const struct kf_state *state, const char *pem, struct kf_error *err)
{
    struct kf_bytes text = {NULL, 0};
    struct kf_chain_member *issuers = NULL;
    size_t count = 0;
    char *name = NULL;
    char *issuers_pem = NULL;
    enum kf_rc rc = kf_bytes_copy(mem_ctx, pem, strlen(pem), &text);

    if (rc != KF_OK) {
        return kf_fail_nomem(err);
    }
    rc = kf_chain_list(mem_ctx, &text, &issuers, &count, err);
    if (rc != KF_OK || count == 0) {
        return rc;
    }
    name = file_name(mem_ctx, &issuers[0]);
    issuers_pem = join(mem_ctx, issuers, count);
    if (name == NULL || issuers_pem == NULL) {
        return kf_fail_nomem(err);
    }
    text = (struct kf_bytes){(unsigned char *)issuers_pem, strlen(issuers_pem)};
    kf_state_save(state, name, &text);
    return KF_OK;
}

void
kf_issuers_keep(const struct kf_state *state, const char *pem)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    struct kf_error err;

    if (keep(tmp, state, pem, &err) != KF_OK) {
        kf_log(KF_LOG_NOTICE, "the issuers are not kept for keyfactor-deploy: %s", err.text);
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
    DIR *entries = opendir(directory);
    const struct dirent *entry = NULL;
    struct kf_bytes *texts = talloc_array(mem_ctx, struct kf_bytes, 0);
    size_t count = 0;
    enum kf_rc rc = texts == NULL ? kf_fail_nomem(err) : KF_OK;

    if (entries == NULL) {
        kf_log(KF_LOG_INFO, "%s: %s: no issuers were kept", directory, strerror(errno));
    }
    while (rc == KF_OK && entries != NULL && (entry = readdir(entries)) != NULL) {
        if (strncmp(entry->d_name, KF_STATE_ISSUERS_PREFIX, strlen(KF_STATE_ISSUERS_PREFIX)) == 0) {
            rc = load_one(directory, entry->d_name, &texts, &count, err);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    if (rc == KF_OK) {
        *_texts = texts;
        *_count = count;
    }
    return rc;
}
