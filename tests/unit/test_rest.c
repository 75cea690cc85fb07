/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* The Keyfactor API: what is asked, and what its answers (tests/data/rest) say. */

#include "world.h"

#include "rest.h"

#include <string.h>

#define NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

#define GUID "5d4c3b2a-1f0e-4d9c-8b7a-665544332211"

static const struct kf_config config = {
    .rest_path = "/KeyfactorAPI", .rest_version = "1", .requested_with = "APIClient"};

static const char *const no_json[] = {"bad.page.html", "bad.empty.txt", "bad.truncated.json"};

/* JSON, but no list: it does not say that there is nothing. */
static const char *const no_list[] = {"bad.no-list.json", "bad.null.json", "good.download.json"};

static struct kf_reply
reply_of(TALLOC_CTX *mem, const char *file)
{
    return (struct kf_reply){.status = 200,
                             .body = kf_test_data(mem, talloc_asprintf(mem, "rest/%s", file))};
}

#define REQUESTS 10

/* One of each request. */
static void
build_all(TALLOC_CTX *mem, const struct kf_config *with,
          struct kf_request *requests[static REQUESTS])
{
    struct kf_error err;

    assert_int_equal(kf_rest_search(mem, with, "CertRequestId -eq 7", 1, &requests[0], &err),
                     KF_OK);
    assert_int_equal(kf_rest_download(mem, with, 31, &requests[1], &err), KF_OK);
    assert_int_equal(kf_rest_state(mem, with, 7, &requests[2], &err), KF_OK);
    assert_int_equal(kf_rest_pending(mem, with, false, &requests[3], &err), KF_OK);
    assert_int_equal(kf_rest_pending(mem, with, true, &requests[4], &err), KF_OK);
    assert_int_equal(kf_rest_instance(mem, with, GUID, &requests[5], &err), KF_OK);
    assert_int_equal(kf_rest_instance(mem, with, "42", &requests[6], &err), KF_OK);
    assert_int_equal(kf_rest_patterns(mem, with, &requests[7], &err), KF_OK);
    assert_int_equal(kf_rest_templates(mem, with, &requests[8], &err), KF_OK);
    assert_int_equal(kf_rest_endpoints(mem, with, &requests[9], &err), KF_OK);
}

static void
test_each_request_has_its_method_and_place(void **state)
{
    static const struct {
        const char *method;
        const char *url;
    } expected[REQUESTS] = {
        {"GET", "/KeyfactorAPI/Certificates"},
        {"POST", "/KeyfactorAPI/Certificates/Download"},
        {"GET", "/KeyfactorAPI/Workflow/Certificates/7"},
        {"GET", "/KeyfactorAPI/Workflow/Certificates/Pending"},
        {"GET", "/KeyfactorAPI/Workflow/Certificates/ExternalValidation"},
        {"GET", "/KeyfactorAPI/Workflow/Instances/" GUID},
        {"GET", "/KeyfactorAPI/Workflow/Instances/My"},
        {"GET", "/KeyfactorAPI/EnrollmentPatterns"},
        {"GET", "/KeyfactorAPI/Enrollment/CSR/Context/My"},
        {"GET", "/KeyfactorAPI/Status/Endpoints"},
    };
    struct kf_request *requests[REQUESTS];

    build_all(*state, &config, requests);
    for (size_t i = 0; i < REQUESTS; i++) {
        assert_string_equal(requests[i]->method, expected[i].method);
        assert_string_equal(requests[i]->url, expected[i].url);
        kf_test_contains(requests[i]->absent, "no Keyfactor API");
    }
}

static void
test_each_request_has_the_headers_that_the_api_wants(void **state)
{
    struct kf_request *requests[REQUESTS];

    build_all(*state, &config, requests);
    for (size_t i = 0; i < REQUESTS; i++) {
        assert_string_equal(kf_test_header(requests[i], "Accept"), "application/json");
        assert_string_equal(kf_test_header(requests[i], "x-keyfactor-requested-with"), "APIClient");
        assert_string_equal(kf_test_header(requests[i], "x-keyfactor-api-version"), "1");
        assert_null(kf_test_header(requests[i], "x-keyfactor-appkey"));
    }
}

