/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the unit tests share. */

#include "support.h"

#include <dirent.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
kf_test_setup(void **state)
{
    talloc_enable_null_tracking();
    *state = talloc_named_const(NULL, 0, "test");
    return *state == NULL ? -1 : 0;
}

int
kf_test_teardown(void **state)
{
    int result = talloc_free(*state);

    if (talloc_total_blocks(NULL) > 1) {
        talloc_report_full(NULL, stderr);
        result = -1;
    }
    talloc_disable_null_tracking();
    return result;
}

static char *
data_path(TALLOC_CTX *mem, const char *name)
{
    const char *directory = getenv("KF_TEST_DATA");
    char *path = NULL;

    if (directory == NULL) {
        fail_msg("KF_TEST_DATA is not set");
    }
    path = talloc_asprintf(mem, "%s/%s", directory, name);
    assert_non_null(path);
    return path;
}

struct kf_bytes
kf_test_data(TALLOC_CTX *mem, const char *name)
{
    const char *path = data_path(mem, name);
    FILE *file = fopen(path, "rb");
    struct kf_bytes bytes = {NULL, 0};
    struct stat info;

    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    assert_int_equal(fstat(fileno(file), &info), 0);
    bytes.data = talloc_zero_array(mem, unsigned char, (size_t)info.st_size + 1);
    assert_non_null(bytes.data);
    bytes.len = fread(bytes.data, 1, (size_t)info.st_size, file);
    fclose(file);
    assert_int_equal(bytes.len, info.st_size);
    return bytes;
}

void
kf_test_no_unused_data(TALLOC_CTX *mem, const char *folder, bool (*is_used)(const char *file))
{
    const char *path = data_path(mem, folder);
    DIR *directory = opendir(path);
    struct dirent *entry = NULL;

    if (directory == NULL) {
        fail_msg("cannot open %s", path);
    }
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.' && !is_used(entry->d_name)) {
            fail_msg("%s/%s is used by no test", path, entry->d_name);
        }
    }
    closedir(directory);
}

TALLOC_CTX *
kf_test_small_memory(TALLOC_CTX *mem, size_t size)
{
    TALLOC_CTX *small = talloc_new(mem);

    assert_non_null(small);
    /* talloc wishes no program to rely on it; to make an allocation fail there is nothing else. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    assert_int_equal(talloc_set_memlimit(small, size), 0);
#pragma GCC diagnostic pop
    return small;
}

static int
remove_entry(const char *path, const struct stat *info, int flag, struct FTW *walk)
{
    (void)info;
    (void)flag;
    (void)walk;
    return remove(path);
}

static int
remove_directory(char *path)
{
    return nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

char *
kf_test_directory(TALLOC_CTX *mem)
{
    char *path = talloc_strdup(mem, "/tmp/keyfactor-test-XXXXXX");

    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    talloc_set_destructor(path, remove_directory);
    return path;
}

size_t
kf_test_count_files(const char *directory)
{
    DIR *stream = opendir(directory);
    const struct dirent *entry = NULL;
    size_t count = 0;

    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(stream);
    return count;
}

char *
kf_test_file(TALLOC_CTX *mem, const char *directory, const char *name, const char *text,
             unsigned mode)
{
    char *path = talloc_asprintf(mem, "%s/%s", directory, name);
    FILE *file = NULL;

    assert_non_null(path);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
    return path;
}

static char *
read_whole(TALLOC_CTX *mem, FILE *file)
{
    struct stat info;
    char *text = NULL;

    assert_int_equal(fflush(file), 0);
    assert_int_equal(fstat(fileno(file), &info), 0);
    rewind(file);
    text = talloc_zero_array(mem, char, (size_t)info.st_size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)info.st_size, file), info.st_size);
    fclose(file);
    return text;
}

char *
kf_test_read(TALLOC_CTX *mem, const char *path)
{
    FILE *file = fopen(path, "r");

    return file == NULL ? NULL : read_whole(mem, file);
}

void
kf_test_capture_begin(struct kf_test_capture *capture, int fd)
{
    *capture = (struct kf_test_capture){fd, dup(fd), tmpfile()};
    assert_int_not_equal(capture->saved, -1);
    assert_non_null(capture->file);
    fflush(stdout);
    assert_int_equal(dup2(fileno(capture->file), fd), fd);
}

char *
kf_test_capture_end(TALLOC_CTX *mem, struct kf_test_capture *capture)
{
    fflush(stdout);
    dup2(capture->saved, capture->fd);
    close(capture->saved);
    return read_whole(mem, capture->file);
}

void
kf_test_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, part);
    }
}

void
kf_test_same_json(const char *text, const char *expected)
{
    json_t *a = json_loads(text, JSON_DECODE_ANY, NULL);
    json_t *b = json_loads(expected, JSON_DECODE_ANY, NULL);
    const bool same = a != NULL && b != NULL && json_equal(a, b);

    json_decref(a);
    json_decref(b);
    if (!same) {
        fail_msg("%s is not the JSON %s", text, expected);
    }
}
