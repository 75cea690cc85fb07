/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* An access token: what is asked of the token endpoint, and what its answers say. */

#include "world.h"

#include "oauth.h"

#include <string.h>

#define URL "https://login.example.com/oauth2/token"

struct fixture {
    struct kf_config config;
    struct kf_request *request;
    struct kf_error err;
};

static struct fixture *
new_fixture(TALLOC_CTX *mem)
{
    struct fixture *fixture = talloc_zero(mem, struct fixture);

    assert_non_null(fixture);
    fixture->config = (struct kf_config){.token_url = URL,
                                         .client_id = "host:1",
                                         .client_secret = kf_secret_new(fixture, "s3 cret", 7)};
    return fixture;
}

static const struct kf_request *
built(struct fixture *fixture)
{
    assert_int_equal(kf_oauth_build(fixture, &fixture->config, &fixture->request, &fixture->err),
                     KF_OK);
    return fixture->request;
}

static void
assert_field(const struct kf_request *request, const char *name, const char *value)
{
    const char *actual = kf_test_field(request, name);

    if (value == NULL) {
        assert_null(actual);
    } else {
        assert_non_null(actual);
        assert_string_equal(actual, value);
    }
}

static void
test_a_token_is_asked_for_with_a_form_at_its_own_address(void **state)
{
    const struct kf_request *request = built(new_fixture(*state));

    assert_string_equal(request->method, "POST");
    assert_string_equal(request->url, URL);
    assert_string_equal(kf_test_header(request, "Accept"), "application/json");
    assert_field(request, "grant_type", "client_credentials");
    assert_null(request->body.data);
    assert_int_equal(request->query_count, 0);
    assert_false(request->is_public);
}

/* RFC 6749 section 2.3.1: in a header, where both are percent-encoded, or in the form. */
static void
test_the_client_shows_its_secret_in_the_header_or_in_the_form(void **state)
{
    struct fixture *header = new_fixture(*state);
    struct fixture *form = new_fixture(*state);

    built(header);
    assert_int_equal(header->request->login.way, KF_LOGIN_BASIC);
    assert_string_equal(header->request->login.username, "host:1");
    assert_string_equal(header->request->login.secret, "s3 cret");
    assert_true(header->request->login.is_encoded);
    assert_field(header->request, "client_id", NULL);
    assert_field(header->request, "client_secret", NULL);

    form->config.client_authentication = KF_CLIENT_BODY;
    built(form);
    assert_int_equal(form->request->login.way, KF_LOGIN_NONE);
    assert_field(form->request, "client_id", "host:1");
    assert_field(form->request, "client_secret", "s3 cret");
}

static void
test_scope_and_audience_are_sent_when_they_are_set(void **state)
{
    static const struct {
        const char *scope;
        const char *audience;
    } cases[] = {{NULL, NULL}, {"a b", NULL}, {NULL, "https://ca"}, {"a b", "https://ca"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture *fixture = new_fixture(*state);

        fixture->config.scope = cases[i].scope;
        fixture->config.audience = cases[i].audience;
        fixture->config.client_authentication = KF_CLIENT_BODY;
        built(fixture);
        assert_field(fixture->request, "scope", cases[i].scope);
        assert_field(fixture->request, "audience", cases[i].audience);
    }
}

static void
test_neither_question_nor_answer_are_shown_in_a_trace(void **state)
{
    const struct kf_request *request = built(new_fixture(*state));

    assert_true(request->secret_body);
    assert_true(request->secret_reply);
}

static void
test_the_question_leaves_time_for_the_request_itself(void **state)
{
    assert_in_range(built(new_fixture(*state))->time_limit, 1, 59);
}

static const struct {
    const char *body;
    const char *token;
    int64_t lifetime;
} good[] = {
    {"{\"access_token\": \"abc\", \"token_type\": \"Bearer\", \"expires_in\": 3600}", "abc", 3600},
    {"{\"access_token\": \"abc\", \"token_type\": \"bearer\", \"expires_in\": \"3600\"}", "abc",
     3600},
    {"{\"access_token\": \"abc\", \"token_type\": \"BEARER\"}", "abc", 0},
    {"{\"access_token\": \"abc\", \"token_type\": \"Bearer\", \"expires_in\": null}", "abc", 0},
    {"{\"access_token\": \"abc\", \"token_type\": \"Bearer\", \"expires_in\": -1}", "abc", 0},
    {"{\"access_token\": \"abc\", \"token_type\": \"Bearer\", \"expires_in\": "
     "9223372036854775807}",
     "abc", 30 * 86400},
    {"{\"scope\": \"x\", \"token_type\": \"Bearer\", \"access_token\": \"a.b-c_d~e+f/g=\"}",
     "a.b-c_d~e+f/g=", 0},
};

static void
test_a_bearer_token_is_read_with_its_lifetime(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        struct fixture *fixture = new_fixture(*state);
        const struct kf_reply reply = kf_test_reply(fixture, 200, good[i].body);
        struct kf_oauth_token token = {NULL, -1};

        if (kf_oauth_read(fixture, &fixture->config, &reply, &token, &fixture->err) != KF_OK) {
            fail_msg("%s: %s", good[i].body, fixture->err.text);
        }
        assert_string_equal(token.text, good[i].token);
        assert_int_equal(token.lifetime, good[i].lifetime);
    }
}

