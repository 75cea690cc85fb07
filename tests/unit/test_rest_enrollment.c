/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: the request for a certificate, and what its answers
 * (tests/data/rest_enrollment) say. */

#include "world.h"

#include "api.h"
#include "chain.h"

#include <jansson.h>
#include <string.h>

#define PEM "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"

/* What each body has; JSON, its closing brace left out. */
#define BODY                                                                                       \
    "{\"CSR\": \"-----BEGIN CERTIFICATE REQUEST-----\\nMIIB\\n"                                    \
    "-----END CERTIFICATE REQUEST-----\\n\", "                                                     \
    "\"Timestamp\": \"2026-01-01T00:00:00.042Z\""

#define GUID "5d4c3b2a-1f0e-4d9c-8b7a-665544332211"

#define OURS    "certificate.pem"
#define ISSUING "issuing.pem"

static char pem[] = PEM;
static const struct kf_csr csr = {.pem = pem};
static struct kf_metadata metadata[] = {{"Owner", "Web \"team\"", NULL},
                                        {"Host name", "höst", NULL}};
static struct kf_metadata fields[] = {{"Ticket", "4711", NULL}};

/* A configuration as kf_config_open() leaves it, but for what a test sets. */
struct fixture {
    struct kf_config config;
    struct kf_enrollment enrollment;
    struct kf_request *request;
    struct kf_error err;
};

static struct fixture *
new_fixture(TALLOC_CTX *mem)
{
    struct fixture *fixture = talloc_zero(mem, struct fixture);

    assert_non_null(fixture);
    fixture->config = (struct kf_config){.rest_path = "/KeyfactorAPI",
                                         .rest_version = "1",
                                         .requested_with = "APIClient",
                                         .include_chain = true};
    fixture->enrollment = (struct kf_enrollment){.config = &fixture->config,
                                                 .csr = &csr,
                                                 .template = "Web Server",
                                                 .now_ms = INT64_C(1767225600042)};
    return fixture;
}

static const struct kf_request *
built(struct fixture *fixture)
{
    if (kf_api_rest.build_enrollment(fixture, &fixture->enrollment, &fixture->request,
                                     &fixture->err) != KF_OK) {
        fail_msg("%s", fixture->err.text);
    }
    return fixture->request;
}

static void
assert_body(struct fixture *fixture, const char *expected)
{
    kf_test_same_json((char *)built(fixture)->body.data, expected);
}

static void
test_an_enrollment_is_a_post_of_json(void **state)
{
    const struct kf_request *request = built(new_fixture(*state));

    assert_string_equal(request->method, "POST");
    assert_string_equal(request->url, "/KeyfactorAPI/Enrollment/CSR");
    assert_int_equal(request->query_count, 0);
    assert_string_equal(kf_test_header(request, "Content-Type"), "application/json");
    kf_test_contains(request->absent, "no Keyfactor API");
    assert_false(request->is_public);
    assert_false(request->may_repeat);
}

static void
test_an_enrollment_has_the_headers_of_the_api(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_request *request = NULL;

    fixture->config.application_key = "0123456789abcdef";
    request = built(fixture);
    assert_string_equal(kf_test_header(request, "Accept"), "application/json");
    assert_string_equal(kf_test_header(request, "x-keyfactor-requested-with"), "APIClient");
    assert_string_equal(kf_test_header(request, "x-keyfactor-api-version"), "1");
    assert_string_equal(kf_test_header(request, "x-keyfactor-appkey"), "0123456789abcdef");
    assert_string_equal(kf_test_header(request, "x-certificateformat"), "PEM");
    assert_null(kf_test_header(request, "X-CSS-CMS-Signature"));
}

static void
test_path_version_and_client_are_configured(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->config.rest_path = "/Api";
    fixture->config.rest_version = "2";
    fixture->config.requested_with = "XMLHttpRequest";
    assert_string_equal(built(fixture)->url, "/Api/Enrollment/CSR");
    assert_string_equal(kf_test_header(fixture->request, "x-keyfactor-api-version"), "2");
    assert_string_equal(kf_test_header(fixture->request, "x-keyfactor-requested-with"),
                        "XMLHttpRequest");
}

