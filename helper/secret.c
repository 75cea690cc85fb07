/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Bytes that are wiped, and the files they come from. Layer 1; OpenSSL for the wiping. Everything
 * is checked on the open file, so that it cannot be another one by the time it is read. */

#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
cleanse(struct kf_secret *secret)
{
    OPENSSL_cleanse(secret->data, secret->len);
    return 0;
}

/* A secret of len zero bytes. */
static struct kf_secret *
allocate(TALLOC_CTX *mem_ctx, size_t len)
{
    struct kf_secret *secret = talloc_zero(mem_ctx, struct kf_secret);

    if (secret == NULL) {
        return NULL;
    }
    secret->data = talloc_zero_array(secret, unsigned char, len + 1);
    if (secret->data == NULL) {
        talloc_free(secret);
        return NULL;
    }
    secret->len = len;
    talloc_set_destructor(secret, cleanse);
    return secret;
}

struct kf_secret *
kf_secret_new(TALLOC_CTX *mem_ctx, const void *data, size_t len)
{
    struct kf_secret *secret = allocate(mem_ctx, len);

    if (secret != NULL && len > 0) {
        memcpy(secret->data, data, len);
    }
    return secret;
}

struct kf_secret *
kf_secret_take(TALLOC_CTX *mem_ctx, unsigned char *data, size_t len)
{
    struct kf_secret *secret = talloc_zero(mem_ctx, struct kf_secret);

    if (secret == NULL) {
        OPENSSL_cleanse(data, len);
        return NULL;
    }
    secret->data = talloc_steal(secret, data);
    secret->len = len;
    talloc_set_destructor(secret, cleanse);
    return secret;
}

static enum kf_rc
fail_too_large(const char *path, struct kf_error *err)
{
    return kf_fail(err, KF_BADCONFIG, "%s: over %d KiB: give the name of the right file", path,
                   KF_SECRET_FILE_MAX / 1024);
}

static enum kf_rc
check_file(const char *path, int fd, size_t *_size, struct kf_error *err)
{
    struct stat info;

    if (fd < 0) {
        return kf_fail_file(err, path, "cannot be opened",
                            errno == EACCES && geteuid() != 0
                                ? "run this as root"
                                : "check the name and who may read it");
    }
    if (fstat(fd, &info) != 0) {
        return kf_fail_file(err, path, NULL, NULL);
    }
    if (!S_ISREG(info.st_mode)) {
        return kf_fail(err, KF_BADCONFIG, "%s: %s: a file is wanted", path,
                       S_ISDIR(info.st_mode) ? "is a folder" : "is not a regular file");
    }
    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        return kf_fail(err, KF_BADCONFIG, "%s: belongs to user %u: chown root %s", path,
                       (unsigned)info.st_uid, path);
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return kf_fail(err, KF_BADCONFIG,
                       "%s: is open to users beside its owner (mode %04o): chmod 0600 %s", path,
                       (unsigned)info.st_mode & 07777, path);
    }
    *_size = (size_t)info.st_size;
    return info.st_size > KF_SECRET_FILE_MAX ? fail_too_large(path, err) : KF_OK;
}

/* Reads into buffer until the file ends or buffer->len bytes are there. */
static enum kf_rc
fill(const char *path, int fd, struct kf_secret *buffer, size_t *_len, struct kf_error *err)
{
    size_t len = 0;
    ssize_t got;

    do {
        got = read(fd, buffer->data + len, buffer->len - len);
        if (got < 0 && errno != EINTR) {
            return kf_fail_file(err, path, "cannot be read", NULL);
        }
        len += got > 0 ? (size_t)got : 0;
    } while (got != 0);
    *_len = len;
    return KF_OK;
}

/* One byte more than the file has is asked for, to see that it is all. */
static enum kf_rc
read_whole(TALLOC_CTX *mem_ctx, const char *path, int fd, size_t size, struct kf_secret **_file,
           struct kf_error *err)
{
    struct kf_secret *file = allocate(mem_ctx, size + 1);
    size_t len = 0;
    enum kf_rc rc;

    if (file == NULL) {
        return kf_fail_nomem(err);
    }
    rc = fill(path, fd, file, &len, err);
    if (rc == KF_OK && len > size) {
        rc = kf_fail(err, KF_INTERNAL, "%s: grew while it was read: try again", path);
    }
    if (rc != KF_OK) {
        talloc_free(file);
        return rc;
    }
    file->len = len;
    *_file = file;
    return KF_OK;
}

enum kf_rc
kf_secret_read_file(TALLOC_CTX *mem_ctx, const char *path, struct kf_secret **_file,
                    struct kf_error *err)
{
    /* Symbolic links are the administrator's business; not blocking, for the FIFO that it may be.
     */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    size_t size = 0;
    enum kf_rc rc = check_file(path, fd, &size, err);

    if (rc == KF_OK) {
        rc = read_whole(mem_ctx, path, fd, size, _file, err);
    }
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

static bool
is_line_end(unsigned char byte)
{
    return byte == '\n' || byte == '\r';
}

static enum kf_rc
check_secret(const char *path, const struct kf_secret *secret, struct kf_error *err)
{
    if (memchr(secret->data, '\0', secret->len) != NULL) {
        return kf_fail(err, KF_BADCONFIG, "%s: has a NUL byte in it: write the secret as text",
                       path);
    }
    if (secret->len == 0) {
        return kf_fail(err, KF_BADCONFIG, "%s: is empty: write the secret into it", path);
    }
    return KF_OK;
}

enum kf_rc
kf_secret_read(TALLOC_CTX *mem_ctx, const char *path, struct kf_secret **_secret,
               struct kf_error *err)
{
    struct kf_secret *secret = NULL;
    enum kf_rc rc = kf_secret_read_file(mem_ctx, path, &secret, err);

    if (rc != KF_OK) {
        return rc;
    }
    while (secret->len > 0 && is_line_end(secret->data[secret->len - 1])) {
        secret->data[--secret->len] = '\0';
    }
    rc = check_secret(path, secret, err);
    if (rc != KF_OK) {
        talloc_free(secret);
        return rc;
    }
    *_secret = secret;
    return KF_OK;
}
