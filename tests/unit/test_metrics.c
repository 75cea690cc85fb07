/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What Prometheus is told: the text, line by line, and what is counted up. */

#include "support.h"

#include "folder.h"
#include "metrics.h"
#include "records.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW  INT64_C(1767225600)
#define HASH "f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27"
#define MORE "690fb633769028811e657af40a4947cf0e4b0dc290d264bcce3e0eb7d8996221"

static const struct kf_metrics sample = {
    .runs = {[KF_FATE_ISSUED] = 12, [KF_FATE_RETRYING] = 3},
    .milliseconds = 65432,
    .last_run = NOW,
    .last_milliseconds = 7,
    .last_issued = NOW - 60,
    .waiting = {[KF_FATE_ISSUED] = 9, [KF_FATE_PENDING] = 2, [KF_FATE_RETRYING] = 1},
};

static const char sample_text[] =
    "# HELP keyfactor_runs_total Runs that enrolled, or looked for what became of a request, by "
    "how they ended.\n"
    "# TYPE keyfactor_runs_total counter\n"
    "keyfactor_runs_total{disposition=\"issued\",ca=\"keyfactor\"} 12\n"
    "keyfactor_runs_total{disposition=\"pending\",ca=\"keyfactor\"} 0\n"
    "keyfactor_runs_total{disposition=\"retrying\",ca=\"keyfactor\"} 3\n"
    "keyfactor_runs_total{disposition=\"rejected\",ca=\"keyfactor\"} 0\n"
    "keyfactor_runs_total{disposition=\"unreachable\",ca=\"keyfactor\"} 0\n"
    "keyfactor_runs_total{disposition=\"unconfigured\",ca=\"keyfactor\"} 0\n"
    "# HELP keyfactor_run_duration_seconds_total How long all of these runs took.\n"
    "# TYPE keyfactor_run_duration_seconds_total counter\n"
    "keyfactor_run_duration_seconds_total{ca=\"keyfactor\"} 65.432\n"
    "# HELP keyfactor_last_run_timestamp_seconds When the last run ended.\n"
    "# TYPE keyfactor_last_run_timestamp_seconds gauge\n"
    "keyfactor_last_run_timestamp_seconds{ca=\"keyfactor\"} 1767225600\n"
    "# HELP keyfactor_last_run_duration_seconds How long the last run took.\n"
    "# TYPE keyfactor_last_run_duration_seconds gauge\n"
    "keyfactor_last_run_duration_seconds{ca=\"keyfactor\"} 0.007\n"
    "# HELP keyfactor_last_success_timestamp_seconds When the last certificate came.\n"
    "# TYPE keyfactor_last_success_timestamp_seconds gauge\n"
    "keyfactor_last_success_timestamp_seconds{ca=\"keyfactor\"} 1767225540\n"
    "# HELP keyfactor_requests Requests of this host that wait: for the server's decision, or for "
    "a server.\n"
    "# TYPE keyfactor_requests gauge\n"
    "keyfactor_requests{state=\"pending\",ca=\"keyfactor\"} 2\n"
    "keyfactor_requests{state=\"retrying\",ca=\"keyfactor\"} 1\n";

/* A folder for metrics and one for the state. */
struct folders {
    const char *metrics;
    const char *state;
};

static struct folders
make_folders(TALLOC_CTX *mem)
{
    return (struct folders){kf_test_directory(mem), kf_test_directory(mem)};
}

static const char *
path_of(TALLOC_CTX *mem, const struct folders *folders)
{
    return talloc_asprintf(mem, "%s/keyfactor_keyfactor.prom", folders->metrics);
}

static void
add(const struct folders *folders, enum kf_fate fate)
{
    const struct kf_record record = {
        .ca = "keyfactor", .fate = fate, .time = NOW, .milliseconds = 1500};

    kf_metrics_add(folders->metrics, folders->state, &record);
}

