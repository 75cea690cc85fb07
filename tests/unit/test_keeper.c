/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The line between the process of the network and the keeper. */

#include "support.h"

#include "keeper.h"
#include "state.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HASH "f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27"

/* What the other process does. It asserts nothing: it tells what it saw, and is seen through that
 * and through the folder. */
typedef void (*client)(int line);

struct kept {
    const char *directory;
    enum kf_rc rc;
    struct kf_ending ending;
    struct kf_error err;
};

/* Serves a client in a folder of its own, which has the file chain-keyfactor. */
static struct kept
serve(TALLOC_CTX *mem, client behave)
{
    struct kept kept = {.directory = kf_test_directory(mem), .ending = {.text = NULL}};
    struct kf_keeper keeper = {
        .directory = kept.directory, .nickname = "keyfactor", .is_allowed = kf_state_is_name};
    int lines[2];
    pid_t child;

    kf_test_file(mem, kept.directory, "chain-keyfactor", "a chain", 0600);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, lines), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(lines[0]);
        behave(lines[1]);
        _exit(0);
    }
    close(lines[1]);
    keeper.line = lines[0];
    kept.rc = kf_keeper_serve(mem, &keeper, &kept.ending, &kept.err);
    close(lines[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return kept;
}

static char *
content(TALLOC_CTX *mem, const struct kept *kept, const char *name)
{
    return kf_test_read(mem, talloc_asprintf(mem, "%s/%s", kept->directory, name));
}

static void
end_with(int line, const char *text)
{
    kf_keeper_end(line, &(struct kf_ending){.status = 5, .delay = 7, .text = (char *)text});
}

static bool
write_text(int line, const char *name, const char *text)
{
    return kf_keeper_write(line, name, &(struct kf_bytes){(unsigned char *)text, strlen(text)});
}

static void
say_nothing(int line)
{
    (void)line;
}

static void
end_well(int line)
{
    end_with(line, "a certificate");
}

static void
end_with_a_trace(int line)
{
    kf_keeper_end(line, &(struct kf_ending){.status = 5,
                                            .text = (char *)"a cookie",
                                            .trace = {.csr_sha256 = HASH,
                                                      .subject = "CN=web",
                                                      .request_id = 7,
                                                      .reason = "waits for approval"}});
}

static void
end_badly(int line)
{
    kf_keeper_end(line, &(struct kf_ending){.rc = KF_AUTH, .text = (char *)"not you"});
}

static void
read_the_chain(int line)
{
    struct kf_folder_file file = {.written = 0};
    const bool found = kf_keeper_read(NULL, line, "chain-keyfactor", &file);

    end_with(line, found && file.written > 0 ? (char *)file.data.data : "none");
}

static void
read_what_is_not_there(int line)
{
    struct kf_folder_file file;

    end_with(line, kf_keeper_read(NULL, line, "token-keyfactor", &file) ? "some" : "none");
}

static void
write_and_remove(int line)
{
    const bool written =
        write_text(line, "token-keyfactor", "a token") && write_text(line, "sent-" HASH, "a note");

    kf_keeper_remove(line, "chain-keyfactor");
    kf_keeper_sweep(line, "sent-", 0);
    end_with(line, written ? "a certificate" : "not written");
}

static void
sweep_all(int line)
{
    write_text(line, "sent-" HASH, "a note");
    kf_keeper_sweep(line, "sent-", INT64_MAX);
    end_well(line);
}

static void
test_the_end_of_a_run_is_told(void **state)
{
    struct kept kept = serve(*state, end_well);

    assert_int_equal(kept.rc, KF_OK);
    assert_int_equal(kept.ending.rc, KF_OK);
    assert_int_equal(kept.ending.status, 5);
    assert_int_equal(kept.ending.delay, 7);
    assert_string_equal(kept.ending.text, "a certificate");
    kept = serve(*state, end_badly);
    assert_int_equal(kept.rc, KF_OK);
    assert_int_equal(kept.ending.rc, KF_AUTH);
    assert_string_equal(kept.ending.text, "not you");
}

static void
test_what_was_learnt_of_the_request_is_told(void **state)
{
    const struct kept kept = serve(*state, end_with_a_trace);
    const struct kf_trace none = serve(*state, end_well).ending.trace;

    assert_string_equal(kept.ending.text, "a cookie");
    assert_string_equal(kept.ending.trace.csr_sha256, HASH);
    assert_string_equal(kept.ending.trace.subject, "CN=web");
    assert_int_equal(kept.ending.trace.request_id, 7);
    assert_string_equal(kept.ending.trace.reason, "waits for approval");
    assert_null(none.csr_sha256);
    assert_null(none.subject);
    assert_int_equal(none.request_id, 0);
    assert_null(none.reason);
}

static void
test_files_are_read(void **state)
{
    assert_string_equal(serve(*state, read_the_chain).ending.text, "a chain");
    assert_string_equal(serve(*state, read_what_is_not_there).ending.text, "none");
}

static void
test_files_are_written_and_removed(void **state)
{
    struct kept kept = serve(*state, write_and_remove);

    assert_int_equal(kept.rc, KF_OK);
    assert_string_equal(kept.ending.text, "a certificate");
    assert_string_equal(content(*state, &kept, "token-keyfactor"), "a token");
    assert_string_equal(content(*state, &kept, "sent-" HASH), "a note");
    assert_null(content(*state, &kept, "chain-keyfactor"));
}

static void
test_old_files_are_swept_away(void **state)
{
    struct kept kept = serve(*state, sweep_all);

    assert_null(content(*state, &kept, "sent-" HASH));
    assert_string_equal(content(*state, &kept, "chain-keyfactor"), "a chain");
}

static void
test_whoever_ends_without_a_word_has_failed(void **state)
{
    assert_int_equal(serve(*state, say_nothing).rc, KF_BADREPLY);
}

/*
 * A process that somebody else has taken over.
 */

static void
write_for_another_ca(int line)
{
    write_text(line, "chain-other", "mine");
    end_well(line);
}

static void
write_above(int line)
{
    write_text(line, "../chain-keyfactor", "mine");
    end_well(line);
}

static void
write_what_is_no_note(int line)
{
    write_text(line, "sent-../../x", "mine");
    end_well(line);
}

static void
write_a_name_without_end(int line)
{
    char name[1000];

    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    write_text(line, name, "mine");
    end_well(line);
}

static void
send_rubbish(int line)
{
    char rubbish[4096];

    memset(rubbish, 0xff, sizeof(rubbish));
    if (send(line, rubbish, sizeof(rubbish), MSG_NOSIGNAL) < 0) {
        _exit(1);
    }
}

static void
stop_in_the_middle(int line)
{
    if (send(line, "\0\0\0", 3, MSG_NOSIGNAL) < 0) {
        _exit(1);
    }
}

static void
test_whoever_breaks_the_rules_is_cut_off(void **state)
{
    const client strangers[] = {write_for_another_ca,     write_above,  write_what_is_no_note,
                                write_a_name_without_end, send_rubbish, stop_in_the_middle};

    for (size_t i = 0; i < COUNT(strangers); i++) {
        struct kept kept = serve(*state, strangers[i]);

        assert_int_equal(kept.rc, KF_BADREPLY);
        assert_null(kept.ending.text);
        assert_string_equal(content(*state, &kept, "chain-keyfactor"), "a chain");
        assert_null(content(*state, &kept, "chain-other"));
    }
}

static void
test_without_a_keeper_nothing_is_known_and_nothing_breaks(void **state)
{
    struct kf_folder_file file;
    int lines[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, lines), 0);
    close(lines[0]);
    assert_false(write_text(lines[1], "token-keyfactor", "a token"));
    assert_true(kf_keeper_read(NULL, lines[1], "token-keyfactor", &file));
    assert_true(file.is_unknown);
    assert_null(file.data.data);
    kf_keeper_remove(lines[1], "token-keyfactor");
    assert_false(kf_keeper_end(lines[1], &(struct kf_ending){.text = (char *)""}));
    close(lines[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_the_end_of_a_run_is_told),
        KF_TEST(test_what_was_learnt_of_the_request_is_told),
        KF_TEST(test_files_are_read),
        KF_TEST(test_files_are_written_and_removed),
        KF_TEST(test_old_files_are_swept_away),
        KF_TEST(test_whoever_ends_without_a_word_has_failed),
        KF_TEST(test_whoever_breaks_the_rules_is_cut_off),
        KF_TEST(test_without_a_keeper_nothing_is_known_and_nothing_breaks),
    };

    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
