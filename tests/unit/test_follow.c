/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What became of a request that the server has, or may have. */

#include "world.h"

#include "chain.h"
#include "follow.h"
#include "rest.h"

#include <string.h>

#define SEARCH   "GET /KeyfactorAPI/Certificates"
#define DOWNLOAD "POST /KeyfactorAPI/Certificates/Download"
#define STATE    "GET /KeyfactorAPI/Workflow/Certificates/7"
#define PENDING  "GET /KeyfactorAPI/Workflow/Certificates/Pending"

#define GUID      "5d4c3b2a-1f0e-4d9c-8b7a-665544332211"
#define INSTANCE  "GET /KeyfactorAPI/Workflow/Instances/" GUID
#define BY_NUMBER "GET /KeyfactorAPI/Workflow/Instances/My"
#define EXTERNAL  "GET /KeyfactorAPI/Workflow/Certificates/ExternalValidation"

#define OURS     "certificate.pem"
#define PREVIOUS "certificate-previous.pem"
#define STRANGER "certificate-stranger.pem"

#define ONE_PENDING                                                                                \
    "[{\"Id\": 7, \"CommonName\": \"host.example.com\", \"SubmissionDate\": "                      \
    "\"2026-01-01T00:00:00Z\"}]"

#define COMPLETE "{\"Status\": \"Complete\", \"CurrentStateData\": {}}"
#define COMPLETE_WITH_ID                                                                           \
    "{\"Status\": \"Complete\", \"CurrentStateData\": {\"KeyfactorRequestId\": 7}}"

/* CAs may date back by so many seconds. */
#define BACKDATING   (86400 + 900)
#define CLOCKS_APART 900

/* A certificate in the answer of a search; file NULL: its content is not told. */
static const char *
known(TALLOC_CTX *mem, int id, int request_id, const char *file)
{
    return talloc_asprintf(mem, "{\"Id\": %d, \"CertRequestId\": %d, \"ContentBytes\": \"%s\"}", id,
                           request_id, file == NULL ? "" : kf_test_certificate(mem, file));
}

static const char *
list(TALLOC_CTX *mem, const char *first, const char *second)
{
    return second == NULL ? talloc_asprintf(mem, "[%s]", first)
                          : talloc_asprintf(mem, "[%s, %s]", first, second);
}

/* The answer of a download: base64 of PEM text. */
static const char *
content(TALLOC_CTX *mem, const char *pem)
{
    return talloc_asprintf(mem, "{\"Content\": \"%s\"}", kf_base64_encode(mem, pem, strlen(pem)));
}

static const char *
chain(TALLOC_CTX *mem, const char *leaf)
{
    return talloc_asprintf(mem, "# %s\r\n%s%s", leaf, kf_test_enrollment(mem, leaf),
                           kf_test_enrollment(mem, "issuing.pem"));
}

static const struct kf_verdict *
finish(struct kf_test_world *world, enum kf_rc rc, const struct kf_verdict *verdict)
{
    if (rc != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    kf_test_script_is_over(world);
    return verdict;
}

static const struct kf_verdict *
follow(struct kf_test_world *world)
{
    struct kf_verdict *verdict = NULL;
    enum kf_rc rc = kf_follow_request(&world->run, 7, NULL, &verdict);

    return finish(world, rc, verdict);
}

static const struct kf_verdict *
look(struct kf_test_world *world)
{
    struct kf_verdict *verdict = NULL;
    enum kf_rc rc = kf_follow_lost(&world->run, &verdict);

    return finish(world, rc, verdict);
}

/* Fails the test unless verdict is issued, with these certificates. */
static void
assert_issued(struct kf_test_world *world, const struct kf_verdict *verdict, const char *expected)
{
    const struct kf_chain_wish wish = {.public_key = world->run.csr->public_key};
    struct kf_chain *chain = NULL;

    assert_int_equal(verdict->disposition, KF_DISPOSITION_ISSUED);
    assert_int_equal(kf_chain_read(world, verdict->certificates, verdict->certificate_count, &wish,
                                   &chain, &world->err),
                     KF_OK);
    assert_string_equal(kf_chain_text(world, chain, 0, false), expected);
}

static void
assert_issued_with_chain(struct kf_test_world *world, const struct kf_verdict *verdict)
{
    assert_issued(world, verdict,
                  talloc_asprintf(world, "%s%s", kf_test_enrollment(world, OURS),
                                  kf_test_enrollment(world, "issuing.pem")));
}

static void
assert_issued_alone(struct kf_test_world *world, const struct kf_verdict *verdict)
{
    assert_issued(world, verdict, kf_test_enrollment(world, OURS));
}

/* The server has issued request 7, to be downloaded; file is the content that the search tells. */
static struct kf_test_world *
world_with_issued(TALLOC_CTX *mem, const char *file)
{
    struct kf_test_world *world = kf_test_world(mem, "");

    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, file), NULL));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    return world;
}

