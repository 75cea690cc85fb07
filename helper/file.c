/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Files without secrets. Layer 1; no library. */

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A regular file at path as a stream; NULL with errno set. A FIFO must not hold the run. */
static FILE *
open_regular(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;

    if (file < 0) {
        return NULL;
    }
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(file);
        errno = EINVAL;
        return NULL;
    }
    return fdopen(file, "r");
}

enum kf_rc
kf_file_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_bytes *_data, struct kf_error *err)
{
    FILE *stream = open_regular(path);
    unsigned char *data = NULL;
    size_t len = 0;

    if (stream == NULL) {
        return kf_fail(err, KF_BADCONFIG, "%s: %s: name a file that is there", path,
                       errno == EINVAL ? "not a file" : strerror(errno));
    }
    data = talloc_zero_size(mem_ctx, KF_FILE_MAX + 1);
    if (data != NULL) {
        len = fread(data, 1, KF_FILE_MAX + 1, stream);
    }
    fclose(stream);
    if (data == NULL) {
        return kf_fail_nomem(err);
    }
    if (len > KF_FILE_MAX) {
        talloc_free(data);
        return kf_fail(err, KF_BADCONFIG, "%s: over %d KiB: name a file of certificates", path,
                       KF_FILE_MAX / 1024);
    }
    *_data = (struct kf_bytes){data, len};
    return KF_OK;
}
