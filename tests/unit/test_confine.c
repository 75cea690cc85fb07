/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* An operation in a process of its own: how it ends there is how it ends. The process that waits
 * for it gives up its rights for good: each run is one of a child, which tells what became of it.
 */

#include "world.h"

#include "confine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum kf_rc (*behaviour)(struct kf_run *run, struct kf_outcome **_outcome);

/* What became of a run: memory that all its processes share. */
struct ended {
    pid_t runner;
    pid_t performer;
    enum kf_rc rc;
    int status;
    unsigned delay;
    int64_t request_id;
    char text[1024]; /* of the outcome, or of the failure */
    char subject[64];
    bool has_config;
};

static struct ended *ended;
static int lines[2];       /* from the performer to the test */
static bool opens_nothing; /* any more, when the run begins */

static void
tell(const struct kf_run *run, const struct kf_outcome *outcome)
{
    const char *text = outcome == NULL ? run->err->text : outcome->text;

    ended->status = outcome == NULL ? 0 : (int)outcome->status;
    ended->delay = outcome == NULL ? 0 : outcome->delay;
    ended->request_id = run->trace.request_id;
    ended->has_config = run->config != NULL;
    snprintf(ended->text, sizeof(ended->text), "%s", text);
    snprintf(ended->subject, sizeof(ended->subject), "%s",
             run->trace.subject == NULL ? "" : run->trace.subject);
}

/* Begins a run with these settings whose operation behaves so. */
static void
begin(TALLOC_CTX *mem, const char *settings, behaviour behave)
{
    struct kf_test_world *world = kf_test_world(mem, settings);
    const struct kf_operation operation = {.name = "SUBMIT", .perform = behave};

    memset(ended, 0, sizeof(*ended));
    assert_int_equal(pipe(lines), 0);
    ended->runner = fork();
    assert_true(ended->runner >= 0);
    if (ended->runner == 0) {
        const struct rlimit none = {0, 0};
        struct kf_outcome *outcome = NULL;

        if (opens_nothing && setrlimit(RLIMIT_NOFILE, &none) != 0) {
            _exit(1);
        }
        world->run.mem = talloc_new(NULL);
        ended->runner = getpid();
        ended->rc = kf_confine(&world->run, &operation, &outcome);
        tell(&world->run, outcome);
        _exit(0);
    }
    close(lines[1]);
}

static void
end(void)
{
    int status = 0;

    assert_int_equal(waitpid(ended->runner, &status, 0), ended->runner);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(lines[0]);
}

static void
run(TALLOC_CTX *mem, const char *settings, behaviour behave)
{
    begin(mem, settings, behave);
    end();
}

static void
assert_broken(const char *reason)
{
    assert_int_equal(ended->rc, KF_INTERNAL);
    kf_test_contains(ended->text, reason);
}

static enum kf_rc
wait_for_approval(struct kf_run *run, struct kf_outcome **_outcome)
{
    ended->performer = getpid();
    run->trace = (struct kf_trace){.request_id = 7, .subject = "CN=web"};
    return kf_outcome_wait(run->mem, 60, "a cookie", _outcome, run->err);
}

static void
test_an_outcome_is_that_of_the_run(void **state)
{
    run(*state, "", wait_for_approval);
    assert_int_equal(ended->rc, KF_OK);
    assert_int_equal(ended->status, KF_STATUS_WAIT_DELAY);
    assert_int_equal(ended->delay, 60);
    assert_string_equal(ended->text, "a cookie");
    assert_int_equal(ended->request_id, 7);
    assert_string_equal(ended->subject, "CN=web");
    assert_int_not_equal(ended->performer, ended->runner);
    assert_false(ended->has_config);
}

static enum kf_rc
end_with_status(struct kf_run *run, enum kf_status status, struct kf_outcome **_outcome)
{
    enum kf_rc rc = kf_outcome_answer(run->mem, "a text", _outcome, run->err);

    (*_outcome)->status = status;
    return rc;
}

static enum kf_rc
succeed(struct kf_run *run, struct kf_outcome **_outcome)
{
    return end_with_status(run, KF_STATUS_ISSUED, _outcome);
}

static enum kf_rc
be_rejected(struct kf_run *run, struct kf_outcome **_outcome)
{
    return end_with_status(run, KF_STATUS_REJECTED, _outcome);
}

static enum kf_rc
find_nobody(struct kf_run *run, struct kf_outcome **_outcome)
{
    return end_with_status(run, KF_STATUS_UNREACHABLE, _outcome);
}

static enum kf_rc
fail_the_check(struct kf_run *run, struct kf_outcome **_outcome)
{
    return end_with_status(run, KF_STATUS_CHECK_FAILED, _outcome);
}

static void
test_each_status_of_the_protocol_is_passed_on(void **state)
{
    const struct {
        behaviour behave;
        enum kf_status status;
    } cases[] = {{succeed, KF_STATUS_ISSUED},
                 {be_rejected, KF_STATUS_REJECTED},
                 {find_nobody, KF_STATUS_UNREACHABLE},
                 {fail_the_check, KF_STATUS_CHECK_FAILED}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        run(*state, "", cases[i].behave);
        assert_int_equal(ended->rc, KF_OK);
        assert_int_equal(ended->status, cases[i].status);
        assert_string_equal(ended->text, "a text");
    }
}

static enum kf_rc
be_unwelcome(struct kf_run *run, struct kf_outcome **_outcome)
{
    (void)_outcome;
    run->trace.request_id = 8;
    return kf_fail(run->err, KF_AUTH, "not you");
}

static void
test_a_failure_is_that_of_the_run(void **state)
{
    run(*state, "", be_unwelcome);
    assert_int_equal(ended->rc, KF_AUTH);
    assert_string_equal(ended->text, "not you");
    assert_int_equal(ended->request_id, 8);
}