static void
wait_since(const struct folders *folders, const char *hash, const char *ca, int64_t time)
{
    const struct kf_record record = {.ca = ca,
                                     .template = "",
                                     .subject = "",
                                     .reason = "",
                                     .fate = KF_FATE_PENDING,
                                     .delay = 60,
                                     .time = time};

    kf_records_save(folders->state, hash, &record);
}

static void
assert_line(TALLOC_CTX *mem, const struct folders *folders, const char *line)
{
    const char *text = kf_test_read(mem, path_of(mem, folders));

    assert_non_null(text);
    kf_test_contains(text, talloc_asprintf(mem, "\n%s\n", line));
}

static void
test_the_text(void **state)
{
    assert_string_equal(kf_metrics_format(*state, "keyfactor", &sample), sample_text);
}

static void
test_what_never_was_is_left_out(void **state)
{
    const struct kf_metrics none = {.last_run = NOW};

    assert_null(strstr(kf_metrics_format(*state, "keyfactor", &none), "last_success"));
}

static void
test_a_name_cannot_end_its_label(void **state)
{
    kf_test_contains(kf_metrics_format(*state, "a\"} 1 \\", &sample),
                     "\nkeyfactor_last_run_timestamp_seconds{ca=\"a\\\"} 1 \\\\\"} 1767225600\n");
}

static void
test_what_goes_on_is_read_again(void **state)
{
    struct kf_metrics metrics;

    (void)state;
    kf_metrics_parse(sample_text, &metrics);
    assert_int_equal(metrics.runs[KF_FATE_ISSUED], 12);
    assert_int_equal(metrics.runs[KF_FATE_PENDING], 0);
    assert_int_equal(metrics.runs[KF_FATE_RETRYING], 3);
    assert_int_equal(metrics.milliseconds, 65432);
    assert_int_equal(metrics.last_issued, NOW - 60);
    assert_int_equal(metrics.waiting[KF_FATE_PENDING], 0);
}

static void
test_what_is_damaged_begins_anew(void **state)
{
    static const char *const values[] = {
        "", " ", "1", " x", " -1", " 99999999999999999999", " 9223372036854775807",
    };
    struct kf_metrics metrics;

    for (size_t i = 0; i < COUNT(values); i++) {
        kf_metrics_parse(talloc_asprintf(*state,
                                         "keyfactor_runs_total{disposition=\"issued\",ca=\"x\"}%s\n"
                                         "keyfactor_run_duration_seconds_total{ca=\"x\"}%s",
                                         values[i], values[i]),
                         &metrics);
        assert_int_equal(metrics.runs[KF_FATE_ISSUED], 0);
        assert_int_equal(metrics.milliseconds, 0);
    }
}

static void
test_runs_are_counted_up(void **state)
{
    const struct folders folders = make_folders(*state);

    add(&folders, KF_FATE_ISSUED);
    add(&folders, KF_FATE_REJECTED);
    add(&folders, KF_FATE_REJECTED);
    assert_line(*state, &folders,
                "keyfactor_runs_total{disposition=\"issued\",ca=\"keyfactor\"} 1");
    assert_line(*state, &folders,
                "keyfactor_runs_total{disposition=\"rejected\",ca=\"keyfactor\"} 2");
    assert_line(*state, &folders, "keyfactor_run_duration_seconds_total{ca=\"keyfactor\"} 4.500");
    assert_line(*state, &folders,
                "keyfactor_last_success_timestamp_seconds{ca=\"keyfactor\"} 1767225600");
}

