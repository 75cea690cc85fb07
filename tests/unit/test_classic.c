/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Classic API: what is sent, and what its answers (tests/data/classic) say. */

#include "world.h"

#include "api.h"
#include "classic.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define PEM "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"

/* The same as JSON writes it. */
#define PEM_IN_JSON                                                                                \
    "\"-----BEGIN CERTIFICATE REQUEST-----\\nMIIB\\n-----END CERTIFICATE REQUEST-----\\n\""

static char pem[] = PEM;
static const struct kf_csr csr = {.pem = pem};
static struct kf_metadata metadata[] = {{"Owner", "Web \"team\"", NULL},
                                        {"Host name", "höst", NULL}};

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
    fixture->config = (struct kf_config){.api_version = 3,
                                         .token_path = "/CMSApi/Token",
                                         .token_name = "AccessToken",
                                         .token_header = "X-CSS-CMS-AccessToken",
                                         .include_chain = true,
                                         .application_key = "0123456789abcdef"};
    fixture->enrollment = (struct kf_enrollment){.config = &fixture->config,
                                                 .csr = &csr,
                                                 .template = "Web Server",
                                                 .now_ms = INT64_C(1767225600042)};
    return fixture;
}

static const struct kf_request *
built(struct fixture *fixture)
{
    if (kf_api_classic.build_enrollment(fixture, &fixture->enrollment, &fixture->request,
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

/* base64(HMAC-SHA1(secret, body)), without this program. */
static char *
signature_of(TALLOC_CTX *mem, const char *secret, const struct kf_bytes *body)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    char *text = talloc_zero_size(mem, 64);
    unsigned len = 0;

    assert_non_null(
        HMAC(EVP_sha1(), secret, (int)strlen(secret), body->data, body->len, mac, &len));
    EVP_EncodeBlock((unsigned char *)text, mac, (int)len);
    return text;
}

static void
test_an_enrollment_is_a_post_to_the_version_of_the_api(void **state)
{
    static const char *const urls[] = {"/CMSApi/CertEnroll/1/Pkcs10", "/CMSApi/CertEnroll/2/Pkcs10",
                                       "/CMSApi/CertEnroll/3/Pkcs10"};

    for (int version = 1; version <= 3; version++) {
        struct fixture *fixture = new_fixture(*state);

        fixture->config.api_version = version;
        assert_string_equal(built(fixture)->method, "POST");
        assert_string_equal(fixture->request->url, urls[version - 1]);
        assert_int_equal(fixture->request->query_count, 0);
        kf_test_contains(fixture->request->absent, "no Classic API");
    }
}

static void
test_version_3_wraps_the_request_and_has_its_time(void **state)
{
    assert_body(new_fixture(*state), "{\"Timestamp\": \"2026-01-01T00:00:00.042Z\", \"Request\": "
                                     "{\"Flags\": 0, \"TemplateName\": \"Web Server\", "
                                     "\"Pkcs10Request\": " PEM_IN_JSON ", \"MetadataList\": {}}}");
}

static void
test_versions_1_and_2_send_the_request_alone(void **state)
{
    for (int version = 1; version <= 2; version++) {
        struct fixture *fixture = new_fixture(*state);

        fixture->config.api_version = version;
        assert_body(fixture, "{\"Flags\": 0, \"TemplateName\": \"Web Server\", "
                             "\"Pkcs10Request\": " PEM_IN_JSON ", \"MetadataList\": {}}");
    }
}

static void
test_a_certificate_alone_is_asked_for_with_a_flag(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->config.api_version = 1;
    fixture->config.include_chain = false;
    assert_body(fixture, "{\"Flags\": 1, \"TemplateName\": \"Web Server\", "
                         "\"Pkcs10Request\": " PEM_IN_JSON ", \"MetadataList\": {}}");
}

static const struct {
    enum kf_metadata_format format;
    size_t count;
    const char *list;
} lists[] = {
    {KF_METADATA_OBJECT, 0, "{}"},
    {KF_METADATA_ARRAY, 0, "[]"},
    {KF_METADATA_OBJECT, 2, "{\"Owner\": \"Web \\\"team\\\"\", \"Host name\": \"höst\"}"},
    {KF_METADATA_ARRAY, 2,
     "[{\"MetadataFieldTypeName\": \"Owner\", \"Value\": \"Web \\\"team\\\"\"},"
     " {\"MetadataFieldTypeName\": \"Host name\", \"Value\": \"höst\"}]"},
};

static void
test_metadata_is_an_object_or_an_array(void **state)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct fixture *fixture = new_fixture(*state);

        fixture->config.api_version = 1;
        fixture->config.metadata_format = (int)lists[i].format;
        fixture->enrollment.metadata = (struct kf_metadata_list){metadata, lists[i].count};
        assert_body(fixture, talloc_asprintf(*state,
                                             "{\"Flags\": 0, \"TemplateName\": \"Web Server\", "
                                             "\"Pkcs10Request\": %s, \"MetadataList\": %s}",
                                             PEM_IN_JSON, lists[i].list));
    }
}

