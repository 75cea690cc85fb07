/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What an HTTP status means for a request. */

#include "world.h"

#include "reply.h"
#include "text.h"

#include <string.h>

#define NOW INT64_C(1767225600)

static const struct kf_request request = {
    .method = "POST",
    .url = "https://keyfactor.example.com/CMSApi/CertEnroll/3/Pkcs10",
    .absent = "no Classic API (removed in Command 11)",
    .login = {.way = KF_LOGIN_BASIC},
};

static const struct {
    int status;
    const char *body;
    enum kf_rc rc;
    const char *text; /* a part of it */
} table[] = {
    {200, "", KF_OK, ""},
    {200, "<html>", KF_OK, ""},
    {201, "", KF_OK, ""},
    {202, "", KF_OK, ""},
    {204, "", KF_OK, ""},

    /* no answer of this API, but one all the same */
    {206, "", KF_UNCERTAIN, "HTTP 206"},
    {301, "", KF_BADCONFIG, "HTTP 301"},
    {302, "", KF_BADCONFIG, "credentials never follow"},
    {307, "", KF_BADCONFIG, "set url"},
    {308, "", KF_BADCONFIG, "HTTP 308"},

    {400, "", KF_REFUSED, "HTTP 400"},
    {400, "{\"Message\": \"No such template.\"}", KF_REFUSED, "the server says: No such template."},
    {409, "", KF_REFUSED, "HTTP 409"},
    {413, "", KF_REFUSED, "HTTP 413"},
    {422, "", KF_REFUSED, "HTTP 422"},

    /* an order that waits for validation elsewhere: the CA has taken it */
    {400, "{\"ErrorCode\": \"0xA0010023\", \"Message\": \"External validation\"}", KF_PENDING,
     "0xA0010023"},

    {401, "", KF_AUTH, "check username and password-file"},
    {401, "{\"Message\": \"The signature is invalid.\"}", KF_AUTH, "check application-secret-file"},
    {401, "{\"Message\": \"HMAC mismatch\"}", KF_AUTH, "check application-secret-file"},
    {401, "{\"Message\": \"The Timestamp is too old.\"}", KF_AUTH, "check the clocks"},
    {401, "{\"Message\": \"Unknown AppKey.\"}", KF_AUTH, "check application-key"},
    {401, "{\"Message\": \"The application is disabled.\"}", KF_AUTH, "check application-key"},
    {401, "{\"Message\": \"Access is denied.\"}", KF_AUTH, "the server says: Access is denied."},
    {403, "", KF_FORBIDDEN, "check its roles and permissions"},
    {403, "{\"Message\": \"Unknown API Key.\"}", KF_FORBIDDEN, "check application-key"},

    {404, "", KF_NOAPI, "no Classic API (removed in Command 11)"},
    {404, "", KF_NOAPI, "https://keyfactor.example.com/CMSApi/CertEnroll/3/Pkcs10"},
    {405, "", KF_NOAPI, "HTTP 405"},
    {410, "", KF_NOAPI, "HTTP 410"},

    {408, "", KF_BUSY, "HTTP 408"},
    {425, "", KF_BUSY, "HTTP 425"},
    {429, "", KF_BUSY, "HTTP 429"},
    {503, "<html><title>Maintenance</title></html>", KF_BUSY, "the server says: Maintenance"},

    {500, "", KF_UNCERTAIN, "may have issued"},
    {500, "{\"ErrorCode\": \"0xA0110007\"}", KF_UNCERTAIN, "the server says: 0xA0110007"},
    {501, "", KF_UNCERTAIN, "HTTP 501"},
    {502, "", KF_UNCERTAIN, "HTTP 502"},
    {504, "", KF_UNCERTAIN, "HTTP 504"},
    {599, "", KF_UNCERTAIN, "HTTP 599"},
    {999, "", KF_UNCERTAIN, "HTTP 999"},
    {102, "", KF_UNCERTAIN, "HTTP 102"},
    {0, "", KF_UNCERTAIN, "HTTP 0"},
};

static void
test_each_status_has_its_reason_and_text(void **state)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct kf_reply reply = kf_test_reply(*state, table[i].status, table[i].body);
        struct kf_error err = {.text = ""};
        enum kf_rc rc = kf_reply_check(&request, &reply, NOW, &err);

        if (rc != table[i].rc) {
            fail_msg("HTTP %d with \"%s\" is %d, not %d", table[i].status, table[i].body, rc,
                     table[i].rc);
        }
        kf_test_contains(err.text, table[i].text);
    }
}

static void
test_what_was_only_asked_has_issued_nothing(void **state)
{
    static const struct {
        int status;
        enum kf_rc rc;
        const char *text;
    } cases[] = {
        {500, KF_UNCERTAIN, "the server failed (HTTP 500)"},
        {400, KF_REFUSED,
         "the server refused the request (HTTP 400): check rest-path, rest-version and "
         "requested-with"},
    };
    struct kf_request question = request;

    question.method = "GET";
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct kf_reply reply = kf_test_reply(*state, cases[i].status, "");
        struct kf_error err;

        assert_int_equal(kf_reply_check(&question, &reply, NOW, &err), cases[i].rc);
        assert_string_equal(err.text, cases[i].text);
    }
}

