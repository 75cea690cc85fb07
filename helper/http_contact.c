/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Whom an exchange met on its way, and how far it came. Layer 2; libcurl. */

#include "http_parts.h"

#include <netdb.h>
#include <string.h>

#define CERTIFICATE "Cert:"

void
kf_http_want_contact(struct kf_http_settings *settings)
{
    kf_http_set_number(settings, CURLOPT_CERTINFO, 1);
}

/* The first bytes of TLS are the sign that there is a connection: libcurl's time of it is set, in
 * some versions, only when TLS is done. */
void
kf_http_trace_contact(struct kf_contact *contact, curl_infotype type, const char *line)
{
    static const char beginning[] = "SSL connection using ";

    if (type == CURLINFO_SSL_DATA_OUT && contact->stage < KF_STAGE_CONNECTED) {
        contact->stage = KF_STAGE_CONNECTED;
    }
    if (strncmp(line, beginning, strlen(beginning)) == 0) {
        const char *protocol = line + strlen(beginning);

        contact->protocol = talloc_strndup(contact->mem_ctx, protocol, strcspn(protocol, " /"));
    }
}

/* A time of libcurl's in microseconds; 0: it never came to this. */
static curl_off_t
reached(CURL *curl, CURLINFO point)
{
    curl_off_t when = 0;

    return curl_easy_getinfo(curl, point, &when) == CURLE_OK ? when : 0;
}

static enum kf_stage
stage_of(CURL *curl, const struct kf_contact *contact, CURLcode code)
{
    if (code == CURLE_OK) {
        return KF_STAGE_ANSWERED;
    }
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
        reached(curl, CURLINFO_NAMELOOKUP_TIME_T) == 0) {
        return KF_STAGE_BEGUN;
    }
    if (contact->stage < KF_STAGE_CONNECTED || kf_http_proxy_status(curl) >= 300) {
        return KF_STAGE_NAMED;
    }
    return code == CURLE_PEER_FAILED_VERIFICATION || reached(curl, CURLINFO_APPCONNECT_TIME_T) == 0
               ? KF_STAGE_CONNECTED
               : KF_STAGE_SECURED;
}

static void
read_peer(CURL *curl, struct kf_contact *contact)
{
    const char *address = NULL;
    long port = 0;

    if (curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address != NULL &&
        curl_easy_getinfo(curl, CURLINFO_PRIMARY_PORT, &port) == CURLE_OK) {
        contact->address = talloc_strdup(contact->mem_ctx, address);
        contact->port = (int)port;
    }
    contact->connect_us =
        reached(curl, CURLINFO_CONNECT_TIME_T) - reached(curl, CURLINFO_NAMELOOKUP_TIME_T);
}

static void
read_certificates(CURL *curl, struct kf_contact *contact)
{
    const struct curl_certinfo *info = NULL;
    char *pem = talloc_strdup(contact->mem_ctx, "");

    if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL) {
        return;
    }
    for (int i = 0; i < info->num_of_certs; i++) {
        for (const struct curl_slist *line = info->certinfo[i]; line != NULL; line = line->next) {
            if (pem != NULL && strncmp(line->data, CERTIFICATE, strlen(CERTIFICATE)) == 0) {
                pem = talloc_asprintf_append_buffer(pem, "%s\n", line->data + strlen(CERTIFICATE));
            }
        }
    }
    contact->certificates = pem;
}

/* The host of the exchange's address, for curl_free(); NULL without. */
static char *
host_of(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;

    if (parts == NULL || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        host = NULL;
    }
    curl_url_cleanup(parts);
    return host;
}

static char **
write_addresses(TALLOC_CTX *mem_ctx, const struct addrinfo *list)
{
    char text[NI_MAXHOST];
    char **addresses = NULL;
    size_t count = 0;

    for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next) {
        count++;
    }
    addresses = talloc_zero_array(mem_ctx, char *, count + 1);
    count = 0;
    for (const struct addrinfo *entry = list; entry != NULL && addresses != NULL;
         entry = entry->ai_next) {
        if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof(text), NULL, 0,
                        NI_NUMERICHOST) == 0) {
            addresses[count++] = talloc_strdup(addresses, text);
        }
    }
    return addresses;
}

/* libcurl tells only the address that it used. It has looked the name up a moment ago, within its
 * limit, so that this is quick; behind a proxy, where it need not, the name is left alone. */
static void
look_up(const char *url, struct kf_contact *contact)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char *host = host_of(url);

    if (host != NULL && host[0] != '[' && getaddrinfo(host, NULL, &hints, &list) == 0) {
        contact->addresses = write_addresses(contact->mem_ctx, list);
        freeaddrinfo(list);
    }
    curl_free(host);
}

void
kf_http_fill_contact(const struct kf_http *http, const struct kf_exchange *exchange, CURLcode code)
{
    struct kf_contact *contact = exchange->request->contact;

    contact->stage = stage_of(http->curl, contact, code);
    contact->has_proxy = kf_http_proxy_status(http->curl) != 0;
    read_peer(http->curl, contact);
    read_certificates(http->curl, contact);
    if (!contact->has_proxy &&
        contact->stage >= (http->config->proxy == NULL ? KF_STAGE_NAMED : KF_STAGE_CONNECTED)) {
        look_up(exchange->url, contact);
    }
}
