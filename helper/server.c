/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Which server to talk to. Layer 4. Failing servers are kept on disk, a line each: until when they
 * are passed over (seconds since 1970), and their address. */

#include "server.h"

#include "state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* So long a server that failed comes last. In seconds. */
#define PASSED_OVER 600

static const char *
file_name(const struct kf_run *run)
{
    return kf_state_name(run->mem, "servers", run->config->nickname);
}

static size_t
count_servers(const struct kf_run *run)
{
    size_t count = 0;

    while (run->config->url[count] != NULL) {
        count++;
    }
    return count;
}

/* Until when a server is passed over; 0: it is not. */
static int64_t
read_until(const char *text, const char *server)
{
    const char *line = text;

    while (line != NULL && line[0] != '\0') {
        char *end = NULL;
        const int64_t until = strtoll(line, &end, 10);
        const size_t len = strlen(server);

        if (*end == ' ' && strncmp(end + 1, server, len) == 0 && end[1 + len] == '\n') {
            return until;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return 0;
}

static const char *
load(const struct kf_run *run)
{
    const char *name = file_name(run);
    struct kf_bytes data = {NULL, 0};

    return name != NULL &&
                   kf_state_load(run->mem, &run->state, name, kf_run_now(run), PASSED_OVER, &data)
               ? (const char *)data.data
               : "";
}

static bool
is_failing(const struct kf_run *run, const char *text, const char *server)
{
    const int64_t until = read_until(text, server);

    return until > kf_run_now(run) && until <= kf_run_now(run) + PASSED_OVER;
}

const char **
kf_server_order(struct kf_run *run)
{
    const size_t count = count_servers(run);
    const char **order = talloc_zero_array(run->mem, const char *, count + 1);
    const char *text = count > 1 ? load(run) : "";
    size_t filled = 0;

    if (order == NULL) {
        return NULL;
    }
    for (int failing = 0; failing <= 1; failing++) {
        for (size_t i = 0; i < count; i++) {
            if (is_failing(run, text, run->config->url[i]) == failing) {
                order[filled++] = run->config->url[i];
            }
        }
    }
    return order;
}

void
kf_server_note(struct kf_run *run, const char *server, bool works)
{
    const char *before = count_servers(run) > 1 ? load(run) : "";
    const char *name = file_name(run);
    char *text = NULL;

    if (count_servers(run) < 2 || is_failing(run, before, server) == !works || name == NULL) {
        return;
    }
    text = talloc_strdup(run->mem, "");
    for (char **url = run->config->url; *url != NULL && text != NULL; url++) {
        const bool is_this = strcmp(*url, server) == 0;
        const int64_t until = is_this ? kf_run_now(run) + PASSED_OVER : read_until(before, *url);

        if (is_this ? !works : is_failing(run, before, *url)) {
            text = talloc_asprintf_append_buffer(text, "%" PRId64 " %s\n", until, *url);
        }
    }
    if (text != NULL) {
        kf_state_save(&run->state, name, &(struct kf_bytes){(unsigned char *)text, strlen(text)});
    }
}
