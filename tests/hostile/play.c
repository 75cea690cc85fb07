/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Does to one client what the scenario says. */

#include "play.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "forge.h"
#include "message.h"
#include "peer.h"

#define CHUNK_MAX 65536

struct player {
    const struct hostile_server *server;
    struct hostile_peer peer;
    int version;                    /* the highest of TLS; 0: any */
    struct hostile_message request; /* the last one */
    struct hostile_message answer;  /* the honest server's, to it */
};

/* Text under construction. */
struct text {
    char *data;
    size_t size;
};

static void
append(struct text *text, const char *data, size_t size)
{
    text->data = sim_resize(text->data, text->size + size + 1, 1);
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

/* Line ends of PEM are written as JSON has them. */
static void
append_pem(struct text *text, const char *pem, bool in_json)
{
    for (; *pem != '\0'; pem++) {
        if (*pem == '\n' && in_json) {
            append(text, "\\n", 2);
        } else {
            append(text, pem, 1);
        }
    }
}

static void
append_forged(const struct player *player, const char *kind, bool in_json, struct text *text)
{
    char *address = sim_text("http://localhost:%u", player->server->port);
    struct hostile_order order = {NULL, address};
    char *pem = NULL;

    if (player->request.data != NULL) {
        order.csr = hostile_message_csr(&player->request);
    }
    if (order.csr == NULL && strcmp(kind, "issuer") != 0) {
        sim_die("%s: there is no CSR in the request", kind);
    }
    pem = hostile_forge(kind, &order);
    append_pem(text, pem, in_json);
    free(pem);
    X509_REQ_free(order.csr);
    free(address);
}

/* What %{name} stands for. */
static void
append_value(const struct player *player, const char *name, bool in_json, struct text *text)
{
    char *value = NULL;

    if (strcmp(name, "body") == 0) {
        append(text, player->answer.data + player->answer.head,
               player->answer.size - player->answer.head);
        return;
    }
    if (strcmp(name, "id") == 0) {
        value = sim_text("%s", hostile_message_is_rest(&player->request) ? "KeyfactorRequestId"
                                                                         : "CMSRequestId");
    } else if (strcmp(name, "port") == 0) {
        value = sim_text("%u", player->server->port);
    } else if (hostile_forge_is_kind(name)) {
        append_forged(player, name, in_json, text);
        return;
    } else {
        sim_die("there is no %%{%s}", name);
    }
    append(text, value, strlen(value));
    free(value);
}

/* The token's text with each %{name} filled in. */
static struct text
expand(const struct player *player, const struct hostile_token *token, bool in_json)
{
    struct text text = {sim_copy("", 0), 0};
    const char *at = token->text;
    const char *end = token->text + token->size;

    while (at < end) {
        const char *close = strncmp(at, "%{", 2) == 0 ? strchr(at, '}') : NULL;

        if (close == NULL) {
            append(&text, at++, 1);
        } else {
            char *name = sim_copy(at + 2, (size_t)(close - at - 2));

            append_value(player, name, in_json, &text);
            free(name);
            at = close + 1;
        }
    }
    return text;
}

static void
write_text(struct player *player, struct text text)
{
    hostile_peer_write(&player->peer, text.data, text.size);
    free(text.data);
}

static void
write_answer(struct player *player, const char *content_type, struct text body)
{
    char *head = sim_text("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                          "Connection: close\r\n\r\n",
                          content_type, body.size);

    hostile_peer_write(&player->peer, head, strlen(head));
    write_text(player, body);
    free(head);
}

static void
play_version(struct player *player, const struct hostile_token *arguments)
{
    player->version = hostile_token_is(arguments, "1.0") ? TLS1_VERSION : TLS1_1_VERSION;
}

static void
play_cut_after(struct player *player, const struct hostile_token *arguments)
{
    player->peer.cut_after = atol(arguments->text);
}

static void
play_stall_after(struct player *player, const struct hostile_token *arguments)
{
    player->peer.stall_after = atol(arguments->text);
}

static void
play_flip_at(struct player *player, const struct hostile_token *arguments)
{
    player->peer.flip_at = atol(arguments->text);
}

static void
play_tls(struct player *player, const struct hostile_token *arguments)
{
    const char *kind = arguments->text;

    if (!hostile_tls_is_kind(kind)) {
        sim_die("there is no %s TLS", kind);
    }
    hostile_peer_accept(&player->peer,
                        hostile_tls_server(&player->server->authority, kind, player->version));
}

static void
play_hello(struct player *player, const struct hostile_token *arguments)
{
    char ignored[4096];

    (void)arguments;
    hostile_peer_read(&player->peer, ignored, sizeof(ignored));
}

static void
play_request(struct player *player, const struct hostile_token *arguments)
{
    (void)arguments;
    if (!hostile_message_read(&player->peer, &player->request)) {
        _exit(0);
    }
}

static void
play_enroll(struct player *player, const struct hostile_token *arguments)
{
    play_request(player, arguments);
    player->answer = hostile_message_pass_on(player->server->honest_port, &player->request);
}

static void
play_send(struct player *player, const struct hostile_token *arguments)
{
    write_text(player, expand(player, arguments, false));
}

static void
play_raw(struct player *player, const struct hostile_token *arguments)
{
    hostile_peer_write_raw(&player->peer, arguments->text, arguments->size);
}

/* As many whole texts as fit into a chunk that is worth a system call, and count at most. */
static struct text
repeat(const struct text *text, unsigned long count)
{
    struct text chunk = {NULL, 0};

    for (unsigned long i = 0; i < count && (i == 0 || chunk.size + text->size < CHUNK_MAX); i++) {
        append(&chunk, text->data, text->size);
    }
    return chunk;
}

static void
write_times(struct player *player, const struct hostile_token *token, unsigned long count)
{
    const struct text text = expand(player, token, false);
    const struct text chunk = repeat(&text, count);
    const unsigned long step = chunk.size / text.size;

    for (; count >= step; count -= step) {
        hostile_peer_write(&player->peer, chunk.data, chunk.size);
    }
    hostile_peer_write(&player->peer, chunk.data, count * text.size);
}

static void
play_times(struct player *player, const struct hostile_token *arguments)
{
    write_times(player, &arguments[1], strtoul(arguments[0].text, NULL, 10));
}

/* A client that has enough goes, and the process with it. */
static void
play_forever(struct player *player, const struct hostile_token *arguments)
{
    write_times(player, arguments, ULONG_MAX);
}

/* A byte a second, and then nothing, so that it never comes to an end. */
static void
play_slowly(struct player *player, const struct hostile_token *arguments)
{
    const struct text text = expand(player, arguments, false);

    for (size_t i = 0; i < text.size; i++) {
        hostile_peer_write(&player->peer, text.data + i, 1);
        sleep(1);
    }
    hostile_peer_outwait(&player->peer);
}

static void
play_json(struct player *player, const struct hostile_token *arguments)
{
    write_answer(player, "application/json", expand(player, arguments, true));
}

static void
play_members(struct player *player, const struct hostile_token *arguments)
{
    const bool is_rest = hostile_message_is_rest(&player->request);
    const char *begin = is_rest ? "{\"CertificateInformation\": {" : "{";
    const char *end = is_rest ? "}}" : "}";
    const struct text members = expand(player, arguments, true);
    struct text body = {NULL, 0};

    append(&body, begin, strlen(begin));
    append(&body, members.data, members.size);
    append(&body, end, strlen(end));
    write_answer(player, "application/json", body);
    free(members.data);
}

static void
play_file(struct player *player, const struct hostile_token *arguments)
{
    write_answer(player, "application/octet-stream", expand(player, arguments, false));
}

/* Session tickets, one after another: what TLS 1.3 handles without a word to the application. */
static void
play_tickets(struct player *player, const struct hostile_token *arguments)
{
    (void)arguments;
    while (SSL_new_session_ticket(player->peer.ssl) == 1 &&
           SSL_do_handshake(player->peer.ssl) == 1) {
    }
    _exit(0);
}

static void
play_silence(struct player *player, const struct hostile_token *arguments)
{
    (void)arguments;
    hostile_peer_outwait(&player->peer);
}

static void
play_cut(struct player *player, const struct hostile_token *arguments)
{
    (void)arguments;
    hostile_peer_cut(&player->peer);
}

static void
play_reset(struct player *player, const struct hostile_token *arguments)
{
    (void)arguments;
    hostile_peer_reset(&player->peer);
}

static const struct action {
    const char *name;
    const char *arguments; /* one letter each: word, text */
    void (*play)(struct player *player, const struct hostile_token *arguments);
} actions[] = {
    {"version", "w", play_version},
    {"cut-after", "w", play_cut_after},
    {"stall-after", "w", play_stall_after},
    {"flip-at", "w", play_flip_at},
    {"tls", "w", play_tls},
    {"hello", "", play_hello},
    {"request", "", play_request},
    {"enroll", "", play_enroll},
    {"send", "t", play_send},
    {"raw", "t", play_raw},
    {"times", "wt", play_times},
    {"forever", "t", play_forever},
    {"slowly", "t", play_slowly},
    {"json", "t", play_json},
    {"members", "t", play_members},
    {"file", "t", play_file},
    {"tickets", "", play_tickets},
    {"silence", "", play_silence},
    {"cut", "", play_cut},
    {"reset", "", play_reset},
};

/* The action that begins at step with all its arguments; dies when there is none. */
static const struct action *
find_action(const struct hostile_token *step)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        const char *arguments = actions[i].arguments;
        size_t count = 0;

        while (arguments[count] != '\0' && !hostile_token_ends(&step[1 + count]) &&
               step[1 + count].is_text == (arguments[count] == 't')) {
            count++;
        }
        if (hostile_token_is(step, actions[i].name) && arguments[count] == '\0') {
            return &actions[i];
        }
    }
    sim_die("no such step: %s", step->text);
}

void
hostile_play_check(const struct hostile_token *steps)
{
    for (; !hostile_token_is(steps, ""); steps++) {
        if (!hostile_token_is(steps, "then")) {
            steps += strlen(find_action(steps)->arguments);
        }
    }
}

_Noreturn void
hostile_play(const struct hostile_server *server, const struct hostile_token *steps, int client)
{
    struct player player = {.server = server, .peer = hostile_peer_at(client)};

    while (!hostile_token_ends(steps)) {
        const struct action *action = find_action(steps);

        action->play(&player, steps + 1);
        steps += 1 + strlen(action->arguments);
    }
    hostile_peer_close(&player.peer);
}

_Noreturn void
hostile_play_honest(const struct hostile_server *server, int client)
{
    struct hostile_peer peer = hostile_peer_at(client);
    struct hostile_message request;

    hostile_peer_accept(&peer, hostile_tls_server(&server->authority, "good", 0));
    while (hostile_message_read(&peer, &request)) {
        struct hostile_message answer = hostile_message_pass_on(server->honest_port, &request);

        hostile_peer_write(&peer, answer.data, answer.size);
        free(answer.data);
        free(request.data);
    }
    hostile_peer_close(&peer);
}