static const struct {
    int status;
    const char *body;
    enum kf_rc rc;
    const char *reason;
} bad[] = {
    /* RFC 6749 section 5.2 */
    {400, "{\"error\": \"invalid_client\"}", KF_AUTH, "check client-id, client-secret-file"},
    {401, "{\"error\": \"invalid_client\", \"error_description\": \"No such client.\"}", KF_AUTH,
     "it says: invalid_client: No such client."},
    {400, "{\"error\": \"invalid_scope\"}", KF_AUTH, "check scope; it says: invalid_scope"},
    {400, "{\"error\": \"unauthorized_client\"}", KF_AUTH, "may use client credentials"},
    {401, "", KF_AUTH, "check client-id"},
    {403, "<html>Forbidden</html>", KF_AUTH, "(HTTP 403)"},

    {408, "", KF_BUSY, "gives no token now (HTTP 408)"},
    {425, "", KF_BUSY, "(HTTP 425)"},
    {429, "{\"error\": \"slow_down\"}", KF_BUSY, "(HTTP 429)"},
    {500, "", KF_BUSY, "failed (HTTP 500)"},
    {503, "<html>Maintenance</html>", KF_BUSY, "failed (HTTP 503)"},

    {201, "{\"access_token\": \"abc\", \"token_type\": \"Bearer\"}", KF_BADCONFIG,
     "no token endpoint"},
    {302, "", KF_BADCONFIG, "no token endpoint at " URL " (HTTP 302): check token-url"},
    {404, "", KF_BADCONFIG, "(HTTP 404): check token-url"},
    {405, "", KF_BADCONFIG, "(HTTP 405)"},

    {200, "", KF_BUSY, "is not JSON"},
    {200, "<html>Sign in</html>", KF_BUSY, "is token-url the token endpoint?"},
    {200, "{\"access_token\": \"abc\", \"token_type\": \"Bear", KF_BUSY, "is not JSON"},
    {200, "{}", KF_BADCONFIG, "has no bearer token"},
    {200, "[]", KF_BADCONFIG, "has no bearer token"},
    {200, "null", KF_BADCONFIG, "has no bearer token"},
    {200, "{\"access_token\": \"abc\"}", KF_BADCONFIG, "has no bearer token"},
    {200, "{\"access_token\": \"abc\", \"token_type\": \"mac\"}", KF_BADCONFIG,
     "has no bearer token"},
    {200, "{\"access_token\": \"\", \"token_type\": \"Bearer\"}", KF_BADCONFIG,
     "has no bearer token"},
    {200, "{\"access_token\": 7, \"token_type\": \"Bearer\"}", KF_BADCONFIG, "has no bearer token"},
    {200, "{\"access_token\": \"a\\r\\nX-Header: b\", \"token_type\": \"Bearer\"}", KF_BADCONFIG,
     "has no bearer token"},
};

static void
test_what_is_no_token_is_refused_with_the_reason(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct fixture *fixture = new_fixture(*state);
        const struct kf_reply reply = kf_test_reply(fixture, bad[i].status, bad[i].body);
        struct kf_oauth_token token = {NULL, 0};
        enum kf_rc rc = kf_oauth_read(fixture, &fixture->config, &reply, &token, &fixture->err);

        if (rc != bad[i].rc) {
            fail_msg("HTTP %d with \"%s\" is %d", bad[i].status, bad[i].body, rc);
        }
        assert_null(token.text);
        kf_test_contains(fixture->err.text, bad[i].reason);
        kf_test_contains(fixture->err.text, URL);
        assert_null(strstr(fixture->err.text, "s3 cret"));
    }
}

static void
test_a_token_that_no_header_can_hold_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    char *filler = talloc_zero_size(fixture, 100001);
    const char *body = NULL;
    struct kf_reply reply;
    struct kf_oauth_token token = {NULL, 0};

    memset(filler, 'x', 100000);
    body =
        talloc_asprintf(fixture, "{\"token_type\": \"Bearer\", \"access_token\": \"%s\"}", filler);
    reply = kf_test_reply(fixture, 200, body);
    assert_int_equal(kf_oauth_read(fixture, &fixture->config, &reply, &token, &fixture->err),
                     KF_BADCONFIG);
    assert_null(token.text);
    kf_test_contains(fixture->err.text, "has no bearer token");
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_said(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_reply reply = kf_test_reply(fixture, 200, good[0].body);
    enum kf_rc rc = KF_INTERNAL;
    size_t failures = 0;

    for (size_t size = 1; rc != KF_OK; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(fixture, size);
        struct kf_oauth_token token = {NULL, 0};

        rc = kf_oauth_build(small, &fixture->config, &fixture->request, &fixture->err);
        if (rc == KF_OK) {
            rc = kf_oauth_read(small, &fixture->config, &reply, &token, &fixture->err);
        }
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_token_is_asked_for_with_a_form_at_its_own_address),
        KF_TEST(test_the_client_shows_its_secret_in_the_header_or_in_the_form),
        KF_TEST(test_scope_and_audience_are_sent_when_they_are_set),
        KF_TEST(test_neither_question_nor_answer_are_shown_in_a_trace),
        KF_TEST(test_the_question_leaves_time_for_the_request_itself),
        KF_TEST(test_a_bearer_token_is_read_with_its_lifetime),
        KF_TEST(test_what_is_no_token_is_refused_with_the_reason),
        KF_TEST(test_a_token_that_no_header_can_hold_is_refused),
        KF_TEST(test_want_of_memory_is_said),
    };

    return cmocka_run_group_tests_name("oauth", tests, NULL, NULL);
}
