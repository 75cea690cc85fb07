/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-names: a hostile name server for tests. The first label of a name says how it is
 * answered. UDP alone, IPv4 alone. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "process.h"

#define MESSAGE_MAX  65535
#define HEADER_SIZE  12
#define RECORD_SIZE  16
#define TYPE_A       1
#define TYPE_CNAME   5
#define THOUSAND     1000
#define LABEL_MAX    63
#define NAME_OFFSET  "\xc0\x0c" /* a pointer to the name in the question */
#define ANSWER_FLAGS 0x8180
#define TRUNCATED    0x0200

static const char USAGE[] =
    "usage: keyfactor-names DIRECTORY\n"
    "Answers at 127.0.0.1, port 53. LABEL.any.name is answered as LABEL says; honestly, which is\n"
    "with 127.0.0.1, when DIRECTORY/LABEL is there. Prints \"ready\", and then LABEL and the "
    "number of\n"
    "the type that is asked for, a line for each question. Ends with its parent.\n";

enum rcode {
    RCODE_OK = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_REFUSED = 5,
};

struct message {
    unsigned char data[MESSAGE_MAX];
    size_t size;
};

/* A question, and the answer to it in the making. */
struct dialogue {
    struct message question;
    size_t question_end; /* behind the first question's class */
    char label[LABEL_MAX + 1];
    unsigned type;
    struct message answer;
};

static void
put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static void
add(struct message *message, const void *data, size_t size)
{
    sim_must(message->size + size <= MESSAGE_MAX, "answer so much");
    memcpy(message->data + message->size, data, size);
    message->size += size;
}

/* False when it is no question. */
static bool
read_question(struct dialogue *self)
{
    const struct message *question = &self->question;
    size_t at = HEADER_SIZE;
    size_t length;

    if (question->size <= HEADER_SIZE || question->data[at] == 0 ||
        question->data[at] > LABEL_MAX) {
        return false;
    }
    length = question->data[at];
    while (at < question->size && question->data[at] != 0) {
        at += 1u + question->data[at];
    }
    if (at + 5 > question->size) {
        return false;
    }
    memcpy(self->label, question->data + HEADER_SIZE + 1, length);
    self->label[length] = '\0';
    self->type = question->data[at + 1] << 8 | question->data[at + 2];
    self->question_end = at + 5;
    return true;
}

/* The head and the question of an answer that has no records yet. */
static void
begin(struct dialogue *self, unsigned flags, enum rcode code)
{
    self->answer.size = 0;
    add(&self->answer, self->question.data, self->question_end);
    put16(self->answer.data + 2, flags | code);
    memset(self->answer.data + 6, 0, 6);
}

static void
add_record(struct dialogue *self, unsigned type, const void *data, size_t size)
{
    unsigned char head[RECORD_SIZE - 4] = NAME_OFFSET "\0\0\0\x01\0\0\0\x01";
    unsigned char *count = self->answer.data + 6;

    put16(head + 2, type);
    put16(head + 10, (unsigned)size);
    add(&self->answer, head, sizeof(head));
    add(&self->answer, data, size);
    put16(count, (unsigned)(count[0] << 8 | count[1]) + 1);
}

/* Addresses for those who ask for IPv4, none for the rest. */
static void
add_addresses(struct dialogue *self, const char *first, unsigned count)
{
    struct in_addr address;

    begin(self, ANSWER_FLAGS, RCODE_OK);
    sim_must(inet_pton(AF_INET, first, &address) == 1, "read the address");
    for (unsigned i = 0; self->type == TYPE_A && i < count; i++) {
        add_record(self, TYPE_A, &address, sizeof(address));
        address.s_addr = htonl(ntohl(address.s_addr) + 1);
    }
}

static void
answer_garbage(struct dialogue *self)
{
    begin(self, ANSWER_FLAGS, RCODE_OK);
    memset(self->answer.data + HEADER_SIZE, 0xff, self->answer.size - HEADER_SIZE);
    put16(self->answer.data + 6, 0xffff);
}

static void
answer_short(struct dialogue *self)
{
    begin(self, ANSWER_FLAGS, RCODE_OK);
    self->answer.size = 3;
}

static void
answer_other_id(struct dialogue *self)
{
    add_addresses(self, "127.0.0.1", 1);
    self->answer.data[0] ^= 0xff;
}

static void
answer_truncated(struct dialogue *self)
{
    begin(self, ANSWER_FLAGS | TRUNCATED, RCODE_OK);
}

/* The name is another name for itself. */
static void
answer_alias_loop(struct dialogue *self)
{
    begin(self, ANSWER_FLAGS, RCODE_OK);
    add_record(self, TYPE_CNAME, NAME_OFFSET, 2);
}

