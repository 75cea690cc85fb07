/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_KEYS_PARTS_H
#define KF_KEYS_PARTS_H

/* What the table of keys and the readers of values share. */

#include "keys.h"

/* A word that is a value. */
struct kf_word {
    int value;
    const char *text;
};

/* A key with its value, on the way into config. */
struct kf_setting {
    struct kf_config *config;
    const struct kf_key *key;
    const char *value;
};

struct kf_key {
    const char *name;
    enum kf_rc (*read)(const struct kf_setting *setting, struct kf_error *err);
    size_t offset;               /* of the member of struct kf_config */
    const char *preset;          /* the value when nothing is set, or NULL */
    const struct kf_word *words; /* for kf_keys_word() and kf_keys_flag(), ends with a NULL text */
    int max;                     /* for kf_keys_seconds() */
    const char *needed; /* what to write, when the key has to be set; needs is_needed() too */
    bool (*is_needed)(const struct kf_config *config);
};

/* Readers: each stores a copy, owned by config, or fails with KF_BADCONFIG saying what is wrong. */
/* any line of text */
enum kf_rc kf_keys_text(const struct kf_setting *setting, struct kf_error *err);
/* a full name of a file: libraries open it, and the working folder must not matter */
enum kf_rc kf_keys_path(const struct kf_setting *setting, struct kf_error *err);
/* a full name of a file, or a pkcs11: URI */
enum kf_rc kf_keys_identity(const struct kf_setting *setting, struct kf_error *err);
/* one of key->words, into an int */
enum kf_rc kf_keys_word(const struct kf_setting *setting, struct kf_error *err);
/* the same, into a bool */
enum kf_rc kf_keys_flag(const struct kf_setting *setting, struct kf_error *err);
/* a time of up to key->max seconds, into an int */
enum kf_rc kf_keys_seconds(const struct kf_setting *setting, struct kf_error *err);
/* names with commas between, into a NULL-terminated array */
enum kf_rc kf_keys_list(const struct kf_setting *setting, struct kf_error *err);
/* the same, of https://HOST[:PORT] */
enum kf_rc kf_keys_servers(const struct kf_setting *setting, struct kf_error *err);
/* https://HOST[:PORT]/PATH */
enum kf_rc kf_keys_https_url(const struct kf_setting *setting, struct kf_error *err);
/* http:// or https://HOST[:PORT] */
enum kf_rc kf_keys_proxy(const struct kf_setting *setting, struct kf_error *err);
/* /PATH on a server */
enum kf_rc kf_keys_url_path(const struct kf_setting *setting, struct kf_error *err);
/* /PATH of what has paths below it, slashes at the end taken off: nothing is left of the root */
enum kf_rc kf_keys_url_folder(const struct kf_setting *setting, struct kf_error *err);
/* a number, as text */
enum kf_rc kf_keys_digits(const struct kf_setting *setting, struct kf_error *err);
/* digits with dots */
enum kf_rc kf_keys_version(const struct kf_setting *setting, struct kf_error *err);
/* letters, digits, - and _: goes into headers and queries as it is */
enum kf_rc kf_keys_name(const struct kf_setting *setting, struct kf_error *err);

#endif
