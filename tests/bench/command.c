/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Runs a command, and has the system say what it took. */

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

#define FOLDERS_OPEN 16

static char **
read_argv(const json_t *json)
{
    char **argv = sim_zeroed((json_array_size(json) + 1) * sizeof(char *));

    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *word = json_string_value(json_array_get(json, i));

        sim_must(word != NULL, "take a word of \"argv\" that is no text");
        argv[i] = sim_text("%s", word);
    }
    return argv;
}

static char **
read_environment(json_t *json)
{
    char **environment = sim_zeroed((json_object_size(json) + 1) * sizeof(char *));
    const char *name;
    json_t *value;
    size_t i = 0;

    json_object_foreach (json, name, value) {
        sim_must(json_is_string(value), "take a variable of \"env\" that is no text");
        environment[i++] = sim_text("%s=%s", name, json_string_value(value));
    }
    return environment;
}

struct bench_command
bench_command_read(const char *name, const json_t *json)
{
    struct bench_command command = {
        .name = name,
        .argv = read_argv(json_object_get(json, "argv")),
        .environment = read_environment(json_object_get(json, "env")),
        .status = (int)json_integer_value(json_object_get(json, "status")),
        .forget = json_string_value(json_object_get(json, "forget")),
        .counted_as = json_string_value(json_object_get(json, "counted_as")),
        .errors = tmpfile(),
    };

    if (command.argv[0] == NULL) {
        sim_die("the command \"%s\" has no \"argv\"", name);
    }
    sim_must(command.errors != NULL, "make a temporary file");
    return command;
}

static void
free_words(char **words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        free(words[i]);
    }
    free(words);
}

void
bench_command_clear(struct bench_command *command)
{
    free_words(command->argv);
    free_words(command->environment);
    fclose(command->errors);
}

static int
remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static void
forget(const char *folder)
{
    if (folder != NULL && access(folder, F_OK) == 0) {
        sim_must(nftw(folder, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS) == 0,
                 "remove what a run left behind");
    }
}

static char **
join(const char *const *prefix, char *const *argv)
{
    size_t count = 0;
    size_t i = 0;
    char **joined = NULL;

    while (prefix[count] != NULL) {
        count++;
    }
    while (argv[i] != NULL) {
        i++;
    }
    joined = sim_zeroed((count + i + 1) * sizeof(char *));
    memcpy(joined, prefix, count * sizeof(char *));
    memcpy(joined + count, argv, i * sizeof(char *));
    return joined;
}

/* What the new process does; it shares our memory until it has become the command. */
static _Noreturn void
become(const struct bench_command *command, char **argv)
{
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (dup2(nowhere, STDIN_FILENO) >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 &&
        dup2(fileno(command->errors), STDERR_FILENO) >= 0) {
        execve(argv[0], argv, command->environment);
    }
    _exit(127);
}

pid_t
bench_command_start(const struct bench_command *command, const char *const *prefix)
{
    char **argv = join(prefix, command->argv);
    pid_t process;

    forget(command->forget);
    sim_must(ftruncate(fileno(command->errors), 0) == 0, "empty a temporary file");
    rewind(command->errors);
    process = fork();
    sim_must(process >= 0, "start a process");
    if (process == 0) {
        become(command, argv);
    }
    free(argv);
    return process;
}

static _Noreturn void
die_of(const struct bench_command *command, int ending)
{
    char said[1024] = "";
    size_t size;

    rewind(command->errors);
    size = fread(said, 1, sizeof(said) - 1, command->errors);
    said[size] = '\0';
    sim_die("%s ended with %s %d, and not with status %d; it said: %s", command->name,
            WIFEXITED(ending) ? "status" : "signal",
            WIFEXITED(ending) ? WEXITSTATUS(ending) : WTERMSIG(ending), command->status, said);
}

static double
milliseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

struct bench_sample
bench_command_wait(const struct bench_command *command, pid_t process)
{
    struct rusage usage;
    int ending = 0;
    pid_t ended;

    do {
        ended = wait4(process, &ending, 0, &usage);
    } while (ended < 0 && errno == EINTR);
    sim_must(ended == process, "wait for a process");
    if (!WIFEXITED(ending) || WEXITSTATUS(ending) != command->status) {
        die_of(command, ending);
    }
    return (struct bench_sample){
        .cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
        .system_ms = milliseconds(usage.ru_stime),
        .memory_kib = (double)usage.ru_maxrss,
    };
}

struct bench_sample
bench_command_run(const struct bench_command *command)
{
    const char *const no_prefix[] = {NULL};
    struct bench_sample sample;
    struct timespec began;
    struct timespec ended;
    pid_t process;

    forget(command->forget);
    clock_gettime(CLOCK_MONOTONIC, &began);
    process = bench_command_start(command, no_prefix);
    sample = bench_command_wait(command, process);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    sample.wall_ms =
        (double)(ended.tv_sec - began.tv_sec) * 1e3 + (double)(ended.tv_nsec - began.tv_nsec) / 1e6;
    return sample;
}
