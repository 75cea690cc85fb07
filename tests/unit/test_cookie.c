/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The cookie: what one run tells the next. */

#include "support.h"

#include "cookie.h"
#include "text.h"

#include <string.h>

#define QUARTER "0123456789abcdef"
#define HASH    QUARTER QUARTER QUARTER QUARTER

#define GUID "5D4c3b2a-1f0e-4d9c-8b7a-665544332211"

#define BEFORE_API     "kf1,state=submit,attempt=2,since=1766500000"
#define BEFORE_REQUEST BEFORE_API ",api=rest"
#define BEFORE_CSR     BEFORE_REQUEST ",request=0,workflow=-"
#define AFTER_REQUEST  ",workflow=-,csr=" HASH
#define AFTER_SINCE    ",api=rest,request=0" AFTER_REQUEST
#define AFTER_ATTEMPT  ",since=1766500000" AFTER_SINCE
#define AFTER_VERSION  ",state=submit,attempt=2" AFTER_ATTEMPT
#define GOOD           "kf1" AFTER_VERSION

static const struct kf_cookie cookies[] = {
    {KF_COOKIE_SUBMIT, 0, 0, 0, "-", "-", HASH},
    {KF_COOKIE_SUBMIT, 2, 1766500000, 0, "rest", "-", HASH},
    {KF_COOKIE_RECONCILE, 7, 1766500000, 0, "classic", "-", HASH},
    {KF_COOKIE_RECONCILE, 7, 1766500000, 12, "classic", "-", HASH},
    {KF_COOKIE_RESUME, 0, 1766500000, 1, "classic", "-", HASH},
    {KF_COOKIE_RESUME, 3, 1766500000, 0, "rest", GUID, HASH},
    {KF_COOKIE_RESUME, 3, 1766500000, 12, "rest", "42", HASH},
    {KF_COOKIE_RESUME, 3, 1766500000, 0, "rest", "-", HASH},
    {KF_COOKIE_GUESS, 3, 1766500000, 12, "-", "-", HASH},
    {KF_COOKIE_RESUME, UINT32_MAX, INT64_MAX, INT64_MAX, "classic", GUID, HASH},
};

static void
assert_same(const struct kf_cookie *cookie, const struct kf_cookie *expected)
{
    assert_int_equal(cookie->state, expected->state);
    assert_int_equal(cookie->attempt, expected->attempt);
    assert_int_equal(cookie->since, expected->since);
    assert_int_equal(cookie->request_id, expected->request_id);
    assert_string_equal(cookie->api, expected->api);
    assert_string_equal(cookie->workflow, expected->workflow);
    assert_string_equal(cookie->csr_sha256, expected->csr_sha256);
}

static void
assert_refused(TALLOC_CTX *mem, const char *line)
{
    TALLOC_CTX *scratch = talloc_new(mem);
    struct kf_cookie *cookie = NULL;
    struct kf_error err;

    if (kf_cookie_parse(scratch, line, &cookie, &err) != KF_BADINPUT) {
        fail_msg("\"%s\" was not refused", line);
    }
    assert_null(cookie);
    assert_true(err.text[0] != '\0' && kf_text_is_line(err.text));
    assert_int_equal(talloc_total_blocks(scratch), 1);
}

/* GOOD with zeros in front of a number, so that it is of len characters. */
static char *
lengthened(TALLOC_CTX *mem, size_t len)
{
    char *line = talloc_asprintf(mem,
                                 "kf1,state=submit,attempt=%0*d,since=1766500000,api=rest,"
                                 "request=0,workflow=-,csr=" HASH,
                                 (int)(len - strlen(GOOD)) + 1, 2);

    assert_non_null(line);
    assert_int_equal(strlen(line), len);
    return line;
}

static void
test_a_cookie_is_one_short_printable_line(void **state)
{
    for (size_t i = 0; i < COUNT(cookies); i++) {
        const char *line = kf_cookie_format(*state, &cookies[i]);

        assert_true(kf_text_is_line(line));
        assert_true(strlen(line) <= KF_COOKIE_MAX);
        assert_null(strpbrk(line, " \t\r\n"));
    }
}

static void
test_what_was_written_is_read(void **state)
{
    for (size_t i = 0; i < COUNT(cookies); i++) {
        struct kf_cookie *cookie = NULL;
        struct kf_error err;

        assert_int_equal(
            kf_cookie_parse(*state, kf_cookie_format(*state, &cookies[i]), &cookie, &err), KF_OK);
        assert_same(cookie, &cookies[i]);
    }
}

/* A cookie outlives an update of this program. */
static void
test_the_form_of_version_1_is_kept(void **state)
{
    struct kf_cookie *cookie = NULL;
    struct kf_error err;

    assert_string_equal(kf_cookie_format(*state, &cookies[1]), GOOD);
    assert_int_equal(kf_cookie_parse(*state, GOOD, &cookie, &err), KF_OK);
    assert_same(cookie, &cookies[1]);
}

static void
test_white_space_around_is_ignored(void **state)
{
    static const char *const lines[] = {GOOD "\n", GOOD "\r\n", "\n\n" GOOD, " \t" GOOD " \t\n\n"};

    for (size_t i = 0; i < COUNT(lines); i++) {
        struct kf_cookie *cookie = NULL;
        struct kf_error err;

        assert_int_equal(kf_cookie_parse(*state, lines[i], &cookie, &err), KF_OK);
        assert_same(cookie, &cookies[1]);
    }
}

