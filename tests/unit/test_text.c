/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Text from outside. */

#include "support.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define U_UMLAUT   "\xc3\xbc"
#define EURO       "\xe2\x82\xac"
#define G_CLEF     "\xf0\x9d\x84\x9e"
#define NO_BREAK   "\xc2\xa0"
#define LAST_POINT "\xf4\x8f\xbf\xbf"

#define LONG_MAX_CHARS 1000

/* What is valid, or not, and what it becomes on a line. */
static const struct {
    const char *text;
    bool is_line;
    const char *line;
} cases[] = {
    {"", true, ""},
    {"The template WebServer is not known.", true, "The template WebServer is not known."},
    {"a~ !\"", true, "a~ !\""},
    {U_UMLAUT EURO G_CLEF, true, U_UMLAUT EURO G_CLEF},

    /* the first and the last character of each length */
    {"\x7e", true, "\x7e"},
    {"\xc2\xa1", true, "\xc2\xa1"},
    {"\xdf\xbf", true, "\xdf\xbf"},
    {"\xe0\xa0\x80", true, "\xe0\xa0\x80"},
    {"\xed\x9f\xbf", true, "\xed\x9f\xbf"},
    {"\xee\x80\x80", true, "\xee\x80\x80"},
    {"\xef\xbf\xbd", true, "\xef\xbf\xbd"},
    {"\xf0\x90\x80\x80", true, "\xf0\x90\x80\x80"},
    {LAST_POINT, true, LAST_POINT},

    /* longer than need be */
    {"\xc0\x80", false, "??"},
    {"\xc1\xbf", false, "??"},
    {"\xe0\x9f\xbf", false, "???"},
    {"\xf0\x8f\xbf\xbf", false, "????"},

    /* surrogates, over U+10FFFF, bytes that never occur */
    {"\xed\xa0\x80", false, "???"},
    {"\xed\xbf\xbf", false, "???"},
    {"\xf4\x90\x80\x80", false, "????"},
    {"\xf5\x80\x80\x80", false, "????"},
    {"\xf8\x88\x80\x80\x80", false, "?????"},
    {"\xfe\xff", false, "??"},

    /* cut sequences, sequences that go on for nothing */
    {"\xc3", false, "?"},
    {"\xe2\x82", false, "??"},
    {"\xf0\x9d\x84", false, "???"},
    {"\xc3[", false, "?["},
    {"\xe2[\xac", false, "?[?"},
    {"\xe2\x82[", false, "??["},
    {"\xf0\x9d\x84" U_UMLAUT, false, "???" U_UMLAUT},
    {"a\x80z", false, "a?z"},
    {U_UMLAUT "\xbf", false, U_UMLAUT "?"},

    /* controls: C0, DEL, C1 */
    {"a\x01z", false, "a?z"},
    {"a\bz", false, "a?z"},
    {"\x1b[31mred", false, "?[31mred"},
    {"a\x1fz", false, "a?z"},
    {"a\x7fz", false, "a?z"},
    {"a\xc2\x80z", false, "a?z"},
    {"a\xc2\x85z", false, "a?z"},
    {"a\xc2\x9fz", false, "a?z"},

    /* line and paragraph separators */
    {"a\xe2\x80\xa8z", false, "a?z"},
    {"a\xe2\x80\xa9z", false, "a?z"},

    /* invisible or direction-changing: valid, but not shown; their neighbours are */
    {"a\xe2\x80\x8az", true, "a\xe2\x80\x8az"},
    {"a\xe2\x80\x8bz", true, "a?z"},
    {"a\xe2\x80\x8fz", true, "a?z"},
    {"a\xe2\x80\x90z", true, "a\xe2\x80\x90z"},
    {"a\xe2\x80\xaaz", true, "a?z"},
    {"a\xe2\x80\xaez", true, "a?z"},
    {"a\xe2\x80\xafz", true, "a\xe2\x80\xafz"},
    {"a\xe2\x81\xa5z", true, "a\xe2\x81\xa5z"},
    {"a\xe2\x81\xa6z", true, "a?z"},
    {"a\xe2\x81\xa9z", true, "a?z"},
    {"a\xe2\x81\xaaz", true, "a\xe2\x81\xaaz"},
    {"\xef\xbb\xbfz", true, "?z"},

    /* white space */
    {" a  z ", true, "a z"},
    {NO_BREAK "a" NO_BREAK " z" NO_BREAK, true, "a z"},
    {"a\tz", false, "a z"},
    {"\r\na\r\n\r\nz\r\n", false, "a z"},
    {"a \v\f z", false, "a z"},
    {"   ", true, ""},
    {"\n", false, ""},
};

static void
assert_line(TALLOC_CTX *mem, const char *text, size_t max, const char *expected)
{
    char *line = kf_text_line(mem, text, strlen(text), max);

    assert_non_null(line);
    assert_string_equal(line, expected);
}