static enum kf_rc
die_of_a_fault(struct kf_run *run, struct kf_outcome **_outcome)
{
    (void)run;
    (void)_outcome;
    signal(SIGILL, SIG_DFL);
    __builtin_trap();
}

static enum kf_rc
leave(struct kf_run *run, struct kf_outcome **_outcome)
{
    (void)run;
    (void)_outcome;
    _exit(9);
}

static void
test_whoever_dies_has_failed(void **state)
{
    run(*state, "", die_of_a_fault);
    assert_broken("the process that talks to the server died of signal ");
    run(*state, "", leave);
    assert_broken("ended with status 9");
}

/* Says that it has begun, and waits for an end. */
static enum kf_rc
wait_for_the_end(struct kf_run *run, struct kf_outcome **_outcome)
{
    char nothing;
    int forever[2];

    (void)run;
    (void)_outcome;
    ended->performer = getpid();
    if (pipe(forever) != 0 || write(lines[1], "", 1) != 1) {
        _exit(1);
    }
    return read(forever[0], &nothing, 1) == 1 ? KF_OK : KF_INTERNAL;
}

static void
test_whoever_is_killed_has_failed(void **state)
{
    char nothing;

    begin(*state, "", wait_for_the_end);
    assert_int_equal(read(lines[0], &nothing, 1), 1);
    assert_int_equal(kill(ended->performer, SIGKILL), 0);
    end();
    assert_broken("was killed");
}

static enum kf_rc
end_as_none_does(struct kf_run *run, struct kf_outcome **_outcome)
{
    return end_with_status(run, (enum kf_status)99, _outcome);
}

static enum kf_rc
fail_as_none_does(struct kf_run *run, struct kf_outcome **_outcome)
{
    (void)_outcome;
    return kf_fail(run->err, (enum kf_rc)99, "mine");
}

static enum kf_rc
fail_below_all(struct kf_run *run, struct kf_outcome **_outcome)
{
    (void)_outcome;
    return kf_fail(run->err, (enum kf_rc)(-1), "mine");
}

static void
test_an_end_that_is_none_is_not_believed(void **state)
{
    const behaviour strangers[] = {end_as_none_does, fail_as_none_does, fail_below_all};

    for (size_t i = 0; i < COUNT(strangers); i++) {
        run(*state, "", strangers[i]);
        assert_broken("ended as none does");
    }
}

static enum kf_rc
print(struct kf_run *run, struct kf_outcome **_outcome)
{
    ended->status = (int)write(STDOUT_FILENO, "mine", 4);
    return succeed(run, _outcome);
}

static void
test_standard_output_is_out_of_reach(void **state)
{
    struct kf_test_capture capture;

    kf_test_capture_begin(&capture, STDOUT_FILENO);
    run(*state, "", print);
    assert_string_equal(kf_test_capture_end(*state, &capture), "");
    assert_int_equal(ended->rc, KF_OK);
    assert_string_equal(ended->text, "a text");
}

static enum kf_rc
tell_time_left(struct kf_run *run, struct kf_outcome **_outcome)
{
    return kf_outcome_wait(run->mem, alarm(0), "time left", _outcome, run->err);
}

/* There is no keeper to end a library that waits for ever. */
static void
test_without_a_sandbox_a_run_has_its_time_too(void **state)
{
    run(*state, "sandbox = no\ntimeout = 1000s\n", tell_time_left);
    assert_int_equal(ended->rc, KF_OK);
    assert_in_range(ended->delay, 1001, 1030);
}

static void
test_who_wants_no_sandbox_has_none(void **state)
{
    run(*state, "sandbox = no\n", wait_for_approval);
    assert_int_equal(ended->rc, KF_OK);
    assert_string_equal(ended->text, "a cookie");
    assert_int_equal(ended->performer, ended->runner);
    assert_true(ended->has_config);
}

static void
test_a_host_without_room_for_another_process_goes_on_without(void **state)
{
    struct kf_test_capture capture;
    const char *log = NULL;
    kf_test_capture_begin(&capture, STDERR_FILENO);
    opens_nothing = true;
    run(*state, "", wait_for_approval);
    opens_nothing = false;
    log = kf_test_capture_end(*state, &capture);
    assert_int_equal(ended->rc, KF_OK);
    assert_string_equal(ended->text, "a cookie");
    assert_int_equal(ended->performer, ended->runner);
    kf_test_contains(log, "going on without");
}

static int
share(void **state)
{
    (void)state;
    ended = mmap(NULL, sizeof(*ended), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return ended == MAP_FAILED ? -1 : 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_an_outcome_is_that_of_the_run),
        KF_TEST(test_each_status_of_the_protocol_is_passed_on),
        KF_TEST(test_a_failure_is_that_of_the_run),
        KF_TEST(test_whoever_dies_has_failed),
        KF_TEST(test_whoever_is_killed_has_failed),
        KF_TEST(test_an_end_that_is_none_is_not_believed),
        KF_TEST(test_standard_output_is_out_of_reach),
        KF_TEST(test_without_a_sandbox_a_run_has_its_time_too),
        KF_TEST(test_who_wants_no_sandbox_has_none),
        KF_TEST(test_a_host_without_room_for_another_process_goes_on_without),
    };
    const char *sandbox = getenv("KEYFACTOR_SANDBOX");

    if (sandbox != NULL && strcmp(sandbox, "no") == 0) {
        printf("1..0 # SKIP under a tool that the sandbox shuts out\n");
        return 0;
    }
    return cmocka_run_group_tests_name("confine", tests, share, NULL);
}
