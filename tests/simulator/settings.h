/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

/* How the simulator behaves. The README lists the names; settings.c holds the defaults. */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* What the roles of an account allow; or-ed. */
enum sim_permission {
    SIM_CERTIFICATES_READ = 1,
    SIM_CERTIFICATES_DOWNLOAD = 2,
    SIM_ALERTS_READ = 4,
    SIM_ENROLL = 8,
};

struct sim_account {
    const char *username; /* DOMAIN\user */
    const char *password;
    unsigned permissions; /* enum sim_permission, or-ed */
    json_t *templates;    /* the names it may enroll for; NULL: all */
    long collection;      /* the only one whose certificates it may read; 0: it may read all */
};

struct sim_application {
    const char *key;    /* hex, as the console shows it */
    const char *secret; /* NULL: its requests are not signed */
    json_t *templates;  /* the names it may enroll for; NULL: all */
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
    long backdate_seconds; /* how long before it is issued a certificate is valid */
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

/* The version of Keyfactor Command, as far as it makes a difference. */
enum sim_product {
    SIM_PRODUCT_10_4,
    SIM_PRODUCT_25_1,
};

struct sim_settings {
    json_t *source;           /* the texts of all others belong to it */
    unsigned product_version; /* enum sim_product */
    struct sim_account *accounts;
    size_t account_count;
    struct sim_application *applications;
    size_t application_count;
    struct sim_template *templates;
    size_t template_count;
    json_t *metadata_types;
    json_t *collections; /* numbers, as texts, and the names of the templates each shows */
    bool require_signature;
    long clock_tolerance_seconds;
    long clock_offset_seconds;
    unsigned apis; /* enum sim_api, or-ed */
    unsigned tls;  /* enum sim_tls_mode */
    /* Access tokens of the Classic API's versions 1 and 2 */
    const char *token_path;
    const char *token_name;
    const char *token_header;
    long token_seconds;
    long token_uses; /* 0: any number */
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

/* The names of the templates whose certificates the collection shows; NULL without. */
const json_t *sim_settings_collection(const struct sim_settings *settings, long number);

/* Whether the array of strings holds the text. */
bool sim_settings_lists(const json_t *texts, const char *text);

/* The same, where no array means that everything is allowed. */
bool sim_settings_allows(const json_t *texts, const char *text);

/* The product version in digits, as headers show it. */
const char *sim_settings_version(const struct sim_settings *settings);

#endif
