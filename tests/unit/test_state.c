/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is kept on disk between runs. */

#include "support.h"

#include "state.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW  INT64_C(1767225600)
#define DAY  INT64_C(86400)
#define HASH "f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27"
#define MORE "690fb633769028811e657af40a4947cf0e4b0dc290d264bcce3e0eb7d8996221"

/* A state folder that is not there yet. */
static const char *
new_folder(TALLOC_CTX *mem)
{
    return talloc_asprintf(mem, "%s/state", kf_test_directory(mem));
}

/* The folder, at first hand. */
static const struct kf_state *
at(const char *folder)
{
    static struct kf_state state;

    state = (struct kf_state){.directory = folder};
    return &state;
}

static const char *
path_of(TALLOC_CTX *mem, const char *folder, const char *name)
{
    return talloc_asprintf(mem, "%s/%s", folder, name);
}

static mode_t
mode_of(const char *path)
{
    struct stat info;

    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode & 07777;
}

static void
set_time(const char *path, int64_t when)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)when}, {.tv_sec = (time_t)when}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
save(TALLOC_CTX *mem, const char *folder, const char *name, const char *text)
{
    const struct kf_bytes data = {(unsigned char *)talloc_strdup(mem, text), strlen(text)};

    kf_state_save(at(folder), name, &data);
}

/* The text that is loaded, or NULL. */
static const char *
load(TALLOC_CTX *mem, const char *folder, const char *name, int64_t now, int64_t max_age)
{
    struct kf_bytes data = {NULL, 0};

    return kf_state_load(mem, at(folder), name, now, max_age, &data) ? (char *)data.data : NULL;
}

static void
write_note(const char *folder, const char *hash, int64_t when)
{
    kf_state_write_note(at(folder), hash, &(struct kf_note){.first = when, .last = when});
}

/* What is said on standard error while a note is written to folder. */
static char *
complaint(TALLOC_CTX *mem, const char *folder)
{
    struct kf_test_capture capture;

    kf_test_capture_begin(&capture, STDERR_FILENO);
    write_note(folder, HASH, NOW);
    return kf_test_capture_end(mem, &capture);
}

/* Reads the note of HASH, which has to be there. */
static struct kf_note
note_of(const char *folder, const char *hash)
{
    struct kf_note note = {.first = -1};
    bool found = false;

    assert_int_equal(kf_state_read_note(at(folder), hash, &note, &found), KF_OK);
    assert_true(found);
    return note;
}

static bool
is_noted(const char *folder, const char *hash)
{
    struct kf_note note;
    bool found = true;

    assert_int_equal(kf_state_read_note(at(folder), hash, &note, &found), KF_OK);
    return found;
}

static void
test_a_note_that_was_written_is_read(void **state)
{
    const struct kf_note notes[] = {{NOW, NOW, ""}, {NOW, NOW + 60, MORE}, {1, NOW + 1, ""}};
    const char *folder = new_folder(*state);

    for (size_t i = 0; i < COUNT(notes); i++) {
        struct kf_note note;

        kf_state_write_note(at(folder), HASH, &notes[i]);
        note = note_of(folder, HASH);
        assert_int_equal(note.first, notes[i].first);
        assert_int_equal(note.last, notes[i].last);
        assert_string_equal(note.issued, notes[i].issued);
    }
}

static void
test_whether_there_is_a_note_is_not_known_without_the_keeper(void **state)
{
    struct kf_state kept = {.directory = *state};
    struct kf_note note;
    bool found = false;
    int lines[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, lines), 0);
    close(lines[0]);
    kept.keeper = lines[1];
    assert_int_equal(kf_state_read_note(&kept, HASH, &note, &found), KF_INTERNAL);
    assert_false(kf_state_write_note(&kept, HASH, &(struct kf_note){.first = NOW, .last = NOW}));
    assert_false(kf_state_load(NULL, &kept, "chain-keyfactor", NOW, 60, &(struct kf_bytes){0}));
    close(lines[1]);
}

static void
test_each_request_has_a_note_of_its_own(void **state)
{
    const char *folder = new_folder(*state);

    assert_false(is_noted(folder, HASH));
    write_note(folder, HASH, NOW);
    assert_false(is_noted(folder, MORE));
    write_note(folder, MORE, NOW + 1);
    kf_state_forget(at(folder), HASH);
    kf_state_forget(at(folder), HASH);
    assert_false(is_noted(folder, HASH));
    assert_int_equal(note_of(folder, MORE).first, NOW + 1);
}

