/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The line between the network's process and the keeper. Layer 1; no library. Both ends are the
 * same program, so that messages are structs; but what the keeper receives may come from a process
 * that somebody else has taken over. */

#include "keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define NAME_SIZE 256
#define DATA_MAX  (16 * 1024 * 1024)

enum what { WRITE, READ, REMOVE, SWEEP, END, ANSWER };

struct message {
    enum what what;
    bool found; /* ANSWER, as the next */
    bool unknown;
    int64_t time; /* SWEEP, ANSWER: seconds since 1970 */
    int rc;       /* this and the next two: END */
    int status;
    unsigned delay;
    int64_t request_id;
    char name[NAME_SIZE];
    size_t len; /* of the bytes that follow */
};

/* What follows END, each with a NUL behind it: the text, and those of the trace. */
#define END_TEXTS 4

static bool
send_all(int line, const void *data, size_t len)
{
    const char *rest = data;

    while (len > 0) {
        /* cppcheck-suppress nullPointer ; without data there is no length */
        const ssize_t count = send(line, rest, len, MSG_NOSIGNAL);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        rest += count < 0 ? 0 : count;
        len -= count < 0 ? 0 : (size_t)count;
    }
    return true;
}

static bool
receive_all(int line, void *data, size_t len)
{
    char *rest = data;

    while (len > 0) {
        const ssize_t count = recv(line, rest, len, 0);

        if (count == 0 || (count < 0 && errno != EINTR)) {
            return false;
        }
        rest += count < 0 ? 0 : count;
        len -= count < 0 ? 0 : (size_t)count;
    }
    return true;
}

static bool
send_message(int line, const struct message *message, const void *data)
{
    return send_all(line, message, sizeof(*message)) && send_all(line, data, message->len);
}

/* Lets bytes go by that there is no memory for, so that what follows them is a message. */
static void
skip(int line, size_t len)
{
    char bytes[1024];

    while (len > 0) {
        const size_t count = len < sizeof(bytes) ? len : sizeof(bytes);

        if (!receive_all(line, bytes, count)) {
            return;
        }
        len -= count;
    }
    explicit_bzero(bytes, sizeof(bytes));
}

/* Receives a message and the bytes that follow, which are owned by mem_ctx. KF_BADREPLY when that
 * is no message, KF_INTERNAL when memory is out. */
static enum kf_rc
receive_message(TALLOC_CTX *mem_ctx, int line, struct message *_message, struct kf_bytes *_data)
{
    if (!receive_all(line, _message, sizeof(*_message)) || _message->len > DATA_MAX ||
        memchr(_message->name, '\0', NAME_SIZE) == NULL) {
        return KF_BADREPLY;
    }
    *_data = (struct kf_bytes){talloc_zero_size(mem_ctx, _message->len + 1), _message->len};
    if (_data->data == NULL) {
        skip(line, _message->len);
        return KF_INTERNAL;
    }
    return receive_all(line, _data->data, _data->len) ? KF_OK : KF_BADREPLY;
}

/*
 * The end that asks.
 */

/* A name that is too long for a file is cut, and then none that the keeper allows. */
static struct message
message_about(enum what what, const char *name)
{
    struct message message = {.what = what};

    snprintf(message.name, sizeof(message.name), "%s", name);
    return message;
}

/* Sends a message about a file, and waits for the answer. */
static bool
ask(TALLOC_CTX *mem_ctx, int line, const struct message *message, const void *data,
    struct kf_folder_file *_file)
{
    struct message answer;
    struct kf_bytes content = {NULL, 0};

    *_file = (struct kf_folder_file){.is_unknown = true};
    if (!send_message(line, message, data) ||
        receive_message(mem_ctx, line, &answer, &content) != KF_OK) {
        return true;
    }
    if (content.len == 0) {
        TALLOC_FREE(content.data);
    }
    *_file = (struct kf_folder_file){
        .written = answer.time, .data = content, .is_unknown = answer.unknown};
    return answer.found;
}

/* The same, for what has no answer but that it is done. False when there was none. */
static bool
tell(int line, const struct message *message, const void *data)
{
    struct kf_folder_file nothing;

    return !ask(NULL, line, message, data, &nothing) || !nothing.is_unknown;
}

bool
kf_keeper_write(int line, const char *name, const struct kf_bytes *data)
{
    struct message message = message_about(WRITE, name);

    message.len = data->len;
    return tell(line, &message, data->data);
}

bool
kf_keeper_read(TALLOC_CTX *mem_ctx, int line, const char *name, struct kf_folder_file *_file)
{
    const struct message message = message_about(READ, name);

    return ask(mem_ctx, line, &message, NULL, _file);
}

void
kf_keeper_remove(int line, const char *name)
{
    const struct message message = message_about(REMOVE, name);

    tell(line, &message, NULL);
}

