/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Why an exchange failed, and where: a request that may have arrived must never be sent again
 * blindly. Layer 2; libcurl. */

#include "crypto.h"
#include "http_parts.h"

#include <string.h>

long
kf_http_proxy_status(CURL *curl)
{
    long status = 0;

    return curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK ? status : 0;
}

/* True unless libcurl is sure that not one byte of the request was written. */
static bool
was_sent(CURL *curl)
{
    curl_off_t began = 0;
    curl_off_t uploaded = 0;
    long request_size = 0;

    if (kf_http_proxy_status(curl) >= 300) {
        return false;
    }
    if (curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &began) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &uploaded) != CURLE_OK ||
        curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_size) != CURLE_OK) {
        return true;
    }
    return began > 0 || uploaded > 0 || request_size > 0;
}

static bool
has_word(const char *text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcasestr(text, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Who issued the server's certificate is not among those that are trusted. */
static enum kf_rc
fail_issuer(const struct kf_config *config, const char *url, const char *reason,
            struct kf_error *err)
{
    if (config->ca_file != NULL) {
        return kf_fail(err, KF_UNTRUSTED,
                       "%s is not trusted by %s: %s: put the certificate of the server's CA into "
                       "this file",
                       url, config->ca_file, reason);
    }
    if (config->ca_directory != NULL) {
        return kf_fail(err, KF_UNTRUSTED,
                       "%s is not trusted by %s: %s: put the certificate of the server's CA into "
                       "this folder and run openssl rehash on it",
                       url, config->ca_directory, reason);
    }
    return kf_fail(err, KF_UNTRUSTED,
                   "%s is not trusted by the system's trust store: %s: put the certificate of the "
                   "server's CA into a file and set ca-file to it",
                   url, reason);
}

static enum kf_rc
fail_untrusted(const struct kf_http *http, const char *url, const char *reason,
               struct kf_error *err)
{
    /* The words differ between versions of libcurl. */
    static const char *const names[] = {"host name", "hostname", "subject name", "IP address",
                                        NULL};
    static const char *const early[] = {"not yet valid", NULL};
    static const char *const late[] = {"expired", NULL};

    if (has_word(reason, early)) { /* a host that has just started, without a battery */
        return kf_fail(err, KF_NOTSENT,
                       "%s is not trusted yet: %s: this host's clock is behind, until it is set "
                       "(chronyc tracking)",
                       url, reason);
    }
    if (has_word(reason, late)) {
        return kf_fail(err, KF_UNTRUSTED,
                       "%s is not trusted: %s: renew the server's certificate, or set this "
                       "host's clock",
                       url, reason);
    }
    if (has_word(reason, names)) {
        return kf_fail(err, KF_UNTRUSTED,
                       "%s is not trusted: %s: url must name the host as its certificate does", url,
                       reason);
    }
    return fail_issuer(http->config, url, reason, err);
}

/* A server that wants a client certificate, or another one, ends the handshake: with TLS 1.3 after
 * the request was written, of which it then has read nothing. The last words are libcurl's for an
 * expired one: of a server's certificate it says what the problem is. */
static bool
is_certificate_alert(const char *reason)
{
    static const char *const alerts[] = {"alert certificate required",
                                         "alert bad certificate",
                                         "alert unknown ca",
                                         "alert certificate expired",
                                         "alert certificate revoked",
                                         "alert certificate unknown",
                                         "alert handshake failure",
                                         "alert unsupported certificate",
                                         "SSL certificate verification failed",
                                         NULL};

    return has_word(reason, alerts);
}

/* Failures of settings, whose codes say it all. */
static const struct setup_failure {
    CURLcode code;
    const char *key;
    const char *advice;
} setup_failures[] = {
    {CURLE_URL_MALFORMAT, "url", "write https://HOST"},
    {CURLE_UNSUPPORTED_PROTOCOL, "url", "write https://HOST"},
};

static enum kf_rc
fail_trust(const struct kf_config *config, const char *reason, struct kf_error *err)
{
    return kf_fail(err, KF_BADCONFIG, "%s: %s: %s: see that it has certificates in PEM",
                   config->ca_file != NULL ? "ca-file" : "ca-directory",
                   config->ca_file != NULL ? config->ca_file : config->ca_directory, reason);
}

static enum kf_rc
fail_setup(CURLcode code, const char *reason, struct kf_error *err)
{
    for (size_t i = 0; i < sizeof(setup_failures) / sizeof(setup_failures[0]); i++) {
        if (setup_failures[i].code == code) {
            return kf_fail(err, KF_BADCONFIG, "%s: %s: %s", setup_failures[i].key, reason,
                           setup_failures[i].advice);
        }
    }
    return KF_OK;
}

/* Our certificate and key cannot be used as they are. */
static enum kf_rc
fail_client_certificate(const char *reason, struct kf_error *err)
{
    static const char *const no_engine[] = {"SSL Engine '", "engine not set", "file type ENG",
                                            "file type 'ENG'", NULL};
    static const char *const of_token[] = {"crypto engine", "ssl engine", NULL};
    const char *advice =
        "see that they belong together, that client-key-password-file is right, and that this "
        "host allows their form (in FIPS mode PEM, and no PKCS#12)";

    if (has_word(reason, no_engine)) {
        advice =
            "pkcs11: wants OpenSSL's PKCS#11 engine (openssl-pkcs11, libengine-pkcs11-openssl)";
    } else if (has_word(reason, of_token)) {
        advice = "see that token, object and PIN (client-key-password-file) are right";
    }
    return kf_fail(err, KF_BADCONFIG, "client-certificate or client-key: %s: %s", reason, advice);
}

static enum kf_rc
fail_proxy(CURL *curl, CURLcode code, const char *reason, struct kf_error *err)
{
    if (kf_http_proxy_status(curl) == 407) {
        return kf_fail(err, KF_BADCONFIG,
                       "the proxy wants other credentials (HTTP 407): check proxy-username and "
                       "proxy-password-file, or https_proxy in the certmonger service's "
                       "environment");
    }
    if (code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY) {
        return kf_fail(err, KF_NOTSENT, "the proxy cannot be reached: %s: check proxy", reason);
    }
    return KF_OK;
}

/* A FIPS provider that asks for it refuses to make keys; libraries older than it know the reason by
 * its number only (PROV_R_EMS_NOT_ENABLED). */
static bool
lacks_extended_secret(const char *reason)
{
    static const char *const refusals[] = {"ems not enabled", "Provider routines::reason(233)",
                                           NULL};

    return has_word(reason, refusals);
}

static const char *
reason_of(const struct kf_http *http, const struct kf_exchange *exchange, CURLcode code)
{
    if (code == CURLE_ABORTED_BY_CALLBACK && *http->stop != 0) {
        return "told to stop by a signal";
    }
    return exchange->error[0] != '\0' ? exchange->error : curl_easy_strerror(code);
}

/* Who does not trust whom; KF_OK when it is not about that. */
static enum kf_rc
fail_trust_of_either(const struct kf_http *http, const char *url, CURLcode code, const char *reason,
                     struct kf_error *err)
{
    if (is_certificate_alert(reason)) {
        return kf_fail(err, KF_AUTH,
                       "%s does not accept %s: %s: check client-certificate and client-key", url,
                       http->config->client_certificate == NULL ? "clients without a certificate"
                                                                : "our client certificate",
                       reason);
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        return fail_untrusted(http, url, reason, err);
    }
    if (code == CURLE_SSL_CERTPROBLEM) {
        return fail_client_certificate(reason, err);
    }
    return code == CURLE_SSL_CACERT_BADFILE ? fail_trust(http->config, reason, err) : KF_OK;
}

static enum kf_rc
fail_unreachable(const struct kf_http *http, const char *url, const char *reason,
                 struct kf_error *err)
{
    if (lacks_extended_secret(reason)) {
        return kf_fail(err, KF_NOTSENT,
                       "%s speaks TLS 1.2 without Extended Master Secret, which FIPS mode does not "
                       "allow: switch it, or TLS 1.3, on at the server: %s",
                       url, reason);
    }
    return kf_fail(err, KF_NOTSENT,
                   "%s cannot be reached: %s: check url%s, name resolution and firewall", url,
                   reason, http->config->proxy == NULL ? "" : ", proxy");
}

enum kf_rc
kf_http_fail(const struct kf_http *http, const struct kf_exchange *exchange, CURLcode code,
             struct kf_error *err)
{
    const char *url = exchange->request->url;
    const char *reason = reason_of(http, exchange, code);
    const bool sent = was_sent(http->curl);
    enum kf_rc rc;

    if (exchange->too_large) {
        return kf_fail(err, KF_BADREPLY,
                       "the answer of %s is over the limit of %d MiB, or its headers are over %d "
                       "KiB: is url right?",
                       url, KF_HTTP_BODY_MAX / (1024 * 1024), KF_HTTP_HEADERS_MAX / 1024);
    }
    if (!sent &&
        (exchange->no_memory || code == CURLE_OUT_OF_MEMORY || kf_crypto_was_out_of_memory())) {
        return kf_fail_nomem(err);
    }
    rc = fail_trust_of_either(http, url, code, reason, err);
    /* Some of these codes mean the answer as well: "unsupported protocol" is HTTP/0.9, for one. */
    if (rc == KF_OK && !sent) {
        rc = fail_setup(code, reason, err);
    }
    if (rc == KF_OK) {
        rc = fail_proxy(http->curl, code, reason, err);
    }
    if (rc != KF_OK) {
        return rc;
    }
    return sent ? kf_fail(err, KF_UNCERTAIN, "%s took the request and gave no whole answer: %s",
                          url, reason)
                : fail_unreachable(http, url, reason, err);
}

enum kf_rc
kf_http_fail_kerberos(const struct kf_exchange *exchange, struct kf_error *err)
{
    /* A host finds its KDC by name, in the DNS. */
    static const char *const outages[] = {"contact any KDC", "find KDC", "address for KDC",
                                          "Connection timed out", NULL};

    if (has_word(exchange->kerberos, outages)) {
        return kf_fail(err, KF_NOTSENT, "no Kerberos ticket: %s", exchange->kerberos);
    }
    return kf_fail(err, KF_AUTH,
                   "no Kerberos ticket for %s: %s: check keytab (klist -kt), and the server's "
                   "principal HTTP/HOST",
                   exchange->request->url, exchange->kerberos);
}