static void
test_path_version_and_client_are_configured(void **state)
{
    const struct kf_config other = {
        .rest_path = "/Api", .rest_version = "2.0", .requested_with = "XMLHttpRequest"};
    struct kf_request *requests[REQUESTS];

    build_all(*state, &other, requests);
    for (size_t i = 0; i < REQUESTS; i++) {
        assert_int_equal(strncmp(requests[i]->url, "/Api/", 5), 0);
        assert_string_equal(kf_test_header(requests[i], "x-keyfactor-requested-with"),
                            "XMLHttpRequest");
        assert_string_equal(kf_test_header(requests[i], "x-keyfactor-api-version"), "2.0");
    }
}

static void
test_the_application_key_goes_with_each_request_and_is_secret(void **state)
{
    struct kf_config with = config;
    struct kf_request *requests[REQUESTS];

    with.application_key = "0123456789abcdef";
    build_all(*state, &with, requests);
    for (size_t i = 0; i < REQUESTS; i++) {
        size_t secrets = 0;

        assert_string_equal(kf_test_header(requests[i], "x-keyfactor-appkey"), "0123456789abcdef");
        for (size_t j = 0; j < requests[i]->header_count; j++) {
            secrets += requests[i]->headers[j].secret;
        }
        assert_int_equal(secrets, 1);
    }
}

static void
test_a_search_sends_query_limit_and_page_under_both_names(void **state)
{
    struct kf_request *request = NULL;
    struct kf_error err;

    assert_int_equal(kf_rest_search(*state, &config, "IssuedCN -eq \"höst\"", 3, &request, &err),
                     KF_OK);
    assert_string_equal(kf_test_parameter(request, "pq.queryString"), "IssuedCN -eq \"höst\"");
    assert_string_equal(kf_test_parameter(request, "QueryString"), "IssuedCN -eq \"höst\"");
    assert_string_equal(kf_test_parameter(request, "pq.returnLimit"), "200");
    assert_string_equal(kf_test_parameter(request, "ReturnLimit"), "200");
    assert_string_equal(kf_test_parameter(request, "pq.pageReturned"), "3");
    assert_string_equal(kf_test_parameter(request, "PageReturned"), "3");
    assert_null(request->body.data);
}

static void
test_a_collection_goes_with_the_requests_for_certificates(void **state)
{
    struct kf_config with = config;
    struct kf_request *requests[REQUESTS];

    build_all(*state, &config, requests);
    assert_null(kf_test_parameter(requests[0], "collectionId"));
    assert_null(kf_test_parameter(requests[1], "collectionId"));
    with.collection_id = "12";
    build_all(*state, &with, requests);
    assert_string_equal(kf_test_parameter(requests[0], "collectionId"), "12");
    assert_string_equal(kf_test_parameter(requests[1], "collectionId"), "12");
}

static void
test_a_download_asks_for_pem_with_the_chain(void **state)
{
    struct kf_request *request = NULL;
    struct kf_error err;

    assert_int_equal(kf_rest_download(*state, &config, INT64_C(4294967296), &request, &err), KF_OK);
    assert_true(request->may_repeat);
    assert_string_equal(kf_test_header(request, "x-certificateformat"), "PEM");
    assert_string_equal(kf_test_header(request, "Content-Type"), "application/json");
    kf_test_same_json(
        (char *)request->body.data,
        "{\"CertID\": 4294967296, \"IncludeChain\": true, \"ChainOrder\": \"EndEntityFirst\"}");
}

