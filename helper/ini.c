/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The lines of an INI text. Layer 1; owns libini_config. What that library takes although it should
 * not, or refuses without naming the line, is found here before it is asked. */

#include "ini.h"

#include "text.h"

#include <ini_configobj.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BLANK_FIRST     "a blank at the beginning: begin at the margin, one line for each value"

/* Nothing is merged, folded or passed over in silence. */
#define COLLISIONS (INI_MV1S_ERROR | INI_MV2S_ERROR | INI_MS_ERROR)
#define MARGIN     (INI_PARSE_NOWRAP | INI_PARSE_NOSPACE | INI_PARSE_NOTAB)
#define SYNTAX     (MARGIN | INI_PARSE_NO_C_COMMENTS)

/* The library keeps names of printable ASCII without '!' only. */
static bool
is_name(const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
        len--;
    }
    for (size_t i = strspn(text, " \t"); i < len; i++) {
        if (text[i] < ' ' || text[i] > '~' || text[i] == '!') {
            return false;
        }
    }
    return true;
}

static void
replace_tabs(char *line)
{
    for (char *tab = strchr(line, '\t'); tab != NULL; tab = strchr(tab, '\t')) {
        *tab = ' ';
    }
}

/* What is wrong with line and what to do, or NULL. Sets *in_section once a section has begun. */
static const char *
find_fault(char *line, bool *in_section)
{
    const bool is_section = line[0] == '[';
    const bool named = is_name(line, is_section ? strlen(line) : strcspn(line, "="));

    replace_tabs(line);
    if (!kf_text_is_line(line)) {
        return "not UTF-8, or a control character: write the line again, as UTF-8 text";
    }
    if (line[0] == '#' || line[0] == ';' || line[strspn(line, " ")] == '\0') {
        return NULL;
    }
    *in_section |= is_section;
    if (!*in_section && line[0] == ' ') { /* below the library says so */
        return BLANK_FIRST;
    }
    if (!*in_section) {
        return "no section has begun: put [global] or the [NAME] of a CA above";
    }
    return named ? NULL
                 : "a name with a tab, a \"!\" or a character other than ASCII: name it otherwise";
}

static size_t
line_length(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);

    return end == NULL ? len : (size_t)(end - text);
}

static enum kf_rc
check_line(const char *text, size_t len, bool *in_section, const char **_fault,
           struct kf_error *err)
{
    char *line = NULL;

    if (memchr(text, '\0', len) != NULL) {
        *_fault = "a NUL byte: write the line again, as UTF-8 text";
        return KF_OK;
    }
    if (len > 0 && text[len - 1] == '\r') {
        len--;
    }
    line = talloc_strndup(NULL, text, len);
    if (line == NULL) {
        return kf_fail_nomem(err);
    }
    *_fault = find_fault(line, in_section);
    talloc_free(line);
    return KF_OK;
}