static void
test_a_line_is_valid_utf8_without_controls(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (kf_text_is_line(cases[i].text) != cases[i].is_line) {
            fail_msg("\"%s\" (case %zu) is %s", cases[i].text, i,
                     cases[i].is_line ? "a line" : "none");
        }
    }
}

static void
test_what_is_shown_is_one_clean_line(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_line(*state, cases[i].text, LONG_MAX_CHARS, cases[i].line);
    }
}

static void
test_each_line_shown_is_a_line(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *text = cases[i].text;

        for (size_t max = 3; max < 8; max++) {
            assert_true(kf_text_is_line(kf_text_line(*state, text, strlen(text), max)));
        }
    }
}

static void
test_a_line_is_cut_at_its_limit_in_characters(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *line;
    } cut[] = {
        {"12345678", 8, "12345678"},
        {"123456789", 8, "12345..."},
        {"1234567890", 8, "12345..."},
        {"12345678  \n ", 8, "12345678"},
        {"12345678 9", 8, "12345..."},
        {"1234567 8", 8, "12345..."},
        {"  12345678", 8, "12345678"},
        {"12345   7 9", 8, "12345..."},
        {"123456\x01\x02", 8, "123456??"},
        {"1234567\x01\x02", 8, "12345..."},
        {U_UMLAUT U_UMLAUT U_UMLAUT U_UMLAUT, 4, U_UMLAUT U_UMLAUT U_UMLAUT U_UMLAUT},
        {U_UMLAUT U_UMLAUT U_UMLAUT U_UMLAUT U_UMLAUT, 4, U_UMLAUT "..."},
        {"1" EURO G_CLEF G_CLEF G_CLEF, 4, "1..."},
        {G_CLEF G_CLEF G_CLEF G_CLEF G_CLEF G_CLEF, 5, G_CLEF G_CLEF "..."},
        {"1234", 3, "..."},
        {"123", 3, "123"},
    };

    for (size_t i = 0; i < COUNT(cut); i++) {
        assert_line(*state, cut[i].text, cut[i].max, cut[i].line);
    }
}

static void
test_a_nul_is_shown_as_a_control_character(void **state)
{
    assert_string_equal(kf_text_line(*state, "a\0z", 3, LONG_MAX_CHARS), "a?z");
}

static void
test_bytes_beyond_the_length_are_not_read(void **state)
{
    assert_string_equal(kf_text_line(*state, EURO, 2, LONG_MAX_CHARS), "??");
    assert_string_equal(kf_text_line(*state, "abc", 2, LONG_MAX_CHARS), "ab");
    assert_string_equal(kf_text_line(*state, NULL, 0, LONG_MAX_CHARS), "");
}

static void
test_a_huge_text_makes_a_small_line(void **state)
{
    const size_t len = 16 * 1024 * 1024;
    char *text = talloc_size(*state, len);
    char *line = NULL;

    assert_non_null(text);
    memset(text, 'x', len);
    line = kf_text_line(*state, text, len, 10);
    assert_string_equal(line, "xxxxxxx...");
    assert_true(talloc_get_size(line) < 100);

    memset(text, ' ', len);
    text[len - 1] = 'x';
    assert_string_equal(kf_text_line(*state, text, len, 10), "x");
}

static void
test_no_limit_is_too_large(void **state)
{
    assert_line(*state, "as it is", SIZE_MAX, "as it is");
    assert_line(*state, "as it is", SIZE_MAX - 1, "as it is");
}

static void
test_a_time_is_shown_in_utc(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } times[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {1795521600, "2026-11-24T12:00:00Z"},
        {4102444800, "2100-01-01T00:00:00Z"},
        {INT64_MAX, "unknown"},
        {INT64_MIN, "unknown"},
    };

    (void)state;
    assert_int_equal(setenv("TZ", "EST5EDT", 1), 0);
    tzset();
    for (size_t i = 0; i < COUNT(times); i++) {
        char text[32];

        assert_string_equal(kf_text_time(times[i].seconds, text), times[i].text);
    }
}

static void
test_want_of_memory_gives_nothing(void **state)
{
    assert_null(kf_text_line(kf_test_small_memory(*state, 1), "text", 4, LONG_MAX_CHARS));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_line_is_valid_utf8_without_controls),
        KF_TEST(test_what_is_shown_is_one_clean_line),
        KF_TEST(test_each_line_shown_is_a_line),
        KF_TEST(test_a_line_is_cut_at_its_limit_in_characters),
        KF_TEST(test_a_nul_is_shown_as_a_control_character),
        KF_TEST(test_bytes_beyond_the_length_are_not_read),
        KF_TEST(test_a_huge_text_makes_a_small_line),
        KF_TEST(test_no_limit_is_too_large),
        KF_TEST(test_a_time_is_shown_in_utc),
        KF_TEST(test_want_of_memory_gives_nothing),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
