/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* An entry in systemd's journal. Layer 1; no library. */

#include "journal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The datagram, owned by mem_ctx; NULL when memory is out. */
static char *
format(TALLOC_CTX *mem_ctx, const struct kf_journal_field *fields, size_t count)
{
    char *text = talloc_strdup(mem_ctx, "");

    for (size_t i = 0; i < count && text != NULL; i++) {
        if (fields[i].value != NULL && fields[i].value[0] != '\0') {
            text = talloc_asprintf_append_buffer(text, "%s=%s\n", fields[i].name, fields[i].value);
        }
    }
    return text;
}

static bool
send_to(const char *socket_path, const char *text)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int line = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t sent;
    int error;

    if (line < 0) {
        return false;
    }
    memcpy(address.sun_path, socket_path, strlen(socket_path));
    sent = sendto(line, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *)&address, sizeof(address));
    error = errno;
    close(line);
    errno = error;
    return sent >= 0;
}

bool
kf_journal_send(const char *socket_path, const struct kf_journal_field *fields, size_t count)
{
    TALLOC_CTX *tmp = NULL;
    char *text = NULL;
    bool sent;

    if (strlen(socket_path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    tmp = talloc_new(NULL);
    text = tmp == NULL ? NULL : format(tmp, fields, count);
    if (text == NULL) {
        talloc_free(tmp);
        errno = ENOMEM;
        return false;
    }
    sent = send_to(socket_path, text);
    talloc_free(tmp);
    return sent;
}