/*
 * A request that the server has
 */

static void
test_an_issued_request_comes_with_its_chain(void **state)
{
    struct kf_test_world *world = world_with_issued(*state, OURS);

    assert_issued_with_chain(world, follow(world));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "pq.queryString"),
                        "CertRequestId -eq 7");
    kf_test_contains((char *)kf_test_request(world, 1)->body.data, "\"CertID\":31,");
}

static void
test_a_search_that_does_not_tell_the_content_is_followed_by_a_download(void **state)
{
    struct kf_test_world *world = world_with_issued(*state, NULL);

    assert_issued_with_chain(world, follow(world));
}

static void
test_the_collection_of_the_account_is_asked(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "collection-id = 12\n");

    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    follow(world);
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "collectionId"), "12");
    assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "collectionId"), "12");
}

static const struct {
    int status;
    const char *body;
} useless_downloads[] = {
    {403, ""},
    {404, ""},
    {400, "{\"Message\": \"No such format.\"}"},
    {200, "<html>Sign in</html>"},
    {200, "{}"},
    {200, "{\"Content\": \"\"}"},
    {200, "{\"Content\": \"AAAA\"}"},
};

/* What the search told is the certificate: that it is issued does not hang on the download. */
static void
test_without_permission_to_download_the_certificate_is_taken_alone(void **state)
{
    for (size_t i = 0; i < COUNT(useless_downloads); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
        kf_test_answer(world, DOWNLOAD, useless_downloads[i].status, useless_downloads[i].body);
        assert_issued_alone(world, follow(world));
    }
}

static void
test_the_download_of_another_certificate_is_not_taken(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, STRANGER)));
    assert_issued_alone(world, follow(world));
}

/* It may be ours: a stranger it is only when its key has been seen. */
static void
test_a_certificate_that_cannot_be_had_is_neither_ours_nor_a_strangers(void **state)
{
    for (size_t i = 0; i < COUNT(useless_downloads); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, NULL), NULL));
        kf_test_answer(world, DOWNLOAD, useless_downloads[i].status, useless_downloads[i].body);
        kf_test_answer(world, STATE, 403, "");
        assert_int_equal(follow(world)->disposition, KF_DISPOSITION_UNKNOWN);
    }
}

static void
test_ours_is_found_behind_one_that_cannot_be_had(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200,
                   list(world, known(world, 31, 7, NULL), known(world, 32, 7, OURS)));
    kf_test_answer(world, DOWNLOAD, 404, "");
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    assert_issued_with_chain(world, follow(world));
}

/* A filter that the server does not know, or ignores. */
static void
test_certificates_of_other_requests_are_passed_over(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200,
                   list(world, known(world, 30, 6, OURS), known(world, 31, 7, OURS)));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    assert_issued_with_chain(world, follow(world));
    kf_test_contains((char *)kf_test_request(world, 1)->body.data, "\"CertID\":31,");
}

static void
test_only_certificates_of_other_requests_are_as_good_as_none(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200,
                   list(world, known(world, 30, 6, OURS), known(world, 29, 0, OURS)));
    kf_test_answer(world, STATE, 200, "{\"Id\": 7, \"StateString\": \"Pending\"}");
    assert_int_equal(follow(world)->disposition, KF_DISPOSITION_PENDING);
}

static void
test_the_certificate_of_another_key_is_a_stranger(void **state)
{
    struct kf_test_world *told = kf_test_world(*state, "");
    struct kf_test_world *untold = kf_test_world(*state, "");

    kf_test_answer(told, SEARCH, 200, list(told, known(told, 31, 7, STRANGER), NULL));
    assert_int_equal(follow(told)->disposition, KF_DISPOSITION_STRANGER);
    kf_test_answer(untold, SEARCH, 200, list(untold, known(untold, 31, 7, NULL), NULL));
    kf_test_answer(untold, DOWNLOAD, 200, content(untold, chain(untold, STRANGER)));
    assert_int_equal(follow(untold)->disposition, KF_DISPOSITION_STRANGER);
}

static void
test_ours_is_found_behind_a_stranger(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200,
                   list(world, known(world, 31, 7, STRANGER), known(world, 32, 7, OURS)));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    assert_issued_with_chain(world, follow(world));
}

/* Whoever asked for it by its number wants it, however old it is. */
static void
test_an_old_certificate_of_the_request_is_ours(void **state)
{
    struct kf_test_world *world = world_with_issued(*state, OURS);

    world->run.since = KF_TEST_NOW + 1000000;
    world->job.certificate = kf_test_enrollment(world, OURS);
    assert_issued_with_chain(world, follow(world));
}

