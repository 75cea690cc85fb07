/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The HTTP server. Owns, with stream.c, libmicrohttpd; the only file where threads meet. */

#include "server.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <microhttpd.h>

#include "base.h"
#include "client_certificate.h"
#include "clock.h"
#include "pause.h"
#include "request.h"
#include "resumption.h"
#include "routes.h"
#include "settings.h"
#include "stream.h"

/* libmicrohttpd before 0.9.71 has plain int. */
#if MHD_VERSION >= 0x00097002
#define MHD_RESULT enum MHD_Result
#else
#define MHD_RESULT int
#endif

struct sim_server {
    struct MHD_Daemon *daemon;
    struct sim *sim;
    struct sim_pause *pause;
    pthread_mutex_t handling; /* one request is handled at a time; sim is its holder's */
    struct sim_resumption *resumption;
    uintptr_t connections; /* accepted so far; the listener's thread counts them */
};

/* A request and its answer, from the first line to the last byte. */
struct exchange {
    struct sim_request request;
    struct sim_answer answer;
};

static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = sim_zeroed(sizeof(*exchange));
    const char *query = strchr(uri, '?');

    (void)cls;
    (void)connection;
    exchange->request.query =
        query != NULL ? sim_copy(query + 1, strlen(query + 1)) : sim_copy("", 0);
    return exchange;
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **_exchange,
             enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *_exchange;

    (void)cls;
    (void)connection;
    (void)code;
    if (exchange != NULL) {
        sim_request_clear(&exchange->request);
        sim_answer_clear(&exchange->answer);
        free(exchange);
    }
    *_exchange = NULL;
}

static void *
tls_session(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    sim_must(info != NULL && info->tls_session != NULL, "find the TLS session");
    return info->tls_session;
}

static void
on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
              enum MHD_ConnectionNotificationCode code)
{
    struct sim_server *server = cls;
    const struct sim_settings *settings = server->sim->settings;

    if (code != MHD_CONNECTION_NOTIFY_STARTED) {
        return;
    }
    *socket_context = (void *)++server->connections;
    sim_resumption_offer(server->resumption, tls_session(connection));
    if (settings->require_client_certificate &&
        settings->client_certificate_refusal == SIM_REFUSAL_HANDSHAKE) {
        sim_client_certificate_require(tls_session(connection));
    }
}

/* The number that on_connection gave it. */
static unsigned long
connection_number(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    sim_must(info != NULL, "find the number of a connection");
    return (unsigned long)(uintptr_t)info->socket_context;
}

static MHD_RESULT
on_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    sim_request_add_header(cls, name, value != NULL ? value : "");
    return MHD_YES;
}

static void
begin(struct sim_server *server, struct MHD_Connection *connection, struct sim_request *request)
{
    request->time_ms = sim_clock_now_ms();
    request->headers = json_object();
    MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, request);
    request->connection = connection_number(connection);
    request->is_resumed = sim_resumption_is_resumed(tls_session(connection));
    sim_client_certificate_read(tls_session(connection), &request->certificate);
    pthread_mutex_lock(&server->handling);
    sim_routes_begin(server->sim, request);
    pthread_mutex_unlock(&server->handling);
}

/* One header, or one for each string of an array. */
static void
put_header(struct MHD_Response *response, const char *name, const json_t *value)
{
    if (json_is_string(value)) {
        MHD_add_response_header(response, name, json_string_value(value));
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        MHD_add_response_header(response, name, json_string_value(json_array_get(value, i)));
    }
}

static void
put_headers(const struct sim_server *server, const struct sim_answer *answer,
            struct MHD_Response *response)
{
    char *date = sim_clock_http_date(time(NULL) + server->sim->settings->clock_offset_seconds);
    const char *name;
    json_t *value;

    MHD_add_response_header(response, "Date", date);
    MHD_add_response_header(response, "Server", "Microsoft-IIS/10.0");
    if (answer->content_type != NULL) {
        MHD_add_response_header(response, "Content-Type", answer->content_type);
    }
    json_object_foreach (answer->headers, name, value) {
        put_header(response, name, value);
    }
    free(date);
}

/* Handles the request and starts its answer; MHD_NO cuts the connection. */
static MHD_RESULT
finish(struct sim_server *server, struct MHD_Connection *connection, struct exchange *exchange)
{
    struct sim_answer *answer = &exchange->answer;
    const struct sim_fault *fault = exchange->request.fault;
    struct MHD_Response *response = NULL;
    MHD_RESULT result;

    pthread_mutex_lock(&server->handling);
    sim_routes_handle(server->sim, &exchange->request, answer);
    pthread_mutex_unlock(&server->handling);
    if (fault != NULL && fault->delay_ms > 0 && !sim_pause_wait(server->pause, fault->delay_ms)) {
        return MHD_NO;
    }
    if (answer->status == 0) {
        return MHD_NO;
    }
    response = sim_stream_new(answer, fault, server->pause);
    put_headers(server, answer, response);
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Called when the headers are there, then for each piece of body, then once more at its end. */
static MHD_RESULT
on_request(void *cls, struct MHD_Connection *connection, const char *path, const char *method,
           const char *version, const char *data, size_t *size, void **_exchange)
{
    struct sim_server *server = cls;
    struct exchange *exchange = *_exchange;
    struct sim_request *request = &exchange->request;

    (void)version;
    if (request->method == NULL) {
        request->method = sim_copy(method, strlen(method));
        request->path = sim_copy(path, strlen(path));
        begin(server, connection, request);
        return MHD_YES;
    }
    if (*size > 0) {
        sim_request_add_body(request, data, *size);
        *size = 0;
        if (request->fault == NULL || request->fault->cut != SIM_CUT_REQUEST) {
            return MHD_YES;
        }
    }
    return finish(server, connection, exchange);
}

struct sim_server *
sim_server_start(struct sim *sim, const struct sim_tls *tls, int listener)
{
    struct sim_server *server = sim_zeroed(sizeof(*server));
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_TLS |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct MHD_OptionItem clients[] = {
        {tls->client_ca_pem != NULL ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
         tls->client_ca_pem},
        {MHD_OPTION_END, 0, NULL},
    };

    server->sim = sim;
    server->pause = sim_pause_new();
    server->resumption = sim_resumption_new();
    pthread_mutex_init(&server->handling, NULL);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_HTTPS_MEM_CERT, tls->certificate_pem, MHD_OPTION_HTTPS_MEM_KEY, tls->key_pem,
        MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_ARRAY,
        clients, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK,
        on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    sim_must(server->daemon != NULL, "start the HTTP server");
    return server;
}

void
sim_server_stop(struct sim_server *server)
{
    sim_pause_stop(server->pause);
    MHD_stop_daemon(server->daemon);
    sim_resumption_free(server->resumption);
    pthread_mutex_destroy(&server->handling);
    sim_pause_free(server->pause);
    free(server);
}
