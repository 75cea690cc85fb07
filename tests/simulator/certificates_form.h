/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_CERTIFICATES_FORM_H
#define SIM_CERTIFICATES_FORM_H

/* The forms in which servers have been seen to write the certificates of an answer. */

#include <jansson.h>
#include <openssl/x509.h>

#include "encoding.h"

enum sim_form {
    SIM_FORM_AS_ASKED, /* whatever the request asks for */
    SIM_FORM_PKCS7,
    SIM_FORM_PKCS7_CRLF,
    SIM_FORM_PKCS7_PEM,
    SIM_FORM_PKCS7_AS_CERTIFICATE,
    SIM_FORM_PKCS7_ROOT_FIRST,
    SIM_FORM_DER,
    SIM_FORM_DER_CRLF,
    SIM_FORM_DERS,
    SIM_FORM_PEM,
    SIM_FORM_PEM_CHAIN,
    SIM_FORM_PEM_CHAIN_REVERSED,
    SIM_FORM_PEM_CRLF,
    SIM_FORM_PEM_BAG,
    SIM_FORM_PEM_COMMENTS,
    SIM_FORM_ARRAY_PEM,
    SIM_FORM_ARRAY_PEM_REVERSED,
    SIM_FORM_EMPTY,
    SIM_FORM_GARBAGE,
};

/* The words of the forms, ended by NULL. */
extern const char *const SIM_FORM_WORDS[];

/* The chain in a form other than SIM_FORM_AS_ASKED. The last two need no chain: it may be NULL. */
json_t *sim_form_write(enum sim_form form, STACK_OF(X509) *chain);

/* The same as an array: of each certificate by itself, where the form is one of certificates. */
json_t *sim_form_write_array(enum sim_form form, STACK_OF(X509) *chain);

/* A PKCS#7 with the certificates alone, as DER, to be freed. */
struct sim_bytes sim_form_pkcs7(STACK_OF(X509) *certificates);

#endif
