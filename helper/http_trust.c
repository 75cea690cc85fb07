/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Whom to trust. Layer 2; libcurl. */

#include "http_parts.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>

#define HASH_LEN 8

/* Where distributions have the system's trust store as a folder, in which OpenSSL looks a
 * certificate up by a hash of its subject (openssl-rehash(1)): Debian's, and that of Fedora and
 * RHEL. To read a whole bundle takes longer than all the rest of a run. */
static const char *const folders[] = {"/etc/ssl/certs",
                                      "/etc/pki/ca-trust/extracted/pem/directory-hash"};

/* "5f618aec.0" */
static bool
is_hashed_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == HASH_LEN && name[HASH_LEN] == '.' &&
           isdigit((unsigned char)name[HASH_LEN + 1]) != 0;
}

static bool
is_hashed(const char *folder)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry = NULL;
    bool found = false;

    while (entries != NULL && !found && (entry = readdir(entries)) != NULL) {
        found = is_hashed_name(entry->d_name);
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return found;
}

/* NULL where this host has none. */
static const char *
find_folder(void)
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (is_hashed(folders[i])) {
            return folders[i];
        }
    }
    return NULL;
}

/* What was read already, because the sandbox may not open every file; a libcurl before 7.77 has to
 * open it. */
static void
set_ca_file(struct kf_http_settings *settings, const struct kf_config *config)
{
#if LIBCURL_VERSION_NUM >= 0x074d00
    kf_http_set_pointer(settings, CURLOPT_CAINFO, NULL);
    if (config->ca_certificates != NULL) {
        kf_http_set_blob(settings, CURLOPT_CAINFO_BLOB, config->ca_certificates);
    }
#else
    kf_http_set_pointer(settings, CURLOPT_CAINFO, config->ca_file);
#endif
}

static bool
has_own_trust(const struct kf_config *config)
{
    return config->ca_file != NULL || config->ca_directory != NULL;
}

/* What this host trusts: libcurl's own setting is the bundle. */
static void
set_system_trust(struct kf_http_settings *settings, const struct kf_http *http)
{
    const char *folder = http->reads_bundle ? NULL : find_folder();

    if (folder != NULL) {
        kf_http_set_pointer(settings, CURLOPT_CAINFO, NULL);
        kf_http_set_pointer(settings, CURLOPT_CAPATH, folder);
    }
}

void
kf_http_set_trust(struct kf_http_settings *settings, const struct kf_http *http)
{
    const struct kf_config *config = http->config;

    kf_http_set_number(settings, CURLOPT_SSL_VERIFYPEER, 1);
    kf_http_set_number(settings, CURLOPT_SSL_VERIFYHOST, 2);
    kf_http_set_number(settings, CURLOPT_SSLVERSION,
                       config->tls_min_version == 13 ? CURL_SSLVERSION_TLSv1_3
                                                     : CURL_SSLVERSION_TLSv1_2);
    if (has_own_trust(config)) {
        /* Both, so that what is configured stands in for the system's trust and does not add to
         * it. */
        set_ca_file(settings, config);
        kf_http_set_pointer(settings, CURLOPT_CAPATH, config->ca_directory);
    } else {
        set_system_trust(settings, http);
    }
}

bool
kf_http_trust_bundle(struct kf_http *http, CURLcode code)
{
    long result = 0;

    if (code != CURLE_PEER_FAILED_VERIFICATION || http->reads_bundle ||
        has_own_trust(http->config) || find_folder() == NULL ||
        curl_easy_getinfo(http->curl, CURLINFO_SSL_VERIFYRESULT, &result) != CURLE_OK) {
        return false;
    }
    http->reads_bundle = result != 0; /* 0: the certificate is trusted, but for another name */
    return http->reads_bundle;
}
