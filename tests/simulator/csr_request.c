/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the body of a POST /KeyfactorAPI/Enrollment/CSR says. */

#include "csr_request.h"

#include <arpa/inet.h>
#include <string.h>

#include "fields.h"

static const char BAD_REQUEST[] = "0xA0110001";
static const char BAD_SAN[] = "0xA011000C";

static const struct member {
    const char *name;
    json_type type; /* JSON_TRUE: either boolean */
    const char *kind;
    unsigned since; /* enum sim_product */
} MEMBERS[] = {
    {"CSR", JSON_STRING, "a string", SIM_PRODUCT_10_4},
    {"CertificateAuthority", JSON_STRING, "a string", SIM_PRODUCT_10_4},
    {"Template", JSON_STRING, "a string", SIM_PRODUCT_10_4},
    {"Timestamp", JSON_STRING, "a string", SIM_PRODUCT_10_4},
    {"IncludeChain", JSON_TRUE, "true or false", SIM_PRODUCT_10_4},
    {"Metadata", JSON_OBJECT, "an object", SIM_PRODUCT_10_4},
    {"AdditionalEnrollmentFields", JSON_OBJECT, "an object", SIM_PRODUCT_10_4},
    {"SANs", JSON_OBJECT, "an object", SIM_PRODUCT_10_4},
    {"EnrollmentPatternId", JSON_INTEGER, "an integer", SIM_PRODUCT_25_1},
    {"RenewalCertificateId", JSON_INTEGER, "an integer", SIM_PRODUCT_25_1},
};

/* The kinds of alternative names. */
static const struct san {
    const char *name;
    int family; /* of the address that the value must be; 0: any text */
} SANS[] = {
    {"dns", 0},
    {"uri", 0},
    {"ip4", AF_INET},
    {"ip6", AF_INET6},
    {"rfc822", 0},
    {"other", 0},
    {"x400", 0},
    {"directory", 0},
    {"ediparty", 0},
    {"ip", 0},
    {"registeredid", 0},
    {"ms_ntprincipalname", 0},
    {"ms_ntdsreplication", 0},
};

/* The member's value; NULL when it is left out, null, or none of this version. */
static json_t *
get(const struct sim_settings *settings, const json_t *body, const char *name)
{
    json_t *value = sim_fields_get(body, name);

    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        if (strcmp(MEMBERS[i].name, name) == 0 && MEMBERS[i].since > settings->product_version) {
            return NULL;
        }
    }
    return json_is_null(value) ? NULL : value;
}

static bool
check_types(const struct sim_settings *settings, const json_t *body, struct sim_answer *answer)
{
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        const struct member *member = &MEMBERS[i];
        const json_t *value = get(settings, body, member->name);

        if (value != NULL && json_typeof(value) != member->type &&
            (member->type != JSON_TRUE || !json_is_false(value))) {
            sim_answer_refuse(answer, 400, BAD_REQUEST, "%s must be %s.", member->name,
                              member->kind);
            return false;
        }
    }
    return true;
}

static bool
check_fields(json_t *fields, struct sim_answer *answer)
{
    const char *name;
    json_t *value;

    json_object_foreach (fields, name, value) {
        if (!json_is_string(value) && !json_is_number(value) && !json_is_boolean(value)) {
            sim_answer_refuse(answer, 400, BAD_REQUEST,
                              "The value of the enrollment field '%s' must be a string, a number "
                              "or a boolean.",
                              name);
            return false;
        }
    }
    return true;
}

static const struct san *
find_san(const char *name)
{
    for (size_t i = 0; i < sizeof(SANS) / sizeof(SANS[0]); i++) {
        if (strcasecmp(SANS[i].name, name) == 0) {
            return &SANS[i];
        }
    }
    return NULL;
}

static bool
is_san_value(const json_t *value, int family)
{
    unsigned char address[sizeof(struct in6_addr)];
    const char *text = json_string_value(value);

    if (text == NULL || *text == '\0') {
        return false;
    }
    return family == 0 || inet_pton(family, text, address) == 1;
}

static bool
check_san(const char *name, json_t *values, struct sim_answer *answer)
{
    const struct san *san = find_san(name);
    size_t i;
    json_t *value;

    if (san == NULL || !json_is_array(values)) {
        sim_answer_refuse(answer, 400, BAD_SAN,
                          "SANs must be an object of arrays: '%s' is not known or not an array.",
                          name);
        return false;
    }
    json_array_foreach (values, i, value) {
        if (!is_san_value(value, san->family)) {
            sim_answer_refuse(answer, 400, BAD_SAN, "A value of the SANs '%s' is not valid.", name);
            return false;
        }
    }
    return true;
}

static bool
check_sans(json_t *sans, struct sim_answer *answer)
{
    const char *name;
    json_t *values;

    json_object_foreach (sans, name, values) {
        if (!check_san(name, values, answer)) {
            return false;
        }
    }
    return true;
}

bool
sim_csr_request_read(const struct sim_settings *settings, const json_t *body,
                     struct sim_csr_request *_request, struct sim_answer *answer)
{
    const json_t *pattern = get(settings, body, "EnrollmentPatternId");
    const json_t *renewal_id = get(settings, body, "RenewalCertificateId");

    if (!check_types(settings, body, answer)) {
        return false;
    }
    _request->csr = json_string_value(get(settings, body, "CSR"));
    _request->authority = json_string_value(get(settings, body, "CertificateAuthority"));
    _request->template_name = json_string_value(get(settings, body, "Template"));
    _request->timestamp = json_string_value(get(settings, body, "Timestamp"));
    _request->include_chain = json_is_true(get(settings, body, "IncludeChain"));
    _request->has_pattern = pattern != NULL;
    _request->pattern = (long)json_integer_value(pattern);
    _request->has_renewal_id = renewal_id != NULL;
    _request->renewal_id = (long)json_integer_value(renewal_id);
    _request->metadata = get(settings, body, "Metadata");
    _request->fields = get(settings, body, "AdditionalEnrollmentFields");
    _request->sans = get(settings, body, "SANs");
    if (_request->csr == NULL) {
        sim_answer_refuse(answer, 400, BAD_REQUEST, "You must supply a CSR.");
        return false;
    }
    return check_fields(_request->fields, answer) && check_sans(_request->sans, answer);
}