static const char *const damaged[] = {
    "",
    "\n",
    "kf1",
    "12345",
    "no cookie at all",

    /* versions, the one without api= and workflow= among them */
    "kf2" AFTER_VERSION,
    "kf10" AFTER_VERSION,
    "KF1" AFTER_VERSION,
    AFTER_VERSION,
    "kf1,state=submit,attempt=2,since=1766500000,request=0,csr=" HASH,

    /* fields: missing, twice, in another order, of another name, too many */
    "kf1,attempt=2" AFTER_ATTEMPT,
    "kf1,state=submit" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=2,api=rest,request=0,workflow=-,csr=" HASH,
    BEFORE_API ",request=0,workflow=-,csr=" HASH,
    BEFORE_REQUEST ",workflow=-,csr=" HASH,
    BEFORE_REQUEST ",request=0,csr=" HASH,
    BEFORE_CSR,
    "kf1,state=submit,state=submit,attempt=2" AFTER_ATTEMPT,
    "kf1,attempt=2,state=submit" AFTER_ATTEMPT,
    BEFORE_REQUEST ",workflow=-,request=0,csr=" HASH,
    "kf1,State=submit,attempt=2" AFTER_ATTEMPT,
    "kf1,state,attempt=2" AFTER_ATTEMPT,
    "kf1,,state=submit,attempt=2" AFTER_ATTEMPT,
    GOOD ",more=1",
    GOOD ",",

    /* state, and what it wants: a guess is about a request */
    "kf1,state=,attempt=2" AFTER_ATTEMPT,
    "kf1,state=issued,attempt=2" AFTER_ATTEMPT,
    "kf1,state=SUBMIT,attempt=2" AFTER_ATTEMPT,
    "kf1,state=submitted,attempt=2" AFTER_ATTEMPT,
    "kf1,state=guess,attempt=2" AFTER_ATTEMPT,

    /* numbers */
    "kf1,state=submit,attempt=" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=-1" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=+1" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=0x2" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=2=2" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=4294967296" AFTER_ATTEMPT,
    "kf1,state=submit,attempt=2,since=-1" AFTER_SINCE,
    "kf1,state=submit,attempt=2,since=now" AFTER_SINCE,
    "kf1,state=submit,attempt=2,since=1.5" AFTER_SINCE,
    "kf1,state=submit,attempt=2,since=9223372036854775808" AFTER_SINCE,
    BEFORE_REQUEST ",request=" AFTER_REQUEST,
    BEFORE_REQUEST ",request=-1" AFTER_REQUEST,
    BEFORE_REQUEST ",request=9223372036854775808" AFTER_REQUEST,
    BEFORE_REQUEST ",request=99999999999999999999999999999999" AFTER_REQUEST,

    /* words: they go into addresses and messages as they are */
    BEFORE_API ",api=,request=0" AFTER_REQUEST,
    BEFORE_API ",api=the rest,request=0" AFTER_REQUEST,
    BEFORE_API ",api=re/st,request=0" AFTER_REQUEST,
    BEFORE_REQUEST ",request=0,workflow=,csr=" HASH,
    BEFORE_REQUEST ",request=0,workflow=../../Status,csr=" HASH,
    BEFORE_REQUEST ",request=0,workflow=%2e%2e,csr=" HASH,
    BEFORE_REQUEST ",request=0,workflow=1?x=1,csr=" HASH,
    BEFORE_REQUEST ",request=0,workflow=" GUID "0,csr=" HASH,

    /* hash */
    BEFORE_CSR ",csr=",
    BEFORE_CSR ",csr=" QUARTER,
    BEFORE_CSR ",csr=" HASH "0",
    BEFORE_CSR ",csr=" QUARTER QUARTER QUARTER "0123456789ABCDEF",
    BEFORE_CSR ",csr=" QUARTER QUARTER QUARTER "0123456789abcdeg",

    /* white space within, a second line */
    "kf1, state=submit,attempt=2" AFTER_ATTEMPT,
    "kf1,state=submit,attempt= 2" AFTER_ATTEMPT,
    GOOD "\n" GOOD,
    GOOD "\x01",
};

static void
test_a_damaged_cookie_is_refused(void **state)
{

    for (size_t i = 0; i < COUNT(damaged); i++) {
        assert_refused(*state, damaged[i]);
    }
}

static void
test_each_beginning_of_a_cookie_is_refused(void **state)
{
    for (size_t len = 0; len < strlen(GOOD); len++) {
        assert_refused(*state, talloc_strndup(*state, GOOD, len));
    }
}

static void
test_a_cookie_over_the_limit_is_refused(void **state)
{
    struct kf_cookie *cookie = NULL;
    struct kf_error err;

    assert_int_equal(kf_cookie_parse(*state, lengthened(*state, KF_COOKIE_MAX), &cookie, &err),
                     KF_OK);
    assert_same(cookie, &cookies[1]);
    assert_refused(*state, lengthened(*state, KF_COOKIE_MAX + 1));
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_no_damage(void **state)
{
    struct kf_cookie *cookie = NULL;
    size_t failures = 0;

    assert_null(kf_cookie_format(kf_test_small_memory(*state, 1), &cookies[0]));
    for (size_t size = 1; cookie == NULL; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_error err;
        enum kf_rc rc = kf_cookie_parse(small, GOOD, &cookie, &err);

        assert_int_equal(rc, cookie == NULL ? KF_INTERNAL : KF_OK);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_cookie_is_one_short_printable_line),
        KF_TEST(test_what_was_written_is_read),
        KF_TEST(test_the_form_of_version_1_is_kept),
        KF_TEST(test_white_space_around_is_ignored),
        KF_TEST(test_a_damaged_cookie_is_refused),
        KF_TEST(test_each_beginning_of_a_cookie_is_refused),
        KF_TEST(test_a_cookie_over_the_limit_is_refused),
        KF_TEST(test_want_of_memory_is_no_damage),
    };

    return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
