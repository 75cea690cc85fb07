/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is run over and over, from the options of the driver. */

#include "scenario.h"

#include <err.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static enum ending
read_ending(const char *word)
{
    static const char *const words[] = {"issued", "pending", "rejected", "answer"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            return (enum ending)i;
        }
    }
    errx(2, "--ending=%s: issued, pending, rejected or answer is wanted", word);
}

bool
scenario_is_accepted(const struct scenario *scenario)
{
    return scenario->submits && scenario->ending != ENDING_REJECTED;
}

static bool
is_complete(const struct scenario *scenario)
{
    return scenario->name != NULL && scenario->helper != NULL && scenario->config != NULL &&
           scenario->state != NULL && scenario->server != NULL && scenario->preload != NULL;
}

int
scenario_read(int argc, char **argv, struct scenario *_scenario)
{
    static const struct option options[] = {
        {"name", required_argument, NULL, 'n'},   {"helper", required_argument, NULL, 'h'},
        {"config", required_argument, NULL, 'c'}, {"state", required_argument, NULL, 's'},
        {"server", required_argument, NULL, 'd'}, {"preload", required_argument, NULL, 'p'},
        {"ending", required_argument, NULL, 'e'}, {NULL, 0, NULL, 0},
    };
    const char *operation = getenv("CERTMONGER_OPERATION");
    struct scenario scenario = {.submits = operation != NULL && strcmp(operation, "SUBMIT") == 0 &&
                                           getenv("CERTMONGER_CSR") == NULL};
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (letter) {
        case 'n':
            scenario.name = optarg;
            break;
        case 'h':
            scenario.helper = optarg;
            break;
        case 'c':
            scenario.config = optarg;
            break;
        case 's':
            scenario.state = optarg;
            break;
        case 'd':
            scenario.server = optarg;
            break;
        case 'p':
            scenario.preload = optarg;
            break;
        case 'e':
            scenario.ending = read_ending(optarg);
            break;
        default:
            exit(2);
        }
    }
    if (!is_complete(&scenario)) {
        errx(2, "all options are wanted: see the scripts beside this program");
    }
    *_scenario = scenario;
    return optind;
}