static void
test_the_file_is_for_all_to_read(void **state)
{
    const struct folders folders = make_folders(*state);
    struct stat info;

    add(&folders, KF_FATE_ISSUED);
    assert_int_equal(lstat(path_of(*state, &folders), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
}

/* A link in the place of the file is replaced; what it points to is not touched. */
static void
test_a_link_is_not_followed(void **state)
{
    const struct folders folders = make_folders(*state);
    const char *victim = kf_test_file(*state, folders.state, "victim", "mine", 0600);

    assert_int_equal(symlink(victim, path_of(*state, &folders)), 0);
    add(&folders, KF_FATE_ISSUED);
    assert_string_equal(kf_test_read(*state, victim), "mine");
    assert_line(*state, &folders,
                "keyfactor_runs_total{disposition=\"issued\",ca=\"keyfactor\"} 1");
}

static void
test_those_that_wait_are_counted(void **state)
{
    const struct folders folders = make_folders(*state);

    wait_since(&folders, HASH, "keyfactor", NOW - 60);
    wait_since(&folders, MORE, "another", NOW - 60);
    add(&folders, KF_FATE_PENDING);
    assert_line(*state, &folders, "keyfactor_requests{state=\"pending\",ca=\"keyfactor\"} 1");
    wait_since(&folders, MORE, "keyfactor", NOW - 86400); /* nobody has asked about it since */
    add(&folders, KF_FATE_PENDING);
    assert_line(*state, &folders, "keyfactor_requests{state=\"pending\",ca=\"keyfactor\"} 1");
    wait_since(&folders, MORE, "keyfactor", NOW);
    add(&folders, KF_FATE_PENDING);
    assert_line(*state, &folders, "keyfactor_requests{state=\"pending\",ca=\"keyfactor\"} 2");
}

static void
test_nothing_is_lost_when_many_count_at_once(void **state)
{
    enum { PROCESSES = 4, RUNS = 25 };
    const struct folders folders = make_folders(*state);
    int ended = 0;

    for (int i = 0; i < PROCESSES; i++) {
        const pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            for (int j = 0; j < RUNS; j++) {
                add(&folders, KF_FATE_ISSUED);
            }
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
        ended++;
    }
    assert_int_equal(ended, PROCESSES);
    assert_line(*state, &folders,
                "keyfactor_runs_total{disposition=\"issued\",ca=\"keyfactor\"} 100");
}

/* One that was stopped while it had the lock must not hold up all others. */
static void
test_the_lock_is_not_waited_for_for_ever(void **state)
{
    const struct folders folders = make_folders(*state);
    const int lock = kf_folder_lock(folders.state, ".metrics.lock");
    struct kf_test_capture capture;

    assert_true(lock >= 0);
    kf_test_capture_begin(&capture, STDERR_FILENO);
    add(&folders, KF_FATE_ISSUED);
    kf_test_contains(kf_test_capture_end(*state, &capture), "/.metrics.lock: ");
    assert_line(*state, &folders,
                "keyfactor_runs_total{disposition=\"issued\",ca=\"keyfactor\"} 1");
    close(lock);
}

static void
test_a_folder_that_is_not_there_is_said(void **state)
{
    const struct folders folders = {.metrics = "/nowhere", .state = kf_test_directory(*state)};
    struct kf_test_capture capture;

    kf_test_capture_begin(&capture, STDERR_FILENO);
    add(&folders, KF_FATE_ISSUED);
    kf_test_contains(kf_test_capture_end(*state, &capture),
                     "/nowhere/keyfactor_keyfactor.prom: No such file or directory: this run is "
                     "not counted there\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_the_text),
        KF_TEST(test_what_never_was_is_left_out),
        KF_TEST(test_a_name_cannot_end_its_label),
        KF_TEST(test_what_goes_on_is_read_again),
        KF_TEST(test_what_is_damaged_begins_anew),
        KF_TEST(test_runs_are_counted_up),
        KF_TEST(test_the_file_is_for_all_to_read),
        KF_TEST(test_a_link_is_not_followed),
        KF_TEST(test_those_that_wait_are_counted),
        KF_TEST(test_nothing_is_lost_when_many_count_at_once),
        KF_TEST(test_the_lock_is_not_waited_for_for_ever),
        KF_TEST(test_a_folder_that_is_not_there_is_said),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