static void
test_the_body_that_is_signed_is_the_body_that_is_sent(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->config.application_secret = kf_secret_new(fixture, "s3cret", 6);
    built(fixture);
    assert_string_equal(kf_test_header(fixture->request, "X-CSS-CMS-Signature"),
                        signature_of(*state, "s3cret", &fixture->request->body));
}

static void
test_without_a_secret_there_is_no_signature(void **state)
{
    assert_null(kf_test_header(built(new_fixture(*state)), "X-CSS-CMS-Signature"));
}

static void
test_json_is_sent_and_asked_for(void **state)
{
    const struct kf_request *request = built(new_fixture(*state));

    assert_string_equal(kf_test_header(request, "Content-Type"), "application/json");
    assert_string_equal(kf_test_header(request, "Accept"), "application/json");
}

/* The base64 was computed without this program. */
static const struct {
    enum kf_key_format format;
    const char *key;
    const char *header; /* NULL: refused */
} keys[] = {
    {KF_KEY_AUTO, "0123456789abcdef", "ASNFZ4mrze8="},
    {KF_KEY_AUTO, "0123456789ABCDEF", "ASNFZ4mrze8="},
    {KF_KEY_AUTO, "hex:0123456789abcdef", "ASNFZ4mrze8="},
    {KF_KEY_AUTO, "00ff", "AP8="},
    {KF_KEY_AUTO, "0123456789abcde", "0123456789abcde"},
    {KF_KEY_AUTO, "ASNFZ4mrze8=", "ASNFZ4mrze8="},
    {KF_KEY_AUTO, "web server", "web server"},
    {KF_KEY_AUTO, "hex:123", NULL},
    {KF_KEY_AUTO, "hex:", NULL},
    {KF_KEY_HEX, "0123456789abcdef", "ASNFZ4mrze8="},
    {KF_KEY_HEX, "hex:0123456789abcdef", "ASNFZ4mrze8="},
    {KF_KEY_HEX, "0123456789abcde", NULL},
    {KF_KEY_HEX, "ASNFZ4mrze8=", NULL},
    {KF_KEY_TEXT, "0123456789abcdef", "0123456789abcdef"},
    {KF_KEY_TEXT, "hex:00ff", "hex:00ff"},
};

static void
test_the_application_key_is_sent_as_configured(void **state)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct fixture *fixture = new_fixture(*state);
        enum kf_rc rc;

        fixture->config.application_key = keys[i].key;
        fixture->config.application_key_format = (int)keys[i].format;
        rc = kf_api_classic.build_enrollment(fixture, &fixture->enrollment, &fixture->request,
                                             &fixture->err);
        if (keys[i].header == NULL) {
            assert_int_equal(rc, KF_BADCONFIG);
            kf_test_contains(fixture->err.text, "application-key");
            assert_null(strstr(fixture->err.text, keys[i].key));
            assert_null(fixture->request);
        } else {
            assert_int_equal(rc, KF_OK);
            assert_string_equal(kf_test_header(fixture->request, "X-CSS-CMS-AppKey"),
                                keys[i].header);
        }
    }
}

