/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CONFIG_H
#define KF_CONFIG_H

/* The configuration of one CA: keyfactor.conf(5). */

#include "secret.h"

#include <stdbool.h>

enum kf_metadata_format {
    KF_METADATA_OBJECT, /* {"type": "value"}: the vendor's page */
    KF_METADATA_ARRAY,  /* [{"MetadataFieldTypeName": type, "Value": value}]: a vendor's sample */
};

enum kf_key_format {
    KF_KEY_AUTO, /* hex when it is all hexadecimal digits of even number, or begins with "hex:" */
    KF_KEY_HEX,  /* sent as base64 of the decoded bytes: the console shows keys in hex */
    KF_KEY_TEXT, /* sent as it is */
};

enum kf_reconcile {
    KF_RECONCILE_REQUIRED,    /* never submit again without having looked */
    KF_RECONCILE_BEST_EFFORT, /* look; submit again when the server cannot be asked */
    KF_RECONCILE_OFF,         /* submit again without looking */
};

/* A line of [NAME metadata]. */
struct kf_metadata {
    const char *type;
    const char *value; /* may have %{...} in it */
    const char *where; /* "FILE:LINE", for messages */
};

/* Where to read, and for whom. Everything borrowed. */
struct kf_config_source {
    const char *path;                  /* the file; PATH.d/ *.conf are its drop-ins */
    const char *nickname;              /* the CA: also the section's name */
    const char *credentials_directory; /* where relative names of secret files are, or NULL */
};

/* One member for each key, of the same name; what was not set has the default of keyfactor.conf(5),
 * texts and lists NULL. Times are in seconds. Everything is owned by the struct. */
struct kf_config {
    const char *nickname;
    const char *path;
    const char *credentials_directory; /* borrowed */
    bool found;                        /* a file was there */

    const char *url; /* https, no slash at the end, no API path */
    int api_version;
    const char *token_path; /* with a slash in front, none at the end; rest_path too */
    const char *token_name;
    const char *token_header;
    const char *rest_path;
    const char *collection_id; /* digits */
    const char *ca_file;
    const char *ca_directory;
    int tls_min_version; /* 12 or 13 */
    int timeout;
    int connect_timeout;

    const char *template;
    char **templates; /* NULL-terminated */
    bool include_chain;
    bool include_root;
    bool check_key;
    bool fetch_roots;
    const char *ca_chain_file;
    int metadata_format; /* enum kf_metadata_format */
    struct kf_metadata *metadata;
    size_t metadata_count;

    const char *username;
    const char *password_file;
    const char *application_key;
    int application_key_format; /* enum kf_key_format */
    const char *application_secret_file;

    int reconcile; /* enum kf_reconcile */
    const char *reconcile_metadata;
    const char *state_directory;

    int poll_interval;
    int poll_interval_max;
    int poll_limit;
    int retry_interval;
    int retry_interval_max;
    int retry_limit;
    int log_level; /* enum kf_log_level */

    struct kf_secret *password;           /* both only after kf_config_open() */
    struct kf_secret *application_secret; /* NULL: requests are not signed */
};

/* Reads the file and its drop-ins (in the order of their names), [global] of all of them first,
 * then [NICKNAME] and [NICKNAME metadata] of all: later lines win. No network, no secret files. A
 * missing file is no error (found is false). Files must be fit for kf_secret_read_file(). *_config
 * is owned by mem_ctx. KF_BADCONFIG naming FILE:LINE and key: unknown section form or key,
 * duplicate section or key, bad value, not UTF-8, a folder, too large. */
enum kf_rc kf_config_read(TALLOC_CTX *mem_ctx, const struct kf_config_source *source,
                          struct kf_config **_config, struct kf_error *err);

/* Makes config fit for talking to the server: sees that what must be set is (url, username,
 * password-file, application-key) and reads the secret files. KF_BADCONFIG naming file, section and
 * key. */
enum kf_rc kf_config_open(struct kf_config *config, struct kf_error *err);

#endif
