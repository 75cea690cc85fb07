/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The certificate that a client shows in the TLS handshake. Owns, with
 * resumption.c, GnuTLS. */

#include "client_certificate.h"

#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base.h"
#include "certificate.h"
#include "encoding.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static gnutls_typed_vdata_st FOR_CLIENTS[] = {
    {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0},
};

static enum sim_client_certificate_state
verify(gnutls_session_t session)
{
    const unsigned time_flags =
        GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED;
    unsigned flags = 0;
    int result =
        gnutls_certificate_verify_peers(session, FOR_CLIENTS, ARRAY_SIZE(FOR_CLIENTS), &flags);

    if (result == GNUTLS_E_SUCCESS && flags == 0) {
        return SIM_CLIENT_GOOD;
    }
    return result == GNUTLS_E_SUCCESS && (flags & ~time_flags) == 0 ? SIM_CLIENT_EXPIRED
                                                                    : SIM_CLIENT_UNTRUSTED;
}

void
sim_client_certificate_read(void *session, struct sim_client_certificate *certificate)
{
    unsigned count = 0;
    unsigned size = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    unsigned char digest[EVP_MAX_MD_SIZE];
    const unsigned char *der = NULL;
    X509 *x509 = NULL;

    if (chain == NULL || count == 0) {
        return;
    }
    der = chain[0].data;
    x509 = d2i_X509(NULL, &der, (long)chain[0].size);
    if (x509 == NULL) {
        certificate->state = SIM_CLIENT_UNTRUSTED;
        return;
    }
    sim_must(X509_digest(x509, EVP_sha256(), digest, &size) == 1, "compute a fingerprint");
    certificate->state = verify(session);
    certificate->subject = sim_certificate_name(X509_get_subject_name(x509));
    certificate->common_name = sim_certificate_common_name(X509_get_subject_name(x509));
    certificate->sha256 = sim_hex(digest, size);
    X509_free(x509);
}

void
sim_client_certificate_require(void *session)
{
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
    gnutls_session_set_verify_cert2(session, FOR_CLIENTS, ARRAY_SIZE(FOR_CLIENTS), 0);
}

void
sim_client_certificate_clear(struct sim_client_certificate *certificate)
{
    free(certificate->subject);
    free(certificate->common_name);
    free(certificate->sha256);
    memset(certificate, 0, sizeof(*certificate));
}
