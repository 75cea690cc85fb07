/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Tests of helper/ini.c. */

#include "support.h"

#include "ini.h"

#include <string.h>

/* What a reading visits, as text: "SECTION|KEY|VALUE|NUMBER;" for each line. */
struct record {
    char *text;
    size_t lines;
    size_t lines_max; /* the visit after so many lines fails */
};

static enum kf_rc
record_line(void *context, const struct kf_ini_line *line, struct kf_error *err)
{
    struct record *record = context;

    if (record->lines == record->lines_max) {
        return kf_fail(err, KF_UNSUPPORTED, "enough");
    }
    record->lines++;
    record->text = talloc_asprintf_append_buffer(record->text, "%s|%s|%s|%u;", line->section,
                                                 line->key, line->value, line->number);
    assert_non_null(record->text);
    return KF_OK;
}

static enum kf_rc
read_bytes(TALLOC_CTX *mem, const void *data, size_t len, struct record *record,
           struct kf_error *err)
{
    struct kf_secret *text = kf_secret_new(mem, data, len);

    assert_non_null(text);
    record->text = talloc_strdup(mem, "");
    return kf_ini_read("x.conf", text, record_line, record, err);
}

static void
lines_are_visited_in_order_with_their_numbers(void **state)
{
    static const struct {
        const char *text;
        const char *visited;
    } cases[] = {
        {"", ""},
        {"\n", ""},
        {"# only a comment", ""},
        {"[empty]\n", ""},
        {"[a]\nx = 1\ny=2\n", "a|x|1|2;a|y|2|3;"},
        {"# c\n; d\n\n \t\n[a]\n\n#e\nx = 1\n", "a|x|1|8;"},
        {"[b]\nx = 1\n[a]\nx = 2\n", "b|x|1|2;a|x|2|4;"},
        {"[a]\nx = 1", "a|x|1|2;"},
        {"[a]\r\nx = 1\r\n\r\ny = 2\r\n", "a|x|1|2;a|y|2|4;"},
        {"\xef\xbb\xbf[a]\nx = 1\n", "a|x|1|2;"},
        {"[ a  b ] \nOwner Name\t=\tc  d \t\n", "a  b|Owner Name|c  d|2;"},
        {"[a.example.com metadata]\nx.y = 1\nx = 2\ny = 3\n",
         "a.example.com metadata|x.y|1|2;a.example.com metadata|x|2|3;"
         "a.example.com metadata|y|3|4;"},
        {"[a]\nb = 1\n[b]\na = 2\n[a.b]\nc = 3\n", "a|b|1|2;b|a|2|4;a.b|c|3|6;"},
        {"[default]\nx = 1\n", "default|x|1|2;"},
        {"[a]\nx =\ny = \n", "a|x||2;a|y||3;"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record record = {.lines_max = SIZE_MAX};
        struct kf_error err = {.text = ""};

        assert_int_equal(read_bytes(*state, cases[i].text, strlen(cases[i].text), &record, &err),
                         KF_OK);
        assert_string_equal(record.text, cases[i].visited);
    }
}

static void
values_come_as_they_are_written(void **state)
{
    static const char *const values[] = {
        "$HOME ${HOME} $(id)",
        "100% %{hostname} %%{ %s %n",
        "DOMAIN\\user\\n",
        "\"quoted\" 'text'",
        "a # b ; c // d /* e */",
        "a = b == c",
        "[b]",
        "Gr\xc3\xbc\xc3\x9f\xe2\x82\xac \xf0\x9f\x94\x91",
        "inner\ttab",
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *text = talloc_asprintf(*state, "[a]\nx = %s\n", values[i]);
        struct record record = {.lines_max = SIZE_MAX};
        struct kf_error err = {.text = ""};

        assert_int_equal(read_bytes(*state, text, strlen(text), &record, &err), KF_OK);
        assert_string_equal(record.text, talloc_asprintf(*state, "a|x|%s|2;", values[i]));
    }
}

static void
a_value_may_be_as_long_as_the_file(void **state)
{
    char *text = talloc_strdup(*state, "[a]\nx = ");
    struct record record = {.lines_max = SIZE_MAX};
    struct kf_error err = {.text = ""};
    char *value = talloc_zero_array(*state, char, 200001);

    memset(value, 'v', 200000);
    text = talloc_strdup_append(text, value);
    assert_int_equal(read_bytes(*state, text, strlen(text), &record, &err), KF_OK);
    assert_string_equal(record.text, talloc_asprintf(*state, "a|x|%s|2;", value));
}

static void
an_odd_line_is_an_error_with_its_number(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"x = 1\n", "x.conf:1: no section has begun: put [global] or the [NAME] of a CA above"},
        {"# c\n\nx = 1\n[default]\ny = 2\n",
         "x.conf:3: no section has begun: put [global] or the [NAME] of a CA above"},
        {" [a]\n",
         "x.conf:1: a blank at the beginning: begin at the margin, one line for each value"},
        {"# c\n\tx = 1\n",
         "x.conf:2: a blank at the beginning: begin at the margin, one line for each value"},
        {"[a\nx = 1\n", "x.conf:1: a section without \"]\" at the end: write [NAME]"},
        {"[a] b\nx = 1\n", "x.conf:1: a section without \"]\" at the end: write [NAME]"},
        {"[a]\n[", "x.conf:2: a section without \"]\" at the end: write [NAME]"},
        {"[]\n", "x.conf:1: a section without a name: write [NAME]"},
        {"[  ]\n", "x.conf:1: a section without a name: write [NAME]"},
        {"[a]\nx = 1\n[b]\ny = 2\n[a]\nz = 3\n[c]\n",
         "x.conf:5: this section is there above: put the lines of both into one"},
        {"[a]\n[A]\n", "x.conf:2: this section is there above: put the lines of both into one"},
        {"[a]\nx = 1\ny = 2\nx = 3\nz = 4\n",
         "x.conf:4: this key is set above in the same section: take one of them out"},
        {"[a]\nx = 1\nX = 1\n",
         "x.conf:3: this key is set above in the same section: take one of them out"},
        {"[a]\nword\n",
         "x.conf:2: neither key = value, nor [NAME], nor # comment: write one of these"},
        {"[a]\nx: 1\n",
         "x.conf:2: neither key = value, nor [NAME], nor # comment: write one of these"},
        {"[a]\n// x\n",
         "x.conf:2: neither key = value, nor [NAME], nor # comment: write one of these"},
        {"[a]\n= 1\n", "x.conf:2: no key in front of \"=\": write key = value"},
        {"[a]\nx = 1\n y = 2\n",
         "x.conf:3: a blank at the beginning: begin at the margin, one line for each value"},
        {"[a]\n\tx = 1\n",
         "x.conf:2: a tab at the beginning: begin at the margin, one line for each value"},
        {"[a]\nx = 1\n  folded\n",
         "x.conf:3: a blank at the beginning: begin at the margin, one line for each value"},
        {"[a]\n # x\n",
         "x.conf:2: a blank at the beginning: begin at the margin, one line for each value"},
        {"[a]\nb\tc = 1\n",
         "x.conf:2: a name with a tab, a \"!\" or a character other than ASCII: name it otherwise"},
        {"[a!b]\n",
         "x.conf:1: a name with a tab, a \"!\" or a character other than ASCII: name it otherwise"},
        {"[a]\nGr\xc3\xbc\xc3\x9f = 1\n",
         "x.conf:2: a name with a tab, a \"!\" or a character other than ASCII: name it otherwise"},
        {"[a]\nx = \xff\n",
         "x.conf:2: not UTF-8, or a control character: write the line again, as UTF-8 text"},
        {"[a]\n# caf\xe9\n",
         "x.conf:2: not UTF-8, or a control character: write the line again, as UTF-8 text"},
        {"[a]\nx = 1\ry = 2\r",
         "x.conf:2: not UTF-8, or a control character: write the line again, as UTF-8 text"},
        {"[a]\nx = \x1b[31m\n",
         "x.conf:2: not UTF-8, or a control character: write the line again, as UTF-8 text"},
        {"[a]\n\vx = 1\n",
         "x.conf:2: not UTF-8, or a control character: write the line again, as UTF-8 text"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record record = {.lines_max = SIZE_MAX};
        struct kf_error err = {.text = ""};

        assert_int_equal(read_bytes(*state, cases[i].text, strlen(cases[i].text), &record, &err),
                         KF_BADCONFIG);
        assert_string_equal(err.text, cases[i].error);
        assert_int_equal(record.lines, 0);
    }
}

