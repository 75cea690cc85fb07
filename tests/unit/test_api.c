/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the dialects share in making requests. */

#include "support.h"

#include "api_parts.h"

#include <string.h>

static const struct {
    int64_t now_ms;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {INT64_C(1767225600000), "2026-01-01T00:00:00.000Z"},
    {INT64_C(1767225600042), "2026-01-01T00:00:00.042Z"},
    {INT64_C(1767225599999), "2025-12-31T23:59:59.999Z"},
    {INT64_C(1709164800000), "2024-02-29T00:00:00.000Z"},
    {INT64_C(4102444800001), "2100-01-01T00:00:00.001Z"},
};

static void
test_a_time_is_utc_with_milliseconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        char text[32] = "";
        const char *result = kf_api_timestamp(times[i].now_ms, text);

        assert_ptr_equal(result, text);
        assert_string_equal(text, times[i].text);
    }
}

static void
test_a_list_is_packed_as_an_object(void **state)
{
    static struct kf_metadata entries[] = {{"Owner", "Web \"team\"", NULL}, {"Größe", "", NULL}};
    static const char *const expected[] = {"{}", "{\"Owner\": \"Web \\\"team\\\"\"}",
                                           "{\"Owner\": \"Web \\\"team\\\"\", \"Größe\": \"\"}"};

    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        const struct kf_metadata_list list = {entries, i};
        json_t *json = kf_api_pack(&list);
        char *text = json_dumps(json, 0);

        kf_test_same_json(text, expected[i]);
        free(text);
        json_decref(json);
    }
}

static void
test_a_body_is_compact_and_belongs_to_its_request(void **state)
{
    struct kf_request *request = talloc_zero(*state, struct kf_request);
    struct kf_error err;

    assert_int_equal(kf_api_set_body(request, json_pack("{s:i, s:s}", "A", 1, "B", "x y"), &err),
                     KF_OK);
    assert_string_equal((char *)request->body.data, "{\"A\":1,\"B\":\"x y\"}");
    assert_int_equal(request->body.len, strlen((char *)request->body.data));
    assert_ptr_equal(talloc_parent(request->body.data), request);
}

static void
test_a_body_that_could_not_be_made_is_want_of_memory(void **state)
{
    struct kf_request *request = talloc_zero(*state, struct kf_request);
    struct kf_error err;

    assert_int_equal(kf_api_set_body(request, NULL, &err), KF_INTERNAL);
    assert_null(request->body.data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_time_is_utc_with_milliseconds),
        KF_TEST(test_a_list_is_packed_as_an_object),
        KF_TEST(test_a_body_is_compact_and_belongs_to_its_request),
        KF_TEST(test_a_body_that_could_not_be_made_is_want_of_memory),
    };

    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
