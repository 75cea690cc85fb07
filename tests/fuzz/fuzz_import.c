/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The vendor's command_config.json, whose only server is taken: the section that is made of it has
 * lines that the configuration knows, and no others. */

#include "fuzz.h"

#include "import_parts.h"
#include "ini.h"
#include "keys.h"

#include <string.h>

static enum kf_rc
visit(void *context, const struct kf_ini_line *line, struct kf_error *err)
{
    struct kf_config *config = context;
    const struct kf_key *key = kf_keys_find(line->key);

    KF_FUZZ_PROMISE(strcmp(line->section, "keyfactor") == 0 && key != NULL);
    KF_FUZZ_PROMISE(kf_keys_set(config, key, line->value, err) == KF_OK);
    return KF_OK;
}

static void
check_section(TALLOC_CTX *mem, const char *text)
{
    const struct kf_secret *section = kf_secret_new(mem, text, strlen(text));
    struct kf_config *config = talloc_zero(mem, struct kf_config);
    struct kf_error err = {""};

    KF_FUZZ_PROMISE(section != NULL && config != NULL);
    KF_FUZZ_PROMISE(kf_ini_read("keyfactor.conf", section, visit, config, &err) == KF_OK);
}

static void
import(TALLOC_CTX *mem, const struct kf_json *server)
{
    static const struct kf_import import = {.file = "command_config.json",
                                            .server = "default",
                                            .config = "/keyfactor.conf",
                                            .standard_config = "/keyfactor.conf",
                                            .nickname = "keyfactor",
                                            .program = "keyfactor-submit"};
    struct kf_import_files *files = NULL;
    struct kf_error err = {""};
    char *text = NULL;
    enum kf_rc rc;

    KF_FUZZ_PROMISE(kf_import_files_new(mem, import.config, &files, &err) == KF_OK);
    rc = kf_import_section(mem, &import, server, files, &text, &err);
    if (rc == KF_OK) {
        check_section(mem, text);
    } else {
        KF_FUZZ_PROMISE(rc == KF_BADCONFIG && err.text[0] != '\0');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes text = kf_fuzz_bytes(mem, data, size);
    const struct kf_json *root = NULL;
    const struct kf_json *server = NULL;
    const char *name = NULL;
    struct kf_error err = {""};

    if (kf_json_read(mem, &text, &root, &err) == KF_OK &&
        kf_json_member_at(kf_json_member(root, "servers"), 0, &name, &server) &&
        kf_json_is_object(server)) {
        import(mem, server);
    }
    talloc_free(mem);
    return 0;
}
