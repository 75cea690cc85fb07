/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The edge to certmonger. Layer 5: the only file that reads the environment and writes to standard
 * output. */

#include "certmonger.h"

#include "csr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *
variable(const char *name)
{
    return getenv(name);
}

/* What is empty was not given. */
static const char *
filled(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static const char *
first(const char *given, const char *name)
{
    return filled(given != NULL ? given : variable(name));
}

static enum kf_rc
read_stream(TALLOC_CTX *mem_ctx, FILE *stream, const char *name, const char **_text,
            struct kf_error *err)
{
    char *text = talloc_zero_size(mem_ctx, KF_CSR_TEXT_MAX + 2);
    size_t len;

    if (text == NULL) {
        return kf_fail_nomem(err);
    }
    len = fread(text, 1, KF_CSR_TEXT_MAX + 1, stream);
    if (ferror(stream)) {
        return kf_fail(err, KF_BADINPUT, "%s: %s", name, strerror(errno));
    }
    if (len > KF_CSR_TEXT_MAX) {
        return kf_fail(err, KF_BADINPUT, "%s: over %d KiB: not a certificate request", name,
                       KF_CSR_TEXT_MAX / 1024);
    }
    if (strlen(text) != len) {
        return kf_fail(err, KF_BADINPUT, "%s: has a NUL byte in it: a request in PEM is wanted",
                       name);
    }
    *_text = text;
    return KF_OK;
}

static enum kf_rc
read_csr(TALLOC_CTX *mem_ctx, const char *path, const char **_text, struct kf_error *err)
{
    FILE *file = NULL;
    enum kf_rc rc;

    if (strcmp(path, "-") == 0) {
        return read_stream(mem_ctx, stdin, "standard input", _text, err);
    }
    file = fopen(path, "re");
    if (file == NULL) {
        return kf_fail(err, KF_BADINPUT, "%s: %s: name the file of the request with --csr", path,
                       strerror(errno));
    }
    rc = read_stream(mem_ctx, file, path, _text, err);
    fclose(file);
    return rc;
}

enum kf_rc
kf_certmonger_read(TALLOC_CTX *mem_ctx, const struct kf_options *options, struct kf_job *_job,
                   struct kf_error *err)
{
    struct kf_job job = {
        .operation = filled(variable(KF_ENV_OPERATION)),
        .nickname = first(options->ca, KF_ENV_NICKNAME),
        .csr = filled(variable(KF_ENV_CSR)),
        .cookie = first(options->cookie, KF_ENV_COOKIE),
        .profile = first(options->profile, KF_ENV_PROFILE),
        .issuer = first(options->issuer, KF_ENV_ISSUER),
        .certificate = filled(variable(KF_ENV_CERTIFICATE)),
        .variable = variable,
    };
    const char *path = options->csr;
    enum kf_rc rc = KF_OK;

    if (job.nickname == NULL) {
        job.nickname = KF_DEFAULT_NICKNAME;
    }
    if (path == NULL && !options->check && job.operation == NULL && job.csr == NULL) {
        path = "-";
    }
    if (path != NULL) {
        rc = read_csr(mem_ctx, path, &job.csr, err);
    }
    *_job = job;
    return rc;
}

const char *
kf_certmonger_credentials_directory(void)
{
    return variable(KF_ENV_CREDENTIALS_DIR);
}

const char *
kf_certmonger_daemon_address(void)
{
    return filled(variable(KF_ENV_DAEMON_ADDRESS));
}

bool
kf_certmonger_has_colours(void)
{
    const char *terminal = filled(variable("TERM"));

    return isatty(STDOUT_FILENO) && filled(variable("NO_COLOR")) == NULL && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

/* Writes the parts one after the other, at once where the kernel can. */
static bool
write_out(struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t written = writev(STDOUT_FILENO, parts, count);

        if (written < 0 && errno != EINTR) {
            return false;
        }
        written = written < 0 ? 0 : written;
        while (count > 0 && (size_t)written >= parts->iov_len) {
            written -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
    return true;
}

int
kf_certmonger_finish(const struct kf_outcome *outcome)
{
    const size_t len = strlen(outcome->text);
    const bool is_line = len == 0 || outcome->text[len - 1] == '\n';
    char delay[32] = "";
    char line_end[] = "\n";
    struct iovec parts[3];

    if (outcome->status == KF_STATUS_WAIT_DELAY) {
        snprintf(delay, sizeof(delay), "%u\n", outcome->delay);
    }
    parts[0] = (struct iovec){delay, strlen(delay)};
    parts[1] = (struct iovec){(char *)outcome->text, len};
    parts[2] = (struct iovec){line_end, is_line ? 0 : 1};
    return write_out(parts, 3) ? (int)outcome->status : KF_STATUS_UNREACHABLE;
}
