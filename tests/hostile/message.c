/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A request or an answer of HTTP, as a whole. */

#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "encoding.h"

/* Reads some more; false at the end. */
static bool
grow(struct hostile_peer *peer, struct hostile_message *message)
{
    char chunk[16384];
    size_t got = hostile_peer_read(peer, chunk, sizeof(chunk));

    message->data = sim_resize(message->data, message->size + got + 1, 1);
    memcpy(message->data + message->size, chunk, got);
    message->size += got;
    message->data[message->size] = '\0';
    return got > 0;
}

static size_t
body_size(const struct hostile_message *message)
{
    const char *header = strcasestr(message->data, "\r\nContent-Length:");

    return header == NULL || header > message->data + message->head
               ? 0
               : strtoul(strchr(header, ':') + 1, NULL, 10);
}

bool
hostile_message_read(struct hostile_peer *peer, struct hostile_message *_message)
{
    struct hostile_message message = {.data = sim_copy("", 0)};
    const char *end = NULL;

    while (end == NULL) {
        if (!grow(peer, &message)) {
            return false;
        }
        end = strstr(message.data, "\r\n\r\n");
    }
    message.head = (size_t)(end - message.data) + 4;
    while (message.size < message.head + body_size(&message)) {
        if (!grow(peer, &message)) {
            return false;
        }
    }
    *_message = message;
    return true;
}

struct hostile_message
hostile_message_pass_on(unsigned port, const struct hostile_message *request)
{
    struct hostile_peer server = hostile_peer_connect(port);
    struct hostile_message answer = {NULL, 0, 0};

    hostile_peer_write(&server, request->data, request->size);
    sim_must(hostile_message_read(&server, &answer), "have an answer of the honest server");
    close(server.fd);
    return answer;
}

bool
hostile_message_is_rest(const struct hostile_message *request)
{
    return strncmp(request->data, "POST /KeyfactorAPI/", strlen("POST /KeyfactorAPI/")) == 0;
}

/* Base64 without its armour and line ends. */
static char *
bare(const char *text)
{
    const char *begin = strstr(text, "REQUEST-----");
    const char *end = NULL;
    char *digits = NULL;
    size_t count = 0;

    text = begin == NULL ? text : begin + strlen("REQUEST-----");
    end = strstr(text, "-----END");
    digits = sim_copy(text, end == NULL ? strlen(text) : (size_t)(end - text));
    for (const char *digit = digits; *digit != '\0'; digit++) {
        if (strchr("\r\n ", *digit) == NULL) {
            digits[count++] = *digit;
        }
    }
    digits[count] = '\0';
    return digits;
}

static X509_REQ *
read_csr(const char *text)
{
    char *digits = bare(text);
    struct sim_bytes der = {NULL, 0};
    const unsigned char *data = NULL;
    X509_REQ *csr = NULL;

    if (sim_base64_read(digits, &der)) {
        data = der.data;
        csr = d2i_X509_REQ(NULL, &data, (long)der.size);
    }
    free(der.data);
    free(digits);
    return csr;
}

X509_REQ *
hostile_message_csr(const struct hostile_message *request)
{
    json_t *body = json_loads(request->data + request->head, 0, NULL);
    json_t *classic = json_object_get(json_object_get(body, "Request"), "Pkcs10Request");
    const char *text = json_string_value(classic != NULL ? classic : json_object_get(body, "CSR"));
    X509_REQ *csr = text == NULL ? NULL : read_csr(text);

    json_decref(body);
    return csr;
}
