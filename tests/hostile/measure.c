/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-measure: runs a command within a time, and tells how it ended and the memory it took.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char USAGE[] = "usage: keyfactor-measure FILE SECONDS COMMAND [ARGUMENT...]\n"
                            "Runs COMMAND for SECONDS at most, and ends as it does. FILE gets its "
                            "exit status, or the name\n"
                            "of the signal that ended it, and how many kilobytes it had in memory "
                            "at most: of its processes\n"
                            "the one that had most.\n";

static volatile sig_atomic_t command;

static void
end_command(int number)
{
    (void)number;
    kill(-command, SIGKILL);
}

/* In a group of its own, so that all of it can be ended. */
static pid_t
start(char **argv)
{
    pid_t pid = fork();

    if (pid == 0) {
        setpgid(0, 0);
        execvp(argv[0], argv);
        _exit(127);
    }
    setpgid(pid, pid);
    return pid;
}

static int
tell(const char *path, int status, long kilobytes)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        return 1;
    }
    if (WIFEXITED(status)) {
        fprintf(file, "%d %ld\n", WEXITSTATUS(status), kilobytes);
    } else {
        fprintf(file, "signal-%d %ld\n", WTERMSIG(status), kilobytes);
    }
    fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
    struct rusage usage;
    int status = 0;
    pid_t pid;

    if (argc < 4) {
        fputs(USAGE, stderr);
        return 2;
    }
    pid = start(argv + 3);
    if (pid < 0) {
        return 1;
    }
    command = pid;
    signal(SIGALRM, end_command);
    alarm((unsigned)atoi(argv[2]));
    while (wait4(pid, &status, 0, &usage) != pid) {
    }
    return tell(argv[1], status, usage.ru_maxrss);
}
