/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The world as it is: signals, children, and what Kerberos finds. What changes a process for good
 * is asked of a child, which answers with its exit status. */

#include "world.h"

#include <world.h> /* the helper's */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_AFTER 600 /* seconds */
#define TOO_LONG   120 /* for a child that no signal reaches */

typedef bool (*question)(void);

static bool
asked(question ask)
{
    const pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        _exit(ask() ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

/* A child that waits for a signal, to be made before this process catches any. Who started the
 * tests may have had some ignored; and it does not wait for ever. */
static pid_t
start_child(void)
{
    pid_t child;

    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    child = fork();
    if (child == 0) {
        alarm(TOO_LONG);
        for (;;) {
            pause();
        }
    }
    return child;
}

/* The signal that the child dies of, while those of this process may come between. */
static int
what_ends(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) != child) {
    }
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static bool
passes_a_signal_on(void)
{
    const pid_t child = start_child();

    kf_world_catch_signals();
    kf_world_watch_child(child, LONG_AFTER);
    raise(SIGTERM);
    return what_ends(child) == SIGTERM;
}

static bool
passes_an_earlier_signal_on(void)
{
    const pid_t child = start_child();

    kf_world_catch_signals();
    raise(SIGTERM);
    kf_world_watch_child(child, LONG_AFTER);
    return what_ends(child) == SIGTERM;
}

static bool
ends_who_takes_too_long(void)
{
    const pid_t child = start_child();

    kf_world_watch_child(child, 1);
    return what_ends(child) == SIGKILL;
}

static bool
leaves_alone_who_is_forgotten(void)
{
    const pid_t child = start_child();

    kf_world_catch_signals();
    kf_world_watch_child(child, LONG_AFTER);
    kf_world_forget_child();
    raise(SIGTERM);
    raise(SIGALRM);
    kill(child, SIGINT);
    return what_ends(child) == SIGINT && alarm(0) == 0;
}

static void
end_well(int number)
{
    _exit(number == SIGABRT ? 0 : 1);
}

static bool
ends_well_in_a_crash(void)
{
    kf_world_catch_crashes(end_well);
    raise(SIGABRT);
    return false;
}

static bool
lets_a_child_crash(void)
{
    pid_t child;

    kf_world_catch_crashes(end_well);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core file is left */
        kf_world_let_crash();
        raise(SIGABRT);
        _exit(1);
    }
    return what_ends(child) == SIGABRT;
}

static bool
leaves_alone_who_has_a_handler(void)
{
    struct sigaction before;

    signal(SIGABRT, SIG_IGN);
    kf_world_catch_crashes(end_well);
    kf_world_let_crash();
    return sigaction(SIGABRT, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

static void
test_signals_reach_the_child(void **state)
{
    (void)state;
    assert_true(asked(passes_a_signal_on));
    assert_true(asked(passes_an_earlier_signal_on));
    assert_true(asked(leaves_alone_who_is_forgotten));
}

static void
test_a_child_that_takes_too_long_is_killed(void **state)
{
    (void)state;
    assert_true(asked(ends_who_takes_too_long));
}

static void
test_a_crash_ends_as_it_is_told(void **state)
{
    (void)state;
    assert_true(asked(ends_well_in_a_crash));
    assert_true(asked(lets_a_child_crash));
    assert_true(asked(leaves_alone_who_has_a_handler));
}

static void
test_kerberos_finds_the_keytab_in_memory(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    const char *keytab;

    world->config->keytab_content = kf_secret_new(world, "a keytab", 8);
    assert_int_equal(kf_world_reach(&world->run), KF_OK);
    keytab = getenv("KRB5_CLIENT_KTNAME");
    assert_non_null(keytab);
    assert_memory_equal(keytab, "FILE:/", strlen("FILE:/"));
    assert_string_equal(kf_test_read(world, keytab + strlen("FILE:")), "a keytab");
    assert_memory_equal(getenv("KRB5CCNAME"), "MEMORY:", strlen("MEMORY:"));
    unsetenv("KRB5_CLIENT_KTNAME");
    unsetenv("KRB5CCNAME");
}

static void
test_without_a_keytab_kerberos_is_left_alone(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    const struct kf_effects *before = world->run.effects;

    assert_int_equal(kf_world_reach(&world->run), KF_OK);
    assert_null(getenv("KRB5_CLIENT_KTNAME"));
    assert_ptr_not_equal(world->run.effects, before);
    assert_ptr_equal(world->run.effects->now_ms, before->now_ms);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_signals_reach_the_child),
        KF_TEST(test_a_child_that_takes_too_long_is_killed),
        KF_TEST(test_a_crash_ends_as_it_is_told),
        KF_TEST(test_kerberos_finds_the_keytab_in_memory),
        KF_TEST(test_without_a_keytab_kerberos_is_left_alone),
    };

    unsetenv("KRB5_CLIENT_KTNAME");
    return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