static void
test_a_note_that_cannot_be_read_is_of_the_time_of_its_file(void **state)
{
    static const char *const texts[] = {"", "\n", "1767225600", "yesterday 1", "\xff\xfe"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *folder = kf_test_directory(*state);
        struct kf_note note;

        set_time(kf_test_file(*state, folder, "sent-" HASH, texts[i], 0600), NOW);
        note = note_of(folder, HASH);
        assert_int_equal(note.first, NOW);
        assert_int_equal(note.last, NOW);
        assert_string_equal(note.issued, "");
    }
}

static void
test_folder_and_files_are_for_root_only(void **state)
{
    const mode_t mask = umask(0);
    const char *folder = new_folder(*state);

    write_note(folder, HASH, NOW);
    save(*state, folder, "answer", "text");
    umask(mask);
    assert_int_equal(mode_of(folder), 0700);
    assert_int_equal(mode_of(path_of(*state, folder, "sent-" HASH)), 0600);
    assert_int_equal(mode_of(path_of(*state, folder, "answer")), 0600);
}

static void
test_notes_that_nobody_has_touched_for_a_month_are_taken_away(void **state)
{
    const char *folder = new_folder(*state);

    write_note(folder, HASH, NOW);
    set_time(path_of(*state, folder, "sent-" HASH), NOW - 31 * DAY);
    save(*state, folder, "answer", "text");
    set_time(path_of(*state, folder, "answer"), NOW - 500 * DAY);
    write_note(folder, MORE, NOW - 100 * DAY);
    set_time(path_of(*state, folder, "sent-" MORE), NOW - 29 * DAY);
    write_note(folder, "another", NOW);
    assert_false(is_noted(folder, HASH));
    assert_true(is_noted(folder, MORE));
    assert_true(is_noted(folder, "another"));
    assert_non_null(load(*state, folder, "answer", NOW, 500 * DAY));
}

/* What a run that was killed had half written. */
static void
test_old_beginnings_of_files_are_taken_away_too(void **state)
{
    const char *folder = kf_test_directory(*state);
    const char *old = kf_test_file(*state, folder, "new-AAAAAA", "half", 0600);
    const char *recent = kf_test_file(*state, folder, "new-BBBBBB", "half", 0600);

    set_time(old, NOW - 31 * DAY);
    set_time(recent, NOW - DAY);
    write_note(folder, HASH, NOW);
    assert_null(kf_test_read(*state, old));
    assert_non_null(kf_test_read(*state, recent));
}

static void
test_what_is_kept_of_a_ca_has_its_name_unless_that_is_no_file_name(void **state)
{
    assert_string_equal(kf_state_name(*state, "chain", "keyfactor"), "chain-keyfactor");
    assert_string_equal(kf_state_name(*state, "chain", "Two words"), "chain-Two words");
    assert_null(kf_state_name(*state, "chain", "../keyfactor"));
    assert_null(kf_state_name(*state, "chain", "/"));
}

static void
test_what_is_no_file_is_no_note(void **state)
{
    const char *folder = kf_test_directory(*state);
    const char *target = kf_test_file(*state, folder, "target", "1 1 \n", 0600);

    assert_int_equal(symlink(target, path_of(*state, folder, "sent-" HASH)), 0);
    assert_int_equal(mkdir(path_of(*state, folder, "sent-" MORE), 0700), 0);
    assert_false(is_noted(folder, HASH));
    assert_false(is_noted(folder, MORE));
}

static void
test_a_link_in_place_of_a_note_is_not_followed(void **state)
{
    const char *folder = kf_test_directory(*state);
    const char *target = kf_test_file(*state, folder, "target", "text", 0600);

    assert_int_equal(symlink(target, path_of(*state, folder, "sent-" HASH)), 0);
    write_note(folder, HASH, NOW);
    assert_string_equal(kf_test_read(*state, target), "text");
    assert_int_equal(note_of(folder, HASH).first, NOW);
}

static void
test_what_was_saved_is_loaded(void **state)
{
    const char *folder = new_folder(*state);

    save(*state, folder, "answer", "first");
    save(*state, folder, "answer", "second\n");
    set_time(path_of(*state, folder, "answer"), NOW);
    assert_string_equal(load(*state, folder, "answer", NOW, 0), "second\n");
    assert_null(load(*state, folder, "other", NOW, DAY));
}

