/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Diagnostics on standard error. */

#include "support.h"

#include "log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CAPTURED_MAX 8192

/* A stream of this process that goes into a file for the while. */
struct capture {
    int fd;
    int saved;
    FILE *file;
};

static void
begin(struct capture *capture, int fd)
{
    *capture = (struct capture){fd, dup(fd), tmpfile()};
    assert_int_not_equal(capture->saved, -1);
    assert_non_null(capture->file);
    assert_int_equal(dup2(fileno(capture->file), fd), fd);
}

/* Gives the stream back. Returns what was written to it, owned by mem. */
static char *
end(TALLOC_CTX *mem, struct capture *capture)
{
    char *text = talloc_zero_array(mem, char, CAPTURED_MAX);
    size_t len;

    dup2(capture->saved, capture->fd);
    close(capture->saved);
    rewind(capture->file);
    assert_non_null(text);
    len = fread(text, 1, CAPTURED_MAX, capture->file);
    assert_in_range(len, 0, CAPTURED_MAX - 1);
    fclose(capture->file);
    return text;
}

/* What kf_log() writes to standard error; it must write nothing to standard output. */
static char *
logged(TALLOC_CTX *mem, enum kf_log_level level, const char *message)
{
    struct capture out;
    struct capture err;
    char *text = NULL;

    fflush(stdout);
    begin(&out, STDOUT_FILENO);
    begin(&err, STDERR_FILENO);
    kf_log(level, "%s", message);
    fflush(stdout);
    text = end(mem, &err);
    assert_string_equal(end(mem, &out), "");
    return text;
}

static void
test_only_notices_are_shown_at_first(void **state)
{
    assert_string_equal(logged(*state, KF_LOG_NOTICE, "seen"), "keyfactor-submit: seen\n");
    assert_string_equal(logged(*state, KF_LOG_INFO, "not seen"), "");
    assert_string_equal(logged(*state, KF_LOG_DEBUG, "not seen"), "");
}

static void
test_messages_up_to_the_level_are_shown(void **state)
{
    static const enum kf_log_level levels[] = {KF_LOG_DEBUG, KF_LOG_INFO, KF_LOG_NOTICE};

    for (size_t i = 0; i < COUNT(levels); i++) {
        kf_log_set_level(levels[i]);
        for (size_t j = 0; j < COUNT(levels); j++) {
            assert_string_equal(logged(*state, levels[j], "step"),
                                levels[j] <= levels[i] ? "keyfactor-submit: step\n" : "");
        }
    }
}

static void
test_a_message_is_one_clean_line(void **state)
{
    assert_string_equal(logged(*state, KF_LOG_NOTICE, "a\nkeyfactor-submit: forged\r\n"),
                        "keyfactor-submit: a keyfactor-submit: forged\n");
    assert_string_equal(logged(*state, KF_LOG_NOTICE, "\x1b[2J\x07 \xff \xe2\x80\xae"),
                        "keyfactor-submit: ?[2J? ? ?\n");
    assert_string_equal(logged(*state, KF_LOG_NOTICE, "Müller"), "keyfactor-submit: Müller\n");
}

static void
test_a_huge_message_is_still_one_line(void **state)
{
    char message[3 * CAPTURED_MAX];
    char *line = NULL;

    memset(message, 'x', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    line = logged(*state, KF_LOG_NOTICE, message);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_string_equal(line + strlen(line) - 4, "...\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_only_notices_are_shown_at_first),
        KF_TEST(test_messages_up_to_the_level_are_shown),
        KF_TEST(test_a_message_is_one_clean_line),
        KF_TEST(test_a_huge_message_is_still_one_line),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
