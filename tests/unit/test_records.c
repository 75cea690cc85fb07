/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of the last run for each request, on disk. */

#include "support.h"

#include "records.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define NOW  INT64_C(1767225600)
#define YEAR (365 * INT64_C(86400))
#define HASH "f503b11c9c0e422d264e0752f7470d1a507bc777a3c66898ff79c064c0597c27"
#define MORE "690fb633769028811e657af40a4947cf0e4b0dc290d264bcce3e0eb7d8996221"

static const struct kf_record sample = {
    .ca = "keyfactor",
    .template = "Web Server",
    .subject = "CN=web",
    .reason = "waits for approval",
    .fate = KF_FATE_PENDING,
    .status = 5,
    .delay = 300,
    .attempt = 3,
    .request_id = INT64_C(4294967297),
    .time = NOW,
    .milliseconds = 1234,
};

static struct kf_record *
load(TALLOC_CTX *mem, const char *folder, const char *hash)
{
    struct kf_record *record = NULL;

    return kf_records_load(mem, folder, hash, &record) ? record : NULL;
}

static void
test_what_is_saved_is_loaded(void **state)
{
    const char *folder = kf_test_directory(*state);
    const struct kf_record *record = NULL;

    kf_records_save(folder, HASH, &sample);
    record = load(*state, folder, HASH);
    assert_non_null(record);
    assert_string_equal(record->ca, "keyfactor");
    assert_string_equal(record->template, "Web Server");
    assert_string_equal(record->subject, "CN=web");
    assert_string_equal(record->reason, "waits for approval");
    assert_int_equal(record->fate, KF_FATE_PENDING);
    assert_int_equal(record->status, 5);
    assert_int_equal(record->delay, 300);
    assert_int_equal(record->attempt, 3);
    assert_int_equal(record->request_id, sample.request_id);
    assert_int_equal(record->time, NOW);
    assert_int_equal(record->milliseconds, 1234);
    assert_null(load(*state, folder, MORE));
}

static void
test_texts_may_be_empty(void **state)
{
    const char *folder = kf_test_directory(*state);
    struct kf_record record = sample;

    record.template = record.subject = record.reason = "";
    kf_records_save(folder, HASH, &record);
    assert_string_equal(load(*state, folder, HASH)->template, "");
    assert_string_equal(load(*state, folder, HASH)->reason, "");
}

static void
test_the_last_run_counts(void **state)
{
    const char *folder = kf_test_directory(*state);
    struct kf_record record = sample;
    size_t count = 0;

    kf_records_save(folder, HASH, &sample);
    record.fate = KF_FATE_ISSUED;
    kf_records_save(folder, HASH, &record);
    assert_int_equal(load(*state, folder, HASH)->fate, KF_FATE_ISSUED);
    kf_records_save(folder, MORE, &sample);
    assert_non_null(kf_records_list(*state, folder, &count));
    assert_int_equal(count, 2);
}

static void
test_what_is_damaged_is_not_there(void **state)
{
    static const char *const damaged[] = {
        "",
        "rubbish",
        "1 5 300 3 7 1767225600 1234\nkeyfactor\nWeb\nCN=web\n",
        "1 5 300 3 7 1767225600\nkeyfactor\nWeb\nCN=web\nreason\n",
        "6 5 300 3 7 1767225600 1234\nkeyfactor\nWeb\nCN=web\nreason\n",
        "1 5 300 3 7 -1 1234\nkeyfactor\nWeb\nCN=web\nreason\n",
        "1 5 300 3 7 9223372036854775807 1234\nkeyfactor\nWeb\nCN=web\nreason\n",
        "1 5 300 3 -7 1767225600 1234\nkeyfactor\nWeb\nCN=web\nreason\n",
        "-1 5 300 3 7 1767225600 1234\nkeyfactor\nWeb\nCN=web\nreason\n",
    };
    const char *folder = kf_test_directory(*state);
    size_t count = 1;

    for (size_t i = 0; i < COUNT(damaged); i++) {
        kf_test_file(*state, folder, "last-" HASH, damaged[i], 0600);
        assert_null(load(*state, folder, HASH));
        kf_records_list(*state, folder, &count);
        assert_int_equal(count, 0);
    }
}

static void
test_without_a_folder_there_is_nothing(void **state)
{
    size_t count = 1;

    assert_null(load(*state, "/nowhere", HASH));
    assert_null(kf_records_list(*state, "/nowhere", &count));
    assert_int_equal(count, 0);
}

static void
test_a_name_that_is_no_hash_is_not_written(void **state)
{
    const char *folder = kf_test_directory(*state);
    size_t count = 1;

    kf_records_save(folder, "../x", &sample);
    kf_records_save(folder, "hash", &sample);
    assert_null(kf_test_read(*state, talloc_asprintf(*state, "%s/last-hash", folder)));
    kf_records_list(*state, folder, &count);
    assert_int_equal(count, 0);
}

static void
test_old_ones_are_swept_away(void **state)
{
    const struct timespec times[2] = {{.tv_sec = NOW - YEAR - YEAR / 4},
                                      {.tv_sec = NOW - YEAR - YEAR / 4}};
    const char *folder = kf_test_directory(*state);
    const char *old = talloc_asprintf(*state, "%s/last-" HASH, folder);

    kf_records_save(folder, HASH, &sample);
    assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
    kf_records_save(folder, MORE, &sample);
    assert_null(load(*state, folder, HASH));
    assert_non_null(load(*state, folder, MORE));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_what_is_saved_is_loaded),
        KF_TEST(test_texts_may_be_empty),
        KF_TEST(test_the_last_run_counts),
        KF_TEST(test_what_is_damaged_is_not_there),
        KF_TEST(test_without_a_folder_there_is_nothing),
        KF_TEST(test_a_name_that_is_no_hash_is_not_written),
        KF_TEST(test_old_ones_are_swept_away),
    };

    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
