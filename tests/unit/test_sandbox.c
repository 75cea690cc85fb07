/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What a process can still do when it is in the sandbox: each question is asked by a child of its
 * own, which answers with its exit status. */

#include "support.h"

#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static const char *secret;  /* a file for root only */
static const char *open_to; /* a folder that everyone may write to */

typedef bool (*question)(void);

enum process { NETWORK, KEEPER };

/* True when the question is answered with yes in a sandboxed child. */
static bool
asked(question ask, enum process process)
{
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        const bool entered =
            process == NETWORK ? kf_sandbox_enter(NOBODY, NOBODY) : kf_sandbox_enter_keeper();

        _exit(!entered ? 2 : ask() ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 2);
    return WEXITSTATUS(status) == 0;
}

static bool
opens(const char *path, int flags)
{
    const int file = open(path, flags, 0600);

    if (file >= 0) {
        close(file);
    }
    return file >= 0;
}

static bool
reads_the_secret(void)
{
    return opens(secret, O_RDONLY);
}

static bool
reads_what_everyone_may(void)
{
    return opens("/etc/passwd", O_RDONLY);
}

static bool
makes_a_file(void)
{
    return opens(talloc_asprintf(NULL, "%s/new", open_to), O_WRONLY | O_CREAT);
}

static bool
makes_a_file_without_a_name(void)
{
    return opens(open_to, O_TMPFILE | O_RDWR);
}

static bool
changes_a_file(void)
{
    const char *file = talloc_asprintf(NULL, "%s/file", open_to);

    return opens(file, O_WRONLY) || opens(file, O_RDWR) || opens(file, O_RDONLY | O_TRUNC) ||
           unlink(file) == 0 || rename(file, secret) == 0 || chmod(file, 0) == 0 ||
           truncate(file, 0) == 0 || mkdir(talloc_asprintf(NULL, "%s/folder", open_to), 0) == 0;
}

static bool
runs_a_program(void)
{
    execl("/bin/true", "true", NULL);
    return errno != EACCES;
}

static bool
starts_a_process(void)
{
    const pid_t child = fork();

    if (child == 0) {
        _exit(0);
    }
    return child > 0;
}

static bool
becomes_root(void)
{
    return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || getuid() == 0 || geteuid() == 0;
}

static bool
signals_another(void)
{
    return kill(getppid(), 0) == 0;
}

static bool
traces_another(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool
is_privileged(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    bool privileged = status == NULL;

    while (!privileged && fgets(line, sizeof(line), status) != NULL) {
        privileged = strncmp(line, "Cap", 3) == 0 && strspn(line + 8, "0\n") != strlen(line + 8);
    }
    return privileged || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool
leaves_a_core(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

static bool
has_sockets(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool
has_raw_packets(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static bool
finds_names(void)
{
    struct addrinfo *addresses = NULL;

    return getaddrinfo("localhost", "443", NULL, &addresses) == 0 && addresses != NULL;
}

static void *
return_argument(void *argument)
{
    return argument;
}

static bool
has_threads(void)
{
    pthread_t thread;
    void *result = NULL;

    return pthread_create(&thread, NULL, return_argument, (void *)secret) == 0 &&
           pthread_join(thread, &result) == 0 && result == secret;
}

static bool
writes_to_its_folder(void)
{
    return opens(talloc_asprintf(NULL, "%s/new", open_to), O_WRONLY | O_CREAT);
}

static void
test_the_networks_process_can_do_what_it_must(void **state)
{
    (void)state;
    assert_true(asked(reads_what_everyone_may, NETWORK));
    assert_true(asked(has_sockets, NETWORK));
    assert_true(asked(finds_names, NETWORK));
    assert_true(asked(has_threads, NETWORK));
}

static void
test_it_cannot_read_what_is_roots(void **state)
{
    (void)state;
    assert_false(asked(reads_the_secret, NETWORK));
}

static void
test_it_cannot_write_anywhere(void **state)
{
    (void)state;
    assert_false(asked(makes_a_file, NETWORK));
    assert_false(asked(makes_a_file_without_a_name, NETWORK));
    assert_false(asked(changes_a_file, NETWORK));
}

static void
test_it_cannot_run_anything(void **state)
{
    (void)state;
    assert_false(asked(runs_a_program, NETWORK));
    assert_false(asked(starts_a_process, NETWORK));
}

static void
test_it_has_no_rights_and_no_way_back(void **state)
{
    (void)state;
    assert_false(asked(becomes_root, NETWORK));
    assert_false(asked(is_privileged, NETWORK));
    assert_false(asked(leaves_a_core, NETWORK));
}

static void
test_it_cannot_reach_other_processes(void **state)
{
    (void)state;
    assert_false(asked(signals_another, NETWORK));
    assert_false(asked(traces_another, NETWORK));
    assert_false(asked(has_raw_packets, NETWORK));
}

static void
test_the_keeper_has_its_files_and_nothing_else(void **state)
{
    (void)state;
    assert_true(asked(writes_to_its_folder, KEEPER));
    assert_true(asked(signals_another, KEEPER));
    assert_false(asked(has_raw_packets, KEEPER));
    assert_false(asked(leaves_a_core, KEEPER));
}

/* Asks what a child outside would answer: a question that is always answered with no asks nothing.
 */
static void
test_outside_all_of_it_can_be_done(void **state)
{
    const question questions[] = {reads_the_secret, makes_a_file,   makes_a_file_without_a_name,
                                  changes_a_file,   becomes_root,   starts_a_process,
                                  signals_another,  has_raw_packets};

    (void)state;
    for (size_t i = 0; i < COUNT(questions); i++) {
        const pid_t child = fork();
        int status = 0;

        if (child == 0) {
            _exit(questions[i]() ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

/* The sanitizers and valgrind do what the filter does not let them. */
static bool
is_possible(void)
{
    const char *sandbox = getenv("KEYFACTOR_SANDBOX");

    return geteuid() == 0 && (sandbox == NULL || strcmp(sandbox, "no") != 0);
}

static int
setup(void **state)
{
    TALLOC_CTX *mem = talloc_new(NULL);
    const char *folder = kf_test_directory(mem);

    *state = mem;
    open_to = talloc_asprintf(mem, "%s/open", folder);
    secret = kf_test_file(mem, folder, "secret", "s3cret", 0600);
    return mkdir(open_to, 0777) != 0 || chmod(folder, 0755) != 0 || chmod(open_to, 0777) != 0 ||
           chmod(kf_test_file(mem, open_to, "file", "text", 0600), 0666) != 0;
}

static int
teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

#define SANDBOX_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SANDBOX_TEST(test_the_networks_process_can_do_what_it_must),
        SANDBOX_TEST(test_it_cannot_read_what_is_roots),
        SANDBOX_TEST(test_it_cannot_write_anywhere),
        SANDBOX_TEST(test_it_cannot_run_anything),
        SANDBOX_TEST(test_it_has_no_rights_and_no_way_back),
        SANDBOX_TEST(test_it_cannot_reach_other_processes),
        SANDBOX_TEST(test_the_keeper_has_its_files_and_nothing_else),
        SANDBOX_TEST(test_outside_all_of_it_can_be_done),
    };

    if (!is_possible()) {
        printf("1..0 # SKIP not root, or under a tool that the sandbox shuts out\n");
        return 0;
    }
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
