/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is kept on disk between runs. Layer 1; no library. */

#include "state.h"

#include "keeper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NOTE_PREFIX  "sent-"
#define NOTE_AGE_MAX (30 * INT64_C(86400)) /* seconds */

static bool
read_file(TALLOC_CTX *mem_ctx, const struct kf_state *state, const char *name,
          struct kf_folder_file *_file)
{
    return state->keeper == 0 ? kf_folder_read(mem_ctx, state->directory, name, _file)
                              : kf_keeper_read(mem_ctx, state->keeper, name, _file);
}

static void
remove_file(const struct kf_state *state, const char *name)
{
    if (state->keeper == 0) {
        kf_folder_remove(state->directory, name);
    } else {
        kf_keeper_remove(state->keeper, name);
    }
}

static void
forget_old(const struct kf_state *state, int64_t now)
{
    if (state->keeper == 0) {
        kf_folder_sweep(state->directory, NOTE_PREFIX, now - NOTE_AGE_MAX);
    } else {
        kf_keeper_sweep(state->keeper, NOTE_PREFIX, now - NOTE_AGE_MAX);
    }
}

/* False when there is nobody who could have written it. */
static bool
write_file(const struct kf_state *state, const char *name, const struct kf_bytes *data)
{
    if (state->keeper != 0) {
        return kf_keeper_write(state->keeper, name, data);
    }
    kf_folder_write(state->directory, name, data);
    return true;
}

void
kf_state_save(const struct kf_state *state, const char *name, const struct kf_bytes *data)
{
    write_file(state, name, data);
}

char *
kf_state_name(TALLOC_CTX *mem_ctx, const char *kind, const char *nickname)
{
    return strchr(nickname, '/') != NULL ? NULL : talloc_asprintf(mem_ctx, "%s-%s", kind, nickname);
}

/* The rest of a name behind prefix; NULL when it begins in another way. */
static const char *
behind(const char *name, const char *prefix)
{
    const size_t len = strlen(prefix);

    return strncmp(name, prefix, len) == 0 ? name + len : NULL;
}

bool
kf_state_is_name(const char *name, const char *nickname)
{
    const size_t kind_len = strspn(name, "abcdefghijklmnopqrstuvwxyz");
    const char *rest = name + kind_len;
    const char *hash = behind(name, NOTE_PREFIX);

    if (hash == NULL) {
        hash = behind(name, KF_STATE_ISSUERS_PREFIX);
    }
    if (hash != NULL) {
        return hash[strspn(hash, "0123456789abcdef")] == '\0';
    }
    return kind_len > 0 && rest[0] == '-' && strcmp(rest + 1, nickname) == 0 &&
           strchr(nickname, '/') == NULL;
}

bool
kf_state_load(TALLOC_CTX *mem_ctx, const struct kf_state *state, const char *name, int64_t now,
              int64_t max_age, struct kf_bytes *_data)
{
    struct kf_folder_file file;

    if (!read_file(mem_ctx, state, name, &file)) {
        return false;
    }
    if (file.data.data == NULL || file.written > now || file.written < now - max_age) {
        talloc_free(file.data.data);
        return false;
    }
    *_data = file.data;
    return true;
}

/* The name of a note's file, owned by mem_ctx; NULL when memory is out. */
static char *
note_name(TALLOC_CTX *mem_ctx, const char *csr_sha256)
{
    return talloc_asprintf(mem_ctx, NOTE_PREFIX "%s", csr_sha256);
}

bool
kf_state_write_note(const struct kf_state *state, const char *csr_sha256,
                    const struct kf_note *note)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *name = tmp == NULL ? NULL : note_name(tmp, csr_sha256);
    char *text = name == NULL ? NULL
                              : talloc_asprintf(tmp, "%" PRId64 " %" PRId64 " %s\n", note->first,
                                                note->last, note->issued);
    bool written = false;

    if (text != NULL) {
        written = write_file(state, name, &(struct kf_bytes){(unsigned char *)text, strlen(text)});
        forget_old(state, note->last);
    }
    talloc_free(tmp);
    return written;
}

static struct kf_note
parse_note(const struct kf_folder_file *file)
{
    struct kf_note note = {.first = 0};
    int count = 0;

    if (file->data.data != NULL) {
        /* NOLINTNEXTLINE(cert-err34-c): a number that does not fit is rubbish like any other */
        count = sscanf((const char *)file->data.data, "%" SCNd64 " %" SCNd64 " %64[0-9a-f]",
                       &note.first, &note.last, note.issued);
    }
    if (count < 2) {
        note = (struct kf_note){.first = file->written, .last = file->written};
    }
    return note;
}

enum kf_rc
kf_state_read_note(const struct kf_state *state, const char *csr_sha256, struct kf_note *_note,
                   bool *_found)
{
    TALLOC_CTX *tmp = talloc_new(NULL);
    char *name = tmp == NULL ? NULL : note_name(tmp, csr_sha256);
    struct kf_folder_file file = {.is_unknown = name == NULL};
    const bool found = name != NULL && read_file(tmp, state, name, &file);

    if (found && !file.is_unknown) {
        *_note = parse_note(&file);
    }
    *_found = found;
    talloc_free(tmp);
    return file.is_unknown ? KF_INTERNAL : KF_OK;
}

void
kf_state_forget(const struct kf_state *state, const char *csr_sha256)
{
    char *name = note_name(NULL, csr_sha256);

    if (name != NULL) {
        remove_file(state, name);
    }
    talloc_free(name);
}