static void
test_saving_leaves_no_other_file_behind(void **state)
{
    const char *folder = new_folder(*state);

    save(*state, folder, "answer", "first");
    save(*state, folder, "answer", "second");
    assert_int_equal(unlink(path_of(*state, folder, "answer")), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void
test_what_cannot_be_saved_leaves_no_file_behind(void **state)
{
    const char *folder = new_folder(*state);
    const char *target = path_of(*state, folder, "answer");

    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(target, 0700), 0);
    save(*state, folder, "answer", "text");
    assert_int_equal(rmdir(target), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void
test_what_is_too_old_is_not_loaded(void **state)
{
    const char *folder = new_folder(*state);

    save(*state, folder, "answer", "text");
    set_time(path_of(*state, folder, "answer"), NOW - DAY);
    assert_non_null(load(*state, folder, "answer", NOW, DAY));
    assert_null(load(*state, folder, "answer", NOW + 1, DAY));
}

static void
test_what_is_from_the_future_is_not_loaded(void **state)
{
    const char *folder = new_folder(*state);

    save(*state, folder, "answer", "text");
    set_time(path_of(*state, folder, "answer"), NOW + 1);
    assert_null(load(*state, folder, "answer", NOW, DAY));
}

static void
test_what_others_may_write_is_not_loaded(void **state)
{
    const char *folder = new_folder(*state);
    const char *path = path_of(*state, folder, "answer");

    save(*state, folder, "answer", "text");
    set_time(path, NOW);
    assert_int_equal(chmod(path, 0666), 0);
    assert_null(load(*state, folder, "answer", NOW, DAY));
}

static void
test_a_folder_that_cannot_be_written_fails_nothing(void **state)
{
    const char *file = kf_test_file(*state, kf_test_directory(*state), "file", "text", 0600);
    const char *below = talloc_asprintf(*state, "%s/state", file);

    kf_test_contains(complaint(*state, file), "Not a directory");
    kf_test_contains(complaint(*state, below), "Not a directory");
    save(*state, below, "answer", "text");
    kf_state_forget(at(below), HASH);
    assert_false(is_noted(below, HASH));
    assert_null(load(*state, below, "answer", NOW, DAY));
}

static void
test_nothing_is_said_when_all_is_well(void **state)
{
    const char *folder = new_folder(*state);

    assert_string_equal(complaint(*state, folder), "");
    assert_string_equal(complaint(*state, folder), "");
}

static struct stat
info_of(const char *path)
{
    struct stat info;

    assert_int_equal(lstat(path, &info), 0);
    return info;
}

static void
test_what_is_there_already_is_not_written_again_but_its_time_is_set(void **state)
{
    const char *folder = new_folder(*state);
    const char *path = path_of(*state, folder, "chain-keyfactor");
    struct stat before;

    save(*state, folder, "chain-keyfactor", "the same");
    set_time(path, NOW);
    before = info_of(path);
    save(*state, folder, "chain-keyfactor", "the same");
    assert_int_equal(info_of(path).st_ino, before.st_ino);
    assert_true(info_of(path).st_mtime > before.st_mtime);
    save(*state, folder, "chain-keyfactor", "another ");
    assert_int_not_equal(info_of(path).st_ino, before.st_ino);
    assert_string_equal(load(*state, folder, "chain-keyfactor", INT64_MAX, INT64_MAX), "another ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_note_that_was_written_is_read),
        KF_TEST(test_whether_there_is_a_note_is_not_known_without_the_keeper),
        KF_TEST(test_each_request_has_a_note_of_its_own),
        KF_TEST(test_a_note_that_cannot_be_read_is_of_the_time_of_its_file),
        KF_TEST(test_folder_and_files_are_for_root_only),
        KF_TEST(test_what_is_there_already_is_not_written_again_but_its_time_is_set),
        KF_TEST(test_notes_that_nobody_has_touched_for_a_month_are_taken_away),
        KF_TEST(test_old_beginnings_of_files_are_taken_away_too),
        KF_TEST(test_what_is_kept_of_a_ca_has_its_name_unless_that_is_no_file_name),
        KF_TEST(test_what_is_no_file_is_no_note),
        KF_TEST(test_a_link_in_place_of_a_note_is_not_followed),
        KF_TEST(test_what_was_saved_is_loaded),
        KF_TEST(test_saving_leaves_no_other_file_behind),
        KF_TEST(test_what_cannot_be_saved_leaves_no_file_behind),
        KF_TEST(test_what_is_too_old_is_not_loaded),
        KF_TEST(test_what_is_from_the_future_is_not_loaded),
        KF_TEST(test_what_others_may_write_is_not_loaded),
        KF_TEST(test_a_folder_that_cannot_be_written_fails_nothing),
        KF_TEST(test_nothing_is_said_when_all_is_well),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
