/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Reading and writing whole files. */

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

char *
sim_file_path(const char *directory, const char *name)
{
    return sim_text("%s/%s", directory, name);
}

void
sim_file_make_directory(const char *path)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        sim_die("cannot make the directory %s: %s", path, strerror(errno));
    }
}

void
sim_file_write(const char *path, const void *data, size_t size, mode_t mode)
{
    char *temporary = sim_text("%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0 ||
        rename(temporary, path) != 0) {
        sim_die("cannot write %s: %s", path, strerror(errno));
    }
    free(temporary);
}

bool
sim_file_read(const char *path, struct sim_bytes *_bytes)
{
    struct sim_bytes bytes = {NULL, 0};
    FILE *file = fopen(path, "re");
    size_t room = 0;
    bool good;

    if (file == NULL) {
        return false;
    }
    do {
        room = bytes.size + 65536;
        bytes.data = sim_resize(bytes.data, room + 1, 1);
        bytes.size += fread(bytes.data + bytes.size, 1, room - bytes.size, file);
    } while (bytes.size == room);
    good = ferror(file) == 0;
    fclose(file);
    if (!good) {
        free(bytes.data);
        return false;
    }
    bytes.data[bytes.size] = '\0';
    *_bytes = bytes;
    return true;
}
