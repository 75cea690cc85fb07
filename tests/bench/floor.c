/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-floor: the least that a program of libcurl can do: the exchanges, and nothing else. */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX   (1024 * 1024)
#define HTTP_ERROR 400

static const char USAGE[] =
    "usage: keyfactor-floor TRUST [URL HEADERS BODY]...\n"
    "Sends BODY (a file; \"-\": GET without one) to each URL, with the lines of the file HEADERS.\n"
    "TRUST: a file of CAs; a hashed folder, which ends in \"/\"; \"-\" is what libcurl trusts.\n";

/* The whole file, to be freed; NULL when it cannot be read. */
static char *
read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : calloc(1, TEXT_MAX);

    if (text != NULL && fread(text, 1, TEXT_MAX - 1, file) == 0 && ferror(file)) {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static void
set_trust(CURL *curl, const char *trust)
{
    const size_t len = strlen(trust);

    if (strcmp(trust, "-") == 0) {
        return;
    }
    if (trust[len - 1] == '/') {
        curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(curl, CURLOPT_CAPATH, trust);
    } else {
        curl_easy_setopt(curl, CURLOPT_CAINFO, trust);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

static struct curl_slist *
read_headers(char *text)
{
    struct curl_slist *headers = NULL;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

static int
perform(CURL *curl, struct curl_slist *headers)
{
    long status = 0;

    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (curl_easy_perform(curl) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) {
        return 1;
    }
    return status >= HTTP_ERROR;
}

static int
exchange(CURL *curl, const char *url, const char *headers_path, const char *body_path)
{
    const int has_body = strcmp(body_path, "-") != 0;
    char *header_text = read_file(headers_path);
    char *body = has_body ? read_file(body_path) : NULL;
    struct curl_slist *headers = header_text == NULL ? NULL : read_headers(header_text);
    int failed = headers == NULL || (has_body && body == NULL);

    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (has_body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    failed = failed || perform(curl, headers) != 0;
    curl_slist_free_all(headers);
    free(header_text);
    free(body);
    return failed;
}

int
main(int argc, char **argv)
{
    CURL *curl = NULL;
    int failed = 0;

    if (argc < 2 || (argc - 2) % 3 != 0) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (curl = curl_easy_init()) == NULL) {
        return 1;
    }
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_trust(curl, argv[1]);
    for (int i = 2; i < argc && !failed; i += 3) {
        failed = exchange(curl, argv[i], argv[i + 1], argv[i + 2]);
    }
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    return failed;
}
