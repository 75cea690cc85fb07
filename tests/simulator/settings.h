/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

/* How the simulator behaves. The README lists the names; settings.c holds the defaults. */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct sim_account {
    const char *username; /* DOMAIN\user */
    const char *password;
};

struct sim_application {
    const char *key; /* hex, as the console shows it */
    const char *secret;
    json_t *templates; /* the names it may enroll for; NULL: all */
};

enum sim_key_type {
    SIM_KEY_RSA,
    SIM_KEY_EC,
};

struct sim_template {
    const char *name;
    const char *display_name;
    unsigned key_type; /* enum sim_key_type */
    long key_size;     /* the smallest it takes, in bits */
    long validity_seconds;
    bool requires_approval;
};

enum sim_tls_mode {
    SIM_TLS_VALID,
    SIM_TLS_EXPIRED,
    SIM_TLS_WRONG_NAME,
    SIM_TLS_SELF_SIGNED,
    SIM_TLS_UNTRUSTED,
};

enum sim_api {
    SIM_API_CLASSIC = 1,
    SIM_API_REST = 2,
};

struct sim_settings {
    json_t *source; /* the texts of all others belong to it */
    struct sim_account *accounts;
    size_t account_count;
    struct sim_application *applications;
    size_t application_count;
    struct sim_template *templates;
    size_t template_count;
    json_t *metadata_types;
    bool require_signature;
    long clock_tolerance_seconds;
    long clock_offset_seconds;
    unsigned apis; /* enum sim_api, or-ed */
    unsigned tls;  /* enum sim_tls_mode */
    json_t *faults;
};

/* The defaults, changed by the JSON file unless path is NULL. Dies saying what is wrong with it. */
struct sim_settings *sim_settings_read(const char *path);

void sim_settings_free(struct sim_settings *settings);

/* NULL without. Template names are compared letter by letter, account names as Windows does. */
const struct sim_template *sim_settings_template(const struct sim_settings *settings,
                                                 const char *name);
const struct sim_account *sim_settings_account(const struct sim_settings *settings,
                                               const char *username);

/* Whether the array of strings holds the text. */
bool sim_settings_lists(const json_t *texts, const char *text);

#endif