static void
a_duplicate_of_a_key_named_like_its_section_is_an_error(void **state)
{
    static const char *const texts[] = {
        "[x]\ny = 1\nx = 1\nx = 2\n",
        "[x]\ny = 1\nx = 1\nz = 1\nx = 2\n",
        "[X]\ny = 1\nx = 1\nX = 2\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct record record = {.lines_max = SIZE_MAX};
        struct kf_error err = {.text = ""};

        assert_int_equal(read_bytes(*state, texts[i], strlen(texts[i]), &record, &err),
                         KF_BADCONFIG);
        assert_string_equal(err.text, "x.conf:3: this key is set again below in the same section: "
                                      "take one of them out");
    }
}

static void
a_nul_is_an_error_with_its_line(void **state)
{
    static const char nul[] = "[a]\nx = 1\0\ny = 2\n";
    static const char utf16[] = "\xff\xfe[\0a\0]\0\n\0";
    struct record record = {.lines_max = SIZE_MAX};
    struct kf_error err = {.text = ""};

    assert_int_equal(read_bytes(*state, nul, sizeof(nul) - 1, &record, &err), KF_BADCONFIG);
    assert_string_equal(err.text, "x.conf:2: a NUL byte: write the line again, as UTF-8 text");
    assert_int_equal(read_bytes(*state, utf16, sizeof(utf16) - 1, &record, &err), KF_BADCONFIG);
    assert_string_equal(err.text, "x.conf:1: a NUL byte: write the line again, as UTF-8 text");
}