static void
test_a_search_lists_what_the_server_knows(void **state)
{
    static const struct {
        int64_t id;
        int64_t request_id;
        const char *content;
    } expected[] = {{31, 7, "MIIF"}, {32, 8, ""}, {0, 0, ""}};
    const struct kf_reply reply = reply_of(*state, "good.search.json");
    struct kf_known *known = NULL;
    size_t count = 0;
    struct kf_error err;

    assert_int_equal(kf_rest_read_search(*state, &reply, &known, &count, &err), KF_OK);
    assert_int_equal(count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(known[i].id, expected[i].id);
        assert_int_equal(known[i].request_id, expected[i].request_id);
        assert_string_equal(known[i].content, expected[i].content);
    }
}

static void
test_a_search_may_find_nothing(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.search-nothing.json");
    struct kf_known *known = NULL;
    size_t count = 7;
    struct kf_error err;

    assert_int_equal(kf_rest_read_search(*state, &reply, &known, &count, &err), KF_OK);
    assert_int_equal(count, 0);
}

static void
test_a_download_is_added_to_the_verdict(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.download.json");
    const struct kf_reply nothing = reply_of(*state, "good.download-nothing.json");
    struct kf_verdict *verdict = kf_verdict_new(*state);
    struct kf_error err;

    assert_int_equal(kf_rest_read_download(&nothing, verdict, &err), KF_OK);
    assert_int_equal(verdict->certificate_count, 0);
    assert_int_equal(kf_rest_read_download(&reply, verdict, &err), KF_OK);
    assert_int_equal(verdict->certificate_count, 1);
    assert_string_equal((char *)verdict->certificates[0].data,
                        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t");
}

static const struct {
    const char *file;
    enum kf_disposition disposition;
    const char *message;
} states[] = {
    {"good.state-pending.json", KF_DISPOSITION_PENDING, "Pending"},
    {"good.state-external-validation.json", KF_DISPOSITION_PENDING, "External Validation"},
    {"good.state-denied.json", KF_DISPOSITION_DENIED, "Ask for WebServer2026 instead."},
    {"good.state-denied-by-number.json", KF_DISPOSITION_DENIED, "Denied"},
    {"good.state-nothing.json", KF_DISPOSITION_PENDING, ""},
};

static void
test_a_state_is_pending_unless_it_is_denied(void **state)
{
    for (size_t i = 0; i < COUNT(states); i++) {
        const struct kf_reply reply = reply_of(*state, states[i].file);
        struct kf_verdict *verdict = kf_verdict_new(*state);
        struct kf_error err;

        verdict->request_id = 7;
        assert_int_equal(kf_rest_read_state(&reply, verdict, &err), KF_OK);
        assert_int_equal(verdict->disposition, states[i].disposition);
        assert_string_equal(verdict->message, states[i].message);
    }
}

static void
test_a_workflow_is_asked_for_by_its_guid_or_its_number(void **state)
{
    struct kf_request *by_guid = NULL;
    struct kf_request *by_number = NULL;
    struct kf_error err;

    assert_int_equal(kf_rest_instance(*state, &config, GUID, &by_guid, &err), KF_OK);
    assert_int_equal(by_guid->query_count, 0);
    assert_int_equal(kf_rest_instance(*state, &config, "42", &by_number, &err), KF_OK);
    assert_string_equal(kf_test_parameter(by_number, "QueryString"), "ReferenceId -eq 42");
}

static const struct {
    const char *file;
    enum kf_disposition disposition; /* of a workflow that is known */
    int64_t request_id;
    const char *message;
} instances[] = {
    {"good.instance-running.json", KF_DISPOSITION_PENDING, 0, "Running"},
    {"good.instance-suspended.json", KF_DISPOSITION_PENDING, 0, "Waits for 1 more approval."},
    {"good.instance-complete.json", KF_DISPOSITION_PENDING, 0, "Complete"},
    {"good.instance-complete-with-id.json", KF_DISPOSITION_PENDING, 7, "COMPLETE"},
    {"good.instance-rejected.json", KF_DISPOSITION_DENIED, 0, "Ask for WebServer2026 instead."},
    {"good.instance-failed.json", KF_DISPOSITION_DENIED, 0, "Failed"},
    {"good.instance-number.json", KF_DISPOSITION_PENDING, 0, ""},
    {"good.instance-restarted.json", KF_DISPOSITION_PENDING, 0, "CanceledForRestart"},

    /* a number that nothing is known of, and what is no workflow */
    {"good.search-nothing.json", KF_DISPOSITION_PENDING, 0, ""},
    {"good.state-nothing.json", KF_DISPOSITION_PENDING, 0, ""},
};

static void
test_a_workflow_is_pending_unless_it_is_rejected_or_has_failed(void **state)
{
    for (size_t i = 0; i < COUNT(instances); i++) {
        const struct kf_reply reply = reply_of(*state, instances[i].file);
        struct kf_verdict *verdict = kf_verdict_new(*state);
        struct kf_error err;

        verdict->workflow = "42";
        assert_int_equal(kf_rest_read_instance(&reply, verdict, &err), KF_OK);
        if (verdict->disposition != instances[i].disposition) {
            fail_msg("%s is %d", instances[i].file, verdict->disposition);
        }
        assert_int_equal(verdict->request_id, instances[i].request_id);
        assert_string_equal(verdict->message, instances[i].message);
    }
}

/* A filter that the server does not know, or ignores. */
static void
test_of_several_workflows_the_one_of_that_number_counts(void **state)
{
    static const struct {
        const char *number;
        enum kf_disposition disposition;
        int64_t request_id;
    } cases[] = {{"42", KF_DISPOSITION_DENIED, 7},
                 {"43", KF_DISPOSITION_PENDING, 8},
                 {"4", KF_DISPOSITION_PENDING, 0}};
    const struct kf_reply reply = reply_of(*state, "good.instances.json");

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_verdict *verdict = kf_verdict_new(*state);
        struct kf_error err;

        verdict->workflow = cases[i].number;
        assert_int_equal(kf_rest_read_instance(&reply, verdict, &err), KF_OK);
        assert_int_equal(verdict->disposition, cases[i].disposition);
        assert_int_equal(verdict->request_id, cases[i].request_id);
    }
}