/* A compressed name that leads to its own beginning. */
static void
answer_pointer_loop(struct dialogue *self)
{
    unsigned char pointer[2];

    begin(self, ANSWER_FLAGS, RCODE_OK);
    put16(pointer, 0xc000u | (unsigned)(self->answer.size + RECORD_SIZE - 4));
    add_record(self, TYPE_CNAME, pointer, sizeof(pointer));
}

/* An address of three bytes. */
static void
answer_odd_address(struct dialogue *self)
{
    begin(self, ANSWER_FLAGS, RCODE_OK);
    add_record(self, self->type, "\x7f\0\0", 3);
}

static const struct kind {
    const char *label;
    enum rcode code; /* other than RCODE_OK: that is all of the answer */
    void (*answer)(struct dialogue *self);
    const char *address; /* the first of count */
    unsigned count;
} kinds[] = {
    {"nxdomain", RCODE_NXDOMAIN, NULL, NULL, 0},
    {"servfail", RCODE_SERVFAIL, NULL, NULL, 0},
    {"refused", RCODE_REFUSED, NULL, NULL, 0},
    {"formerr", RCODE_FORMERR, NULL, NULL, 0},
    {"garbage", RCODE_OK, answer_garbage, NULL, 0},
    {"short", RCODE_OK, answer_short, NULL, 0},
    {"other-id", RCODE_OK, answer_other_id, NULL, 0},
    {"truncated", RCODE_OK, answer_truncated, NULL, 0},
    {"alias-loop", RCODE_OK, answer_alias_loop, NULL, 0},
    {"pointer-loop", RCODE_OK, answer_pointer_loop, NULL, 0},
    {"odd-address", RCODE_OK, answer_odd_address, NULL, 0},
    {"nowhere", RCODE_OK, NULL, "127.0.0.1", 0},
    {"thousand-closed", RCODE_OK, NULL, "127.7.0.1", THOUSAND},
    {"thousand-silent", RCODE_OK, NULL, "192.0.2.1", THOUSAND},
    {"silent", RCODE_OK, NULL, "192.0.2.7", 1},
    {"silent-too", RCODE_OK, NULL, "192.0.2.7", 1},
    {"unreachable", RCODE_OK, NULL, "198.51.100.7", 1},
    {"prohibited", RCODE_OK, NULL, "203.0.113.7", 1},
    {"broadcast", RCODE_OK, NULL, "255.255.255.255", 1},
    {"multicast", RCODE_OK, NULL, "224.0.0.1", 1},
};

static bool
is_honest_about(const char *directory, const char *label)
{
    char *path = sim_text("%s/%s", directory, label);
    const bool is_there = access(path, F_OK) == 0;

    free(path);
    return is_there;
}

/* Whoever asks for another label hears nothing. */
static void
answer(struct dialogue *self)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct kind *kind = &kinds[i];

        if (strcmp(kind->label, self->label) != 0) {
            continue;
        }
        if (kind->answer != NULL) {
            kind->answer(self);
        } else if (kind->address != NULL) {
            add_addresses(self, kind->address, kind->count);
        } else {
            begin(self, ANSWER_FLAGS, kind->code);
        }
    }
}

static int
open_socket(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    sim_must(fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0,
             "listen at 127.0.0.1, port 53");
    return fd;
}

static void
serve(int fd, const char *directory)
{
    static struct dialogue dialogue;
    struct sockaddr_in client;
    socklen_t size = sizeof(client);
    ssize_t received =
        recvfrom(fd, dialogue.question.data, MESSAGE_MAX, 0, (struct sockaddr *)&client, &size);

    dialogue.question.size = received > 0 ? (size_t)received : 0;
    dialogue.answer.size = 0;
    if (!read_question(&dialogue)) {
        return;
    }
    printf("%s %u\n", dialogue.label, dialogue.type);
    fflush(stdout);
    if (is_honest_about(directory, dialogue.label)) {
        add_addresses(&dialogue, "127.0.0.1", 1);
    } else {
        answer(&dialogue);
    }
    if (dialogue.answer.size > 0) {
        sendto(fd, dialogue.answer.data, dialogue.answer.size, 0, (const struct sockaddr *)&client,
               size);
    }
}

int
main(int argc, char **argv)
{
    const pid_t parent = getppid();
    int fd = -1;

    if (argc != 2) {
        fputs(USAGE, stderr);
        return 2;
    }
    sim_process_follow(parent);
    fd = open_socket();
    puts("ready");
    fflush(stdout);
    for (;;) {
        serve(fd, argv[1]);
    }
}
