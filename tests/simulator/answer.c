/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* One HTTP answer. Knows neither the HTTP library nor the API. */

#include "answer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "encoding.h"

static const struct page {
    unsigned status;
    const char *title;
    const char *detail;
} PAGES[] = {
    {400, "Bad Request", "The request could not be understood by the server."},
    {401, "Unauthorized: Access is denied due to invalid credentials.",
     "You do not have permission to view this directory or page using the credentials that you "
     "supplied."},
    {403, "Forbidden: Access is denied.",
     "You do not have permission to view this directory or page."},
    {404, "File or directory not found.",
     "The resource you are looking for might have been removed, had its name changed, or is "
     "temporarily unavailable."},
    {405, "HTTP verb used to access this page is not allowed.",
     "The page you are looking for cannot be displayed because an invalid method was used."},
    {413, "Request Entity Too Large",
     "The page was not displayed because the request is too large."},
    {500, "Internal server error.",
     "There is a problem with the resource you are looking for, and it cannot be displayed."},
    {502, "Web server received an invalid response while acting as a gateway or proxy server.",
     "There is a problem with the page you are looking for, and it cannot be displayed."},
    {503, "Service Unavailable", "The service is unavailable."},
};

void
sim_answer_clear(struct sim_answer *answer)
{
    free(answer->content_type);
    json_decref(answer->headers);
    free(answer->body);
    free(answer->refused);
    free(answer->disposition);
    free(answer->serial);
    memset(answer, 0, sizeof(*answer));
}

static void
replace(char **text, char *value)
{
    free(*text);
    *text = value;
}

void
sim_answer_text(struct sim_answer *answer, unsigned status, const char *content_type,
                const char *body)
{
    answer->status = status;
    replace(&answer->content_type, sim_copy(content_type, strlen(content_type)));
    replace(&answer->body, sim_copy(body, strlen(body)));
    answer->body_size = strlen(body);
}

void
sim_answer_json(struct sim_answer *answer, unsigned status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    sim_must(text != NULL, "write JSON");
    sim_answer_text(answer, status, "application/json; charset=utf-8", text);
    free(text);
    json_decref(json);
}

static const struct page *
find_page(unsigned status)
{
    static const struct page ANY = {0, "Error", "The page cannot be displayed."};

    for (size_t i = 0; i < sizeof(PAGES) / sizeof(PAGES[0]); i++) {
        if (PAGES[i].status == status) {
            return &PAGES[i];
        }
    }
    return &ANY;
}

void
sim_answer_page(struct sim_answer *answer, unsigned status)
{
    const struct page *page = find_page(status);
    char *html = sim_text("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
                          "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n"
                          "<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n"
                          "<head>\r\n<title>%u - %s</title>\r\n"
                          "<style type=\"text/css\">\r\n<!--\r\nbody{margin:0;}\r\n-->\r\n"
                          "</style>\r\n</head>\r\n"
                          "<body>\r\n<div id=\"header\"><h1>Server Error</h1></div>\r\n"
                          "<div id=\"content\">\r\n<h2>%u - %s</h2>\r\n<h3>%s</h3>\r\n"
                          "</div>\r\n</body>\r\n</html>\r\n",
                          status, page->title, status, page->title, page->detail);

    sim_answer_text(answer, status, "text/html", html);
    free(html);
}

void
sim_answer_reason(struct sim_answer *answer, const char *reason)
{
    replace(&answer->refused, sim_copy(reason, strlen(reason)));
}

void
sim_answer_refuse_page(struct sim_answer *answer, unsigned status, const char *reason)
{
    sim_answer_page(answer, status);
    sim_answer_reason(answer, reason);
}

void
sim_answer_refuse_exactly(struct sim_answer *answer, const char *status, const char *reason)
{
    unsigned short_status = (unsigned)strtoul(status, NULL, 10);
    char *html = sim_text("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
                          "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n"
                          "<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n"
                          "<head>\r\n<title>IIS 10.0 Detailed Error - %s - Forbidden</title>\r\n"
                          "</head>\r\n<body>\r\n<div id=\"content\">\r\n"
                          "<h3>HTTP Error %s - Forbidden</h3>\r\n<h4>%s</h4>\r\n"
                          "</div>\r\n</body>\r\n</html>\r\n",
                          status, status, reason);

    sim_answer_text(answer, short_status, "text/html; charset=utf-8", html);
    sim_answer_reason(answer, reason);
    free(html);
}

void
sim_answer_refuse(struct sim_answer *answer, unsigned status, const char *code, const char *format,
                  ...)
{
    char *message = NULL;
    json_t *json = NULL;
    va_list args;

    va_start(args, format);
    message = sim_text_args(format, args);
    va_end(args);
    json = json_pack("{s:s*, s:o}", "ErrorCode", code, "Message", sim_json_text(message));
    sim_answer_json(answer, status, json);
    replace(&answer->refused, message);
}

static void
need_headers(struct sim_answer *answer)
{
    if (answer->headers == NULL) {
        answer->headers = json_object();
    }
}

void
sim_answer_header(struct sim_answer *answer, const char *name, const char *value)
{
    need_headers(answer);
    json_object_set_new(answer->headers, name, json_string(value));
}

void
sim_answer_add_header(struct sim_answer *answer, const char *name, const char *value)
{
    json_t *values = NULL;

    need_headers(answer);
    values = json_object_get(answer->headers, name);
    if (!json_is_array(values)) {
        values = values != NULL ? json_pack("[O]", values) : json_array();
        json_object_set_new(answer->headers, name, values);
    }
    json_array_append_new(values, json_string(value));
}
