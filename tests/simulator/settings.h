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
    SIM_WORKFLOWS_READ = 16,
    SIM_WORKFLOWS_READ_MINE = 32, /* those that the account started */
    SIM_PATTERNS_READ = 64,
};

/* The ways in; or-ed. */
enum sim_authentication {
    SIM_BASIC = 1,
    SIM_BEARER = 2,
    SIM_NEGOTIATE = 4,
    SIM_CERTIFICATE = 8,
};

struct sim_account {
    const char *username;    /* DOMAIN\user */
    const char *password;    /* NULL: no Basic authentication */
    const char *certificate; /* the common name or SHA-256 of its client certificate; or NULL */
    const char *principal;   /* user@REALM, in Kerberos; or NULL */
    unsigned permissions;    /* enum sim_permission, or-ed */
    json_t *templates;       /* the names it may enroll for; NULL: all */
    long collection;         /* the only one whose certificates it may read; 0: it may read all */
};

struct sim_application {
    const char *key;    /* hex, as the console shows it */
    const char *secret; /* NULL: its requests are not signed */
    json_t *templates;  /* the names it may enroll for; NULL: all */
};

/* A client of the token endpoint, and what its tokens let it do. */
struct sim_oauth_client {
    struct sim_account account; /* the username is the client's id, there is no password */
    const char *secret;
    json_t *scopes;       /* the names it may ask for; NULL: none */
    const char *audience; /* the only one it may ask for, and must; NULL: it may ask for none */
};

/* How clients of the token endpoint may say who they are. */
enum sim_client_auth {
    SIM_CLIENT_AUTH_BOTH,
    SIM_CLIENT_AUTH_BASIC,
    SIM_CLIENT_AUTH_POST,
};

/* Where a client without a good certificate is refused. */
enum sim_refusal {
    SIM_REFUSAL_PAGE,
    SIM_REFUSAL_HANDSHAKE,
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
    long backdate_seconds;     /* how long before it is issued a certificate is valid */
    bool requires_approval;    /* by the CA's approver */
    bool workflow;             /* approval by a workflow, before the CA sees the request */
    bool external_validation;  /* the CA waits for somebody else to validate the request */
    json_t *enrollment_fields; /* the names of those that must be given; NULL: none */
    json_t *issuer_url;        /* what its certificates say of it (aia.h); NULL: nothing */
};

/* A CA that issues. */
struct sim_authority {
    const char *name; /* the logical name */
    const char *host;
    json_t *issuer_url; /* what its own certificate says (aia.h); NULL: nothing */
};

/* What Command 25 enrolls by: a template, and rules for its use. */
struct sim_pattern {
    long id;
    const char *name;
    const char *template_name;
    bool is_default; /* taken when a request names the template alone */
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

/* What is answered as the number of a request that has not come to the CA yet. */
enum sim_no_request_id {
    SIM_NO_REQUEST_ID_ZERO,
    SIM_NO_REQUEST_ID_ABSENT,
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
    struct sim_authority *authorities;
    size_t authority_count;  /* at least 1 */
    long intermediate_count; /* CAs between the root and those */
    struct sim_pattern *patterns;
    size_t pattern_count;
    json_t *metadata_types;
    json_t *required_metadata;
    json_t *collections; /* numbers, as texts, and the names of the templates each shows */
    bool require_signature;
    long clock_tolerance_seconds;
    long clock_offset_seconds;
    unsigned apis;        /* enum sim_api, or-ed */
    unsigned tls;         /* enum sim_tls_mode */
    const char *tls_name; /* that the server's certificate has beside localhost; NULL: none */
    bool keep_state;      /* whether state.json is written */
    /* Access tokens of the Classic API's versions 1 and 2 */
    const char *token_path;
    const char *token_name;
    const char *token_header;
    long token_seconds;
    long token_uses; /* 0: any number */
    /* Who asks */
    unsigned authentication; /* enum sim_authentication, or-ed; only what can be */
    const char *oauth_token_path;
    unsigned oauth_client_auth; /* enum sim_client_auth */
    struct sim_oauth_client *oauth_clients;
    size_t oauth_client_count;
    long oauth_token_seconds;
    bool oauth_expires_in; /* whether the answer has it */
    const char *client_ca; /* a file of the CAs that sign clients; NULL: none is asked */
    bool require_client_certificate;
    unsigned client_certificate_refusal; /* enum sim_refusal */
    const char *keytab;                  /* a file; NULL: no Kerberos */
    /* The Keyfactor API */
    bool require_timestamp;
    bool workflow_status_numbers;
    unsigned workflow_request_id; /* enum sim_no_request_id */
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

const struct sim_oauth_client *sim_settings_oauth_client(const struct sim_settings *settings,
                                                         const char *id);

/* The account whose client certificate has this common name or this SHA-256, in hex. */
const struct sim_account *sim_settings_account_of_certificate(const struct sim_settings *settings,
                                                              const char *common_name,
                                                              const char *sha256);

/* The account of the Kerberos principal. */
const struct sim_account *sim_settings_account_of_principal(const struct sim_settings *settings,
                                                            const char *principal);

/* NULL without. */
const struct sim_pattern *sim_settings_pattern(const struct sim_settings *settings, long id);
const struct sim_pattern *sim_settings_default_pattern(const struct sim_settings *settings,
                                                       const char *template_name);

/* The names of the templates whose certificates the collection shows; NULL without. */
const json_t *sim_settings_collection(const struct sim_settings *settings, long number);

/* Whether the array of strings holds the text. */
bool sim_settings_lists(const json_t *texts, const char *text);

/* The same, where no array means that everything is allowed. */
bool sim_settings_allows(const json_t *texts, const char *text);

/* The product version in digits, as headers show it. */
const char *sim_settings_version(const struct sim_settings *settings);

#endif
