/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_CONFIG_H
#define KF_CONFIG_H

/* The configuration of one CA: keyfactor.conf(5). */

#include "secret.h"

#include <stdbool.h>
#include <sys/types.h>

/* Where things are, unless something else is said. */
#define KF_CONFIG_FILE            SYSCONFDIR "/certmonger/keyfactor.conf"
#define KF_CONFIG_STATE_DIRECTORY LOCALSTATEDIR "/lib/certmonger/keyfactor"

enum kf_metadata_format {
    KF_METADATA_OBJECT, /* {"type": "value"}: the vendor's page */
    KF_METADATA_ARRAY,  /* [{"MetadataFieldTypeName": type, "Value": value}]: a vendor's sample */
};

enum kf_key_format {
    KF_KEY_AUTO, /* hex when it is all hexadecimal digits of even number, or begins with "hex:" */
    KF_KEY_HEX,  /* sent as base64 of the decoded bytes: the console shows keys in hex */
    KF_KEY_TEXT, /* sent as it is */
};

enum kf_api_choice {
    KF_API_AUTO,    /* the Classic API, if it is configured and the server has it; else the other */
    KF_API_CLASSIC, /* Command 10 and older */
    KF_API_REST,    /* the Keyfactor API */
};

/* How the helper says who it is, beside a TLS client certificate. */
enum kf_login_way {
    KF_LOGIN_NONE,
    KF_LOGIN_BASIC,     /* name and password */
    KF_LOGIN_BEARER,    /* an access token (RFC 6750) */
    KF_LOGIN_NEGOTIATE, /* SPNEGO (RFC 4559) with the host's Kerberos keytab */
};

/* How a client shows its secret at the token endpoint (RFC 6749 section 2.3.1). */
enum kf_client_authentication {
    KF_CLIENT_HEADER, /* Basic authentication */
    KF_CLIENT_BODY,   /* fields of the form */
};

enum kf_reconcile {
    KF_RECONCILE_REQUIRED,    /* never submit again without having looked */
    KF_RECONCILE_BEST_EFFORT, /* look; submit again when the server cannot be asked */
    KF_RECONCILE_OFF,         /* submit again without looking */
};

/* A line of [NAME metadata] or [NAME enrollment-fields]. */
struct kf_metadata {
    const char *type;
    const char *value; /* may have %{...} in it */
    const char *where; /* "FILE:LINE", for messages */
};

struct kf_metadata_list {
    struct kf_metadata *entries;
    size_t count;
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
    char **files;                      /* that were read, in this order; NULL-terminated */

    char **url; /* servers, in the order in which they are tried: https, no slash at the end, no
                   API path; NULL-terminated */
    int api;    /* enum kf_api_choice */
    int api_version;
    const char *token_path; /* with a slash in front, none at the end; rest_path too */
    const char *token_name;
    const char *token_header;
    const char *rest_path;
    const char *rest_version;
    const char *requested_with;
    const char *collection_id; /* digits */
    const char *ca_file;
    const char *ca_directory;
    int tls_min_version; /* 12 or 13 */
    int timeout;
    int connect_timeout;

    const char *proxy; /* http:// or https:// */
    const char *no_proxy;
    const char *proxy_username;
    const char *proxy_password_file;

    const char *template;
    const char *certificate_authority;
    const char *enrollment_pattern;
    char **templates; /* NULL-terminated */
    bool include_chain;
    bool include_root;
    bool check_key;
    bool fetch_roots;
    bool fetch_issuers;
    bool link_renewals;
    const char *ca_chain_file;
    int metadata_format; /* enum kf_metadata_format */
    struct kf_metadata_list metadata;
    struct kf_metadata_list enrollment_fields;

    int auth; /* enum kf_login_way */
    const char *username;
    const char *password_file;
    const char *token_url;
    const char *client_id;
    const char *client_secret_file;
    int client_authentication; /* enum kf_client_authentication */
    const char *scope;
    const char *audience;
    const char *access_token_file;
    const char *keytab;
    const char *client_certificate; /* file, or pkcs11: URI; client_key too */
    const char *client_key;
    const char *client_key_password_file;
    const char *application_key;
    int application_key_format; /* enum kf_key_format */
    const char *application_secret_file;

    int reconcile; /* enum kf_reconcile */
    const char *reconcile_metadata;
    const char *state_directory;
    bool sandbox;
    const char *sandbox_user;

    int poll_interval;
    int poll_interval_max;
    int poll_limit;
    int retry_interval;
    int retry_interval_max;
    int retry_limit;
    int log_level; /* enum kf_log_level */
    const char *journal_socket;
    const char *metrics_directory;

    /* Only after kf_config_open(); NULL: there is none. */
    struct kf_secret *password;
    struct kf_secret *application_secret; /* NULL: requests are not signed */
    struct kf_secret *client_secret;
    struct kf_secret *access_token;
    struct kf_secret *proxy_password;
    struct kf_secret *client_identity; /* the client certificate's file: PEM or PKCS#12 */
    struct kf_secret *client_private_key;
    struct kf_secret *client_key_password;
    struct kf_secret *ca_certificates; /* the content of ca_file */
    struct kf_secret *ca_chain;        /* that of ca_chain_file */
    struct kf_secret *keytab_content;
    uid_t sandbox_uid; /* of sandbox_user; the next too */
    gid_t sandbox_gid;
};

/* Reads the file and its drop-ins (in the order of their names), [global] of all of them first,
 * then [NICKNAME] and [NICKNAME metadata] of all: later lines win. No network, no secret files. A
 * missing file is no error (files is empty). Files must be fit for kf_secret_read_file(). *_config
 * is owned by mem_ctx. KF_BADCONFIG naming FILE:LINE and key: unknown section form or key,
 * duplicate section or key, bad value, not UTF-8, a folder, too large. */
enum kf_rc kf_config_read(TALLOC_CTX *mem_ctx, const struct kf_config_source *source,
                          struct kf_config **_config, struct kf_error *err);

/* Sees that a file was there, and that what must be set is: url, and what api and auth want. While
 * the file of client-certificate is not there yet, auth = certificate with a username means Basic.
 * KF_BADCONFIG naming file, section and key. */
enum kf_rc kf_config_check(struct kf_config *config, struct kf_error *err);

/* Makes config fit for talking to the server: kf_config_check(), then reads the files of secrets,
 * keys and certificates, and looks up the user of the sandbox. KF_BADCONFIG naming file, section
 * and key. A ca-chain-file that cannot be read is said in the log. */
enum kf_rc kf_config_open(struct kf_config *config, struct kf_error *err);

/* Reads ca-chain-file, when one is set and has not been read. KF_BADCONFIG when it cannot be. */
enum kf_rc kf_config_read_chain(struct kf_config *config, struct kf_error *err);

/* True for what stands for a certificate or a key in a PKCS#11 token (RFC 7512), and is no file. */
bool kf_config_is_token(const char *identity);

/* True when the client certificate or its key is in one. */
bool kf_config_uses_token(const struct kf_config *config);

#endif