void
kf_keeper_sweep(int line, const char *prefix, int64_t before)
{
    struct message message = message_about(SWEEP, prefix);

    message.time = before;
    tell(line, &message, NULL);
}

/* With its NUL; no text is an empty one. */
static size_t
text_size(const char *text)
{
    return (text == NULL ? 0 : strlen(text)) + 1;
}

bool
kf_keeper_end(int line, const struct kf_ending *ending)
{
    const struct kf_trace *trace = &ending->trace;
    const char *const texts[END_TEXTS] = {ending->text, trace->csr_sha256, trace->subject,
                                          trace->reason};
    struct message message = {.what = END,
                              .rc = ending->rc,
                              .status = ending->status,
                              .delay = ending->delay,
                              .request_id = trace->request_id};
    bool sent;

    for (size_t i = 0; i < END_TEXTS; i++) {
        message.len += text_size(texts[i]);
    }
    sent = send_all(line, &message, sizeof(message));
    for (size_t i = 0; i < END_TEXTS && sent; i++) {
        sent = send_all(line, texts[i] == NULL ? "" : texts[i], text_size(texts[i]));
    }
    return sent;
}

/*
 * The end that keeps.
 */

/* Does what message asks, and answers. False when the line breaks, or asks what is not allowed. */
static bool
carry_out(TALLOC_CTX *mem_ctx, const struct kf_keeper *keeper, const struct message *message,
          const struct kf_bytes *data)
{
    struct message answer = {.what = ANSWER};
    struct kf_folder_file file = {.written = 0};

    if (!keeper->is_allowed(message->name, keeper->nickname)) {
        return false;
    }
    switch (message->what) {
    case WRITE:
        kf_folder_write(keeper->directory, message->name, data);
        break;
    case READ:
        answer.found = kf_folder_read(mem_ctx, keeper->directory, message->name, &file);
        break;
    case REMOVE:
        kf_folder_remove(keeper->directory, message->name);
        break;
    case SWEEP:
        kf_folder_sweep(keeper->directory, message->name, message->time);
        break;
    case END:
    case ANSWER:
    default:
        return false;
    }
    answer.unknown = file.is_unknown;
    answer.time = file.written;
    answer.len = file.data.len;
    return send_message(keeper->line, &answer, file.data.data);
}

/* The next of the texts in what is left of them; NULL when it is empty, or there is none. */
static const char *
next_text(struct kf_bytes *rest)
{
    const char *text = (const char *)rest->data;
    const size_t size = strnlen(text, rest->len) + 1;

    if (rest->len < size) { /* the NUL beyond the end of what came */
        rest->data += rest->len;
        rest->len = 0;
    } else {
        rest->data += size;
        rest->len -= size;
    }
    return text[0] == '\0' ? NULL : text;
}

static struct kf_ending
read_ending(const struct message *message, struct kf_bytes data)
{
    struct kf_ending ending = {.rc = message->rc,
                               .status = message->status,
                               .delay = message->delay,
                               .text = (char *)data.data,
                               .trace = {.request_id = message->request_id}};

    next_text(&data);
    ending.trace.csr_sha256 = next_text(&data);
    ending.trace.subject = next_text(&data);
    ending.trace.reason = next_text(&data);
    return ending;
}

/* Serves one message. *_ending->text is set at the end. */
static enum kf_rc
serve_one(TALLOC_CTX *mem_ctx, const struct kf_keeper *keeper, struct kf_ending *_ending)
{
    TALLOC_CTX *tmp = talloc_new(mem_ctx);
    struct message message;
    struct kf_bytes data = {NULL, 0};
    enum kf_rc rc = tmp == NULL ? KF_INTERNAL : receive_message(tmp, keeper->line, &message, &data);

    if (rc == KF_OK && message.what == END) {
        talloc_steal(mem_ctx, data.data);
        *_ending = read_ending(&message, data);
    } else if (rc == KF_OK && !carry_out(tmp, keeper, &message, &data)) {
        rc = KF_BADREPLY;
    }
    talloc_free(tmp);
    return rc;
}

enum kf_rc
kf_keeper_serve(TALLOC_CTX *mem_ctx, const struct kf_keeper *keeper, struct kf_ending *_ending,
                struct kf_error *err)
{
    struct kf_ending ending = {.text = NULL};
    enum kf_rc rc = KF_OK;

    while (rc == KF_OK && ending.text == NULL) {
        rc = serve_one(mem_ctx, keeper, &ending);
    }
    if (rc == KF_INTERNAL) {
        return kf_fail_nomem(err);
    }
    if (rc != KF_OK) {
        return kf_fail(err, rc, "the process that talks to the server broke off");
    }
    *_ending = ending;
    return KF_OK;
}