static void
a_name_that_is_too_long_is_an_error_with_its_line(void **state)
{
    char *name = talloc_zero_array(*state, char, 2001);
    struct record record = {.lines_max = SIZE_MAX};
    struct kf_error err = {.text = ""};
    const char *text = NULL;

    memset(name, 'n', 2000);
    text = talloc_asprintf(*state, "[a]\n%s = 1\n", name);
    assert_int_equal(read_bytes(*state, text, strlen(text), &record, &err), KF_BADCONFIG);
    assert_string_equal(err.text, "x.conf:2: the key is too long: shorten it");
    text = talloc_asprintf(*state, "[%s]\nx = 1\n", name);
    assert_int_equal(read_bytes(*state, text, strlen(text), &record, &err), KF_BADCONFIG);
    assert_string_equal(err.text, "x.conf:1: the name of the section is too long: shorten it");
}

static void
a_visit_that_fails_ends_the_reading(void **state)
{
    static const char text[] = "[a]\nx = 1\ny = 2\n[b]\nz = 3\n";
    struct record record = {.lines_max = 1};
    struct kf_error err = {.text = ""};

    assert_int_equal(read_bytes(*state, text, sizeof(text) - 1, &record, &err), KF_UNSUPPORTED);
    assert_string_equal(err.text, "enough");
    assert_string_equal(record.text, "a|x|1|2;");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(lines_are_visited_in_order_with_their_numbers),
        KF_TEST(values_come_as_they_are_written),
        KF_TEST(a_value_may_be_as_long_as_the_file),
        KF_TEST(an_odd_line_is_an_error_with_its_number),
        KF_TEST(a_duplicate_of_a_key_named_like_its_section_is_an_error),
        KF_TEST(a_nul_is_an_error_with_its_line),
        KF_TEST(a_name_that_is_too_long_is_an_error_with_its_line),
        KF_TEST(a_visit_that_fails_ends_the_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
