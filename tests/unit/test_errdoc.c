/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Error documents of all kinds, good and bad: tests/data/errdoc holds them. */

#include "support.h"

#include "errdoc.h"
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define JSON_TYPE  "application/json; charset=utf-8"
#define XML_TYPE   "application/xml; charset=utf-8"
#define HTML_TYPE  "text/html"
#define PLAIN_TYPE "text/plain"

static const struct {
    const char *file;
    const char *content_type;
    const char *code;
    const char *message;
} documents[] = {
    {"good.iis.401.html", HTML_TYPE, NULL,
     "401 - Unauthorized: Access is denied due to invalid credentials. You do not have permission "
     "to view this directory or page using the credentials that you supplied."},
    {"good.iis.detailed-401-2.html", HTML_TYPE, NULL,
     "IIS 10.0 Detailed Error - 401.2 - Unauthorized; HTTP Error 401.2 - Unauthorized; You are not "
     "authorized to view this page due to invalid authentication headers."},
    {"good.iis.kernel-400.html", HTML_TYPE, NULL,
     "Bad Request - Invalid Hostname; HTTP Error 400. The request hostname is invalid."},
    {"good.iis.runtime-error.html", HTML_TYPE, NULL, "Runtime Error"},
    {"good.json.bare-string.json", JSON_TYPE, NULL, "The CSR's signature is not valid."},
    {"good.keyfactor.code-only.json", JSON_TYPE, "0xA0010000", NULL},
    {"good.keyfactor.code.json", JSON_TYPE, "0xA0110007",
     "You must supply a certificate format in the 'X-CertificateFormat' header of the request."},
    {"good.keyfactor.failed-operations.json", JSON_TYPE, "0xA0110014",
     "Some operations failed; Metadata field Owner is unknown; Metadata field Cost is not a "
     "number"},
    {"good.oauth.invalid-client.json", JSON_TYPE, NULL,
     "invalid_client; The client secret is wrong."},
    {"good.problem-details.validation.json", JSON_TYPE, NULL,
     "One or more validation errors occurred. The CSR field is required."},
    {"good.proxy.haproxy-503.html", HTML_TYPE, NULL, "503 Service Unavailable"},
    {"good.proxy.nginx-502.html", HTML_TYPE, NULL, "502 Bad Gateway"},
    {"good.proxy.script-and-style.html", HTML_TYPE, NULL,
     "Access blocked; Category: uncategorized"},
    {"good.proxy.squid-503.html", HTML_TYPE, NULL,
     "ERROR: The requested URL could not be retrieved; The following error was encountered while "
     "trying to retrieve the URL: https://keyfactor.example.com/*; Connection to 192.0.2.7 "
     "failed."},
    {"good.text.lines.txt", PLAIN_TYPE, NULL, "The key of the application is disabled."},
    {"good.text.sentence.txt", PLAIN_TYPE, NULL, "Service Unavailable"},
    {"good.wcf.fault.xml", XML_TYPE, NULL, "The timestamp of the request is too old."},
    {"good.wcf.request-error.html", HTML_TYPE, NULL,
     "Request Error; The server encountered an error processing the request. The exception message "
     "is 'Access is denied.'. See server logs for more details."},
    {"good.wcf.soap-envelope.xml", XML_TYPE, NULL, "Access is denied."},
    {"good.wcf.string.xml", XML_TYPE, NULL, "The application key is not known."},
    {"good.webapi.byte-order-mark.json", JSON_TYPE, NULL, "The template was not found."},
    {"good.webapi.character-data.xml", XML_TYPE, NULL, "Template \"Web & Mail\" is not <enabled>."},
    {"good.webapi.exception-says-more.json", JSON_TYPE, NULL, "Template unknown: WebServr"},
    {"good.webapi.exception-says-the-same.json", JSON_TYPE, NULL, "The RPC server is unavailable."},
    {"good.webapi.exception.json", JSON_TYPE, NULL,
     "An error has occurred. The RPC server is unavailable. (0x800706BA)"},
    {"good.webapi.latin1.xml", XML_TYPE, NULL, "Zugriff verweigert für diesen Benutzer."},
    {"good.webapi.lower-case.json", JSON_TYPE, "0xA0140002", "The account is locked."},
    {"good.webapi.message.json", JSON_TYPE, NULL,
     "Authorization has been denied for this request."},
    {"good.webapi.model-state.json", JSON_TYPE, NULL,
     "The request is invalid. The TemplateName field is required. The Pkcs10Request field is "
     "required. It is not base64."},
    {"good.webapi.model-state.xml", XML_TYPE, NULL,
     "The request is invalid. The TemplateName field is required. The Flags field is not a "
     "number."},
    {"good.webapi.namespace.xml", XML_TYPE, "0xA011004A",
     "An error has occurred. The CA <CORPCA1> is offline."},
    {"good.webapi.plain.xml", XML_TYPE, NULL, "Authorization has been denied for this request."},
    {"good.webapi.utf16.xml", XML_TYPE, NULL, "Zugriff verweigert für diesen Benutzer."},
    {"bad.html.script-only.html", HTML_TYPE, NULL, NULL},
    {"bad.html.text-before-page.html", HTML_TYPE, NULL, "502 Bad Gateway"},
    {"bad.html.truncated.html", HTML_TYPE, NULL, "504 Gateway Time-out"},
    {"bad.json.control-characters.json", JSON_TYPE, "0x??[2J", "?[31mDenied?. ca-error: none"},
    {"bad.json.deep.json", JSON_TYPE, NULL, NULL},
    {"bad.json.invalid-utf8.json", JSON_TYPE, NULL, NULL},
    {"bad.json.no-reason.json", JSON_TYPE, NULL, NULL},
    {"bad.json.nul.json", JSON_TYPE, NULL, "before?after"},
    {"bad.json.null.json", JSON_TYPE, NULL, NULL},
    {"bad.json.truncated.json", JSON_TYPE, NULL,
     "{\"ErrorCode\":\"0xA0110007\",\"Message\":\"You must sup"},
    {"bad.json.wrong-types.json", JSON_TYPE, NULL, NULL},
    {"bad.text.blank.txt", PLAIN_TYPE, NULL, NULL},
    {"bad.text.control-characters.txt", PLAIN_TYPE, NULL, NULL},
    {"bad.text.empty.txt", PLAIN_TYPE, NULL, NULL},
    {"bad.text.invalid-utf8.txt", PLAIN_TYPE, NULL, NULL},
    {"bad.text.nul.txt", PLAIN_TYPE, NULL, NULL},
    {"bad.text.truncated-tag.txt", PLAIN_TYPE, NULL, NULL},
    {"bad.xml.billion-laughs.xml", XML_TYPE, NULL, NULL},
    {"bad.xml.deep.xml", XML_TYPE, NULL, "The stack is deep."},
    {"bad.xml.empty-message.xml", XML_TYPE, NULL, NULL},
    {"bad.xml.external-dtd.xml", XML_TYPE, NULL, "Denied."},
    {"bad.xml.external-entity-utf16.xml", XML_TYPE, NULL, NULL},
    {"bad.xml.external-entity.xml", XML_TYPE, NULL, NULL},
    {"bad.xml.invalid-utf8.xml", XML_TYPE, NULL, "Zugriff verweigert für diesen Benutzer."},
    {"bad.xml.truncated.xml", XML_TYPE, NULL, "The template WebServer is not configured for thi"},
    {"bad.xml.truncated-soap.xml", XML_TYPE, NULL, "The time limit was exce"},
    {"bad.xml.wrong-encoding.xml", XML_TYPE, NULL, "Denied."},
    /* labels that lie, or are not there */
    {"good.keyfactor.code.json", HTML_TYPE, "0xA0110007",
     "You must supply a certificate format in the 'X-CertificateFormat' header of the request."},
    {"good.webapi.plain.xml", HTML_TYPE, NULL, "Authorization has been denied for this request."},
    {"good.proxy.nginx-502.html", JSON_TYPE, NULL, "502 Bad Gateway"},
    {"good.proxy.nginx-502.html", XML_TYPE, NULL, "502 Bad Gateway"},
    {"good.text.sentence.txt", JSON_TYPE, NULL, "Service Unavailable"},
    {"good.text.sentence.txt", HTML_TYPE, NULL, "Service Unavailable"},
    {"good.webapi.utf16.xml", NULL, NULL, "Zugriff verweigert für diesen Benutzer."},
    {"good.json.bare-string.json", NULL, NULL, "The CSR's signature is not valid."},
};

