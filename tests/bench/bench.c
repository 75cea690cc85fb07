/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-bench: measures commands against each other. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "command.h"
#include "compare.h"
#include "instructions.h"
#include "memory.h"

static const char USAGE[] =
    "usage: keyfactor-bench [--pairs N] [--valgrind PATH --folder FOLDER] <PLAN >RESULTS\n"
    "PLAN: {\"commands\": {NAME: {\"argv\", \"env\", \"status\", \"forget\", \"counted_as\"}},\n"
    "       \"comparisons\": [{\"left\": NAME, \"right\": NAME}]}\n"
    "RESULTS: the plan; each comparison has what compare.h says as well, and each command that is\n"
    "in one has \"pss_kib\" and, with valgrind, \"instructions\".\n";

struct options {
    size_t pairs;
    const char *valgrind;
    const char *folder;
};

static _Noreturn void
usage(void)
{
    fputs(USAGE, stderr);
    exit(2);
}

static struct options
read_options(int argc, char **argv)
{
    static const struct option NAMES[] = {
        {"pairs", required_argument, NULL, 'p'},
        {"valgrind", required_argument, NULL, 'v'},
        {"folder", required_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.pairs = 20};
    int c;

    while ((c = getopt_long(argc, argv, "", NAMES, NULL)) != -1) {
        switch (c) {
        case 'p':
            options.pairs = strtoul(optarg, NULL, 10);
            break;
        case 'v':
            options.valgrind = optarg;
            break;
        case 'f':
            options.folder = optarg;
            break;
        default:
            usage();
        }
    }
    if (options.pairs == 0 || (options.valgrind == NULL) != (options.folder == NULL) ||
        optind != argc) {
        usage();
    }
    return options;
}

static struct bench_command
find_command(const json_t *plan, const char *name)
{
    const json_t *commands = json_object_get(plan, "commands");
    const json_t *json = name == NULL ? NULL : json_object_get(commands, name);

    if (json == NULL) {
        sim_die("the plan has no command \"%s\"", name == NULL ? "" : name);
    }
    return bench_command_read(name, json);
}

static void
compare(const struct options *options, const json_t *plan, json_t *comparison)
{
    struct bench_command left =
        find_command(plan, json_string_value(json_object_get(comparison, "left")));
    struct bench_command right =
        find_command(plan, json_string_value(json_object_get(comparison, "right")));
    json_t *result = bench_compare(&left, &right, options->pairs);

    json_object_update(comparison, result);
    json_decref(result);
    fprintf(stderr, "%s against %s\n", left.name, right.name);
    bench_command_clear(&left);
    bench_command_clear(&right);
}

static void
count(const struct options *options, const json_t *plan, const char *name, json_t *command)
{
    const char *counted = json_string_value(json_object_get(command, "counted_as"));
    struct bench_command counter = find_command(plan, counted == NULL ? name : counted);

    json_object_set_new(command, "instructions",
                        bench_instructions(&counter, options->valgrind, options->folder));
    bench_command_clear(&counter);
}

static bool
is_compared(const json_t *plan, const char *name)
{
    const json_t *comparisons = json_object_get(plan, "comparisons");

    for (size_t i = 0; i < json_array_size(comparisons); i++) {
        const json_t *comparison = json_array_get(comparisons, i);

        if (strcmp(name, json_string_value(json_object_get(comparison, "left"))) == 0 ||
            strcmp(name, json_string_value(json_object_get(comparison, "right"))) == 0) {
            return true;
        }
    }
    return false;
}

/* What is of a command alone. */
static void
look_at(const struct options *options, const json_t *plan, const char *name, json_t *json)
{
    struct bench_command command = find_command(plan, name);

    json_object_set_new(json, "pss_kib", json_real(bench_memory_peak(&command)));
    bench_command_clear(&command);
    if (options->valgrind != NULL) {
        fprintf(stderr, "the instructions of %s\n", name);
        count(options, plan, name, json);
    }
}

int
main(int argc, char **argv)
{
    const struct options options = read_options(argc, argv);
    json_error_t error;
    json_t *plan = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
    json_t *comparisons = json_object_get(plan, "comparisons");
    const char *name;
    json_t *command;

    if (plan == NULL) {
        sim_die("the plan: line %d: %s", error.line, error.text);
    }
    for (size_t i = 0; i < json_array_size(comparisons); i++) {
        compare(&options, plan, json_array_get(comparisons, i));
    }
    json_object_foreach (json_object_get(plan, "commands"), name, command) {
        if (is_compared(plan, name)) {
            look_at(&options, plan, name, command);
        }
    }
    json_object_set_new(plan, "pairs", json_integer((json_int_t)options.pairs));
    sim_must(json_dumpf(plan, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) == 0 &&
                 putchar('\n') != EOF,
             "write the results");
    json_decref(plan);
    return 0;
}