static const struct {
    int status;
    const char *body;
    enum kf_disposition disposition;
    const char *message;
} states[] = {
    {200, "{\"StateString\": \"Pending\"}", KF_DISPOSITION_PENDING, "Pending"},
    {200, "{\"State\": 5}", KF_DISPOSITION_PENDING, ""},
    {200, "{\"StateString\": \"Denied\", \"DenialComment\": \"Too\\nsmall.\"}",
     KF_DISPOSITION_DENIED, "Too small."},
    {200, "{\"State\": 3}", KF_DISPOSITION_DENIED, "Denied"},

    /* an account that may not read requests, and servers that do not tell */
    {403, "{\"Message\": \"Alerts - Read\"}", KF_DISPOSITION_UNKNOWN, ""},
    {404, "", KF_DISPOSITION_UNKNOWN, ""},
    {400, "", KF_DISPOSITION_UNKNOWN, ""},
    {200, "<html>Sign in</html>", KF_DISPOSITION_UNKNOWN, ""},
};

static void
test_the_state_of_a_request_that_is_not_issued_is_asked(void **state)
{
    for (size_t i = 0; i < COUNT(states); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        const struct kf_verdict *verdict = NULL;

        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, STATE, states[i].status, states[i].body);
        verdict = follow(world);
        assert_int_equal(verdict->disposition, states[i].disposition);
        assert_string_equal(verdict->message, states[i].message);
        assert_int_equal(verdict->request_id, 7);
    }
}

/* The step that fails, after those that do not, of: search, download or state. */
static void
script_failure(struct kf_test_world *world, const char *step, enum kf_rc rc)
{
    if (strcmp(step, DOWNLOAD) == 0) {
        kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    } else if (strcmp(step, SEARCH) != 0) {
        kf_test_answer(world, SEARCH, 200, "[]");
    }
    kf_test_failure(world, step, rc);
}

static void
test_a_question_that_is_not_answered_fails(void **state)
{
    static const struct {
        const char *step;
        enum kf_rc rc;
    } cases[] = {
        {SEARCH, KF_NOTSENT},     {SEARCH, KF_BUSY},       {SEARCH, KF_UNCERTAIN},
        {SEARCH, KF_AUTH},        {SEARCH, KF_FORBIDDEN},  {SEARCH, KF_NOAPI},
        {SEARCH, KF_INTERNAL},    {DOWNLOAD, KF_NOTSENT},  {DOWNLOAD, KF_BUSY},
        {DOWNLOAD, KF_UNCERTAIN}, {DOWNLOAD, KF_INTERNAL}, {STATE, KF_NOTSENT},
        {STATE, KF_BUSY},         {STATE, KF_UNCERTAIN},   {STATE, KF_AUTH},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        struct kf_verdict *verdict = NULL;

        script_failure(world, cases[i].step, cases[i].rc);
        assert_int_equal(kf_follow_request(&world->run, 7, NULL, &verdict), cases[i].rc);
        assert_null(verdict);
        kf_test_script_is_over(world);
    }
}

/*
 * A request that a workflow of Command decides on
 */

static const struct kf_verdict *
follow_workflow(struct kf_test_world *world, int64_t request_id, const char *workflow)
{
    struct kf_verdict *verdict = NULL;
    enum kf_rc rc = kf_follow_request(&world->run, request_id, workflow, &verdict);

    return finish(world, rc, verdict);
}

static void
assert_undecided(const struct kf_verdict *verdict, int64_t request_id)
{
    assert_true(verdict->disposition == KF_DISPOSITION_PENDING ||
                verdict->disposition == KF_DISPOSITION_UNKNOWN);
    assert_int_equal(verdict->request_id, request_id);
    assert_int_equal(verdict->certificate_count, 0);
}

static const struct {
    int status;
    const char *body;
} undecided[] = {
    {200, "{\"Status\": \"Running\"}"},
    {200, "{\"Status\": \"Suspended\", \"StatusMessage\": \"Waits for approval.\"}"},
    {200, "{\"Status\": \"CanceledForRestart\"}"},
    {200, "{\"Status\": \"A word that nobody knows\"}"},
    {200, "{\"Status\": 3}"},
    {200, "{}"},
    {200, COMPLETE},

    /* an account that may not read workflows, and servers that do not tell */
    {403, "{\"Message\": \"Workflow Instances - Read\"}"},
    {404, ""},
    {400, ""},
    {200, "<html>Sign in</html>"},
};

static void
test_a_workflow_that_has_not_decided_is_waited_for(void **state)
{
    for (size_t i = 0; i < COUNT(undecided); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, INSTANCE, undecided[i].status, undecided[i].body);
        kf_test_answer(world, SEARCH, 200, "[]");
        assert_undecided(follow_workflow(world, 0, GUID), 0);
    }
}

/* Who may not look at workflows learns of it in this way. */
static void
test_what_was_issued_is_found_by_its_name_whatever_the_workflow_tells(void **state)
{
    for (size_t i = 0; i < COUNT(undecided); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, INSTANCE, undecided[i].status, undecided[i].body);
        kf_test_answer(world, SEARCH, 200,
                       list(world, known(world, 30, 6, STRANGER), known(world, 31, 7, OURS)));
        kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
        assert_issued_with_chain(world, follow_workflow(world, 0, GUID));
        assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "pq.queryString"),
                            "IssuedCN -eq \"host.example.com\"");
    }
}

