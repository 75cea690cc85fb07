/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The memory of another process, by /proc. */

#include "mappings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mapping {
    uint64_t start;
    uint64_t end;
    char access[5]; /* "rw-p" */
    char name[256]; /* "": nobody's */
};

/* A search through one process. */
struct search {
    const struct needles *needles;
    FILE *report;
    int memory;       /* /proc/PID/mem */
    char program[64]; /* its name and number */
};

static bool
read_mapping(const char *line, struct mapping *mapping)
{
    mapping->name[0] = '\0';
    return sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %255[^\n]", &mapping->start,
                  &mapping->end, mapping->access, mapping->name) >= 3;
}

/* Pieces that overlap or touch are one stretch. */
static void
search_bytes(const struct search *search, const struct mapping *mapping, const unsigned char *bytes,
             size_t len)
{
    for (size_t i = 0; i + NEEDLE_MIN <= len; i++) {
        const size_t start = i;
        const char *name = needles_match(search->needles, bytes + i);

        if (name == NULL) {
            continue;
        }
        while (i + 1 + NEEDLE_MIN <= len && needles_match(search->needles, bytes + i + 1) == name) {
            i++;
        }
        fprintf(search->report, "%s %s: %zu bytes at %#zx of %s (%s)\n", search->program, name,
                i - start + NEEDLE_MIN, start, mapping->name[0] == '\0' ? "[anon]" : mapping->name,
                mapping->access);
    }
}

/* What cannot be read is no memory: a page beyond the end of a file, one of the kernel's own. A
 * process that is gone meanwhile reads as nothing. */
static bool
search_mapping(const struct search *search, const struct mapping *mapping)
{
    const size_t size = (size_t)(mapping->end - mapping->start);
    unsigned char *bytes = NULL;
    ssize_t got;

    if (mapping->access[0] != 'r') {
        return true;
    }
    bytes = malloc(size);
    if (bytes == NULL) {
        return false;
    }
    got = pread(search->memory, bytes, size, (off_t)mapping->start);
    if (got > 0) {
        search_bytes(search, mapping, bytes, (size_t)got);
    }
    free(bytes);
    if (got == 0) {
        errno = ESRCH;
    }
    return got != 0;
}

static FILE *
open_text(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

static bool
name_program(pid_t pid, struct search *search)
{
    FILE *file = open_text(pid, "comm");
    char name[32] = "";
    const bool named = file != NULL && fscanf(file, "%31[^\n]", name) == 1;

    if (file != NULL) {
        fclose(file);
    }
    snprintf(search->program, sizeof(search->program), "%s[%d]", name, (int)pid);
    return named;
}

static bool
search_mappings(const struct search *search, FILE *maps)
{
    struct mapping mapping;
    char *line = NULL;
    size_t size = 0;
    bool good = true;

    while (good && getline(&line, &size, maps) > 0) {
        good = read_mapping(line, &mapping) && search_mapping(search, &mapping);
    }
    free(line);
    return good;
}

bool
mappings_search(pid_t pid, const struct needles *needles, FILE *report)
{
    struct search search = {.needles = needles, .report = report};
    char path[64];
    FILE *maps = open_text(pid, "maps");
    bool good;

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    search.memory = open(path, O_RDONLY | O_CLOEXEC);
    good = maps != NULL && search.memory >= 0 && name_program(pid, &search) &&
           search_mappings(&search, maps);
    if (!good) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    if (search.memory >= 0) {
        close(search.memory);
    }
    if (maps != NULL) {
        fclose(maps);
    }
    fflush(report);
    return good;
}