static void
test_what_is_secret_is_marked_so(void **state)
{
    static const char *const secret[] = {"X-CSS-CMS-AppKey", "X-CSS-CMS-Signature", "X-Token"};
    struct fixture *fixture = new_fixture(*state);
    size_t count = 0;

    fixture->config.application_secret = kf_secret_new(fixture, "s3cret", 6);
    fixture->config.token_header = "X-Token";
    fixture->enrollment.token = "t0ken";
    built(fixture);
    for (size_t i = 0; i < fixture->request->header_count; i++) {
        count += fixture->request->headers[i].secret;
        for (size_t j = 0; j < COUNT(secret); j++) {
            assert_true(fixture->request->headers[i].secret ||
                        strcmp(fixture->request->headers[i].name, secret[j]) != 0);
        }
    }
    assert_int_equal(count, COUNT(secret));
}

static void
test_a_token_is_sent_in_the_configured_header(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->config.api_version = 1;
    assert_null(kf_test_header(built(fixture), "X-CSS-CMS-AccessToken"));
    fixture->enrollment.token = "t0ken";
    assert_string_equal(kf_test_header(built(fixture), "X-CSS-CMS-AccessToken"), "t0ken");
}

static void
test_versions_1_and_2_ask_for_a_token_with_a_signed_request(void **state)
{
    for (int version = 1; version <= 2; version++) {
        struct fixture *fixture = new_fixture(*state);

        fixture->config.api_version = version;
        fixture->config.application_secret = kf_secret_new(fixture, "s3cret", 6);
        assert_int_equal(
            kf_api_classic.build_token(fixture, &fixture->config, &fixture->request, &fixture->err),
            KF_OK);
        assert_string_equal(fixture->request->method, "POST");
        assert_string_equal(fixture->request->url, "/CMSApi/Token");
        assert_string_equal(kf_test_header(fixture->request, "X-CSS-CMS-AppKey"), "ASNFZ4mrze8=");
        assert_string_equal(kf_test_header(fixture->request, "X-CSS-CMS-Signature"),
                            signature_of(*state, "s3cret", &fixture->request->body));
    }
}

static void
test_version_3_needs_no_token(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->request = talloc_zero(fixture, struct kf_request);
    assert_int_equal(
        kf_api_classic.build_token(fixture, &fixture->config, &fixture->request, &fixture->err),
        KF_OK);
    assert_null(fixture->request);
}

static void
test_the_api_is_looked_for_without_enrolling(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(kf_classic_probe(fixture, &fixture->config, &fixture->request, &fixture->err),
                     KF_OK);
    assert_string_equal(fixture->request->method, "GET");
    assert_string_equal(fixture->request->url, "/CMSApi/CertEnroll/3/Pkcs10");
    assert_null(fixture->request->body.data);
    assert_null(kf_test_header(fixture->request, "X-CSS-CMS-AppKey"));
}

static void
test_a_token_can_be_asked_for_with_any_version(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(kf_classic_token(fixture, &fixture->config, &fixture->request, &fixture->err),
                     KF_OK);
    assert_string_equal(fixture->request->url, "/CMSApi/Token");
    assert_string_equal(kf_test_header(fixture->request, "X-CSS-CMS-AppKey"), "ASNFZ4mrze8=");
}

