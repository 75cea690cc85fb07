/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Gives a target all inputs of its folders, without libFuzzer: TAP, a line for each input. The name
 * of the program, fuzz_NAME, says which target it is; the file `targets` names the folders. */

#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "fuzz_"
#define BLANKS " \n"

/* Twice, because a target may keep what it needs for the next input, but nothing of this one. */
static void
replay(const struct kf_bytes *input)
{
    size_t blocks;

    LLVMFuzzerTestOneInput(input->data, input->len);
    blocks = talloc_total_blocks(NULL);
    LLVMFuzzerTestOneInput(input->data, input->len);
    KF_FUZZ_PROMISE(talloc_total_blocks(NULL) == blocks);
}

static void
replay_file(const char *name, unsigned number)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const struct kf_bytes file = kf_fuzz_file(mem, name);
    const struct kf_bytes input = kf_fuzz_bytes(mem, file.data, file.len);

    printf("# %s\n", name);
    fflush(stdout); /* the last one before a crash */
    replay(&input);
    printf("ok %u - %s\n", number, name);
    talloc_free(mem);
}

static int
is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Replays a folder of tests/, if it is there. Returns the number of the last input. */
static unsigned
replay_folder(const char *folder, unsigned number)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    struct dirent **entries = NULL;
    const int count = scandir(kf_fuzz_path(mem, folder), &entries, is_input, alphasort);

    for (int i = 0; i < count; i++) {
        replay_file(talloc_asprintf(mem, "%s/%s", folder, entries[i]->d_name), ++number);
        free(entries[i]);
    }
    free(entries);
    talloc_free(mem);
    return number;
}

/* What the table says behind the name of the target. */
static char *
find_target(char *table, const char *name)
{
    const size_t len = strlen(name);
    char *line = NULL;

    do {
        line = strsep(&table, "\n");
        KF_FUZZ_PROMISE(line != NULL && "the target is in the table");
    } while (strncmp(line, name, len) != 0 || line[len] != ' ');
    return line + len;
}

static void
replay_target(TALLOC_CTX *mem, const char *name)
{
    char *target = find_target((char *)kf_fuzz_file(mem, "fuzz/targets").data, name);
    const char *folder = strtok_r(target, BLANKS, &target); /* the longest input comes first */
    unsigned number = 0;

    while ((folder = strtok_r(NULL, BLANKS, &target)) != NULL) {
        number = replay_folder(folder, number);
    }
    number = replay_folder(talloc_asprintf(mem, "fuzz/corpus/%s", name), number);
    printf("1..%u\n", number);
}

int
main(int argc, char **argv)
{
    TALLOC_CTX *mem = NULL;
    const char *name = argc > 0 ? strstr(argv[0], "/" PREFIX) : NULL;

    KF_FUZZ_PROMISE(name != NULL);
    talloc_enable_null_tracking();
    mem = talloc_new(NULL);
    replay_target(mem, name + strlen("/" PREFIX));
    talloc_free(mem);
    talloc_disable_null_tracking();
    return 0;
}