static void
test_a_request_of_which_nothing_is_known_is_looked_for_by_its_name(void **state)
{
    struct kf_test_world *issued = world_with_issued(*state, OURS);
    struct kf_test_world *nothing = kf_test_world(*state, "");

    assert_issued_with_chain(issued, follow_workflow(issued, 0, NULL));
    kf_test_answer(nothing, SEARCH, 200, "[]");
    assert_undecided(follow_workflow(nothing, 0, NULL), 0);
}

static void
test_a_workflow_may_tell_the_number_while_it_runs(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, INSTANCE, 200,
                   "{\"Status\": \"Running\", \"CurrentStateData\": {\"KeyfactorRequestId\": 7}}");
    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_undecided(follow_workflow(world, 0, GUID), 7);
    assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "pq.queryString"),
                        "CertRequestId -eq 7");
}

static const struct {
    const char *body;
    const char *message;
} refusals[] = {
    {"{\"Status\": \"Rejected\", \"StatusMessage\": \"Not\\nyou.\"}", "Not you."},
    {"{\"Status\": \"Rejected\", \"StatusMessage\": null}", "Rejected"},
    {"{\"status\": \"Failed\", \"statusMessage\": \"The CA is off.\"}", "The CA is off."},
    {"{\"Status\": \"FAILED\"}", "FAILED"},
};

static void
test_a_workflow_that_was_rejected_or_has_failed_denies(void **state)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        const struct kf_verdict *verdict = NULL;

        kf_test_answer(world, INSTANCE, 200, refusals[i].body);
        verdict = follow_workflow(world, 0, GUID);
        assert_int_equal(verdict->disposition, KF_DISPOSITION_DENIED);
        assert_string_equal(verdict->message, refusals[i].message);
    }
}

/* It may have come to nothing only after the CA had issued. */
static void
test_a_failed_workflow_that_tells_the_request_is_not_the_last_word(void **state)
{
    static const char failed[] =
        "{\"Status\": \"Failed\", \"CurrentStateData\": {\"KeyfactorRequestId\": 7}}";
    struct kf_test_world *issued = kf_test_world(*state, "");
    struct kf_test_world *nothing = kf_test_world(*state, "");

    kf_test_answer(issued, INSTANCE, 200, failed);
    kf_test_answer(issued, SEARCH, 200, list(issued, known(issued, 31, 7, OURS), NULL));
    kf_test_answer(issued, DOWNLOAD, 200, content(issued, chain(issued, OURS)));
    assert_issued_with_chain(issued, follow_workflow(issued, 0, GUID));
    kf_test_answer(nothing, INSTANCE, 200, failed);
    kf_test_answer(nothing, SEARCH, 200, "[]");
    assert_int_equal(follow_workflow(nothing, 0, GUID)->disposition, KF_DISPOSITION_DENIED);
}

static void
test_a_complete_workflow_that_tells_the_request_leads_to_its_certificate(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    const struct kf_verdict *verdict = NULL;

    kf_test_answer(world, INSTANCE, 200, COMPLETE_WITH_ID);
    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    verdict = follow_workflow(world, 0, GUID);
    assert_issued_with_chain(world, verdict);
    assert_int_equal(verdict->request_id, 7);
    assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "pq.queryString"),
                        "CertRequestId -eq 7");
}

/* The CA may want an approval of its own. */
static void
test_a_complete_workflow_without_a_certificate_leaves_it_to_the_ca(void **state)
{
    for (size_t i = 0; i < COUNT(states); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        const struct kf_verdict *verdict = NULL;

        kf_test_answer(world, INSTANCE, 200, COMPLETE_WITH_ID);
        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, STATE, states[i].status, states[i].body);
        verdict = follow_workflow(world, 0, GUID);
        if (states[i].disposition == KF_DISPOSITION_DENIED) {
            assert_int_equal(verdict->disposition, KF_DISPOSITION_DENIED);
            assert_string_equal(verdict->message, states[i].message);
        } else {
            assert_undecided(verdict, 7);
        }
    }
}

static void
test_strangers_of_the_same_name_do_not_end_the_wait(void **state)
{
    struct kf_test_world *stranger = kf_test_world(*state, "");
    struct kf_test_world *early = kf_test_world(*state, "");

    kf_test_answer(stranger, INSTANCE, 200, COMPLETE);
    kf_test_answer(stranger, SEARCH, 200, list(stranger, known(stranger, 30, 6, STRANGER), NULL));
    assert_undecided(follow_workflow(stranger, 0, GUID), 0);

    early->run.since = KF_TEST_NOW + CLOCKS_APART + 1;
    kf_test_answer(early, INSTANCE, 200, COMPLETE);
    kf_test_answer(early, SEARCH, 200, list(early, known(early, 31, 7, OURS), NULL));
    assert_undecided(follow_workflow(early, 0, GUID), 0);
}