static const struct {
    const char *file;
    const char *token; /* NULL: refused, for this reason */
    enum kf_rc rc;
    const char *reason;
} tokens[] = {
    {"good.token.json", "dG9r+ZW4/Cg==", KF_OK, NULL},
    {"good.token-lower-case.json", "dG9r+ZW4/Cg==", KF_OK, NULL},
    {"good.token-alone.json", "dG9r+ZW4/Cg==", KF_OK, NULL},
    {"bad.token-other-name.json", NULL, KF_BADCONFIG, "token-name"},
    {"bad.token-empty.json", NULL, KF_BADCONFIG, "token-name"},
    {"bad.token-number.json", NULL, KF_BADCONFIG, "token-name"},
    {"bad.token-line-break.json", NULL, KF_BADCONFIG, "token-name"},
    {"bad.array.json", NULL, KF_BADCONFIG, "token-name"},
    {"bad.null.json", NULL, KF_BADCONFIG, "token-name"},

    /* a page in place of the server's answer: not for long */
    {"bad.page.html", NULL, KF_NOTSENT, "not JSON"},
    {"bad.empty.txt", NULL, KF_NOTSENT, "not JSON"},
    {"bad.truncated.json", NULL, KF_NOTSENT, "not JSON"},
};

static struct kf_reply
reply_of(TALLOC_CTX *mem, const char *file)
{
    return (struct kf_reply){.status = 200,
                             .body = kf_test_data(mem, talloc_asprintf(mem, "classic/%s", file))};
}

static void
test_a_token_is_read_or_refused_with_the_reason(void **state)
{
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct fixture *fixture = new_fixture(*state);
        const struct kf_reply reply = reply_of(*state, tokens[i].file);
        const char *token = NULL;

        assert_int_equal(
            kf_api_classic.read_token(fixture, &fixture->config, &reply, &token, &fixture->err),
            tokens[i].rc);
        if (tokens[i].token == NULL) {
            assert_null(token);
            kf_test_contains(fixture->err.text, "/CMSApi/Token");
            kf_test_contains(fixture->err.text, tokens[i].reason);
        } else {
            assert_string_equal(token, tokens[i].token);
        }
    }
}

static void
test_only_the_answer_to_the_question_for_a_token_is_secret(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_false(built(fixture)->secret_reply);
    fixture->config.api_version = 1;
    assert_int_equal(
        kf_api_classic.build_token(fixture, &fixture->config, &fixture->request, &fixture->err),
        KF_OK);
    assert_true(fixture->request->secret_reply);
}

static const struct {
    const char *file;
    enum kf_disposition disposition;
    int64_t request_id;
    const char *certificates[3];
    const char *message;
} good[] = {
    {"good.issued.json", KF_DISPOSITION_ISSUED, 3, {"MIIF\r\nVDCC\r\n"}, "Issued"},
    {"good.issued-array.json",
     KF_DISPOSITION_ISSUED,
     3,
     {"first", "second"},
     "The certificate was issued."},
    {"good.issued-lower-case.json", KF_DISPOSITION_ISSUED, 3, {"MIIF"}, "Issued"},
    {"good.issued-without-id.json", KF_DISPOSITION_ISSUED, 0, {"MIIF"}, "Issued"},
    {"good.pending.json", KF_DISPOSITION_PENDING, 3, {NULL}, "Waits for CORP\\ca-manager"},
    {"good.pending-id-as-text.json", KF_DISPOSITION_PENDING, 3, {NULL}, "PENDING"},
    {"good.external-validation.json",
     KF_DISPOSITION_PENDING,
     3,
     {NULL},
     "The order waits for validation."},
    {"good.denied.json",
     KF_DISPOSITION_DENIED,
     3,
     {NULL},
     "Denied by Policy Module. The public key does not meet the minimum size required by the "
     "specified certificate template. 0x80094811"},
    {"good.denied-without-message.json", KF_DISPOSITION_DENIED, 3, {NULL}, "FAILED"},
    {"good.unknown.json", KF_DISPOSITION_UNKNOWN, 0, {NULL}, "Issued out of band"},
    {"good.empty-object.json", KF_DISPOSITION_UNKNOWN, 0, {NULL}, ""},
};

static const char *const bad[] = {
    "bad.empty.txt",      "bad.array.json",    "bad.null.json", "bad.text.json",
    "bad.truncated.json", "bad.not-utf8.json", "bad.page.html",
};