static void
test_a_workflow_does_not_change_the_number_of_a_request(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.instance-complete-with-id.json");
    struct kf_verdict *verdict = kf_verdict_new(*state);
    struct kf_error err;

    verdict->request_id = 8;
    assert_int_equal(kf_rest_read_instance(&reply, verdict, &err), KF_OK);
    assert_int_equal(verdict->request_id, 8);
}

static const struct {
    const char *name;
    int64_t id;
} patterns[] = {{"Web servers", 5}, {"WEB SERVERS", 5}, {"Devices", 6}, {"Web server", 0}, {"", 0}};

static void
test_a_pattern_is_found_by_its_name_and_no_other(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.patterns.json");

    for (size_t i = 0; i < COUNT(patterns); i++) {
        int64_t id = -1;
        struct kf_error err;

        assert_int_equal(kf_rest_read_patterns(&reply, patterns[i].name, &id, &err), KF_OK);
        assert_int_equal(id, patterns[i].id);
    }
}

static void
test_more_patterns_are_asked_for_than_a_page_has(void **state)
{
    struct kf_request *request = NULL;
    struct kf_error err;

    assert_int_equal(kf_rest_patterns(*state, &config, &request, &err), KF_OK);
    assert_string_equal(kf_test_parameter(request, "ReturnLimit"), "1000");
}

static const struct {
    const char *common_name;
    int64_t since;
    int64_t request_id;
} pending[] = {
    {"host.example.com", NOW, 9},
    {"host.example.com", NOW - 86400, 9},
    {"host.example.com", NOW + 600, 9}, /* its fraction of a second does not count */
    {"host.example.com", NOW + 601, 8},
    {"host.example.com", NOW + 1200, 8},
    {"host.example.com", NOW + 1201, 0},
    {"Other.Example.COM", NOW, 10},
    {"host", NOW, 0},
    {"", NOW, 0},
};