/* The API never needs a token of its own. */
static void
test_nothing_goes_before_an_enrollment(void **state)
{
    (void)state;
    assert_null(kf_api_rest.build_token);
    assert_null(kf_api_rest.read_token);
}

static void
test_what_is_not_asked_for_is_not_sent(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_body(fixture,
                BODY ", \"IncludeChain\": true, \"Template\": \"Web Server\", \"Metadata\": {}}");
    fixture->enrollment.template = NULL;
    fixture->enrollment.pattern_id = 5;
    assert_body(fixture,
                BODY ", \"IncludeChain\": true, \"EnrollmentPatternId\": 5, \"Metadata\": {}}");
}

static void
test_each_thing_that_is_asked_for_is_a_member(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->config.include_chain = false;
    fixture->config.metadata_format = KF_METADATA_ARRAY; /* of the Classic API only */
    fixture->enrollment.certificate_authority = "ca.example.com\\Issuing CA 1";
    fixture->enrollment.pattern_id = INT64_C(4294967296);
    fixture->enrollment.renewed_id = 31;
    fixture->enrollment.metadata = (struct kf_metadata_list){metadata, COUNT(metadata)};
    fixture->enrollment.enrollment_fields = (struct kf_metadata_list){fields, COUNT(fields)};
    assert_body(fixture,
                BODY ", \"IncludeChain\": false, \"Template\": \"Web Server\", "
                     "\"CertificateAuthority\": \"ca.example.com\\\\Issuing CA 1\", "
                     "\"EnrollmentPatternId\": 4294967296, \"RenewalCertificateId\": 31, "
                     "\"Metadata\": {\"Owner\": \"Web \\\"team\\\"\", \"Host name\": \"höst\"}, "
                     "\"AdditionalEnrollmentFields\": {\"Ticket\": \"4711\"}}");
}

static const struct {
    const char *file;
    enum kf_disposition disposition;
    int64_t request_id;
    const char *workflow; /* NULL: none */
    const char *certificates[4];
    const char *message;
} good[] = {
    {"good.issued.json",
     KF_DISPOSITION_ISSUED,
     7,
     NULL,
     {"MIIF\r\nVDCC\r\n"},
     "The private key was successfully retained."},
    {"good.issued-chain.json",
     KF_DISPOSITION_ISSUED,
     7,
     GUID,
     {"root", "leaf", "issuing"},
     "ISSUED"},
    {"good.issued-text.json", KF_DISPOSITION_ISSUED, 0, NULL, {"MIIF"}, "Issued"},
    {"good.issued-lower-case.json", KF_DISPOSITION_ISSUED, 7, NULL, {"MIIF"}, "ISSUED"},
    {"good.pending.json",
     KF_DISPOSITION_PENDING,
     7,
     GUID,
     {NULL},
     "The request waits for approval."},
    {"good.pending-at-the-ca.json", KF_DISPOSITION_PENDING, 7, NULL, {NULL}, "PENDING"},
    {"good.pending-in-workflow.json",
     KF_DISPOSITION_PENDING,
     0,
     "5D4C3B2A-1F0E-4D9C-8B7A-665544332211",
     {NULL},
     "PENDING"},
    {"good.pending-by-number.json", KF_DISPOSITION_PENDING, 0, "42", {NULL}, "PENDING"},
    {"good.pending-guid-of-zeros.json", KF_DISPOSITION_PENDING, 0, "42", {NULL}, "PENDING"},
    {"good.pending-guid-of-zeros-alone.json", KF_DISPOSITION_PENDING, 7, NULL, {NULL}, "PENDING"},
    {"good.pending-odd-guid.json", KF_DISPOSITION_PENDING, 7, NULL, {NULL}, "PENDING"},
    {"good.external-validation.json",
     KF_DISPOSITION_PENDING,
     7,
     NULL,
     {NULL},
     "The order waits for validation."},
    {"good.denied.json",
     KF_DISPOSITION_DENIED,
     7,
     NULL,
     {NULL},
     "Denied by Policy Module. 0x80094811"},
    {"good.failed.json", KF_DISPOSITION_DENIED, 0, GUID, {NULL}, "FAILED"},
    {"good.unknown.json", KF_DISPOSITION_UNKNOWN, 0, NULL, {NULL}, "Issued out of band"},
    {"good.empty-object.json", KF_DISPOSITION_UNKNOWN, 0, NULL, {NULL}, ""},
};

