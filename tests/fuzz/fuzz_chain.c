/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates in every form, read as an answer to the key of tests/data/chain and as a list of
 * authorities: what comes out carries the key, and reads again to the same. */

#include "fuzz.h"

#include "chain.h"
#include "x509.h"

#include <string.h>

static const struct kf_chain_wish *
wish(void)
{
    static struct kf_chain_wish wish;

    if (wish.public_key.data == NULL) {
        wish.public_key = kf_fuzz_file(kf_fuzz_lasting(), "data/chain/key.leaf.der");
    }
    return &wish;
}

/* The chain that is wished for as PEM, with its root; NULL when text has none. */
static char *
read_answer(TALLOC_CTX *mem, const struct kf_bytes *text)
{
    struct kf_chain *chain = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = kf_chain_read(mem, text, 1, wish(), &chain, &err);

    KF_FUZZ_PROMISE(rc == KF_OK || (rc == KF_BADREPLY && err.text[0] != '\0'));
    return rc == KF_OK ? kf_chain_text(mem, chain, 0, true) : NULL;
}

static void
try_answer(TALLOC_CTX *mem, const struct kf_bytes *text)
{
    char *pem = read_answer(mem, text);
    char *again = NULL;

    if (pem == NULL) {
        return;
    }
    KF_FUZZ_PROMISE(kf_fuzz_carries(pem, &wish()->public_key));
    again = read_answer(mem, &(struct kf_bytes){(unsigned char *)pem, strlen(pem)});
    KF_FUZZ_PROMISE(again != NULL && strcmp(pem, again) == 0);
}

static void
try_list(TALLOC_CTX *mem, const struct kf_bytes *text)
{
    struct kf_chain *chain = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = kf_chain_list(mem, text, &chain, &err);

    KF_FUZZ_PROMISE(rc == KF_OK || (rc == KF_BADREPLY && err.text[0] != '\0'));
    KF_FUZZ_PROMISE(rc != KF_OK || chain->count <= KF_CHAIN_MAX);
    for (size_t i = 0; rc == KF_OK && i < chain->count; i++) {
        X509 *certificate = kf_x509_read(chain->members[i].pem);

        KF_FUZZ_PROMISE(certificate != NULL && chain->members[i].subject != NULL);
        X509_free(certificate);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes text = kf_fuzz_bytes(mem, data, size);

    try_answer(mem, &text);
    try_list(mem, &text);
    talloc_free(mem);
    return 0;
}