static void
test_without_a_name_to_look_for_the_workflow_alone_is_asked(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_ask(world, "csr/good.no-common-name.pem", NULL);
    kf_test_answer(world, INSTANCE, 200, COMPLETE);
    assert_undecided(follow_workflow(world, 0, GUID), 0);
}

static void
test_a_workflow_is_asked_for_by_its_number_too(void **state)
{
    struct kf_test_world *rejected = kf_test_world(*state, "");
    struct kf_test_world *unknown = kf_test_world(*state, "");

    kf_test_answer(rejected, BY_NUMBER, 200, "[{\"ReferenceId\": 42, \"Status\": \"Rejected\"}]");
    assert_int_equal(follow_workflow(rejected, 0, "42")->disposition, KF_DISPOSITION_DENIED);
    assert_string_equal(kf_test_parameter(kf_test_request(rejected, 0), "QueryString"),
                        "ReferenceId -eq 42");
    kf_test_answer(unknown, BY_NUMBER, 200, "[{\"ReferenceId\": 43, \"Status\": \"Rejected\"}]");
    kf_test_answer(unknown, SEARCH, 200, "[]");
    assert_undecided(follow_workflow(unknown, 0, "42"), 0);
}

static void
test_an_issued_request_makes_its_workflow_unimportant(void **state)
{
    struct kf_test_world *world = world_with_issued(*state, OURS);

    assert_issued_with_chain(world, follow_workflow(world, 7, GUID));
}

static void
test_the_workflow_is_asked_before_the_ca(void **state)
{
    struct kf_test_world *running = kf_test_world(*state, "");
    struct kf_test_world *rejected = kf_test_world(*state, "");
    struct kf_test_world *complete = kf_test_world(*state, "");

    kf_test_answer(running, SEARCH, 200, "[]");
    kf_test_answer(running, INSTANCE, 200, "{\"Status\": \"Running\"}");
    kf_test_answer(running, STATE, 403, "");
    assert_undecided(follow_workflow(running, 7, GUID), 7);
    kf_test_answer(rejected, SEARCH, 200, "[]");
    kf_test_answer(rejected, INSTANCE, 200, "{\"Status\": \"Rejected\"}");
    assert_int_equal(follow_workflow(rejected, 7, GUID)->disposition, KF_DISPOSITION_DENIED);
    kf_test_answer(complete, SEARCH, 200, "[]");
    kf_test_answer(complete, INSTANCE, 200, COMPLETE);
    kf_test_answer(complete, STATE, 200, "{\"StateString\": \"Denied\"}");
    assert_int_equal(follow_workflow(complete, 7, GUID)->disposition, KF_DISPOSITION_DENIED);
}

static void
test_a_workflow_that_cannot_be_read_leaves_it_to_the_ca(void **state)
{
    static const int statuses[] = {403, 404, 400};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, INSTANCE, statuses[i], "");
        kf_test_answer(world, STATE, 200, "{\"StateString\": \"Denied\"}");
        assert_int_equal(follow_workflow(world, 7, GUID)->disposition, KF_DISPOSITION_DENIED);
    }
}

static void
test_a_question_to_the_workflow_that_is_not_answered_fails(void **state)
{
    static const enum kf_rc failures[] = {KF_NOTSENT, KF_BUSY, KF_UNCERTAIN, KF_AUTH, KF_INTERNAL};

    for (size_t i = 0; i < COUNT(failures); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        struct kf_verdict *verdict = NULL;

        kf_test_failure(world, INSTANCE, failures[i]);
        assert_int_equal(kf_follow_request(&world->run, 0, GUID, &verdict), failures[i]);
        assert_null(verdict);
    }
}

/*
 * A request that may have been lost
 */

static void
test_a_lost_request_is_looked_for_by_its_common_name(void **state)
{
    struct kf_test_world *world = world_with_issued(*state, OURS);

    assert_issued_with_chain(world, look(world));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "pq.queryString"),
                        "IssuedCN -eq \"host.example.com\"");
}

static void
test_a_lost_request_is_looked_for_by_the_metadata_of_its_identity(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "reconcile-metadata = CsrHash\n");

    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    assert_issued_with_chain(world, look(world));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "pq.queryString"),
                        talloc_asprintf(world, "CsrHash -eq \"%s\"", world->run.identity));
}

static void
test_without_a_common_name_there_is_nothing_to_ask_for(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_verdict *verdict = NULL;

    kf_test_ask(world, "csr/good.no-common-name.pem", NULL);
    assert_int_equal(kf_follow_lost(&world->run, &verdict), KF_UNSUPPORTED);
    kf_test_contains(world->err.text, "reconcile-metadata");
    assert_null(verdict);
}

