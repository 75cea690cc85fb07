/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The body of an answer on its way. Owns, with server.c, libmicrohttpd. */

#include "stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "base.h"

#define FILLER              'x'
#define BLOCK_SIZE          16384
#define PORTIONS_PER_SECOND 10

struct stream {
    struct sim_pause *pause;
    char *data; /* NULL: filler */
    uint64_t end;
    bool cut;              /* what comes at the end: an error or the end of the body */
    long bytes_per_second; /* 0: as fast as it goes */
};

/* How much of a slow body is sent at once. */
static size_t
portion(const struct stream *stream, size_t most)
{
    size_t part = (size_t)stream->bytes_per_second / PORTIONS_PER_SECOND;

    part = part > 0 ? part : 1;
    return part < most ? part : most;
}

static ssize_t
read_stream(void *cls, uint64_t position, char *buffer, size_t room)
{
    const struct stream *stream = cls;
    uint64_t left = stream->end - position;
    size_t size = left < room ? (size_t)left : room;

    if (size == 0) {
        return stream->cut ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (stream->bytes_per_second > 0) {
        size = portion(stream, size);
        if (!sim_pause_wait(stream->pause, (long)size * 1000 / stream->bytes_per_second)) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    }
    if (stream->data != NULL) {
        memcpy(buffer, stream->data + position, size);
    } else {
        memset(buffer, FILLER, size);
    }
    return (ssize_t)size;
}

static void
free_stream(void *cls)
{
    struct stream *stream = cls;

    free(stream->data);
    free(stream);
}

struct MHD_Response *
sim_stream_new(struct sim_answer *answer, const struct sim_fault *fault, struct sim_pause *pause)
{
    struct stream *stream = sim_zeroed(sizeof(*stream));
    struct MHD_Response *response = NULL;
    uint64_t size = answer->body_size;

    stream->pause = pause;
    if (fault != NULL && (fault->size > 0 || fault->endless)) {
        size = fault->endless ? MHD_SIZE_UNKNOWN : (uint64_t)fault->size;
    } else {
        stream->data = answer->body;
        answer->body = NULL;
    }
    stream->end = size;
    if (fault != NULL) {
        stream->cut = fault->cut == SIM_CUT_BODY;
        stream->end = stream->cut ? size / 2 : size;
        stream->bytes_per_second = fault->bytes_per_second;
    }
    response =
        MHD_create_response_from_callback(size, BLOCK_SIZE, read_stream, stream, free_stream);
    sim_must(response != NULL, "make an answer");
    return response;
}
