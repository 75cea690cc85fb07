/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The configuration file, and the metadata in it: what is taken is fit to be sent. */

#include "fuzz.h"

#include "metadata.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name of a file in memory with data in it; each time the same one. */
static const char *
write_file(const uint8_t *data, size_t size)
{
    static char path[64];
    static int file = -1;

    if (file < 0) {
        file = memfd_create("keyfactor.conf", MFD_CLOEXEC);
        KF_FUZZ_PROMISE(file >= 0 && fchmod(file, 0600) == 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    KF_FUZZ_PROMISE(ftruncate(file, 0) == 0);
    KF_FUZZ_PROMISE(pwrite(file, data, size, 0) == (ssize_t)size);
    return path;
}

static const char *
variable(const char *name)
{
    return strcmp(name, "SET") == 0 ? "a value" : NULL;
}

static void
fill_in(TALLOC_CTX *mem, const struct kf_config *config)
{
    const struct kf_csr csr = {.subject = (char *)(uintptr_t) "CN=host.example.com"};
    const struct kf_job job = {.nickname = "keyfactor", .variable = variable};
    const struct kf_metadata_source source = {config, &job, &csr, "WebServer"};
    struct kf_metadata_list filled = {NULL, 0};
    struct kf_error err = {""};
    const enum kf_rc rc = kf_metadata_fill(mem, &source, &config->metadata, &filled, &err);

    KF_FUZZ_PROMISE(rc == KF_OK || (rc == KF_BADCONFIG && err.text[0] != '\0'));
    for (size_t i = 0; i < filled.count && rc == KF_OK; i++) {
        KF_FUZZ_PROMISE(kf_text_is_line(filled.entries[i].value));
    }
}

static void
check_config(const struct kf_config *config)
{
    for (char **url = config->url; url != NULL && *url != NULL; url++) {
        KF_FUZZ_PROMISE(strncmp(*url, "https://", 8) == 0 && kf_text_is_line(*url));
        KF_FUZZ_PROMISE((*url)[strlen(*url) - 1] != '/');
    }
    KF_FUZZ_PROMISE(config->timeout > 0 && config->retry_interval > 0);
    KF_FUZZ_PROMISE(config->token_path[0] == '/');
    KF_FUZZ_PROMISE(config->rest_path[0] == '/' || config->rest_path[0] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_config_source source = {.path = write_file(data, size),
                                            .nickname = "keyfactor"};
    struct kf_config *config = NULL;
    struct kf_error err = {""};
    const enum kf_rc rc = kf_config_read(mem, &source, &config, &err);

    if (rc == KF_OK) {
        check_config(config);
        fill_in(mem, config);
    } else {
        KF_FUZZ_PROMISE(rc == KF_BADCONFIG && err.text[0] != '\0');
    }
    talloc_free(mem);
    return 0;
}
