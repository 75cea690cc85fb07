/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The JSON of answers. */

#include "support.h"

#include "json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct kf_json *
parse(TALLOC_CTX *mem, const char *text)
{
    const struct kf_bytes bytes = {(unsigned char *)talloc_strdup(mem, text), strlen(text)};
    const struct kf_json *root = NULL;
    struct kf_error err;

    if (kf_json_read(mem, &bytes, &root, &err) != KF_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    return root;
}

static const struct kf_json *
member(TALLOC_CTX *mem, const char *text, const char *name)
{
    return kf_json_member(parse(mem, text), name);
}

static void
assert_refused(TALLOC_CTX *mem, const struct kf_bytes *text, const char *where)
{
    TALLOC_CTX *scratch = talloc_new(mem);
    const struct kf_json *root = NULL;
    struct kf_error err = {.text = ""};

    assert_int_equal(kf_json_read(scratch, text, &root, &err), KF_BADREPLY);
    kf_test_contains(err.text, where);
    assert_null(root);
    assert_int_equal(talloc_total_blocks(scratch), 1);
}

static void
test_members_are_found_whatever_their_case(void **state)
{
    static const char *const names[] = {"CMSRequestId", "cmsrequestid", "CMSREQUESTID"};

    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(
            kf_json_text(member(*state, "{\"x\": 1, \"cmsRequestId\": \"found\"}", names[i])),
            "found");
    }
}

static void
test_what_is_not_there_is_null_and_empty(void **state)
{
    const struct kf_json *object = parse(*state, "{\"a\": 1}");

    assert_null(kf_json_member(object, "b"));
    assert_null(kf_json_member(kf_json_member(object, "a"), "b"));
    assert_null(kf_json_member(NULL, "b"));
    assert_null(kf_json_item(object, 0));
    assert_null(kf_json_item(NULL, 0));
    assert_int_equal(kf_json_count(NULL), 0);
    assert_int_equal(kf_json_number(NULL), 0);
    assert_string_equal(kf_json_text(NULL), "");
    assert_false(kf_json_is_object(NULL));
    assert_false(kf_json_is_array(NULL));
}

static void
test_objects_and_arrays_are_told_from_the_rest(void **state)
{
    static const struct {
        const char *text;
        bool is_object;
        bool is_array;
    } cases[] = {
        {"{}", true, false},      {"[]", false, true},          {"[{}]", false, true},
        {"\"{}\"", false, false}, {"1", false, false},          {"null", false, false},
        {"true", false, false},   {"{\"a\": []}", true, false},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(kf_json_is_object(parse(*state, cases[i].text)), cases[i].is_object);
        assert_int_equal(kf_json_is_array(parse(*state, cases[i].text)), cases[i].is_array);
    }
}

static void
test_the_items_of_an_array_are_counted_and_found(void **state)
{
    const struct kf_json *array = parse(*state, "[\"a\", \"b\"]");

    assert_int_equal(kf_json_count(array), 2);
    assert_string_equal(kf_json_text(kf_json_item(array, 0)), "a");
    assert_string_equal(kf_json_text(kf_json_item(array, 1)), "b");
    assert_null(kf_json_item(array, 2));
    assert_null(kf_json_item(array, SIZE_MAX));
    assert_int_equal(kf_json_count(parse(*state, "{\"a\": 1}")), 0);
    assert_int_equal(kf_json_count(parse(*state, "[]")), 0);
}

static void
test_the_members_of_an_object_are_found_in_their_order(void **state)
{
    static const char *const names[] = {"b", "a", "B"};
    const struct kf_json *object = parse(*state, "{\"b\": \"0\", \"a\": \"1\", \"B\": \"2\"}");
    const struct kf_json *value = NULL;
    const char *name = NULL;

    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(kf_json_member_at(object, i, &name, &value));
        assert_string_equal(name, names[i]);
        assert_int_equal(kf_json_text(value)[0], '0' + (int)i);
    }
    assert_false(kf_json_member_at(object, COUNT(names), &name, &value));
    assert_false(kf_json_member_at(parse(*state, "[1]"), 0, &name, &value));
    assert_false(kf_json_member_at(parse(*state, "{}"), 0, &name, &value));
    assert_false(kf_json_member_at(NULL, 0, &name, &value));
}