/* The name goes into a query of the server's. */
static void
test_a_common_name_that_would_break_the_query_is_not_asked_for(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_csr csr = *world->run.csr;
    struct kf_verdict *verdict = NULL;
    char name[] = "x\" -or IssuedCN -contains \"";

    csr.common_name = name;
    world->run.csr = &csr;
    assert_int_equal(kf_follow_lost(&world->run, &verdict), KF_UNSUPPORTED);
}

static void
test_without_a_common_name_metadata_is_enough(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "reconcile-metadata = CsrHash\n");

    kf_test_ask(world, "csr/good.no-common-name.pem", NULL);
    kf_test_answer(world, SEARCH, 200, "[]");
    assert_int_equal(look(world)->disposition, KF_DISPOSITION_UNKNOWN);
}

static void
test_nothing_that_is_ours_is_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200,
                   list(world, known(world, 31, 7, STRANGER), known(world, 32, 8, PREVIOUS)));
    kf_test_answer(world, PENDING, 200, "[]");
    kf_test_answer(world, EXTERNAL, 200, "[]");
    assert_int_equal(look(world)->disposition, KF_DISPOSITION_UNKNOWN);
}

/* certificate.pem is valid from KF_TEST_NOW on. */
static void
test_a_certificate_from_before_the_first_try_is_not_the_lost_one(void **state)
{
    struct kf_test_world *just = world_with_issued(*state, OURS);
    struct kf_test_world *early = kf_test_world(*state, "");

    just->run.since = KF_TEST_NOW + CLOCKS_APART;
    assert_issued_with_chain(just, look(just));
    early->run.since = KF_TEST_NOW + CLOCKS_APART + 1;
    kf_test_answer(early, SEARCH, 200, list(early, known(early, 31, 7, OURS), NULL));
    kf_test_answer(early, PENDING, 200, "[]");
    kf_test_answer(early, EXTERNAL, 200, "[]");
    assert_int_equal(look(early)->disposition, KF_DISPOSITION_UNKNOWN);
}

static void
test_the_certificate_that_is_renewed_is_not_the_lost_one(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    world->job.certificate = kf_test_enrollment(world, OURS);
    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    kf_test_answer(world, PENDING, 200, "[]");
    kf_test_answer(world, EXTERNAL, 200, "[]");
    assert_int_equal(look(world)->disposition, KF_DISPOSITION_UNKNOWN);
}

static void
test_the_lost_certificate_is_told_from_the_renewed_one(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    world->job.certificate = kf_test_enrollment(world, PREVIOUS);
    world->run.since = 1;
    kf_test_answer(world, SEARCH, 200,
                   list(world, known(world, 30, 6, PREVIOUS), known(world, 31, 7, OURS)));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    assert_issued_with_chain(world, look(world));
}

static void
test_a_pending_request_of_this_name_may_be_the_lost_one(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    const struct kf_verdict *verdict = NULL;

    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, PENDING, 200, ONE_PENDING);
    verdict = look(world);
    assert_int_equal(verdict->disposition, KF_DISPOSITION_PENDING);
    assert_int_equal(verdict->request_id, 7);
}

static void
test_a_request_that_waits_for_validation_elsewhere_may_be_the_lost_one(void **state)
{
    static const struct {
        int status;
        const char *body;
    } others[] = {{200, "[]"}, {403, ""}, {404, ""}};

    for (size_t i = 0; i < COUNT(others); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        const struct kf_verdict *verdict = NULL;

        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, PENDING, others[i].status, others[i].body);
        kf_test_answer(world, EXTERNAL, 200, ONE_PENDING);
        verdict = look(world);
        assert_int_equal(verdict->disposition, KF_DISPOSITION_PENDING);
        assert_int_equal(verdict->request_id, 7);
    }
}

static void
test_a_pending_request_from_before_the_first_try_is_not_the_lost_one(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    world->run.since = KF_TEST_NOW + CLOCKS_APART + 1;
    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, PENDING, 200, ONE_PENDING);
    kf_test_answer(world, EXTERNAL, 200, ONE_PENDING);
    assert_int_equal(look(world)->disposition, KF_DISPOSITION_UNKNOWN);
}

/* Where requests can be told apart, CAs may date to the beginning of the day. */
static void
test_by_its_metadata_a_certificate_that_is_dated_back_is_found(void **state)
{
    static const char metadata[] = "reconcile-metadata = CsrHash\n";
    struct kf_test_world *just = kf_test_world(*state, metadata);
    struct kf_test_world *early = kf_test_world(*state, metadata);
    struct kf_test_world *by_hand = kf_test_world(*state, metadata);

    kf_test_answer(just, SEARCH, 200, list(just, known(just, 31, 7, OURS), NULL));
    kf_test_answer(just, DOWNLOAD, 200, content(just, chain(just, OURS)));
    just->run.since = KF_TEST_NOW + BACKDATING;
    assert_issued_with_chain(just, look(just));

    early->run.since = KF_TEST_NOW + BACKDATING + 1;
    by_hand->run.since = KF_TEST_NOW + BACKDATING;
    by_hand->job.operation = NULL;
    for (size_t i = 0; i < 2; i++) {
        struct kf_test_world *world = i == 0 ? early : by_hand;

        kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
        kf_test_answer(world, PENDING, 200, "[]");
        kf_test_answer(world, EXTERNAL, 200, "[]");
        assert_int_equal(look(world)->disposition, KF_DISPOSITION_UNKNOWN);
    }
}