static void
test_each_answer_says_what_became_of_the_request(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        const struct kf_reply reply = reply_of(*state, good[i].file);
        struct kf_verdict *verdict = NULL;
        struct kf_error err;
        size_t count = 0;

        assert_int_equal(kf_api_classic.read_enrollment(*state, &reply, &verdict, &err), KF_OK);
        if (verdict->disposition != good[i].disposition) {
            fail_msg("%s is %d, not %d", good[i].file, verdict->disposition, good[i].disposition);
        }
        assert_int_equal(verdict->request_id, good[i].request_id);
        assert_string_equal(verdict->message, good[i].message);
        for (; good[i].certificates[count] != NULL; count++) {
            assert_true(count < verdict->certificate_count);
            assert_string_equal((char *)verdict->certificates[count].data,
                                good[i].certificates[count]);
        }
        assert_int_equal(verdict->certificate_count, count);
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

        if (kf_api_classic.read_enrollment(scratch, &reply, &verdict, &err) != KF_UNCERTAIN) {
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
    struct kf_reply reply = reply_of(*state, "good.issued-array.json");
    const size_t len = reply.body.len - 2; /* "}" and the line's end */

    for (reply.body.len = 0; reply.body.len < len; reply.body.len++) {
        struct kf_verdict *verdict = NULL;
        struct kf_error err;

        assert_int_equal(kf_api_classic.read_enrollment(*state, &reply, &verdict, &err),
                         KF_UNCERTAIN);
    }
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_said(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.issued-array.json");
    struct fixture *fixture = new_fixture(*state);
    enum kf_rc rc = KF_INTERNAL;
    size_t failures = 0;

    fixture->config.application_secret = kf_secret_new(fixture, "s3cret", 6);
    for (size_t size = 1; rc != KF_OK; size += 16) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_verdict *verdict = NULL;

        rc = kf_api_classic.build_enrollment(small, &fixture->enrollment, &fixture->request,
                                             &fixture->err);
        if (rc == KF_OK) {
            rc = kf_api_classic.read_enrollment(small, &reply, &verdict, &fixture->err);
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
    for (size_t i = 0; i < COUNT(tokens); i++) {
        if (strcmp(file, tokens[i].file) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_each_file_in_the_folder_is_in_a_table(void **state)
{
    kf_test_no_unused_data(*state, "classic", is_in_a_table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_an_enrollment_is_a_post_to_the_version_of_the_api),
        KF_TEST(test_version_3_wraps_the_request_and_has_its_time),
        KF_TEST(test_versions_1_and_2_send_the_request_alone),
        KF_TEST(test_a_certificate_alone_is_asked_for_with_a_flag),
        KF_TEST(test_metadata_is_an_object_or_an_array),
        KF_TEST(test_the_body_that_is_signed_is_the_body_that_is_sent),
        KF_TEST(test_without_a_secret_there_is_no_signature),
        KF_TEST(test_json_is_sent_and_asked_for),
        KF_TEST(test_the_application_key_is_sent_as_configured),
        KF_TEST(test_what_is_secret_is_marked_so),
        KF_TEST(test_a_token_is_sent_in_the_configured_header),
        KF_TEST(test_versions_1_and_2_ask_for_a_token_with_a_signed_request),
        KF_TEST(test_version_3_needs_no_token),
        KF_TEST(test_the_api_is_looked_for_without_enrolling),
        KF_TEST(test_a_token_can_be_asked_for_with_any_version),
        KF_TEST(test_a_token_is_read_or_refused_with_the_reason),
        KF_TEST(test_only_the_answer_to_the_question_for_a_token_is_secret),
        KF_TEST(test_each_answer_says_what_became_of_the_request),
        KF_TEST(test_what_is_no_answer_leaves_it_uncertain),
        KF_TEST(test_each_beginning_of_an_answer_leaves_it_uncertain),
        KF_TEST(test_want_of_memory_is_said),
        KF_TEST(test_each_file_in_the_folder_is_in_a_table),
    };

    return cmocka_run_group_tests_name("classic", tests, NULL, NULL);
}
