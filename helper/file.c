/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Files, read and written whole. Layer 1; no library. */

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCKS_PER_SECOND 100
#define LOCK_PAUSE       (1000000000 / LOCKS_PER_SECOND) /* nanoseconds */

/* A regular file at path as a stream, and its size; NULL with errno set. A FIFO must not hold the
 * run. */
static FILE *
open_regular(const char *path, size_t *_size)
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
    *_size = (size_t)info.st_size;
    return fdopen(file, "r");
}

/* One byte more than the file has is asked for, to see that it is all. */
static enum kf_rc
read_stream(TALLOC_CTX *mem_ctx, const char *path, FILE *stream, size_t size,
            struct kf_bytes *_data, struct kf_error *err)
{
    const size_t wanted = (size < KF_FILE_MAX ? size : KF_FILE_MAX) + 1;
    unsigned char *data = talloc_zero_size(mem_ctx, wanted + 1);
    const size_t len = data == NULL ? 0 : fread(data, 1, wanted, stream);

    if (data == NULL) {
        return kf_fail_nomem(err);
    }
    if (len == wanted) {
        talloc_free(data);
        return len > KF_FILE_MAX
                   ? kf_fail(err, KF_BADCONFIG, "%s: over %d KiB: name the right file", path,
                             KF_FILE_MAX / 1024)
                   : kf_fail(err, KF_INTERNAL, "%s: grew while it was read: try again", path);
    }
    *_data = (struct kf_bytes){data, len};
    return KF_OK;
}

enum kf_rc
kf_file_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_bytes *_data, struct kf_error *err)
{
    size_t size = 0;
    FILE *stream = open_regular(path, &size);
    enum kf_rc rc;

    if (stream == NULL && errno == EINVAL) {
        return kf_fail(err, KF_BADCONFIG, "%s: not a file: name a file that is there", path);
    }
    if (stream == NULL) {
        return kf_fail_file(err, path, NULL,
                            errno == EACCES ? "see who may read it" : "name a file that is there");
    }
    setvbuf(stream, NULL, _IONBF, 0);
    rc = read_stream(mem_ctx, path, stream, size, _data, err);
    fclose(stream);
    return rc;
}

enum kf_rc
kf_file_folder(TALLOC_CTX *mem_ctx, const char *path, const char **_folder, struct kf_error *err)
{
    const char *slash = strrchr(path, '/');
    char *given = slash == NULL ? talloc_strdup(mem_ctx, ".")
                                : talloc_strndup(mem_ctx, path, (size_t)(slash - path + 1));
    char *full = given == NULL ? NULL : realpath(given, NULL);

    if (given == NULL) {
        return kf_fail_nomem(err);
    }
    if (full == NULL) {
        return kf_fail_file(err, path, NULL, "make the folder first, or name another file");
    }
    *_folder = talloc_strdup(mem_ctx, full);
    free(full);
    return *_folder == NULL ? kf_fail_nomem(err) : KF_OK;
}

void
kf_file_save_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static bool
write_all(int file, const struct kf_bytes *data)
{
    size_t done = 0;

    while (done < data->len) {
        const ssize_t count = write(file, data->data + done, data->len - done);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count < 0 ? 0 : (size_t)count;
    }
    return true;
}

bool
kf_file_fill(int file, const struct kf_bytes *data)
{
    const bool whole = write_all(file, data) && fsync(file) == 0;
    const int error = errno;
    const bool closed = close(file) == 0;

    errno = whole ? errno : error;
    return whole && closed;
}

bool
kf_file_write_new(char *path, mode_t mode, const struct kf_bytes *data)
{
    const int file = mkostemp(path, O_CLOEXEC);
    bool written;
    int error;

    if (file < 0) {
        return false;
    }
    /* Not by its name, which may be another file's by now where the folder is not root's. */
    written = fchmod(file, mode) == 0;
    error = errno;
    if (!kf_file_fill(file, data) && written) {
        written = false;
        error = errno;
    }
    if (!written) {
        unlink(path);
        errno = error;
    }
    return written;
}

bool
kf_file_lock(int file, unsigned seconds)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE};

    for (unsigned i = 0; i < seconds * LOCKS_PER_SECOND; i++) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
    errno = EWOULDBLOCK;
    return false;
}

enum kf_rc
kf_file_fail_writing(const char *path, struct kf_error *err)
{
    return kf_fail(err, KF_BADCONFIG, "%s: cannot be written: %s", path, strerror(errno));
}
