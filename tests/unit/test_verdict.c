/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What an answer says about a request. */

#include "support.h"

#include "chain.h"
#include "text.h"
#include "verdict.h"

#include <string.h>

#define ISSUED  KF_DISPOSITION_ISSUED
#define PENDING KF_DISPOSITION_PENDING
#define DENIED  KF_DISPOSITION_DENIED
#define UNKNOWN KF_DISPOSITION_UNKNOWN

#define GUID "5d4c3b2a-1f0e-4d9c-8b7a-665544332211"

static const struct {
    const char *certificates;
    int64_t request_id;
    const char *workflow;
    const char *word;
    enum kf_disposition disposition;
} table[] = {
    /* a certificate is issued, whatever the word */
    {"certificate", 0, NULL, "Issued", ISSUED},
    {"certificate", 7, NULL, "ISSUED", ISSUED},
    {"certificate", 7, NULL, "", ISSUED},
    {"certificate", 7, NULL, "Taken Under Submission", ISSUED},
    {"certificate", 7, NULL, "Denied", ISSUED},

    /* words of refusal: Microsoft's, Command's */
    {"", 7, NULL, "Denied", DENIED},
    {"", 0, NULL, "Denied", DENIED},
    {"", 7, NULL, "Denied by Policy Module", DENIED},
    {"", 7, NULL, "Error", DENIED},
    {"", 7, NULL, "Incomplete", DENIED},
    {"", 7, NULL, "Revoked", DENIED},
    {"", 7, NULL, "DENIED", DENIED},
    {"", 7, NULL, "FAILED", DENIED},
    {"", 7, NULL, "Rejected", DENIED},

    /* a request id is pending */
    {"", 7, NULL, "Taken Under Submission", PENDING},
    {"", 7, NULL, "PENDING", PENDING},
    {"", 7, NULL, "EXTERNAL_VALIDATION", PENDING},
    {"", 7, NULL, "", PENDING},
    {"", 7, NULL, "a word that nobody knows", PENDING},
    {"", 7, NULL, "Issued", PENDING},
    {" \r\n\t", 7, NULL, "Issued", PENDING},

    /* so is a workflow */
    {"", 0, GUID, "PENDING", PENDING},
    {"", 0, "42", "", PENDING},
    {"", 0, GUID, "Rejected", DENIED},
    {"", 7, GUID, "PENDING", PENDING},
    {"certificate", 0, GUID, "PENDING", ISSUED},

    /* so is what the server says that it is, though it does not say how to ask about it */
    {"", 0, NULL, "PENDING", PENDING},
    {"", 0, NULL, "Taken Under Submission", PENDING},
    {"", 0, NULL, "EXTERNAL_VALIDATION", PENDING},

    /* nothing is known */
    {"", 0, NULL, "", UNKNOWN},
    {"", 0, NULL, "Issued", UNKNOWN},
};

static struct kf_verdict *
decided(TALLOC_CTX *mem, size_t i)
{
    struct kf_verdict *verdict = kf_verdict_new(mem);
    struct kf_error err;

    verdict->request_id = table[i].request_id;
    verdict->workflow = table[i].workflow;
    assert_int_equal(kf_verdict_add(verdict, table[i].certificates, &err), KF_OK);
    assert_int_equal(kf_verdict_decide(verdict, table[i].word, "", &err), KF_OK);
    return verdict;
}

static void
test_facts_come_before_words(void **state)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct kf_verdict *verdict = decided(*state, i);

        if (verdict->disposition != table[i].disposition) {
            fail_msg("\"%s\", id %d, word \"%s\" is %d, not %d", table[i].certificates,
                     (int)table[i].request_id, table[i].word, verdict->disposition,
                     table[i].disposition);
        }
    }
}

static void
test_a_new_verdict_knows_nothing(void **state)
{
    const struct kf_verdict *verdict = kf_verdict_new(*state);

    assert_int_equal(verdict->disposition, UNKNOWN);
    assert_int_equal(verdict->certificate_count, 0);
    assert_int_equal(verdict->request_id, 0);
    assert_null(verdict->workflow);
    assert_string_equal(verdict->message, "");
}

static void
test_the_texts_are_copied_in_their_order(void **state)
{
    struct kf_verdict *verdict = kf_verdict_new(*state);
    char text[] = "one";
    struct kf_error err;

    assert_int_equal(kf_verdict_add(verdict, text, &err), KF_OK);
    memcpy(text, "two", 3);
    assert_int_equal(kf_verdict_add(verdict, " \n", &err), KF_OK);
    assert_int_equal(kf_verdict_add(verdict, text, &err), KF_OK);
    assert_int_equal(verdict->certificate_count, 2);
    assert_string_equal((char *)verdict->certificates[0].data, "one");
    assert_string_equal((char *)verdict->certificates[1].data, "two");
    assert_int_equal(verdict->certificates[1].len, 3);
}

