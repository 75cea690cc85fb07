/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-fleet: simulates what a fleet of hosts does to a server. */

#include "keys.h"
#include "report.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

static const char usage[] =
    "Usage: keyfactor-fleet [OPTION]...\n"
    "Simulates a fleet of hosts and prints what its server has to bear.\n"
    "  --hosts=N                 100000\n"
    "  --capacity=N              requests a second that the server can serve; 50\n"
    "  --retry-interval=N        seconds; the helper's default\n"
    "  --retry-interval-max=N    seconds; the helper's default\n"
    "  --helper-only             not certmonger's waits, nor those of a fixed interval\n"
    "  --csv=FILE                what the table says, and more\n"
    "  --series=FILE             requests a second, minute by minute\n";

struct program {
    struct plan plan;
    struct kf_config *config;
    bool is_helper_only;
    FILE *csv;
    FILE *series;
};

static FILE *
create(const char *path)
{
    FILE *file = fopen(path, "we");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void
set_option(struct program *self, int option, const char *value)
{
    switch (option) {
    case 'n':
        self->plan.hosts = (uint32_t)strtoul(value, NULL, 10);
        return;
    case 'c':
        self->plan.capacity = strtod(value, NULL);
        return;
    case 'i':
        self->config->retry_interval = atoi(value);
        return;
    case 'm':
        self->config->retry_interval_max = atoi(value);
        return;
    case 'o':
        self->is_helper_only = true;
        return;
    case 'f':
        self->csv = create(value);
        report_csv_head(self->csv);
        return;
    case 's':
        self->series = create(value);
        report_series_head(self->series);
        return;
    default:
        fputs(usage, option == 'h' ? stdout : stderr);
        exit(option == 'h' ? 0 : 2);
    }
}

static void
read_options(struct program *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"hosts", required_argument, NULL, 'n'},
        {"capacity", required_argument, NULL, 'c'},
        {"retry-interval", required_argument, NULL, 'i'},
        {"retry-interval-max", required_argument, NULL, 'm'},
        {"helper-only", no_argument, NULL, 'o'},
        {"csv", required_argument, NULL, 'f'},
        {"series", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        set_option(self, option, optarg);
    }
    if (optind != argc || self->plan.hosts < 100 || !(self->plan.capacity > 0)) {
        fputs("keyfactor-fleet: wanted: 100 hosts or more, a capacity over 0, options only\n",
              stderr);
        exit(2);
    }
}

static void
run_one(const struct program *self)
{
    struct measures *measures = simulate(NULL, &self->plan);

    if (measures == NULL) {
        fputs("keyfactor-fleet: out of memory\n", stderr);
        exit(1);
    }
    report_table_row(stdout, &self->plan, measures);
    if (self->csv != NULL) {
        report_csv_row(self->csv, &self->plan, measures);
    }
    if (self->series != NULL) {
        report_series(self->series, &self->plan, measures);
    }
    talloc_free(measures);
}

static void
run_all(struct program *self)
{
    const int policies = self->is_helper_only ? POLICY_HELPER + 1 : POLICY_COUNT;

    for (size_t i = 0; i < scenario_count; i++) {
        self->plan.scenario = &scenarios[i];
        for (int overload = 0; overload < OVERLOAD_COUNT; overload++) {
            self->plan.overload = (enum overload)overload;
            for (int policy = 0; policy < policies; policy++) {
                self->plan.policy = (enum policy)policy;
                run_one(self);
            }
        }
    }
}

int
main(int argc, char **argv)
{
    struct program self = {.plan = {.hosts = 100000, .capacity = 50}};
    struct kf_error err;

    self.config = talloc_zero(NULL, struct kf_config);
    self.plan.config = self.config;
    if (self.config == NULL || kf_keys_preset(self.config, &err) != KF_OK) {
        fputs("keyfactor-fleet: the defaults cannot be had\n", stderr);
        return 1;
    }
    read_options(&self, argc, argv);
    printf("%" PRIu32 " hosts; the server serves %g requests a second\n", self.plan.hosts,
           self.plan.capacity);
    report_table_head(stdout);
    run_all(&self);
    talloc_free(self.config);
    return (self.csv != NULL && fclose(self.csv) != 0) ||
           (self.series != NULL && fclose(self.series) != 0);
}