/* A page of a search with as many certificates as there may be, all of another key. */
static const char *
full_page(TALLOC_CTX *mem)
{
    const char *one = known(mem, 30, 6, STRANGER);
    char *text = talloc_asprintf(mem, "[%s", one);

    for (int i = 1; i < KF_REST_PAGE_SIZE; i++) {
        text = talloc_asprintf_append_buffer(text, ", %s", one);
    }
    return talloc_asprintf_append_buffer(text, "]");
}

static void
test_ours_may_be_on_another_page(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, SEARCH, 200, full_page(world));
    kf_test_answer(world, SEARCH, 200, list(world, known(world, 31, 7, OURS), NULL));
    kf_test_answer(world, DOWNLOAD, 200, content(world, chain(world, OURS)));
    assert_issued_with_chain(world, look(world));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "PageReturned"), "1");
    assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "PageReturned"), "2");
    assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "pq.pageReturned"), "2");
}

static void
test_among_more_than_can_be_looked_at_it_is_not_said_to_be_missing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_verdict *verdict = NULL;
    const char *page = full_page(world);

    for (int i = 0; i < 5; i++) {
        kf_test_answer(world, SEARCH, 200, page);
    }
    assert_int_equal(kf_follow_lost(&world->run, &verdict), KF_UNSUPPORTED);
    kf_test_script_is_over(world);
    kf_test_contains(world->err.text, "more certificates that may be ours");
}

static void
test_among_more_pending_requests_than_are_listed_it_is_not_said_to_be_missing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");
    struct kf_verdict *verdict = NULL;
    char *text = talloc_strdup(world, "[{}");

    for (int i = 1; i < 1000; i++) {
        text = talloc_strdup_append_buffer(text, ", {}");
    }
    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, PENDING, 200, talloc_strdup_append_buffer(text, "]"));
    assert_int_equal(kf_follow_lost(&world->run, &verdict), KF_UNSUPPORTED);
    kf_test_script_is_over(world);
    kf_test_contains(world->err.text, "more pending requests");
    assert_string_equal(kf_test_parameter(kf_test_request(world, 1), "ReturnLimit"), "1000");
}

/* Where nothing may be submitted without having looked, not being let look is a failure; but
 * Command 10 has no list of those that wait for validation elsewhere, and need not have one. */
static const struct {
    int pending;
    int external; /* 0: not asked */
    enum kf_rc rc;
} required[] = {
    {200, 404, KF_OK},        {200, 405, KF_OK},  {403, 0, KF_FORBIDDEN},
    {200, 403, KF_FORBIDDEN}, {404, 0, KF_NOAPI},
};

static void
test_where_looking_is_required_it_must_have_been_allowed(void **state)
{
    for (size_t i = 0; i < COUNT(required); i++) {
        struct kf_test_world *world = kf_test_world(*state, "reconcile = required\n");
        struct kf_verdict *verdict = NULL;

        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, PENDING, required[i].pending, "[]");
        if (required[i].external != 0) {
            kf_test_answer(world, EXTERNAL, required[i].external, "");
        }
        assert_int_equal(kf_follow_lost(&world->run, &verdict), required[i].rc);
        kf_test_script_is_over(world);
        assert_true((verdict != NULL) == (required[i].rc == KF_OK));
    }
}

static void
test_an_account_that_may_not_read_requests_learns_less(void **state)
{
    static const int statuses[] = {403, 404};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, PENDING, statuses[i], "");
        kf_test_answer(world, EXTERNAL, statuses[i], "");
        assert_int_equal(look(world)->disposition, KF_DISPOSITION_UNKNOWN);
    }
}

static void
test_a_server_that_cannot_be_asked_says_so(void **state)
{
    static const struct {
        const char *step;
        enum kf_rc rc;
    } cases[] = {
        {SEARCH, KF_FORBIDDEN}, {SEARCH, KF_NOAPI},     {SEARCH, KF_AUTH},
        {SEARCH, KF_NOTSENT},   {SEARCH, KF_UNCERTAIN}, {PENDING, KF_AUTH},
        {PENDING, KF_NOTSENT},  {PENDING, KF_BUSY},     {PENDING, KF_UNCERTAIN},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        struct kf_verdict *verdict = NULL;

        script_failure(world, cases[i].step, cases[i].rc);
        assert_int_equal(kf_follow_lost(&world->run, &verdict), cases[i].rc);
        assert_null(verdict);
        kf_test_script_is_over(world);
    }
}