static void
assert_text(const char *file, const char *what, const char *text, const char *expected)
{
    if (text == expected || (text != NULL && expected != NULL && strcmp(text, expected) == 0)) {
        return;
    }
    fail_msg("%s: %s is \"%s\", not \"%s\"", file, what, text == NULL ? "(none)" : text,
             expected == NULL ? "(none)" : expected);
}

static struct kf_errdoc *
read_file(TALLOC_CTX *mem, const char *file, const char *content_type)
{
    struct kf_bytes body = kf_test_data(mem, talloc_asprintf(mem, "errdoc/%s", file));
    struct kf_errdoc *doc = kf_errdoc_read(mem, content_type, &body);

    assert_non_null(doc);
    return doc;
}

static struct kf_errdoc *
read_text(TALLOC_CTX *mem, const char *content_type, char *text)
{
    struct kf_bytes body = {(unsigned char *)text, strlen(text)};
    struct kf_errdoc *doc = kf_errdoc_read(mem, content_type, &body);

    assert_non_null(doc);
    return doc;
}

/* FRONT, times x UNIT, BACK */
static char *
repeat(TALLOC_CTX *mem, const char *front, const char *unit, size_t times, const char *back)
{
    char *text = talloc_strdup(mem, front);

    for (size_t i = 0; i < times; i++) {
        text = talloc_strdup_append_buffer(text, unit);
    }
    text = talloc_strdup_append_buffer(text, back);
    assert_non_null(text);
    return text;
}