static const struct {
    enum kf_login_way way;
    const char *check;
} ways[] = {
    {KF_LOGIN_BASIC, "check username and password-file"},
    {KF_LOGIN_BEARER, "check token-url, scope and audience"},
    {KF_LOGIN_NEGOTIATE, "check keytab"},
    {KF_LOGIN_NONE, "check client-certificate"},
};

static void
test_a_refusal_says_what_of_the_way_in_to_check(void **state)
{
    for (size_t i = 0; i < COUNT(ways); i++) {
        const struct kf_reply reply = kf_test_reply(*state, 401, "");
        struct kf_request asked = request;
        struct kf_error err;

        asked.login.way = ways[i].way;
        assert_int_equal(kf_reply_check(&asked, &reply, NOW, &err), KF_AUTH);
        kf_test_contains(err.text, ways[i].check);
    }
}

static void
test_a_redirect_names_where_to(void **state)
{
    struct kf_reply reply = kf_test_reply(*state, 302, "");
    struct kf_error err;

    reply.location = "https://elsewhere.example.com/login";
    assert_int_equal(kf_reply_check(&request, &reply, NOW, &err), KF_BADCONFIG);
    kf_test_contains(err.text, "https://elsewhere.example.com/login");
}

/* What is cut off a long reason is never the advice. */
static void
test_the_advice_comes_before_the_words_of_the_server(void **state)
{
    static const int statuses[] = {400, 401, 403, 404, 429, 500};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        const struct kf_reply reply =
            kf_test_reply(*state, statuses[i], "{\"Message\": \"WORDS\"}");
        struct kf_error err;

        assert_int_not_equal(kf_reply_check(&request, &reply, NOW, &err), KF_OK);
        assert_string_equal(strstr(err.text, "WORDS"), "WORDS");
    }
}

static const struct {
    int status;
    int64_t date; /* seconds from now */
    enum kf_rc rc;
    bool is_clock;
} clocks[] = {
    {401, -KF_REPLY_CLOCK_MAX, KF_AUTH, false},
    {401, -KF_REPLY_CLOCK_MAX - 1, KF_AUTH, true},
    {401, KF_REPLY_CLOCK_MAX, KF_AUTH, false},
    {401, KF_REPLY_CLOCK_MAX + 1, KF_AUTH, true},
    {401, -NOW, KF_AUTH, false}, /* not said */
    {403, 3600, KF_AUTH, true},
    {400, 3600, KF_AUTH, true},
    {403, 60, KF_FORBIDDEN, false},
    {400, 60, KF_REFUSED, false},
    {404, 3600, KF_NOAPI, false},
    {429, 3600, KF_BUSY, false},
    {500, 3600, KF_UNCERTAIN, false},
    {200, 3600, KF_OK, false},
};

static void
test_a_refusal_with_clocks_that_differ_names_both(void **state)
{
    for (size_t i = 0; i < COUNT(clocks); i++) {
        struct kf_reply reply = kf_test_reply(*state, clocks[i].status, "");
        struct kf_error err = {.text = ""};
        char theirs[32];

        reply.date = NOW + clocks[i].date;
        assert_int_equal(kf_reply_check(&request, &reply, NOW, &err), clocks[i].rc);
        if (clocks[i].is_clock) {
            kf_test_contains(err.text, "2026-01-01T00:00:00Z here");
            kf_test_contains(err.text, kf_text_time(reply.date, theirs));
        } else {
            assert_null(strstr(err.text, "clocks that differ"));
        }
    }
}

static void
test_a_refusal_with_clocks_that_differ_has_the_words_of_the_server(void **state)
{
    struct kf_reply reply =
        kf_test_reply(*state, 401, "{\"Message\": \"The Timestamp is too old.\"}");
    struct kf_error err;

    reply.date = NOW + 86400;
    assert_int_equal(kf_reply_check(&request, &reply, NOW, &err), KF_AUTH);
    kf_test_contains(err.text, "the server says: The Timestamp is too old.");
}

static void
test_an_answer_without_body_is_read(void **state)
{
    const struct kf_reply reply = {.status = 500};
    struct kf_error err;

    (void)state;
    assert_int_equal(kf_reply_check(&request, &reply, NOW, &err), KF_UNCERTAIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_status_has_its_reason_and_text),
        KF_TEST(test_what_was_only_asked_has_issued_nothing),
        KF_TEST(test_a_refusal_says_what_of_the_way_in_to_check),
        KF_TEST(test_a_redirect_names_where_to),
        KF_TEST(test_the_advice_comes_before_the_words_of_the_server),
        KF_TEST(test_a_refusal_with_clocks_that_differ_names_both),
        KF_TEST(test_a_refusal_with_clocks_that_differ_has_the_words_of_the_server),
        KF_TEST(test_an_answer_without_body_is_read),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