static const char *const bad[] = {
    "bad.empty.txt",
    "bad.array.json",
    "bad.null.json",
    "bad.no-information.json",
    "bad.information-null.json",
    "bad.information-array.json",
    "bad.information-text.json",
    "bad.classic.json",
    "bad.page.html",
    "bad.truncated.json",
    "bad.not-utf8.json",
};

static struct kf_reply
reply_of(TALLOC_CTX *mem, const char *file)
{
    const char *name = talloc_asprintf(mem, "rest_enrollment/%s", file);

    return (struct kf_reply){.status = 200, .body = kf_test_data(mem, name)};
}

static void
assert_certificates(const struct kf_verdict *verdict, const char *const *expected)
{
    size_t count = 0;

    for (; expected[count] != NULL; count++) {
        assert_true(count < verdict->certificate_count);
        assert_string_equal((char *)verdict->certificates[count].data, expected[count]);
    }
    assert_int_equal(verdict->certificate_count, count);
}

static void
test_each_answer_says_what_became_of_the_request(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        const struct kf_reply reply = reply_of(*state, good[i].file);
        struct kf_verdict *verdict = NULL;
        struct kf_error err;

        assert_int_equal(kf_api_rest.read_enrollment(*state, &reply, &verdict, &err), KF_OK);
        if (verdict->disposition != good[i].disposition) {
            fail_msg("%s is %d, not %d", good[i].file, verdict->disposition, good[i].disposition);
        }
        assert_int_equal(verdict->request_id, good[i].request_id);
        assert_string_equal(verdict->message, good[i].message);
        assert_true((verdict->workflow == NULL) == (good[i].workflow == NULL));
        if (good[i].workflow != NULL) {
            assert_string_equal(verdict->workflow, good[i].workflow);
        }
        assert_certificates(verdict, good[i].certificates);
    }
}

/* The server has answered, so it may have issued. */
static void
test_what_is_no_answer_leaves_it_uncertain(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        TALLOC_CTX *scratch = talloc_new(*state);
        const struct kf_reply reply = reply_of(*state, bad[i]);
        struct kf_verdict *verdict = NULL;
        struct kf_error err = {.text = ""};

        if (kf_api_rest.read_enrollment(scratch, &reply, &verdict, &err) != KF_UNCERTAIN) {
            fail_msg("%s was taken", bad[i]);
        }
        kf_test_contains(err.text, "HTTP 200");
        assert_null(verdict);
        assert_int_equal(talloc_total_blocks(scratch), 1);
    }
}

static void
test_each_beginning_of_an_answer_leaves_it_uncertain(void **state)
{
    struct kf_reply reply = reply_of(*state, "good.issued-chain.json");
    const size_t len = reply.body.len - 2; /* "}" and the line's end */

    for (reply.body.len = 0; reply.body.len < len; reply.body.len++) {
        struct kf_verdict *verdict = NULL;
        struct kf_error err;

        assert_int_equal(kf_api_rest.read_enrollment(*state, &reply, &verdict, &err), KF_UNCERTAIN);
    }
}

/*
 * The shapes in which certificates come
 */

static const char *
as_pem(TALLOC_CTX *mem, const char *file)
{
    return kf_test_enrollment(mem, file);
}

static const char *
as_pem_with_crlf(TALLOC_CTX *mem, const char *file)
{
    char *text = talloc_strdup(mem, "");

    for (const char *c = kf_test_enrollment(mem, file); *c != '\0'; c++) {
        text = *c == '\n' ? talloc_strdup_append_buffer(text, "\r\n")
                          : talloc_strndup_append_buffer(text, c, 1);
    }
    return text;
}

static const char *
as_pem_after_attributes(TALLOC_CTX *mem, const char *file)
{
    return talloc_asprintf(mem,
                           "Bag Attributes\n    friendlyName: %s\nsubject=CN = host.example.com\n"
                           "issuer=CN = Issuing CA\n%s",
                           file, kf_test_enrollment(mem, file));
}

static const char *
as_base64(TALLOC_CTX *mem, const char *file)
{
    return kf_test_certificate(mem, file);
}