static void
test_the_newest_pending_request_of_the_name_is_found(void **state)
{
    const struct kf_reply reply = reply_of(*state, "good.pending.json");

    for (size_t i = 0; i < COUNT(pending); i++) {
        int64_t id = -1;
        struct kf_error err;

        assert_int_equal(
            kf_rest_read_pending(&reply, pending[i].common_name, pending[i].since, &id, &err),
            KF_OK);
        if (id != pending[i].request_id) {
            fail_msg("\"%s\" since %d: %d", pending[i].common_name, (int)(pending[i].since - NOW),
                     (int)id);
        }
    }
}

static void
test_templates_have_the_key_that_they_ask_for(void **state)
{
    static const struct {
        const char *name;
        const char *key_type;
        int64_t key_size;
        const char *authority; /* the only one, or NULL */
    } expected[] = {{"WebServer", "RSA", 2048, "ca.example.com\\CorpCA1"},
                    {"Device, small", "ECC", 256, NULL},
                    {"Anything", "", 0, NULL}};
    const struct kf_reply reply = reply_of(*state, "good.templates.json");
    struct kf_template *templates = NULL;
    size_t count = 0;
    struct kf_error err;

    assert_int_equal(kf_rest_read_templates(*state, &reply.body, &templates, &count, &err), KF_OK);
    assert_int_equal(count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_string_equal(templates[i].name, expected[i].name);
        assert_string_equal(templates[i].key_type, expected[i].key_type);
        assert_int_equal(templates[i].key_size, expected[i].key_size);
        assert_false(templates[i].needs_approval);
        if (expected[i].authority == NULL) {
            assert_null(templates[i].authorities[0]);
        } else {
            assert_string_equal(templates[i].authorities[0], expected[i].authority);
            assert_null(templates[i].authorities[1]);
        }
    }
}

static void
test_a_template_may_need_approval(void **state)
{
    static const char text[] = "{\"Templates\": [{\"Name\": \"A\", \"RequiresApproval\": true}]}";
    struct kf_template *templates = NULL;
    struct kf_bytes body = {NULL, 0};
    struct kf_error err;
    size_t count = 0;

    assert_int_equal(kf_bytes_copy(*state, text, strlen(text), &body), KF_OK);
    assert_int_equal(kf_rest_read_templates(*state, &body, &templates, &count, &err), KF_OK);
    assert_true(templates[0].needs_approval);
}

static void
test_there_may_be_no_templates(void **state)
{
    static const char *const files[] = {"good.templates-none.json", "good.state-nothing.json"};

    for (size_t i = 0; i < COUNT(files); i++) {
        const struct kf_reply reply = reply_of(*state, files[i]);
        struct kf_template *templates = NULL;
        size_t count = 7;
        struct kf_error err;

        assert_int_equal(kf_rest_read_templates(*state, &reply.body, &templates, &count, &err),
                         KF_OK);
        assert_int_equal(count, 0);
    }
}

static enum kf_rc
search(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    struct kf_known *known = NULL;
    size_t count = 0;

    return kf_rest_read_search(mem, reply, &known, &count, err);
}

static enum kf_rc
find_pending(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    int64_t id = 0;

    (void)mem;
    return kf_rest_read_pending(reply, "host.example.com", NOW, &id, err);
}

static enum kf_rc
download(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    return kf_rest_read_download(reply, kf_verdict_new(mem), err);
}

static enum kf_rc
read_state(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    return kf_rest_read_state(reply, kf_verdict_new(mem), err);
}

static enum kf_rc
read_instance(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    struct kf_verdict *verdict = kf_verdict_new(mem);

    verdict->workflow = "42";
    return kf_rest_read_instance(reply, verdict, err);
}

static enum kf_rc
read_patterns(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    int64_t id = 0;

    (void)mem;
    return kf_rest_read_patterns(reply, "Web servers", &id, err);
}

static enum kf_rc
read_templates(TALLOC_CTX *mem, const struct kf_reply *reply, struct kf_error *err)
{
    struct kf_template *templates = NULL;
    size_t count = 0;

    return kf_rest_read_templates(mem, &reply->body, &templates, &count, err);
}