static void
test_each_document_gives_its_code_and_reason(void **state)
{
    for (size_t i = 0; i < COUNT(documents); i++) {
        struct kf_errdoc *doc = read_file(*state, documents[i].file, documents[i].content_type);

        assert_text(documents[i].file, "the code", doc->code, documents[i].code);
        assert_text(documents[i].file, "the message", doc->message, documents[i].message);
    }
}

static bool
is_in_table(const char *file)
{
    for (size_t i = 0; i < COUNT(documents); i++) {
        if (strcmp(file, documents[i].file) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_each_file_in_the_folder_is_in_the_table(void **state)
{
    kf_test_no_unused_data(*state, "errdoc", is_in_table);
}

static void
test_no_document_makes_a_library_print(void **state)
{
    const int standard_error = dup(STDERR_FILENO);
    FILE *printed = tmpfile();

    assert_non_null(printed);
    assert_int_not_equal(dup2(fileno(printed), STDERR_FILENO), -1);
    for (size_t i = 0; i < COUNT(documents); i++) {
        read_file(*state, documents[i].file, documents[i].content_type);
    }
    assert_int_not_equal(dup2(standard_error, STDERR_FILENO), -1);
    close(standard_error);
    assert_int_equal(lseek(fileno(printed), 0, SEEK_END), 0);
    fclose(printed);
}

static void
test_an_empty_body_has_no_reason(void **state)
{
    const struct kf_bytes nothing = {NULL, 0};
    struct kf_errdoc *doc = kf_errdoc_read(*state, NULL, &nothing);

    assert_non_null(doc);
    assert_null(doc->message);
    assert_null(doc->code);
}

static size_t
count_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static void
test_a_huge_reason_is_cut_to_one_line(void **state)
{
    static const struct {
        const char *content_type;
        const char *front;
        const char *unit;
        size_t times;
        const char *back;
    } cases[] = {
        {JSON_TYPE, "{\"Message\": \"", "The CA is offline. ", 3000, "\"}"},
        {JSON_TYPE, "{\"ModelState\": {\"\": [\"\"", ", \"A\\r\\nB\", \"C\"", 3000, "]}}"},
        {JSON_TYPE, "\"", "\\u00fc\\n", 5000, "\""},
        {XML_TYPE, "<Error><Message>", "The CA is offline.\n", 3000, "</Message></Error>"},
        {XML_TYPE, "<Error>", "<Message>x</Message><Message>y</Message>", 1000, "</Error>"},
        {HTML_TYPE, "<html><title>", "The CA is offline.\n", 9000, "</title></html>"},
        {HTML_TYPE, "<html><p>", "<b>The CA</b> is offline.<br>", 2000, "</p></html>"},
        {PLAIN_TYPE, "", "The CA is offline.\n", 50, ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_errdoc *doc =
            read_text(*state, cases[i].content_type,
                      repeat(*state, cases[i].front, cases[i].unit, cases[i].times, cases[i].back));

        assert_non_null(doc->message);
        assert_true(kf_text_is_line(doc->message));
        assert_true(count_characters(doc->message) <= KF_TEXT_LINE_MAX);
    }
}

static void
test_a_long_text_that_is_no_document_is_not_shown(void **state)
{
    char *text = repeat(*state, "", "The CA is offline.\n", 100, "");

    assert_null(read_text(*state, PLAIN_TYPE, text)->message);
}

static void
test_a_huge_code_is_cut(void **state)
{
    char *text = repeat(*state, "{\"ErrorCode\": \"0x", "A", 3000, "\", \"Message\": \"Denied.\"}");
    struct kf_errdoc *doc = read_text(*state, JSON_TYPE, text);

    assert_non_null(doc->code);
    assert_true(strlen(doc->code) < 100);
    assert_string_equal(doc->message, "Denied.");
}

static void
test_the_beginning_of_a_body_over_the_limit_is_read(void **state)
{
    char *page = repeat(*state, "<html><title>502 Bad Gateway</title>", "<b>x</b>",
                        KF_ERRDOC_MAX / 4, "<p>The end</p></html>");

    assert_string_equal(read_text(*state, HTML_TYPE, page)->message, "502 Bad Gateway");
}

static void
test_a_page_nested_without_end_is_survived(void **state)
{
    char *page = repeat(*state, "<html><title>Deep</title>", "<div><h2>", KF_ERRDOC_MAX / 10, "");

    assert_string_equal(read_text(*state, HTML_TYPE, page)->message, "Deep");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_document_gives_its_code_and_reason),
        KF_TEST(test_each_file_in_the_folder_is_in_the_table),
        KF_TEST(test_no_document_makes_a_library_print),
        KF_TEST(test_an_empty_body_has_no_reason),
        KF_TEST(test_a_huge_reason_is_cut_to_one_line),
        KF_TEST(test_a_long_text_that_is_no_document_is_not_shown),
        KF_TEST(test_a_huge_code_is_cut),
        KF_TEST(test_the_beginning_of_a_body_over_the_limit_is_read),
        KF_TEST(test_a_page_nested_without_end_is_survived),
    };

    return cmocka_run_group_tests_name("errdoc", tests, NULL, NULL);
}