static const char *
as_base64_of_pem(TALLOC_CTX *mem, const char *file)
{
    const char *text = kf_test_enrollment(mem, file);

    return kf_base64_encode(mem, text, strlen(text));
}

/* An answer with the certificates in this shape, in this order. */
static struct kf_reply
answer_of(TALLOC_CTX *mem, const char *(*shape)(TALLOC_CTX *, const char *), const char *first,
          const char *second)
{
    json_t *json = json_pack("{s:{s:[s, s], s:s}}", "CertificateInformation", "Certificates",
                             shape(mem, first), shape(mem, second), "RequestDisposition", "ISSUED");
    char *text = json_dumps(json, 0);
    struct kf_reply reply = {.status = 200};

    assert_non_null(text);
    assert_int_equal(kf_bytes_copy(mem, text, strlen(text), &reply.body), KF_OK);
    free(text);
    json_decref(json);
    return reply;
}

static void
assert_chain(struct kf_test_world *world, const struct kf_reply *reply)
{
    const struct kf_chain_wish wish = {.public_key = world->run.csr->public_key};
    struct kf_verdict *verdict = NULL;
    struct kf_chain *chain = NULL;

    assert_int_equal(kf_api_rest.read_enrollment(world, reply, &verdict, &world->err), KF_OK);
    assert_int_equal(verdict->disposition, KF_DISPOSITION_ISSUED);
    assert_int_equal(kf_chain_read(world, verdict->certificates, verdict->certificate_count, &wish,
                                   &chain, &world->err),
                     KF_OK);
    assert_string_equal(kf_chain_text(world, chain, 0, false),
                        talloc_asprintf(world, "%s%s", kf_test_enrollment(world, OURS),
                                        kf_test_enrollment(world, ISSUING)));
}

static void
test_certificates_come_in_every_shape_and_order(void **state)
{
    const char *(*const shapes[])(TALLOC_CTX *, const char *) = {
        as_pem, as_pem_with_crlf, as_pem_after_attributes, as_base64, as_base64_of_pem};
    struct kf_test_world *world = kf_test_world(*state, "");

    for (size_t i = 0; i < COUNT(shapes); i++) {
        const struct kf_reply leaf_first = answer_of(world, shapes[i], OURS, ISSUING);
        const struct kf_reply leaf_last = answer_of(world, shapes[i], ISSUING, OURS);

        assert_chain(world, &leaf_first);
        assert_chain(world, &leaf_last);
    }
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_said(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.issued-chain.json");
    struct fixture *fixture = new_fixture(*state);
    enum kf_rc rc = KF_INTERNAL;
    size_t failures = 0;

    for (size_t size = 1; rc != KF_OK; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_verdict *verdict = NULL;

        rc = kf_api_rest.build_enrollment(small, &fixture->enrollment, &fixture->request,
                                          &fixture->err);
        if (rc == KF_OK) {
            rc = kf_api_rest.read_enrollment(small, &reply, &verdict, &fixture->err);
        }
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

static bool
is_in_a_table(const char *file)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        if (strcmp(file, good[i].file) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (strcmp(file, bad[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_each_file_in_the_folder_is_in_a_table(void **state)
{
    kf_test_no_unused_data(*state, "rest_enrollment", is_in_a_table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_an_enrollment_is_a_post_of_json),
        KF_TEST(test_an_enrollment_has_the_headers_of_the_api),
        KF_TEST(test_path_version_and_client_are_configured),
        KF_TEST(test_nothing_goes_before_an_enrollment),
        KF_TEST(test_what_is_not_asked_for_is_not_sent),
        KF_TEST(test_each_thing_that_is_asked_for_is_a_member),
        KF_TEST(test_each_answer_says_what_became_of_the_request),
        KF_TEST(test_what_is_no_answer_leaves_it_uncertain),
        KF_TEST(test_each_beginning_of_an_answer_leaves_it_uncertain),
        KF_TEST(test_certificates_come_in_every_shape_and_order),
        KF_TEST(test_want_of_memory_is_said),
        KF_TEST(test_each_file_in_the_folder_is_in_a_table),
    };

    return cmocka_run_group_tests_name("rest_enrollment", tests, NULL, NULL);
}