/* An answer with so many certificates. */
static struct kf_reply
answer_with(TALLOC_CTX *mem, size_t count)
{
    char *body = talloc_strdup(mem, "{\"Certificates\": [\"a\"");

    for (size_t i = 1; i < count; i++) {
        body = talloc_strdup_append_buffer(body, ", \"a\"");
    }
    body = talloc_strdup_append_buffer(body, "]}");
    assert_non_null(body);
    return (struct kf_reply){.status = 200, .body = {(unsigned char *)body, strlen(body)}};
}

static void
test_as_many_certificates_are_taken_as_a_chain_may_have(void **state)
{
    const struct kf_verdict_form form = {.request_id = "Id"};
    const struct kf_reply most = answer_with(*state, KF_CHAIN_MAX);
    const struct kf_reply too_many = answer_with(*state, KF_CHAIN_MAX + 1);
    struct kf_verdict *verdict = NULL;
    struct kf_error err;

    assert_int_equal(kf_verdict_read(*state, &form, &most, &verdict, &err), KF_OK);
    assert_int_equal(verdict->certificate_count, KF_CHAIN_MAX);
    assert_int_equal(kf_verdict_read(*state, &form, &too_many, &verdict, &err), KF_BADREPLY);
    kf_test_contains(err.text, "more than 100 certificates");
}

static void
test_the_message_is_one_printable_line(void **state)
{
    static const struct {
        const char *word;
        const char *message;
        const char *expected;
    } cases[] = {
        {"Denied", "", "Denied"},
        {"Denied", "The key is too small.", "The key is too small."},
        {"", "", ""},
        {"Denied", " no\r\n\x1b[2Jway ", "no ?[2Jway"},
        {"De\nnied", "", "De nied"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_verdict *verdict = kf_verdict_new(*state);
        struct kf_error err;

        assert_int_equal(kf_verdict_decide(verdict, cases[i].word, cases[i].message, &err), KF_OK);
        assert_string_equal(verdict->message, cases[i].expected);
    }
}

static void
test_a_long_message_is_cut(void **state)
{
    struct kf_verdict *verdict = kf_verdict_new(*state);
    char message[2 * KF_TEXT_LINE_MAX];
    struct kf_error err;

    memset(message, 'x', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    assert_int_equal(kf_verdict_decide(verdict, "Denied", message, &err), KF_OK);
    assert_int_equal(strlen(verdict->message), KF_TEXT_LINE_MAX);
}

/* It goes into the path or the query of a request. */
static void
test_a_workflow_is_a_guid_or_a_number(void **state)
{
    static const struct {
        const char *text;
        bool is_workflow;
    } cases[] = {
        {GUID, true},
        {"5D4C3B2A-1F0E-4D9C-8B7A-665544332211", true},
        {"1", true},
        {"123456789012345678901234567890123456", true},
        {"1234567890123456789012345678901234567", false},
        {"", false},
        {"-", false},
        {"-1", false},
        {"abc", false},
        {"42 ", false},
        {"../../Status", false},
        {"5d4c3b2a-1f0e-4d9c-8b7a-66554433221", false},
        {"5d4c3b2a-1f0e-4d9c-8b7a-6655443322111", false},
        {"5d4c3b2a-1f0e-4d9c-8b7a-66554433221g", false},
        {"{d4c3b2a-1f0e-4d9c-8b7a-66554433221}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (kf_verdict_is_workflow(cases[i].text) != cases[i].is_workflow) {
            fail_msg("\"%s\"", cases[i].text);
        }
    }
}

static void
test_want_of_memory_is_said(void **state)
{
    size_t failures = 0;

    for (size_t size = 1; size < 2048; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_verdict *verdict = kf_verdict_new(small);
        struct kf_error err;
        enum kf_rc rc = verdict == NULL ? KF_INTERNAL : kf_verdict_add(verdict, "text", &err);

        if (rc == KF_OK) {
            rc = kf_verdict_decide(verdict, "Denied", "no", &err);
        }
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
        failures += rc == KF_INTERNAL;
    }
    assert_in_range(failures, 1, 127);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_facts_come_before_words),
        KF_TEST(test_a_new_verdict_knows_nothing),
        KF_TEST(test_the_texts_are_copied_in_their_order),
        KF_TEST(test_as_many_certificates_are_taken_as_a_chain_may_have),
        KF_TEST(test_the_message_is_one_printable_line),
        KF_TEST(test_a_long_message_is_cut),
        KF_TEST(test_a_workflow_is_a_guid_or_a_number),
        KF_TEST(test_want_of_memory_is_said),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