static void
test_only_true_is_true(void **state)
{
    static const char *const others[] = {"false", "null", "1", "\"true\"", "[true]", "{}"};

    assert_true(kf_json_is_true(parse(*state, "true")));
    assert_false(kf_json_is_true(NULL));
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(kf_json_is_true(parse(*state, others[i])));
    }
}

static void
test_only_texts_have_a_text(void **state)
{
    static const char *const others[] = {"1", "null", "true", "[\"a\"]", "{\"a\": \"b\"}"};

    assert_string_equal(kf_json_text(parse(*state, "\"M\\u00fcller\\n\"")), "Müller\n");
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_string_equal(kf_json_text(parse(*state, others[i])), "");
    }
}

static void
test_numbers_are_integers_or_their_digits(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } cases[] = {
        {"7", 7},
        {"\"7\"", 7},
        {"\"007\"", 7},
        {"9223372036854775807", INT64_MAX},
        {"\"9223372036854775807\"", INT64_MAX},
        {"0", 0},
        {"-7", 0},
        {"\"-7\"", 0},
        {"7.5", 0},
        {"\"7.5\"", 0},
        {"\"7 of 9\"", 0},
        {"\"0x7\"", 0},
        {"\"seven\"", 0},
        {"\"\"", 0},
        {"\"9223372036854775808\"", 0},
        {"\"99999999999999999999999\"", 0},
        {"null", 0},
        {"true", 0},
        {"[7]", 0},
        {"{\"a\": 7}", 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (kf_json_number(parse(*state, cases[i].text)) != cases[i].number) {
            fail_msg("%s was not read as %lld", cases[i].text, (long long)cases[i].number);
        }
    }
}

static void
test_what_is_no_json_is_refused_with_the_place(void **state)
{
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"", "line 1"},
        {" \n ", "line 2"},
        {"<html><body>502</body></html>", "line 1, column 1: "},
        {"<html><body>502</body></html>", "<"},
        {"{\"a\": 1,\n \"b\": }", "line 2"},
        {"{\"a\": \"cut", "line 1"},
        {"{\"a\": 1} more", "line 1"},
        {"{'a': 1}", "line 1"},
        {"{\"a\": \"\xff\"}", "line 1"},
        {"{\"a\": \"b\\u0000c\"}", "line 1"},
        {"99999999999999999999", "line 1"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct kf_bytes text = {(unsigned char *)talloc_strdup(*state, cases[i].text),
                                      strlen(cases[i].text)};

        assert_refused(*state, &text, cases[i].where);
    }
}

static void
test_nothing_at_all_is_refused(void **state)
{
    const struct kf_bytes nothing = {NULL, 0};

    assert_refused(*state, &nothing, "");
}

static void
test_a_nul_byte_is_refused(void **state)
{
    char text[] = "{\"a\": \"b\0c\"}";
    const struct kf_bytes bytes = {(unsigned char *)text, sizeof(text) - 1};

    assert_refused(*state, &bytes, "line 1");
}

static void
test_only_so_many_bytes_as_are_said_are_read(void **state)
{
    char text[] = "{\"a\": 1}]]]";
    const struct kf_bytes bytes = {(unsigned char *)text, strlen("{\"a\": 1}")};
    const struct kf_json *root = NULL;
    struct kf_error err;

    assert_int_equal(kf_json_read(*state, &bytes, &root, &err), KF_OK);
}

static void
test_a_document_nested_too_deeply_is_refused(void **state)
{
    const size_t depth = 10000;
    struct kf_bytes text = {talloc_size(*state, depth), depth};

    assert_non_null(text.data);
    memset(text.data, '[', depth);
    assert_refused(*state, &text, "line 1");
}

/* "[0,0,...,0]" of count values and the array itself, with no value too many in a text. */
static struct kf_bytes
zeros(TALLOC_CTX *mem, size_t count)
{
    struct kf_bytes text = {talloc_size(mem, 2 * count + 1), 2 * count + 1};

    assert_non_null(text.data);
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] = i % 2 == 0 ? ',' : '0';
    }
    text.data[0] = '[';
    text.data[text.len - 1] = ']';
    return text;
}

