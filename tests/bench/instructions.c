/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Reads what callgrind writes (its format, version 1): positions and costs, a line each, below
 * names of objects ("ob=") and functions. */

#include "instructions.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

#define LINE_SIZE   65536
#define OBJECTS_MAX 1024

/* One file of callgrind's while it is read. Names are written out once, "(3) /usr/lib/x.so", and
 * are "(3)" from then on. */
struct reading {
    char *names[OBJECTS_MAX];
    const char *object; /* whose costs follow */
    bool is_call;       /* the next line is the cost of a call, which is elsewhere again */
    json_t *objects;
};

static void
read_object(struct reading *reading, const char *text)
{
    char *end = NULL;
    const unsigned long number = strtoul(text + strspn(text, "("), &end, 10);
    const char *name = end + strspn(end, ") ");
    const char *slash = strrchr(name, '/');

    sim_must(text[0] == '(' && number < OBJECTS_MAX, "read the objects of callgrind");
    if (name[0] != '\0') {
        free(reading->names[number]);
        reading->names[number] = sim_text("%s", slash == NULL ? name : slash + 1);
    }
    sim_must(reading->names[number] != NULL, "find an object of callgrind");
    reading->object = reading->names[number];
}

/* "POSITION COST", of which the position may be relative ("+3", "-3", "*"). */
static void
add_cost(struct reading *reading, const char *line)
{
    const char *cost = strchr(line, ' ');
    json_int_t sum;

    if (reading->is_call) {
        reading->is_call = false;
        return;
    }
    if (cost == NULL || reading->object == NULL) {
        return;
    }
    sum = json_integer_value(json_object_get(reading->objects, reading->object));
    json_object_set_new(reading->objects, reading->object,
                        json_integer(sum + (json_int_t)strtoll(cost, NULL, 10)));
}

static void
read_line(struct reading *reading, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "ob=", 3) == 0) {
        read_object(reading, line + 3);
    } else if (strncmp(line, "cob=", 4) == 0) {
        const char *object = reading->object;

        read_object(reading, line + 4); /* for its name */
        reading->object = object;
    } else if (strncmp(line, "calls=", 6) == 0) {
        reading->is_call = true;
    } else if (isdigit((unsigned char)line[0]) || strchr("+-*", line[0]) != NULL) {
        add_cost(reading, line);
    }
}

static void
read_file(const char *path, json_t *objects)
{
    struct reading reading = {.objects = objects};
    char *line = sim_zeroed(LINE_SIZE);
    FILE *file = fopen(path, "re");

    sim_must(file != NULL, "read callgrind's file");
    while (fgets(line, LINE_SIZE, file) != NULL) {
        read_line(&reading, line);
    }
    fclose(file);
    free(line);
    for (size_t i = 0; i < OBJECTS_MAX; i++) {
        free(reading.names[i]);
    }
}

/* Calls take with each of callgrind's files. */
static void
for_each_file(const char *folder, void (*take)(const char *path, json_t *objects), json_t *objects)
{
    char *pattern = sim_text("%s/callgrind.*", folder);
    glob_t found = {0};

    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            take(found.gl_pathv[i], objects);
        }
        globfree(&found);
    }
    free(pattern);
}

static void
remove_file(const char *path, json_t *objects)
{
    (void)objects;
    unlink(path);
}

static json_t *
sum_up(json_t *objects)
{
    json_int_t total = 0;
    const char *name;
    json_t *count;
    json_t *json = NULL;

    json_object_foreach (objects, name, count) {
        total += json_integer_value(count);
    }
    sim_must(total > 0, "find what callgrind has counted");
    json = json_pack("{s:I, s:o}", "total", total, "objects", objects);
    sim_must(json != NULL, "describe instructions");
    return json;
}

json_t *
bench_instructions(const struct bench_command *command, const char *valgrind, const char *folder)
{
    char *out = sim_text("--callgrind-out-file=%s/callgrind.%%p", folder);
    const char *const prefix[] = {
        valgrind, "--tool=callgrind", "--quiet", "--trace-children=yes", out, NULL};
    json_t *objects = json_object();

    for_each_file(folder, remove_file, NULL);
    bench_command_wait(command, bench_command_start(command, prefix));
    for_each_file(folder, read_file, objects);
    free(out);
    return sum_up(objects);
}