static enum kf_rc
check_text(const char *name, const struct kf_secret *text, struct kf_error *err)
{
    const char *rest = (const char *)text->data;
    const char *end = rest + text->len;
    const char *fault = NULL;
    bool in_section = false;
    size_t len;
    enum kf_rc rc;

    if (strncmp(rest, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
        rest += strlen(BYTE_ORDER_MARK);
    }
    for (unsigned number = 1; rest < end; number++) {
        len = line_length(rest, (size_t)(end - rest));
        rc = check_line(rest, len, &in_section, &fault, err);
        if (rc != KF_OK) {
            return rc;
        }
        if (fault != NULL) {
            return kf_fail(err, KF_BADCONFIG, "%s:%u: %s", name, number, fault);
        }
        rest += len + 1;
    }
    return KF_OK;
}

/* The library's error as a sentence of ours. */
static const char *
explain(int code)
{
    static const struct {
        enum ERR_PARSE code;
        const char *text;
    } known[] = {
        {ERR_NOCLOSESEC, "a section without \"]\" at the end: write [NAME]"},
        {ERR_NOSECTION, "a section without a name: write [NAME]"},
        {ERR_SECTIONLONG, "the name of the section is too long: shorten it"},
        {ERR_NOEQUAL, "neither key = value, nor [NAME], nor # comment: write one of these"},
        {ERR_NOKEY, "no key in front of \"=\": write key = value"},
        {ERR_LONGKEY, "the key is too long: shorten it"},
        {ERR_SPACE, BLANK_FIRST},
        {ERR_TAB, "a tab at the beginning: begin at the margin, one line for each value"},
        {ERR_DUPKEY, "this key is set above in the same section: take one of them out"},
        {ERR_DUPSECTION, "this section is there above: put the lines of both into one"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if ((int)known[i].code == code) {
            return known[i].text;
        }
    }
    return NULL;
}

/* The library tells what it found, and where, only in a line of text. */
static enum kf_rc
fail_syntax(const char *name, const char *found, struct kf_error *err)
{
    unsigned number = 0;
    int code = 0;

    /* NOLINTNEXTLINE(cert-err34-c): the library writes numbers that fit */
    const bool is_known = sscanf(found, "Error (%d) on line %u", &code, &number) == 2;

    if (is_known && code == ERR_READ) { /* from memory, for want of it */
        return kf_fail_nomem(err);
    }
    if (!is_known || explain(code) == NULL) {
        return kf_fail(err, KF_BADCONFIG, "%s: %s: see keyfactor.conf(5)", name, found);
    }
    return kf_fail(err, KF_BADCONFIG, "%s:%u: %s", name, number, explain(code));
}

/* An error that the library did not find in the text is its own. */
static enum kf_rc
fail_parsing(const char *name, struct ini_cfgobj *config, int error, struct kf_error *err)
{
    char **found = NULL;
    enum kf_rc rc;

    if (ini_config_get_errors(config, &found) == 0 && found[0] != NULL) {
        rc = fail_syntax(name, found[0], err);
    } else {
        rc = kf_fail(err, KF_INTERNAL, "%s: cannot be parsed: %s", name, strerror(error));
    }
    ini_config_free_errors(found);
    return rc;
}

static enum kf_rc
parse(const char *name, const struct kf_secret *text, struct ini_cfgobj *config,
      struct kf_error *err)
{
    struct ini_cfgfile *file = NULL;
    int error = ini_config_file_from_mem(text->data, (uint32_t)text->len, &file);

    if (error == 0) {
        error = ini_config_parse(file, INI_STOP_ON_ANY, COLLISIONS, SYNTAX, config);
    }
    ini_config_file_destroy(file);
    return error == 0 ? KF_OK : fail_parsing(name, config, error, err);
}

/* A reading, handed from level to level. */
struct reading {
    const char *name;
    struct ini_cfgobj *config;
    kf_ini_visit visit;
    void *context;
    struct kf_error *err;
};

/* Fills in the value and the number of line. */
static enum kf_rc
find_value(const struct reading *reading, struct kf_ini_line *line)
{
    struct value_obj *value = NULL;
    uint32_t number = 0;
    int error = ini_get_config_valueobj(line->section, line->key, reading->config,
                                        INI_GET_FIRST_VALUE, &value);

    if (error != 0 || value == NULL || value_get_line(value, &number) != 0) {
        return kf_fail_nomem(reading->err);
    }
    line->value = ini_get_const_string_config_value(value, &error);
    line->number = number;
    return line->value == NULL ? kf_fail_nomem(reading->err) : KF_OK;
}

static enum kf_rc
visit_key(const struct reading *reading, struct kf_ini_line *line)
{
    const unsigned before = line->number;
    enum kf_rc rc = find_value(reading, line);

    if (rc != KF_OK) {
        return rc;
    }
    /* The library overlooks duplicates of a key that is named like its section: what it finds by
     * the name of the second is the first. */
    if (line->number <= before) {
        return kf_fail(reading->err, KF_BADCONFIG,
                       "%s:%u: this key is set again below in the same section: take one of them "
                       "out",
                       reading->name, line->number);
    }
    return reading->visit(reading->context, line, reading->err);
}

static enum kf_rc
visit_section(const struct reading *reading, const char *section)
{
    struct kf_ini_line line = {.section = section};
    int error = 0;
    char **keys = ini_get_attribute_list(reading->config, section, NULL, &error);
    enum kf_rc rc = KF_OK;

    if (keys == NULL) {
        return kf_fail_nomem(reading->err);
    }
    for (size_t i = 0; keys[i] != NULL && rc == KF_OK; i++) {
        line.key = keys[i];
        rc = visit_key(reading, &line);
    }
    ini_free_attribute_list(keys);
    return rc;
}

static enum kf_rc
visit_sections(const struct reading *reading)
{
    int error = 0;
    char **sections = ini_get_section_list(reading->config, NULL, &error);
    enum kf_rc rc = KF_OK;

    if (sections == NULL) {
        return kf_fail_nomem(reading->err);
    }
    for (size_t i = 0; sections[i] != NULL && rc == KF_OK; i++) {
        rc = visit_section(reading, sections[i]);
    }
    ini_free_section_list(sections);
    return rc;
}

enum kf_rc
kf_ini_read(const char *name, const struct kf_secret *text, kf_ini_visit visit, void *context,
            struct kf_error *err)
{
    struct reading reading = {.name = name, .visit = visit, .context = context, .err = err};
    enum kf_rc rc = check_text(name, text, err);

    if (rc != KF_OK) {
        return rc;
    }
    if (ini_config_create(&reading.config) != 0) {
        return kf_fail_nomem(err);
    }
    rc = parse(name, text, reading.config, err);
    if (rc == KF_OK) {
        rc = visit_sections(&reading);
    }
    ini_config_destroy(reading.config);
    return rc;
}