static void
test_as_many_values_as_are_allowed_are_read_and_not_one_more(void **state)
{
    const struct kf_bytes most = zeros(*state, KF_JSON_VALUES_MAX);
    const struct kf_bytes too_many = zeros(*state, KF_JSON_VALUES_MAX + 1);
    const struct kf_json *root = NULL;
    struct kf_error err;

    assert_int_equal(kf_json_read(*state, &most, &root, &err), KF_OK);
    assert_int_equal(kf_json_count(root), KF_JSON_VALUES_MAX);
    assert_refused(*state, &too_many, "more than 50000 values");
}

static json_t *
make_document(void)
{
    return json_pack("{s:[s, i], s:{s:b, s:s}}", "list", "line\nend", 7, "object", "yes", 1, "text",
                     "a rather long text, so that what is written has to grow more than once");
}

static void
test_what_is_written_is_in_one_line_or_indented(void **state)
{
    assert_string_equal(kf_json_write(*state, make_document(), false),
                        "{\"list\":[\"line\\nend\",7],\"object\":{\"yes\":true,\"text\":"
                        "\"a rather long text, so that what is written has to grow more than "
                        "once\"}}");
    assert_string_equal(kf_json_write(*state, json_pack("[i]", 1), true), "[\n  1\n]");
    assert_null(kf_json_write(*state, NULL, false));
}

static size_t allocations_left = SIZE_MAX; /* until one fails */

/* In place of the C library's, by --wrap: jansson gets its memory by way of json.c. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *
__wrap_malloc(size_t size)
{
    if (allocations_left-- == 0) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_malloc(size);
}

static void
test_what_is_written_is_whole_or_nothing(void **state)
{
    const char *whole = kf_json_write(*state, make_document(), false);
    const char *written = NULL;
    size_t tries = 0;

    for (; written == NULL; tries++) {
        json_t *document = make_document();

        allocations_left = tries;
        written = kf_json_write(*state, document, false);
        allocations_left = SIZE_MAX;
    }
    assert_string_equal(written, whole);
    assert_true(tries > 1);
}

static void
test_what_is_read_is_whole_or_nothing(void **state)
{
    char *written = kf_json_write(*state, make_document(), false);
    const struct kf_bytes text = {(unsigned char *)written, strlen(written)};
    const struct kf_json *root = NULL;
    enum kf_rc rc = KF_INTERNAL;
    struct kf_error err;
    size_t tries = 0;

    for (; rc != KF_OK; tries++) {
        allocations_left = tries;
        rc = kf_json_read(*state, &text, &root, &err);
        allocations_left = SIZE_MAX;
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
    }
    assert_string_equal(kf_json_text(kf_json_item(kf_json_member(root, "list"), 0)), "line\nend");
    assert_int_equal(strlen(kf_json_text(kf_json_member(kf_json_member(root, "object"), "text"))),
                     70);
    assert_true(tries > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_members_are_found_whatever_their_case),
        KF_TEST(test_what_is_not_there_is_null_and_empty),
        KF_TEST(test_objects_and_arrays_are_told_from_the_rest),
        KF_TEST(test_the_items_of_an_array_are_counted_and_found),
        KF_TEST(test_the_members_of_an_object_are_found_in_their_order),
        KF_TEST(test_only_true_is_true),
        KF_TEST(test_only_texts_have_a_text),
        KF_TEST(test_numbers_are_integers_or_their_digits),
        KF_TEST(test_what_is_no_json_is_refused_with_the_place),
        KF_TEST(test_nothing_at_all_is_refused),
        KF_TEST(test_a_nul_byte_is_refused),
        KF_TEST(test_only_so_many_bytes_as_are_said_are_read),
        KF_TEST(test_a_document_nested_too_deeply_is_refused),
        KF_TEST(test_as_many_values_as_are_allowed_are_read_and_not_one_more),
        KF_TEST(test_what_is_written_is_in_one_line_or_indented),
        KF_TEST(test_what_is_written_is_whole_or_nothing),
        KF_TEST(test_what_is_read_is_whole_or_nothing),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