static void
test_an_answer_that_is_no_list_does_not_say_that_nothing_was_issued(void **state)
{
    static const char *const answers[] = {"{\"Message\": \"An error has occurred.\"}", "null",
                                          "<html>Sign in</html>", ""};

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");
        struct kf_verdict *verdict = NULL;

        kf_test_answer(world, SEARCH, 200, answers[i]);
        assert_int_not_equal(kf_follow_lost(&world->run, &verdict), KF_OK);
        assert_null(verdict);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_an_issued_request_comes_with_its_chain),
        KF_TEST(test_a_search_that_does_not_tell_the_content_is_followed_by_a_download),
        KF_TEST(test_the_collection_of_the_account_is_asked),
        KF_TEST(test_without_permission_to_download_the_certificate_is_taken_alone),
        KF_TEST(test_the_download_of_another_certificate_is_not_taken),
        KF_TEST(test_a_certificate_that_cannot_be_had_is_neither_ours_nor_a_strangers),
        KF_TEST(test_ours_is_found_behind_one_that_cannot_be_had),
        KF_TEST(test_certificates_of_other_requests_are_passed_over),
        KF_TEST(test_only_certificates_of_other_requests_are_as_good_as_none),
        KF_TEST(test_the_certificate_of_another_key_is_a_stranger),
        KF_TEST(test_ours_is_found_behind_a_stranger),
        KF_TEST(test_an_old_certificate_of_the_request_is_ours),
        KF_TEST(test_the_state_of_a_request_that_is_not_issued_is_asked),
        KF_TEST(test_a_question_that_is_not_answered_fails),
        KF_TEST(test_a_workflow_that_has_not_decided_is_waited_for),
        KF_TEST(test_what_was_issued_is_found_by_its_name_whatever_the_workflow_tells),
        KF_TEST(test_a_request_of_which_nothing_is_known_is_looked_for_by_its_name),
        KF_TEST(test_a_workflow_may_tell_the_number_while_it_runs),
        KF_TEST(test_a_workflow_that_was_rejected_or_has_failed_denies),
        KF_TEST(test_a_failed_workflow_that_tells_the_request_is_not_the_last_word),
        KF_TEST(test_a_complete_workflow_that_tells_the_request_leads_to_its_certificate),
        KF_TEST(test_a_complete_workflow_without_a_certificate_leaves_it_to_the_ca),
        KF_TEST(test_strangers_of_the_same_name_do_not_end_the_wait),
        KF_TEST(test_without_a_name_to_look_for_the_workflow_alone_is_asked),
        KF_TEST(test_a_workflow_is_asked_for_by_its_number_too),
        KF_TEST(test_an_issued_request_makes_its_workflow_unimportant),
        KF_TEST(test_the_workflow_is_asked_before_the_ca),
        KF_TEST(test_a_workflow_that_cannot_be_read_leaves_it_to_the_ca),
        KF_TEST(test_a_question_to_the_workflow_that_is_not_answered_fails),
        KF_TEST(test_a_lost_request_is_looked_for_by_its_common_name),
        KF_TEST(test_a_lost_request_is_looked_for_by_the_metadata_of_its_identity),
        KF_TEST(test_without_a_common_name_there_is_nothing_to_ask_for),
        KF_TEST(test_a_common_name_that_would_break_the_query_is_not_asked_for),
        KF_TEST(test_without_a_common_name_metadata_is_enough),
        KF_TEST(test_nothing_that_is_ours_is_nothing),
        KF_TEST(test_a_certificate_from_before_the_first_try_is_not_the_lost_one),
        KF_TEST(test_the_certificate_that_is_renewed_is_not_the_lost_one),
        KF_TEST(test_the_lost_certificate_is_told_from_the_renewed_one),
        KF_TEST(test_a_pending_request_of_this_name_may_be_the_lost_one),
        KF_TEST(test_a_request_that_waits_for_validation_elsewhere_may_be_the_lost_one),
        KF_TEST(test_a_pending_request_from_before_the_first_try_is_not_the_lost_one),
        KF_TEST(test_by_its_metadata_a_certificate_that_is_dated_back_is_found),
        KF_TEST(test_ours_may_be_on_another_page),
        KF_TEST(test_among_more_than_can_be_looked_at_it_is_not_said_to_be_missing),
        KF_TEST(test_among_more_pending_requests_than_are_listed_it_is_not_said_to_be_missing),
        KF_TEST(test_where_looking_is_required_it_must_have_been_allowed),
        KF_TEST(test_an_account_that_may_not_read_requests_learns_less),
        KF_TEST(test_a_server_that_cannot_be_asked_says_so),
        KF_TEST(test_an_answer_that_is_no_list_does_not_say_that_nothing_was_issued),
    };

    return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
