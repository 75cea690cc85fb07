/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* An entry in systemd's journal: the datagram, and who is not there. */

#include "support.h"

#include "journal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct journal {
    const char *path;
    int line;
};

/* A journal that listens. */
static struct journal
listen_at(TALLOC_CTX *mem)
{
    struct journal journal = {.path = talloc_asprintf(mem, "%s/socket", kf_test_directory(mem)),
                              .line = socket(AF_UNIX, SOCK_DGRAM, 0)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert_true(journal.line >= 0 && strlen(journal.path) < sizeof(address.sun_path));
    memcpy(address.sun_path, journal.path, strlen(journal.path));
    assert_int_equal(bind(journal.line, (struct sockaddr *)&address, sizeof(address)), 0);
    return journal;
}

static void
assert_received(const struct journal *journal, const char *entry)
{
    char received[4096];
    const ssize_t size = recv(journal->line, received, sizeof(received) - 1, MSG_DONTWAIT);

    assert_true(size >= 0);
    received[size] = '\0';
    assert_string_equal(received, entry);
}

static void
test_an_entry_is_a_line_for_each_field(void **state)
{
    const struct journal journal = listen_at(*state);
    const struct kf_journal_field fields[] = {{"MESSAGE", "issued: a = b"}, {"PRIORITY", "6"}};

    assert_true(kf_journal_send(journal.path, fields, COUNT(fields)));
    assert_received(&journal, "MESSAGE=issued: a = b\nPRIORITY=6\n");
    close(journal.line);
}

static void
test_what_is_not_known_is_left_out(void **state)
{
    const struct journal journal = listen_at(*state);
    const struct kf_journal_field fields[] = {
        {"KEYFACTOR_TEMPLATE", ""}, {"MESSAGE", "pending"}, {"KEYFACTOR_REQUEST_ID", NULL}};

    assert_true(kf_journal_send(journal.path, fields, COUNT(fields)));
    assert_received(&journal, "MESSAGE=pending\n");
    close(journal.line);
}

static void
test_without_a_journal_nothing_is_sent(void **state)
{
    const struct kf_journal_field field = {"MESSAGE", "issued"};
    const char *folder = kf_test_directory(*state);
    char *name = talloc_asprintf(*state, "/%200s", "long");

    assert_false(kf_journal_send(talloc_asprintf(*state, "%s/socket", folder), &field, 1));
    assert_int_equal(errno, ENOENT);
    assert_false(kf_journal_send(kf_test_file(*state, folder, "file", "", 0600), &field, 1));
    assert_int_equal(errno, ECONNREFUSED);
    assert_false(kf_journal_send(name, &field, 1));
    assert_int_equal(errno, ENAMETOOLONG);
}

/* A reader that has stopped must not stop the run. */
static void
test_a_full_journal_is_not_waited_for(void **state)
{
    const struct journal journal = listen_at(*state);
    const struct kf_journal_field field = {"MESSAGE", "issued"};
    int sent = 0;

    while (sent < 1000000 && kf_journal_send(journal.path, &field, 1)) {
        sent++;
    }
    assert_true(sent > 0);
    assert_int_equal(errno, EAGAIN);
    close(journal.line);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_an_entry_is_a_line_for_each_field),
        KF_TEST(test_what_is_not_known_is_left_out),
        KF_TEST(test_without_a_journal_nothing_is_sent),
        KF_TEST(test_a_full_journal_is_not_waited_for),
    };

    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
