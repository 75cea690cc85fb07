/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* INI text: every line that is visited is one line of the text, with a section and a key. */

#include "fuzz.h"

#include "ini.h"

#include <string.h>

static enum kf_rc
visit(void *context, const struct kf_ini_line *line, struct kf_error *err)
{
    const struct kf_secret *text = context;

    (void)err;
    KF_FUZZ_PROMISE(line->section[0] != '\0' && line->key[0] != '\0' && line->number > 0);
    KF_FUZZ_PROMISE(strpbrk(line->section, "\r\n") == NULL && strpbrk(line->key, "\r\n") == NULL);
    KF_FUZZ_PROMISE(strpbrk(line->value, "\r\n") == NULL && strlen(line->value) <= text->len);
    return KF_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kf_secret *text = kf_secret_new(NULL, data, size);
    struct kf_error err = {""};
    enum kf_rc rc;

    KF_FUZZ_PROMISE(text != NULL);
    rc = kf_ini_read("keyfactor.conf", text, visit, text, &err);
    KF_FUZZ_PROMISE(rc == KF_OK || (rc == KF_BADCONFIG && err.text[0] != '\0'));
    talloc_free(text);
    return 0;
}