static void
test_what_is_no_json_is_refused_by_every_reader(void **state)
{
    enum kf_rc (*const readers[])(TALLOC_CTX *, const struct kf_reply *, struct kf_error *) = {
        search, find_pending, download, read_state, read_instance, read_patterns, read_templates};

    for (size_t i = 0; i < COUNT(no_json); i++) {
        const struct kf_reply reply = reply_of(*state, no_json[i]);

        for (size_t j = 0; j < COUNT(readers); j++) {
            struct kf_error err = {.text = ""};

            assert_int_equal(readers[j](*state, &reply, &err), KF_BADREPLY);
            kf_test_contains(err.text, "did not answer in JSON");
        }
    }
}

static void
test_what_is_no_list_does_not_say_that_there_is_nothing(void **state)
{
    for (size_t i = 0; i < COUNT(no_list); i++) {
        const struct kf_reply reply = reply_of(*state, no_list[i]);
        struct kf_error err;

        assert_int_equal(search(*state, &reply, &err), KF_BADREPLY);
        assert_int_equal(find_pending(*state, &reply, &err), KF_BADREPLY);
        assert_int_equal(read_patterns(*state, &reply, &err), KF_BADREPLY);
    }
}

static bool
is_used(const char *file)
{
    static const char *const others[] = {
        "good.search.json",           "good.search-nothing.json", "good.download.json",
        "good.download-nothing.json", "good.pending.json",        "good.templates.json",
        "good.templates-none.json",   "good.patterns.json",       "good.instances.json"};
    bool used = false;

    for (size_t i = 0; i < COUNT(others); i++) {
        used = used || strcmp(file, others[i]) == 0;
    }
    for (size_t i = 0; i < COUNT(states); i++) {
        used = used || strcmp(file, states[i].file) == 0;
    }
    for (size_t i = 0; i < COUNT(instances); i++) {
        used = used || strcmp(file, instances[i].file) == 0;
    }
    for (size_t i = 0; i < COUNT(no_json); i++) {
        used = used || strcmp(file, no_json[i]) == 0 || strcmp(file, no_list[i]) == 0;
    }
    return used;
}

static void
test_each_file_in_the_folder_is_used(void **state)
{
    kf_test_no_unused_data(*state, "rest", is_used);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_request_has_its_method_and_place),
        KF_TEST(test_each_request_has_the_headers_that_the_api_wants),
        KF_TEST(test_path_version_and_client_are_configured),
        KF_TEST(test_the_application_key_goes_with_each_request_and_is_secret),
        KF_TEST(test_a_search_sends_query_limit_and_page_under_both_names),
        KF_TEST(test_a_collection_goes_with_the_requests_for_certificates),
        KF_TEST(test_a_download_asks_for_pem_with_the_chain),
        KF_TEST(test_a_search_lists_what_the_server_knows),
        KF_TEST(test_a_search_may_find_nothing),
        KF_TEST(test_a_download_is_added_to_the_verdict),
        KF_TEST(test_a_state_is_pending_unless_it_is_denied),
        KF_TEST(test_a_workflow_is_asked_for_by_its_guid_or_its_number),
        KF_TEST(test_a_workflow_is_pending_unless_it_is_rejected_or_has_failed),
        KF_TEST(test_of_several_workflows_the_one_of_that_number_counts),
        KF_TEST(test_a_workflow_does_not_change_the_number_of_a_request),
        KF_TEST(test_a_pattern_is_found_by_its_name_and_no_other),
        KF_TEST(test_more_patterns_are_asked_for_than_a_page_has),
        KF_TEST(test_the_newest_pending_request_of_the_name_is_found),
        KF_TEST(test_templates_have_the_key_that_they_ask_for),
        KF_TEST(test_a_template_may_need_approval),
        KF_TEST(test_there_may_be_no_templates),
        KF_TEST(test_what_is_no_json_is_refused_by_every_reader),
        KF_TEST(test_what_is_no_list_does_not_say_that_there_is_nothing),
        KF_TEST(test_each_file_in_the_folder_is_used),
    };

    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
