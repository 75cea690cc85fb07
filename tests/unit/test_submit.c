/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* SUBMIT and POLL: every transition of docs/PROTOCOL. */

#include "world.h"

#include "certificate.h"
#include "state.h"
#include "submit.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <unistd.h>

#define ENROLL    "POST /CMSApi/CertEnroll/3/Pkcs10"
#define REST      "POST /KeyfactorAPI/Enrollment/CSR"
#define TOKEN     "POST /CMSApi/Token"
#define SEARCH    "GET /KeyfactorAPI/Certificates"
#define DOWNLOAD  "POST /KeyfactorAPI/Certificates/Download"
#define STATE     "GET /KeyfactorAPI/Workflow/Certificates/7"
#define PENDING   "GET /KeyfactorAPI/Workflow/Certificates/Pending"
#define EXTERNAL  "GET /KeyfactorAPI/Workflow/Certificates/ExternalValidation"
#define PATTERNS  "GET /KeyfactorAPI/EnrollmentPatterns"
#define INSTANCE  "GET /KeyfactorAPI/Workflow/Instances/" GUID
#define BY_NUMBER "GET /KeyfactorAPI/Workflow/Instances/My"
#define TEMPLATES "GET /KeyfactorAPI/Enrollment/CSR/Context/My"

#define OURS     "certificate.pem"
#define PREVIOUS "certificate-previous.pem"
#define STRANGER "certificate-stranger.pem"
#define ISSUING  "issuing.pem"

#define NOW KF_TEST_NOW
#define DAY INT64_C(86400)

#define GUID "5d4c3b2a-1f0e-4d9c-8b7a-665544332211"

/* The defaults of keyfactor.conf(5), in seconds. */
#define RETRY_INTERVAL     60
#define RETRY_INTERVAL_MAX 3600
#define FIRST_WAIT         30   /* the shortest after a first try */
#define SECOND_WAIT        60   /* after a second one */
#define LONG_WAIT          1800 /* after many */
#define RETRY_LIMIT        (7 * DAY)
#define POLL_INTERVAL      300
#define POLL_INTERVAL_MAX  3600
#define POLL_LIMIT         (30 * DAY)

/* CAs may date back by so many seconds. */
#define BACKDATING 900

#define ENDED INT64_C(4922899200) /* when OURS ends */

#define TAKEN                                                                                      \
    "{\"CMSRequestId\": 7, \"RequestDisposition\": \"Taken Under Submission\", "                   \
    "\"DispositionMessage\": \"A manager decides.\"}"
#define DENIED                                                                                     \
    "{\"CMSRequestId\": 7, \"RequestDisposition\": \"Denied\", "                                   \
    "\"DispositionMessage\": \"Not you.\"}"
#define ONE_PENDING                                                                                \
    "[{\"Id\": 7, \"CommonName\": \"host.example.com\", \"SubmissionDate\": "                      \
    "\"2026-01-01T00:00:00Z\"}]"

/*
 * Answers
 */

/* An enrollment's answer with the certificates in files. */
static const char *
issued(TALLOC_CTX *mem, const char *const *files)
{
    char *list = talloc_strdup(mem, "");

    for (; *files != NULL; files++) {
        list = talloc_asprintf_append(list, "%s\"%s\"", list[0] == '\0' ? "" : ", ",
                                      kf_test_certificate(mem, *files));
    }
    return talloc_asprintf(mem,
                           "{\"CMSRequestId\": 7, \"RequestDisposition\": \"Issued\", "
                           "\"Certificates\": [%s]}",
                           list);
}

/* A search's answer: the certificate in file, of a request. */
static const char *
found(TALLOC_CTX *mem, int request_id, const char *file)
{
    return talloc_asprintf(mem, "[{\"Id\": 31, \"CertRequestId\": %d, \"ContentBytes\": \"%s\"}]",
                           request_id, kf_test_certificate(mem, file));
}

/* A download's answer: the certificate in file, and its issuer. */
static const char *
content(TALLOC_CTX *mem, const char *file)
{
    const char *pem = talloc_asprintf(mem, "%s%s", kf_test_enrollment(mem, file),
                                      kf_test_enrollment(mem, ISSUING));

    return talloc_asprintf(mem, "{\"Content\": \"%s\"}", kf_base64_encode(mem, pem, strlen(pem)));
}

/* The server hands the certificate out to whoever looks for it. */
static void
script_found(struct kf_test_world *world)
{
    kf_test_answer(world, SEARCH, 200, found(world, 7, OURS));
    kf_test_answer(world, DOWNLOAD, 200, content(world, OURS));
}

/* The server has neither a certificate nor a pending request. */
static void
script_nothing(struct kf_test_world *world)
{
    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, PENDING, 200, "[]");
    kf_test_answer(world, EXTERNAL, 200, "[]");
}

/* The server issues at once. */
static void
script_issued(struct kf_test_world *world)
{
    kf_test_answer(world, ENROLL, 200, issued(world, FILES(OURS, ISSUING)));
}

/*
 * Cookies and notes
 */

/* What names the request in NAME.pem for a template: docs/PROTOCOL, "The cookie". */
static const char *
identity(TALLOC_CTX *mem, const char *name, const char *template)
{
    const char *pem = kf_test_enrollment(mem, talloc_asprintf(mem, "%s.pem", name));
    struct kf_csr *csr = NULL;
    struct kf_error err;
    const char *text = NULL;
    unsigned char digest[32];
    size_t len = 0;

    assert_int_equal(kf_csr_read(mem, pem, strlen(pem), &csr, &err), KF_OK);
    text = talloc_asprintf(mem, "%s\nkeyfactor\nhttps://keyfactor.example.com\n%s\n",
                           csr->content_sha256, template);
    assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, text, strlen(text), digest, &len), 1);
    return kf_hex_encode(mem, digest, len);
}

/* The cookie of a request at an API; what tells its numbers there. */
static const char *
api_cookie(TALLOC_CTX *mem, const char *api, const char *state, unsigned attempt, int64_t since,
           const char *what)
{
    return talloc_asprintf(mem, "kf1,state=%s,attempt=%u,since=%lld,api=%s,%s,csr=%s", state,
                           attempt, (long long)since, api, what,
                           identity(mem, "request", "WebServer"));
}

/* The cookie of a request that was sent, or is about to be. */
static const char *
cookie(TALLOC_CTX *mem, const char *state, unsigned attempt, int64_t since, int request_id)
{
    return api_cookie(mem, "classic", state, attempt, since,
                      talloc_asprintf(mem, "request=%d,workflow=-", request_id));
}

/* The cookie of a request that this run has not sent, nor one before it that left a cookie. */
static const char *
unsent(TALLOC_CTX *mem, const char *state, unsigned attempt, int64_t since)
{
    return api_cookie(mem, "-", state, attempt, since, "request=0,workflow=-");
}

/* A world that the daemon polls with this cookie. */
static struct kf_test_world *
polled(TALLOC_CTX *mem, const char *settings, const char *line)
{
    struct kf_test_world *world = kf_test_world(mem, settings);

    world->job.operation = "POLL";
    world->job.cookie = line;
    return world;
}

/* A world in which the server has request 7 since NOW, and minutes have passed. */
static struct kf_test_world *
resumed(TALLOC_CTX *mem, const char *settings)
{
    struct kf_test_world *world = polled(mem, settings, cookie(mem, "resume", 0, NOW, 7));

    kf_test_set_clock(NOW + 310);
    return world;
}

/* A world in which the answer to the first try, at NOW, was lost, and a minute has passed. */
static struct kf_test_world *
lost(TALLOC_CTX *mem, const char *settings)
{
    struct kf_test_world *world = polled(mem, settings, cookie(mem, "reconcile", 1, NOW, 0));

    kf_test_set_clock(NOW + 70);
    return world;
}

static bool
read_note(struct kf_test_world *world, struct kf_note *_note)
{
    bool found = false;

    assert_int_equal(kf_state_read_note(&world->run.state, identity(world, "request", "WebServer"),
                                        _note, &found),
                     KF_OK);
    return found;
}

static bool
is_noted(struct kf_test_world *world)
{
    struct kf_note note;

    return read_note(world, &note);
}

/* Leaves the note of an earlier run; file is the certificate that it knows of, or NULL. */
static void
write_note(struct kf_test_world *world, int64_t first, int64_t last, const char *file)
{
    struct kf_note note = {.first = first, .last = last};

    if (file != NULL) {
        memcpy(note.issued, kf_certificate_digest(world, kf_test_enrollment(world, file)), 64);
    }
    kf_state_write_note(&world->run.state, identity(world, "request", "WebServer"), &note);
}

/* Fails the test unless the note names the certificate in file, as received at when. */
static void
assert_note_names(struct kf_test_world *world, const char *file, int64_t when)
{
    struct kf_note note;

    assert_true(read_note(world, &note));
    assert_string_equal(note.issued, kf_certificate_digest(world, kf_test_enrollment(world, file)));
    assert_int_equal(note.last, when);
}

/*
 * Ends of a run
 */

static const struct kf_outcome *
run(struct kf_test_world *world, enum kf_status status)
{
    struct kf_outcome *outcome = NULL;

    if (kf_submit(&world->run, &outcome) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    kf_test_script_is_over(world);
    if (outcome->status != status) {
        fail_msg("%d, not %d: %s", (int)outcome->status, (int)status, outcome->text);
    }
    return outcome;
}

static void
assert_issued(struct kf_test_world *world, const char *const *files)
{
    assert_string_equal(run(world, KF_STATUS_ISSUED)->text, kf_test_enrollments(world, files));
}

static void
assert_waits(struct kf_test_world *world, int64_t delay, const char *line)
{
    const struct kf_outcome *outcome = run(world, KF_STATUS_WAIT_DELAY);

    assert_string_equal(outcome->text, line);
    assert_int_equal(outcome->delay, delay);
}

static void
assert_unreachable(struct kf_test_world *world, const char *reason)
{
    kf_test_contains(run(world, KF_STATUS_UNREACHABLE)->text, reason);
}

static void
assert_fails(struct kf_test_world *world, enum kf_rc rc, const char *reason)
{
    struct kf_outcome *outcome = NULL;
    enum kf_rc actual = kf_submit(&world->run, &outcome);

    if (actual != rc) {
        fail_msg("%d, not %d: %s", (int)actual, (int)rc, world->err.text);
    }
    kf_test_contains(world->err.text, reason);
    kf_test_script_is_over(world);
    assert_null(outcome);
}

/* What a run says on standard error. */
static char *
log_of(struct kf_test_world *world)
{
    struct kf_test_capture capture;
    struct kf_outcome *outcome = NULL;

    kf_test_capture_begin(&capture, STDERR_FILENO);
    kf_submit(&world->run, &outcome);
    return kf_test_capture_end(world, &capture);
}

/*
 * A first try that is answered
 */

static void
test_an_issued_certificate_comes_with_its_issuers(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_the_leaf_comes_first_and_the_root_only_when_it_is_wanted(void **state)
{
    struct kf_test_world *without = kf_test_world(*state, "");
    struct kf_test_world *with = kf_test_world(*state, "include-root = yes\n");
    const char *answer = issued(*state, FILES("root.pem", "policy.pem", ISSUING, OURS));

    kf_test_answer(without, ENROLL, 200, answer);
    assert_issued(without, FILES(OURS, ISSUING, "policy.pem"));
    kf_test_answer(with, ENROLL, 200, answer);
    assert_issued(with, FILES(OURS, ISSUING, "policy.pem", "root.pem"));
}

static void
test_a_chain_that_came_in_part_is_completed_from_the_file(void **state)
{
    const char *text = talloc_asprintf(*state, "%s%s", kf_test_enrollment(*state, "policy.pem"),
                                       kf_test_enrollment(*state, ISSUING));
    const char *path = kf_test_file(*state, kf_test_directory(*state), "chain.pem", text, 0644);
    struct kf_test_world *world =
        kf_test_world(*state, talloc_asprintf(*state, "ca-chain-file = %s\n", path));

    kf_test_answer(world, ENROLL, 200, issued(world, FILES(OURS)));
    assert_issued(world, FILES(OURS, ISSUING, "policy.pem"));
}

static void
test_a_chain_file_that_cannot_be_read_holds_up_no_certificate(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "ca-chain-file = /nowhere/chain.pem\n");

    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_the_chain_is_kept_for_fetch_roots_when_that_is_set(void **state)
{
    struct kf_test_world *without = kf_test_world(*state, "");
    struct kf_test_world *with = kf_test_world(*state, "fetch-roots = yes\n");
    const char *answer = issued(*state, FILES(OURS, ISSUING, "policy.pem", "root.pem"));
    const char *kept = NULL;

    kf_test_answer(without, ENROLL, 200, answer);
    run(without, KF_STATUS_ISSUED);
    assert_null(kf_test_read(
        without, talloc_asprintf(without, "%s/chain-keyfactor", without->state_directory)));
    kf_test_answer(with, ENROLL, 200, answer);
    run(with, KF_STATUS_ISSUED);
    kept = kf_test_read(with, talloc_asprintf(with, "%s/chain-keyfactor", with->state_directory));
    kf_test_contains(kept, kf_test_enrollment(with, "root.pem"));
}

static void
test_an_accepted_request_is_followed_up_after_the_poll_interval(void **state)
{
    static const struct {
        uint32_t random;
        unsigned delay;
    } bounds[] = {{0, POLL_INTERVAL - 30}, {UINT32_MAX, POLL_INTERVAL + 30}};

    for (size_t i = 0; i < COUNT(bounds); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, ENROLL, 200, TAKEN);
        kf_test_set_random(bounds[i].random);
        assert_waits(world, bounds[i].delay, cookie(world, "resume", 0, NOW, 7));
        assert_true(is_noted(world));
    }
}

static void
test_a_server_may_ask_for_a_longer_time_before_the_first_poll(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, ENROLL, 200, TAKEN)->retry_after = 1000;
    assert_waits(world, 1000, cookie(world, "resume", 0, NOW, 7));
}

/* An end that waits for a person, or for the next renewal. */
struct final {
    const char *what; /* the request that fails */
    enum kf_rc failure;
    int status; /* when failure is KF_OK */
    const char *body;
    enum kf_rc rc;
    const char *reason;
};

static void
script_final(struct kf_test_world *world, const struct final *final)
{
    if (final->failure != KF_OK) {
        kf_test_failure(world, final->what, final->failure);
    } else {
        kf_test_answer(world, final->what, final->status, final->body);
    }
}

static const struct final finals[] = {
    {ENROLL, KF_OK, 200, DENIED, KF_REFUSED, "the CA refused the request (id 7): Not you."},
    {ENROLL, KF_OK, 200, "{\"RequestDisposition\": \"FAILED\"}", KF_REFUSED, "FAILED"},
    {ENROLL, KF_OK, 400, "{\"Message\": \"No such template.\"}", KF_REFUSED, "No such template."},
    {ENROLL, KF_OK, 401, "", KF_AUTH, "username"},
    {ENROLL, KF_OK, 401, "{\"Message\": \"Bad signature\"}", KF_AUTH, "application-secret-file"},
    {ENROLL, KF_OK, 403, "", KF_FORBIDDEN, "roles and permissions"},
    {ENROLL, KF_OK, 404, "", KF_NOAPI, "no Classic API"},
    {ENROLL, KF_OK, 410, "", KF_NOAPI, "no Classic API"},
    {ENROLL, KF_OK, 302, "", KF_BADCONFIG, "redirects"},
    {ENROLL, KF_UNTRUSTED, 0, NULL, KF_UNTRUSTED, "scripted failure"},
    {ENROLL, KF_BADCONFIG, 0, NULL, KF_BADCONFIG, "scripted failure"},
};

static void
test_a_refusal_ends_the_request_and_takes_the_note_away(void **state)
{
    for (size_t i = 0; i < COUNT(finals); i++) {
        struct kf_test_world *world = kf_test_world(*state, "api = classic\n");

        script_final(world, &finals[i]);
        assert_fails(world, finals[i].rc, finals[i].reason);
        assert_false(is_noted(world));
    }
}

static void
test_a_refusal_with_clocks_that_differ_names_both(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, ENROLL, 401, "")->date = NOW + DAY;
    assert_fails(world, KF_AUTH, "2026-01-01T00:00:00Z here, 2026-01-02T00:00:00Z at the server");
}

/* The CA has issued something: that nothing was issued for us is not certain. */
static void
test_a_certificate_that_is_none_for_this_key_is_refused_and_the_note_stays(void **state)
{
    const char *const answers[] = {
        issued(*state, FILES(STRANGER, ISSUING)),
        issued(*state, FILES(ISSUING)),
        "{\"CMSRequestId\": 7, \"Certificates\": \"no certificate\"}",
    };
    struct kf_test_world *large = kf_test_world(*state, "");

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, ENROLL, 200, answers[i]);
        assert_fails(world, KF_BADREPLY, "");
        assert_true(is_noted(world));
    }
    kf_test_failure(large, ENROLL, KF_BADREPLY);
    assert_fails(large, KF_BADREPLY, "scripted failure");
    assert_true(is_noted(large));
}

/*
 * Failures that may heal
 */

/* A failure of the enrollment, and what is told the next run. */
struct failure {
    enum kf_rc failure;
    int status; /* when failure is KF_OK */
    const char *body;
    const char *state;
    int64_t least; /* seconds that are waited, see docs/PROTOCOL */
};

static const struct failure failures[] = {
    {KF_NOTSENT, 0, NULL, "submit", 0},
    {KF_BUSY, 0, NULL, "submit", 0},
    {KF_OK, 408, "", "submit", 0},
    {KF_OK, 425, "", "submit", 0},
    {KF_OK, 429, "", "submit", 0},
    {KF_OK, 503, "", "submit", 0},
    {KF_UNCERTAIN, 0, NULL, "reconcile", RETRY_INTERVAL},
    {KF_OK, 500, "", "reconcile", RETRY_INTERVAL},
    {KF_OK, 502, "", "reconcile", RETRY_INTERVAL},
    {KF_OK, 504, "", "reconcile", RETRY_INTERVAL},
    {KF_OK, 206, "", "reconcile", RETRY_INTERVAL},
    {KF_OK, 200, "", "reconcile", RETRY_INTERVAL},
    {KF_OK, 200, "<html>Sign in</html>", "reconcile", RETRY_INTERVAL},
    {KF_OK, 200, "[]", "reconcile", RETRY_INTERVAL},
    {KF_OK, 200, "{}", "reconcile", RETRY_INTERVAL},
    {KF_OK, 200, "{\"RequestDisposition\": \"Issued\"}", "reconcile", RETRY_INTERVAL},
};

static struct kf_reply *
script_failure(struct kf_test_world *world, const struct failure *failure)
{
    if (failure->failure != KF_OK) {
        kf_test_failure(world, ENROLL, failure->failure);
        return NULL;
    }
    return kf_test_answer(world, ENROLL, failure->status, failure->body);
}

static void
test_a_first_failure_is_tried_again_or_looked_into(void **state)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        const struct failure *failure = &failures[i];
        struct kf_test_world *soon = kf_test_world(*state, "");
        struct kf_test_world *late = kf_test_world(*state, "");

        script_failure(soon, failure);
        assert_waits(soon, failure->least + FIRST_WAIT, cookie(soon, failure->state, 1, NOW, 0));
        assert_int_equal(is_noted(soon), strcmp(failure->state, "reconcile") == 0);

        script_failure(late, failure);
        kf_test_set_random(UINT32_MAX);
        assert_waits(late, failure->least + RETRY_INTERVAL,
                     cookie(late, failure->state, 1, NOW, 0));
        kf_test_set_random(0);
    }
}

static void
test_retry_after_is_waited_for_on_top(void **state)
{
    static const struct {
        int status;
        int64_t retry_after;
        int64_t delay;
        const char *state;
    } cases[] = {
        {503, 600, 600 + FIRST_WAIT, "submit"},
        {429, DAY, RETRY_INTERVAL_MAX + FIRST_WAIT, "submit"},
        {500, 10, RETRY_INTERVAL + FIRST_WAIT, "reconcile"},
        {500, 600, 600 + FIRST_WAIT, "reconcile"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, ENROLL, cases[i].status, "")->retry_after = cases[i].retry_after;
        assert_waits(world, cases[i].delay, cookie(world, cases[i].state, 1, NOW, 0));
    }
}

static void
test_retry_after_of_an_earlier_answer_does_not_count(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "check-key = yes\n");

    kf_test_answer(world, TEMPLATES, 503, "")->retry_after = 1000;
    kf_test_failure(world, ENROLL, KF_NOTSENT);
    assert_waits(world, FIRST_WAIT, cookie(world, "submit", 1, NOW, 0));
}

static void
test_failures_in_a_row_are_counted_and_the_delay_doubles(void **state)
{
    static const unsigned ceilings[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
    const char *line = NULL;

    for (unsigned i = 0; i < COUNT(ceilings); i++) {
        struct kf_test_world *world = polled(*state, "", line);

        kf_test_set_clock(NOW + i * 1000);
        kf_test_set_random(UINT32_MAX);
        kf_test_failure(world, ENROLL, KF_NOTSENT);
        line = cookie(*state, "submit", i + 1, NOW, 0);
        assert_waits(world, ceilings[i], line);
    }
}

static void
test_a_lost_answer_after_failures_is_one_more_try(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "submit", 5, NOW, 0));

    kf_test_set_clock(NOW + 5000);
    kf_test_failure(world, ENROLL, KF_UNCERTAIN);
    assert_waits(world, RETRY_INTERVAL + 960, cookie(world, "reconcile", 6, NOW, 0));
}

static void
test_a_retry_that_succeeds_is_issued(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "submit", 5, NOW, 0));

    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_after_the_retry_limit_the_server_is_unreachable(void **state)
{
    struct kf_test_world *at = polled(*state, "", cookie(*state, "submit", 99, NOW, 0));
    struct kf_test_world *after = polled(*state, "", cookie(*state, "submit", 100, NOW, 0));

    kf_test_set_clock(NOW + RETRY_LIMIT);
    kf_test_failure(at, ENROLL, KF_NOTSENT);
    assert_waits(at, LONG_WAIT, cookie(at, "submit", 100, NOW, 0));
    kf_test_set_clock(NOW + RETRY_LIMIT + 1);
    kf_test_failure(after, ENROLL, KF_NOTSENT);
    assert_unreachable(after, "scripted failure");
}

/* As at the start of a host without a battery. */
static void
test_a_clock_that_jumps_is_no_outage(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "submit", 2, 1, 0));

    kf_test_failure(world, ENROLL, KF_NOTSENT);
    assert_waits(world, 120, cookie(world, "submit", 3, 1, 0));
}

/* "unreachable" leaves the daemon with the cookie that it has. */
static void
test_after_the_retry_limit_a_lost_answer_is_still_told_the_next_run(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "submit", 100, NOW, 0));

    kf_test_set_clock(NOW + RETRY_LIMIT + 1);
    kf_test_failure(world, ENROLL, KF_UNCERTAIN);
    assert_waits(world, RETRY_INTERVAL + LONG_WAIT, cookie(world, "reconcile", 101, NOW, 0));
}

/* The note says more than the cookie that the daemon would keep. */
static void
test_after_the_retry_limit_a_killed_retry_is_still_told_the_next_run(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "submit", 100, NOW, 0));

    write_note(world, NOW, NOW + RETRY_LIMIT, NULL);
    kf_test_set_clock(NOW + RETRY_LIMIT + 100);
    kf_test_failure(world, SEARCH, KF_NOTSENT);
    assert_waits(world, LONG_WAIT, cookie(world, "reconcile", 101, NOW, 0));
}

static void
test_after_the_retry_limit_looking_is_given_up_too(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "reconcile", 100, NOW, 0));

    kf_test_set_clock(NOW + RETRY_LIMIT + 1);
    kf_test_failure(world, SEARCH, KF_NOTSENT);
    assert_unreachable(world, "scripted failure");
}

static void
test_a_first_try_is_never_given_up(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "retry-limit = 1s\n");

    kf_test_failure(world, ENROLL, KF_NOTSENT);
    assert_waits(world, FIRST_WAIT, cookie(world, "submit", 1, NOW, 0));
}

/*
 * A request that the server has
 */

static void
test_a_pending_request_that_was_issued_comes_with_its_chain(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "pq.queryString"),
                        "CertRequestId -eq 7");
    assert_note_names(world, OURS, NOW + 310);
}

static void
test_without_permission_to_download_it_comes_alone(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_answer(world, SEARCH, 200, found(world, 7, OURS));
    kf_test_answer(world, DOWNLOAD, 403, "");
    assert_issued(world, FILES(OURS));
}

static void
test_the_delay_between_polls_grows(void **state)
{
    static const unsigned delays[] = {450, 675, 1012, 1518, 2277, 3415, 3600, 3600};

    for (unsigned i = 0; i < COUNT(delays); i++) {
        struct kf_test_world *world = polled(*state, "", cookie(*state, "resume", i, NOW, 7));

        kf_test_set_clock(NOW + 1000 * (i + 1));
        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, STATE, 200, "{\"StateString\": \"Pending\"}");
        assert_waits(world, delays[i] - delays[i] / 10, cookie(world, "resume", i + 1, NOW, 7));
    }
}

static void
test_an_account_that_may_not_read_requests_waits_without_knowing(void **state)
{
    static const int statuses[] = {403, 404, 400};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = resumed(*state, "");

        kf_test_answer(world, SEARCH, 200, "[]");
        kf_test_answer(world, STATE, statuses[i], "");
        assert_waits(world, 405, cookie(world, "resume", 1, NOW, 7));
    }
}

static void
test_certificates_of_other_requests_do_not_end_the_wait(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_answer(world, SEARCH, 200, found(world, 6, OURS));
    kf_test_answer(world, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_waits(world, 405, cookie(world, "resume", 1, NOW, 7));
}

static void
test_a_denied_request_ends_with_the_comment(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    write_note(world, NOW, NOW, NULL);
    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, STATE, 200,
                   "{\"StateString\": \"Denied\", \"DenialComment\": \"Ask\\nagain.\"}");
    assert_fails(world, KF_REFUSED, "the CA refused the request (id 7): Ask again.");
    assert_false(is_noted(world));
}

static void
test_a_request_that_is_somebody_elses_is_let_go_and_ours_looked_for(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_answer(world, SEARCH, 200, found(world, 7, STRANGER));
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_when_ours_is_not_there_it_is_submitted(void **state)
{
    struct kf_test_world *pending = resumed(*state, "");
    struct kf_test_world *unknown = resumed(*state, "");

    kf_test_answer(pending, SEARCH, 200, found(pending, 7, STRANGER));
    script_nothing(pending);
    kf_test_answer(pending, ENROLL, 200, "{\"CMSRequestId\": 8}");
    assert_waits(pending, 270, cookie(pending, "resume", 0, NOW + 310, 8));
    kf_test_answer(unknown, SEARCH, 200, found(unknown, 7, STRANGER));
    script_nothing(unknown);
    kf_test_failure(unknown, ENROLL, KF_UNCERTAIN);
    assert_waits(unknown, RETRY_INTERVAL + FIRST_WAIT, cookie(unknown, "reconcile", 1, NOW, 0));
}

/* The administrator may still decide: the note is what the next SUBMIT looks for it by. */
static void
test_after_the_poll_limit_it_is_not_waited_for_and_the_note_stays(void **state)
{
    struct kf_test_world *at = polled(*state, "", cookie(*state, "resume", 2, NOW, 7));
    struct kf_test_world *after = polled(*state, "", cookie(*state, "resume", 2, NOW, 7));

    kf_test_set_clock(NOW + POLL_LIMIT);
    kf_test_answer(at, SEARCH, 200, "[]");
    kf_test_answer(at, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_waits(at, 911, cookie(at, "resume", 3, NOW, 7));

    write_note(after, NOW, NOW, NULL);
    kf_test_set_clock(NOW + POLL_LIMIT + 1);
    kf_test_answer(after, SEARCH, 200, "[]");
    kf_test_answer(after, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_fails(after, KF_REFUSED,
                 "request 7 has been pending since 2026-01-01T00:00:00Z, longer than poll-limit");
    assert_true(is_noted(after));
}

/* As at the start of a host without a battery, or for a moment. */
static void
test_a_clock_that_jumps_does_not_end_the_wait(void **state)
{
    struct kf_test_world *ahead = resumed(*state, "");
    struct kf_test_world *back =
        polled(*state, "poll-limit = 1d\n", cookie(*state, "resume", 5, NOW + 400 * DAY, 7));

    kf_test_set_clock(NOW + POLL_LIMIT + 1);
    kf_test_answer(ahead, SEARCH, 200, "[]");
    kf_test_answer(ahead, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_waits(ahead, 405, cookie(ahead, "resume", 1, NOW, 7));

    kf_test_set_clock(NOW);
    kf_test_answer(back, SEARCH, 200, "[]");
    kf_test_answer(back, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_waits(back, 3074, cookie(back, "resume", 6, NOW, 7));
}

static void
test_after_the_poll_limit_what_was_issued_is_still_taken(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_set_clock(NOW + POLL_LIMIT + 1);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

/* The daemon would renew it at once, again and again. */
static void
test_a_certificate_that_has_ended_is_not_handed_out_and_no_other_asked_for(void **state)
{
    struct kf_test_world *first = kf_test_world(*state, "");
    struct kf_test_world *later = polled(*state, "", cookie(*state, "resume", 0, ENDED, 7));

    kf_test_set_clock(ENDED);
    script_issued(first);
    assert_waits(first, 270, cookie(first, "resume", 0, ENDED, 7));
    kf_test_contains(first->run.trace.reason,
                     "ended at 2126-01-01T00:00:00Z, here it is 2126-01-01T00:00:00Z");

    kf_test_set_clock(ENDED + 310);
    script_found(later);
    assert_waits(later, 405, cookie(later, "resume", 1, ENDED, 7));
}

static void
test_a_certificate_is_good_until_it_ends(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(ENDED - 1);
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_certificate_that_had_ended_is_taken_when_the_clock_is_set_right(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "resume", 3, ENDED, 7));

    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_certificate_that_has_ended_is_told_after_the_poll_limit(void **state)
{
    struct kf_test_world *world = polled(*state, "", cookie(*state, "resume", 99, ENDED, 7));

    kf_test_set_clock(ENDED + POLL_LIMIT + 1);
    script_found(world);
    assert_unreachable(world, "set the clock (chronyc tracking), or ask the CA's administrator");
}

/* That a question is not answered says nothing about the request. */
static const struct {
    enum kf_rc failure;
    int status; /* when failure is KF_OK */
    const char *body;
} unanswered[] = {
    {KF_NOTSENT, 0, NULL},
    {KF_BUSY, 0, NULL},
    {KF_UNCERTAIN, 0, NULL},
    {KF_BADREPLY, 0, NULL},
    {KF_OK, 429, ""},
    {KF_OK, 500, ""},
    {KF_OK, 503, ""},
    {KF_OK, 400, ""},
    {KF_OK, 200, "<html>Sign in</html>"},
    {KF_OK, 200, "{\"Message\": \"An error has occurred.\"}"},
};

static void
script_unanswered(struct kf_test_world *world, size_t i)
{
    if (unanswered[i].failure != KF_OK) {
        kf_test_failure(world, SEARCH, unanswered[i].failure);
    } else {
        kf_test_answer(world, SEARCH, unanswered[i].status, unanswered[i].body);
    }
}

static void
test_a_poll_that_is_not_answered_is_one_of_the_polls(void **state)
{
    for (size_t i = 0; i < COUNT(unanswered); i++) {
        struct kf_test_world *world = resumed(*state, "");

        write_note(world, NOW, NOW, NULL);
        script_unanswered(world, i);
        assert_waits(world, 405, cookie(world, "resume", 1, NOW, 7));
        assert_true(is_noted(world));
    }
}

static void
test_a_poll_waits_as_long_as_the_server_asks_for(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_answer(world, SEARCH, 503, "")->retry_after = 2000;
    assert_waits(world, 2000, cookie(world, "resume", 1, NOW, 7));
}

static void
test_polls_that_are_not_answered_for_the_poll_limit_are_unreachable(void **state)
{
    for (size_t i = 0; i < COUNT(unanswered); i++) {
        struct kf_test_world *world = polled(*state, "", cookie(*state, "resume", 2, NOW, 7));

        kf_test_set_clock(NOW + POLL_LIMIT + 1);
        script_unanswered(world, i);
        assert_unreachable(world, "");
    }
}

static void
test_a_poll_that_is_refused_waits_for_a_person(void **state)
{
    static const struct {
        int status;
        enum kf_rc rc;
    } cases[] = {{401, KF_AUTH}, {403, KF_FORBIDDEN}, {404, KF_NOAPI}, {302, KF_BADCONFIG}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = resumed(*state, "");

        write_note(world, NOW, NOW, NULL);
        kf_test_answer(world, SEARCH, cases[i].status, "");
        assert_fails(world, cases[i].rc, "request 7 cannot be followed up: ");
        assert_true(is_noted(world));
    }
}

static void
test_another_signature_over_the_same_request_changes_nothing(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_ask(world, "enrollment/request-signed-again.pem", world->job.cookie);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

/*
 * A request that may have been lost
 */

static void
test_a_lost_certificate_is_found_by_its_name_and_not_asked_for_again(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "pq.queryString"),
                        "IssuedCN -eq \"host.example.com\"");
    assert_note_names(world, OURS, NOW + 70);
}

static void
test_a_lost_certificate_is_found_by_the_metadata_that_was_sent_with_it(void **state)
{
    struct kf_test_world *sent = kf_test_world(*state, "reconcile-metadata = CsrHash\n");
    struct kf_test_world *world = NULL;
    const char *hash = identity(*state, "request", "WebServer");

    kf_test_failure(sent, ENROLL, KF_UNCERTAIN);
    run(sent, KF_STATUS_WAIT_DELAY);
    kf_test_contains((char *)kf_test_request(sent, 0)->body.data,
                     talloc_asprintf(*state, "\"MetadataList\":{\"CsrHash\":\"%s\"}", hash));
    world = lost(*state, "reconcile-metadata = CsrHash\n");
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
    assert_string_equal(kf_test_parameter(kf_test_request(world, 0), "pq.queryString"),
                        talloc_asprintf(*state, "CsrHash -eq \"%s\"", hash));
}

static void
test_a_request_of_which_nothing_is_found_is_submitted_again_once(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    script_nothing(world);
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
    assert_int_equal(world->request_count, 4);
}

static void
test_when_that_is_lost_too_the_first_try_is_remembered(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    script_nothing(world);
    kf_test_failure(world, ENROLL, KF_UNCERTAIN);
    assert_waits(world, RETRY_INTERVAL + SECOND_WAIT, cookie(world, "reconcile", 2, NOW, 0));
}

/* The first answer may have been late. */
static void
test_when_that_is_not_sent_it_is_looked_for_again(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    script_nothing(world);
    kf_test_failure(world, ENROLL, KF_NOTSENT);
    assert_waits(world, SECOND_WAIT, cookie(world, "reconcile", 2, NOW, 0));
}

static void
test_a_certificate_from_before_the_first_try_is_not_taken(void **state)
{
    struct kf_test_world *just =
        polled(*state, "", cookie(*state, "reconcile", 1, NOW + BACKDATING, 0));
    struct kf_test_world *early =
        polled(*state, "", cookie(*state, "reconcile", 1, NOW + BACKDATING + 1, 0));

    kf_test_set_clock(NOW + 1000);
    script_found(just);
    assert_issued(just, FILES(OURS, ISSUING));
    kf_test_answer(early, SEARCH, 200, found(early, 7, OURS));
    kf_test_answer(early, PENDING, 200, "[]");
    kf_test_answer(early, EXTERNAL, 200, "[]");
    script_issued(early);
    assert_issued(early, FILES(OURS, ISSUING));
}

static void
test_the_certificate_that_is_renewed_is_not_taken(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    world->job.certificate = kf_test_enrollment(world, OURS);
    kf_test_answer(world, SEARCH, 200, found(world, 7, OURS));
    kf_test_answer(world, PENDING, 200, "[]");
    kf_test_answer(world, EXTERNAL, 200, "[]");
    kf_test_answer(world, ENROLL, 200, TAKEN);
    assert_waits(world, 270, cookie(world, "resume", 0, NOW + 70, 7));
}

static void
test_a_stranger_of_the_same_name_is_not_taken(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    kf_test_answer(world, SEARCH, 200, found(world, 7, STRANGER));
    kf_test_answer(world, PENDING, 200, "[]");
    kf_test_answer(world, EXTERNAL, 200, "[]");
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_lost_request_that_is_pending_is_followed_up(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, PENDING, 200, ONE_PENDING);
    assert_waits(world, 270, cookie(world, "guess", 0, NOW, 7));
}

/* A world in which a pending request of the same name was found. */
static struct kf_test_world *
guessed(TALLOC_CTX *mem)
{
    struct kf_test_world *world = polled(mem, "", cookie(mem, "guess", 0, NOW, 7));

    kf_test_set_clock(NOW + 400);
    return world;
}

static void
test_a_guess_that_was_right_is_issued(void **state)
{
    struct kf_test_world *world = guessed(*state);

    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_guess_that_is_pending_stays_one(void **state)
{
    struct kf_test_world *world = guessed(*state);

    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_waits(world, 405, cookie(world, "guess", 1, NOW, 7));
}

static void
test_a_guess_that_is_not_answered_stays_one(void **state)
{
    struct kf_test_world *world = guessed(*state);

    kf_test_answer(world, SEARCH, 503, "");
    assert_waits(world, 405, cookie(world, "guess", 1, NOW, 7));
}

/* It may have been somebody else's. */
static void
test_a_guess_that_is_denied_is_let_go_and_ours_looked_for(void **state)
{
    struct kf_test_world *world = guessed(*state);

    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, STATE, 200, "{\"StateString\": \"Denied\"}");
    script_nothing(world);
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_guess_that_is_a_strangers_is_let_go_and_ours_looked_for(void **state)
{
    struct kf_test_world *world = guessed(*state);

    kf_test_answer(world, SEARCH, 200, found(world, 7, STRANGER));
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_an_account_that_may_not_read_certificates_is_handled_as_configured(void **state)
{
    static const int statuses[] = {403, 404};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *required = lost(*state, "reconcile = required\n");
        struct kf_test_world *best_effort = lost(*state, "reconcile = best-effort\n");

        kf_test_answer(required, SEARCH, statuses[i], "");
        assert_fails(required, KF_BADCONFIG, "reconcile = required");
        kf_test_answer(best_effort, SEARCH, statuses[i], "");
        script_issued(best_effort);
        assert_issued(best_effort, FILES(OURS, ISSUING));
    }
}

static void
test_a_request_without_a_name_is_handled_as_configured(void **state)
{
    static const char *const request = "csr/good.no-common-name.pem";
    struct kf_test_world *required = lost(*state, "reconcile = required\n");
    struct kf_test_world *best_effort = lost(*state, "reconcile = best-effort\n");

    kf_test_ask(required, request, "unreadable");
    assert_fails(required, KF_BADCONFIG, "reconcile-metadata");
    kf_test_ask(best_effort, request, "unreadable");
    kf_test_answer(best_effort, ENROLL, 200, DENIED);
    assert_fails(best_effort, KF_REFUSED, "Not you.");
}

static void
test_without_reconciling_it_is_submitted_at_once(void **state)
{
    struct kf_test_world *world = lost(*state, "reconcile = off\n");

    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
    assert_int_equal(world->request_count, 1);
}

static void
test_a_look_that_may_succeed_later_is_not_followed_by_a_submission(void **state)
{
    static const struct {
        enum kf_rc failure;
        int64_t delay;
    } cases[] = {{KF_NOTSENT, SECOND_WAIT},
                 {KF_BUSY, SECOND_WAIT},
                 {KF_BADREPLY, SECOND_WAIT},
                 {KF_UNCERTAIN, RETRY_INTERVAL + SECOND_WAIT}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = lost(*state, "");

        kf_test_failure(world, SEARCH, cases[i].failure);
        assert_waits(world, cases[i].delay, cookie(world, "reconcile", 2, NOW, 0));
    }
}

static void
test_a_look_that_the_account_fails_at_waits_for_a_person(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    write_note(world, NOW, NOW, NULL);
    kf_test_answer(world, SEARCH, 401, "");
    assert_fails(world, KF_AUTH, "username");
    assert_true(is_noted(world));
}

/*
 * The note
 */

static void
look_for_note(struct kf_test_world *world)
{
    const char *what = kf_test_request(world, world->request_count - 1)->url;
    struct kf_note note = {.first = 0};

    assert_int_equal(read_note(world, &note), strstr(what, "/CertEnroll/") != NULL);
    if (note.first != 0) {
        assert_int_equal(note.first, NOW);
        assert_int_equal(note.last, NOW);
        assert_string_equal(note.issued, "");
    }
}

static void
test_the_note_is_there_before_the_request_is_sent(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "api-version = 2\ncheck-key = yes\n");

    world->look = look_for_note;
    kf_test_answer(world, TEMPLATES, 200, "{}");
    kf_test_answer(world, TOKEN, 200, "{\"AccessToken\": \"t0ken\"}");
    kf_test_answer(world, "POST /CMSApi/CertEnroll/2/Pkcs10", 200, TAKEN);
    run(world, KF_STATUS_WAIT_DELAY);
}

static void
test_the_note_of_an_issued_request_names_the_certificate(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    script_issued(world);
    run(world, KF_STATUS_ISSUED);
    assert_note_names(world, OURS, NOW);
}

static void
test_a_submission_with_the_note_of_a_killed_run_looks_first(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(NOW + 300);
    write_note(world, NOW, NOW + 300 - RETRY_INTERVAL - 1, NULL);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_it_looks_from_the_first_try_on(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(NOW + 5000);
    write_note(world, NOW + BACKDATING + 1, NOW + BACKDATING + 1, NULL);
    kf_test_answer(world, SEARCH, 200, found(world, 7, OURS));
    kf_test_answer(world, PENDING, 200, "[]");
    kf_test_answer(world, EXTERNAL, 200, "[]");
    kf_test_failure(world, ENROLL, KF_UNCERTAIN);
    assert_waits(world, RETRY_INTERVAL + FIRST_WAIT,
                 cookie(world, "reconcile", 1, NOW + BACKDATING + 1, 0));
}

/* The server may still be at it. Both times are cut to whole seconds: hence one more. */
static void
test_it_looks_not_sooner_than_the_retry_interval_after_the_last_try(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(NOW + 300);
    write_note(world, NOW, NOW + 290, NULL);
    assert_waits(world, RETRY_INTERVAL + 1 - 10, unsent(world, "reconcile", 0, NOW));
    assert_true(is_noted(world));
}

static void
test_a_poll_of_a_killed_retry_looks_not_sooner_either(void **state)
{
    static const char *const states[] = {"submit", "reconcile"};

    for (size_t i = 0; i < COUNT(states); i++) {
        struct kf_test_world *soon = polled(*state, "", cookie(*state, states[i], 3, NOW, 0));
        struct kf_test_world *late = polled(*state, "", cookie(*state, states[i], 3, NOW, 0));

        kf_test_set_clock(NOW + 300);
        write_note(soon, NOW + 200, NOW + 290, NULL);
        assert_waits(soon, RETRY_INTERVAL + 1 - 10, cookie(soon, "reconcile", 3, NOW, 0));
        write_note(late, NOW + 200, NOW + 300 - RETRY_INTERVAL - 1, NULL);
        script_found(late);
        assert_issued(late, FILES(OURS, ISSUING));
    }
}

static void
test_a_note_from_the_future_holds_up_once(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    write_note(world, NOW + DAY, NOW + DAY, NULL);
    assert_waits(world, RETRY_INTERVAL + 1, unsent(world, "reconcile", 0, NOW - RETRY_LIMIT));
    world->job.cookie = unsent(world, "reconcile", 0, NOW - RETRY_LIMIT);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

/* The daemon was killed before it had saved the certificate. */
static void
test_a_certificate_that_came_within_a_day_is_looked_for_at_once(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(NOW + DAY);
    write_note(world, NOW, NOW, OURS);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_certificate_that_came_longer_ago_is_history(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(NOW + DAY + 1);
    write_note(world, NOW, NOW, OURS);
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_renewal_of_the_certificate_in_the_note_is_submitted(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_set_clock(NOW + 1);
    write_note(world, NOW, NOW, PREVIOUS);
    world->job.certificate = kf_test_enrollment(world, PREVIOUS);
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
    assert_note_names(world, OURS, NOW + 1);
}

/* Who runs the helper by hand has seen the certificate. */
static void
test_a_person_who_submits_again_gets_another_certificate(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    write_note(world, NOW, NOW, PREVIOUS);
    world->job.operation = NULL;
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_note_does_not_hinder_following_a_request_up(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    write_note(world, NOW, NOW + 300, NULL);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_note_of_another_request_does_not_count(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    write_note(world, NOW, NOW, NULL);
    kf_test_ask(world, "enrollment/request-changed.pem", NULL);
    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_state_folder_that_cannot_be_used_fails_nothing(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "state-directory = /dev/null/state\n");

    script_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

/*
 * The cookie
 */

static void
test_a_changed_request_is_submitted_anew(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_ask(world, "enrollment/request-changed.pem", world->job.cookie);
    kf_test_answer(world, ENROLL, 200, "{\"CMSRequestId\": 8}");
    assert_waits(
        world, 270,
        talloc_asprintf(
            world, "kf1,state=resume,attempt=0,since=%lld,api=classic,request=8,workflow=-,csr=%s",
            (long long)NOW + 310, identity(world, "request-changed", "WebServer")));
}

static void
test_a_request_for_another_template_is_submitted_anew(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    world->job.profile = "Workstation";
    kf_test_failure(world, ENROLL, KF_NOTSENT);
    assert_waits(
        world, FIRST_WAIT,
        talloc_asprintf(
            world, "kf1,state=submit,attempt=1,since=%lld,api=classic,request=0,workflow=-,csr=%s",
            (long long)NOW + 310, identity(world, "request", "Workstation")));
}

static void
test_the_request_that_is_abandoned_is_named(void **state)
{
    struct kf_test_world *world = resumed(*state, "");

    kf_test_ask(world, "enrollment/request-changed.pem", world->job.cookie);
    script_issued(world);
    kf_test_contains(log_of(world), "request 7 is abandoned");
}

static void
test_without_a_template_of_its_own_a_request_is_named_without(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "template = WebServer\n");

    world->job.profile = NULL;
    kf_test_failure(world, ENROLL, KF_NOTSENT);
    assert_waits(
        world, FIRST_WAIT,
        talloc_asprintf(
            world, "kf1,state=submit,attempt=1,since=%lld,api=classic,request=0,workflow=-,csr=%s",
            (long long)NOW, identity(world, "request", "")));
}

static void
test_a_cookie_that_cannot_be_read_strands_nothing(void **state)
{
    static const char *const cookies[] = {"12345", "kf2,state=submit", "\xff\xfe", "kf1,"};

    for (size_t i = 0; i < COUNT(cookies); i++) {
        struct kf_test_world *there = polled(*state, "", cookies[i]);
        struct kf_test_world *none = polled(*state, "", cookies[i]);

        script_found(there);
        assert_issued(there, FILES(OURS, ISSUING));
        script_nothing(none);
        script_issued(none);
        assert_issued(none, FILES(OURS, ISSUING));
    }
}

static void
test_it_is_looked_for_over_the_last_retry_limit(void **state)
{
    struct kf_test_world *just = polled(*state, "", "unreadable");
    struct kf_test_world *early = polled(*state, "", "unreadable");

    kf_test_set_clock(NOW + RETRY_LIMIT + BACKDATING);
    script_found(just);
    assert_issued(just, FILES(OURS, ISSUING));
    kf_test_set_clock(NOW + RETRY_LIMIT + BACKDATING + 1);
    kf_test_answer(early, SEARCH, 200, found(early, 7, OURS));
    kf_test_answer(early, PENDING, 200, "[]");
    kf_test_answer(early, EXTERNAL, 200, "[]");
    kf_test_failure(early, ENROLL, KF_UNCERTAIN);
    assert_waits(early, RETRY_INTERVAL + FIRST_WAIT,
                 cookie(early, "reconcile", 1, NOW + BACKDATING + 1, 0));
}

/* The clock was ahead when the answer was lost, and has been set right. */
static void
test_after_a_first_try_in_the_future_it_is_looked_for_as_far_back(void **state)
{
    struct kf_test_world *world =
        polled(*state, "", cookie(*state, "reconcile", 1, NOW + 400 * DAY, 0));

    kf_test_set_clock(NOW + RETRY_LIMIT + BACKDATING);
    script_found(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static void
test_a_certificate_that_is_found_when_it_has_ended_is_waited_for(void **state)
{
    struct kf_test_world *world = lost(*state, "");

    kf_test_set_clock(ENDED);
    script_found(world);
    assert_waits(world, 270, cookie(world, "resume", 0, ENDED, 7));
}

/*
 * What is sent
 */

/* base64(HMAC-SHA1(secret, body)), without this program. */
static char *
signature_of(TALLOC_CTX *mem, const struct kf_bytes *body)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    char *text = talloc_zero_size(mem, 64);
    unsigned len = 0;

    assert_non_null(HMAC(EVP_sha1(), "s3cret", 6, body->data, body->len, mac, &len));
    EVP_EncodeBlock((unsigned char *)text, mac, (int)len);
    return text;
}

static void
test_the_body_that_is_signed_is_the_body_that_is_sent(void **state)
{
    struct kf_test_world *world =
        kf_test_world(*state, "[keyfactor metadata]\nOwner = Büro \"1\" of %{profile}\n");
    const struct kf_request *request = NULL;

    script_issued(world);
    run(world, KF_STATUS_ISSUED);
    request = kf_test_request(world, 0);
    kf_test_contains((char *)request->body.data, "\"Timestamp\":\"2026-01-01T00:00:00.000Z\"");
    kf_test_contains((char *)request->body.data, "{\"Owner\":\"Büro \\\"1\\\" of WebServer\"}");
    assert_string_equal(kf_test_header(request, "X-CSS-CMS-Signature"),
                        signature_of(world, &request->body));
    assert_string_equal(kf_test_header(request, "X-CSS-CMS-AppKey"), "AP8=");
}

static void
test_the_template_is_the_one_asked_for_or_else_the_configured_one(void **state)
{
    static const struct {
        const char *profile;
        const char *sent;
    } cases[] = {{"Web Server", "\"TemplateName\":\"Web Server\""},
                 {NULL, "\"TemplateName\":\"Configured\""}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = kf_test_world(*state, "template = Configured\n");

        world->job.profile = cases[i].profile;
        script_issued(world);
        run(world, KF_STATUS_ISSUED);
        kf_test_contains((char *)kf_test_request(world, 0)->body.data, cases[i].sent);
    }
}

static void
test_what_cannot_be_sent_is_not_sent(void **state)
{
    struct kf_test_world *no_request = kf_test_world(*state, "");
    struct kf_test_world *bad_request = kf_test_world(*state, "");
    struct kf_test_world *no_template = kf_test_world(*state, "");
    struct kf_test_world *bad_template = kf_test_world(*state, "");
    struct kf_test_world *bad_metadata =
        kf_test_world(*state, "[keyfactor metadata]\nOwner = %{nobody}\n");

    no_request->job.csr = NULL;
    assert_fails(no_request, KF_BADINPUT, "no certificate request");
    bad_request->job.csr = "-----BEGIN CERTIFICATE REQUEST-----\n";
    assert_fails(bad_request, KF_BADINPUT, "damaged");
    no_template->job.profile = NULL;
    assert_fails(no_template, KF_BADCONFIG, "no template");
    bad_template->job.profile = "Web\nServer";
    assert_fails(bad_template, KF_BADINPUT, "line break");
    assert_fails(bad_metadata, KF_BADCONFIG, "metadata Owner");
    assert_false(is_noted(bad_metadata));
}

static void
test_a_key_that_does_not_fit_the_template_is_not_sent(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "check-key = yes\n");

    kf_test_answer(world, TEMPLATES, 200,
                   "{\"Templates\": [{\"Name\": \"WebServer\", \"KeyType\": \"RSA\"}]}");
    assert_fails(world, KF_BADINPUT, "getcert rekey -G RSA");
    assert_false(is_noted(world));
}

static void
test_a_server_that_tells_nothing_of_templates_holds_nothing_up(void **state)
{
    static const int statuses[] = {200, 403, 404, 500};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = kf_test_world(*state, "check-key = yes\n");

        kf_test_answer(world, TEMPLATES, statuses[i], "");
        script_issued(world);
        assert_issued(world, FILES(OURS, ISSUING));
    }
}

static void
test_versions_1_and_2_get_a_token_first_and_send_it(void **state)
{
    static const struct {
        const char *settings;
        const char *what;
    } cases[] = {{"api-version = 1\n", "POST /CMSApi/CertEnroll/1/Pkcs10"},
                 {"api-version = 2\n", "POST /CMSApi/CertEnroll/2/Pkcs10"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = kf_test_world(*state, cases[i].settings);
        const struct kf_request *request = NULL;

        kf_test_answer(world, TOKEN, 200, "{\"AccessToken\": \"t0ken\"}");
        kf_test_answer(world, cases[i].what, 200, issued(world, FILES(OURS, ISSUING)));
        assert_issued(world, FILES(OURS, ISSUING));
        request = kf_test_request(world, 1);
        assert_string_equal(kf_test_header(request, "X-CSS-CMS-AccessToken"), "t0ken");
        assert_string_equal(kf_test_header(request, "X-CSS-CMS-Signature"),
                            signature_of(world, &request->body));
    }
}

static void
test_version_3_gets_no_token(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    script_issued(world);
    run(world, KF_STATUS_ISSUED);
    assert_int_equal(world->request_count, 1);
    assert_null(kf_test_header(kf_test_request(world, 0), "X-CSS-CMS-AccessToken"));
}

/* Nothing can have been issued. */
static void
test_a_token_that_is_lost_is_simply_asked_for_again(void **state)
{
    static const enum kf_rc rcs[] = {KF_NOTSENT, KF_BUSY, KF_UNCERTAIN};

    for (size_t i = 0; i < COUNT(rcs); i++) {
        struct kf_test_world *world = kf_test_world(*state, "api-version = 1\n");

        kf_test_failure(world, TOKEN, rcs[i]);
        assert_waits(world, FIRST_WAIT, unsent(world, "submit", 1, NOW));
        assert_false(is_noted(world));
    }
}

static void
test_a_page_in_place_of_a_token_is_tried_again(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "api-version = 1\n");

    kf_test_answer(world, TOKEN, 200, "<html>Maintenance</html>");
    assert_waits(world, FIRST_WAIT, unsent(world, "submit", 1, NOW));
    assert_false(is_noted(world));
}

static void
test_a_token_that_is_refused_waits_for_a_person(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum kf_rc rc;
        const char *reason;
    } cases[] = {{401, "", KF_AUTH, "username"},
                 {403, "", KF_FORBIDDEN, "permissions"},
                 {404, "", KF_NOAPI, "/CMSApi/Token"},
                 {200, "{}", KF_BADCONFIG, "token-name"},
                 {200, "{\"AccessToken\": 7}", KF_BADCONFIG, "token-path"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = kf_test_world(*state, "api = classic\napi-version = 1\n");

        kf_test_answer(world, TOKEN, cases[i].status, cases[i].body);
        assert_fails(world, cases[i].rc, cases[i].reason);
    }
}

/*
 * The Keyfactor API
 */

/* The same answer in the form of the Keyfactor API. */
static const char *
rest_answer(TALLOC_CTX *mem, const char *information)
{
    return talloc_asprintf(mem, "{\"CertificateInformation\": %s, \"Metadata\": {}}", information);
}

static void
script_rest_issued(struct kf_test_world *world)
{
    kf_test_answer(world, REST, 200, rest_answer(world, issued(world, FILES(OURS, ISSUING))));
}

/* The cookie of a request at the Keyfactor API. */
static const char *
rest_cookie(TALLOC_CTX *mem, const char *state, unsigned attempt, int64_t since, const char *what)
{
    return api_cookie(mem, "rest", state, attempt, since, what);
}

static void
test_a_server_without_the_classic_api_is_asked_for_the_other_in_the_same_run(void **state)
{
    static const int statuses[] = {404, 405, 410};

    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct kf_test_world *world = kf_test_world(*state, "");

        kf_test_answer(world, ENROLL, statuses[i], "");
        script_rest_issued(world);
        assert_issued(world, FILES(OURS, ISSUING));
        assert_note_names(world, OURS, NOW);
        kf_test_contains(kf_test_state(world, "api-keyfactor"), "rest ");
    }
}

static void
test_that_is_remembered_for_the_next_requests(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, ENROLL, 404, "");
    script_rest_issued(world);
    run(world, KF_STATUS_ISSUED);
    kf_test_set_file_time(world, "api-keyfactor", NOW);
    kf_test_ask(world, "enrollment/request-changed.pem", NULL);
    kf_test_failure(world, REST, KF_NOTSENT);
    run(world, KF_STATUS_WAIT_DELAY);
}

/* Whatever becomes of it there, the cookie says where. */
static const struct {
    enum kf_rc failure;
    int status; /* when failure is KF_OK */
    const char *state;
    int64_t delay;
} rest_failures[] = {
    {KF_NOTSENT, 0, "submit", FIRST_WAIT},
    {KF_BUSY, 0, "submit", FIRST_WAIT},
    {KF_OK, 503, "submit", FIRST_WAIT},
    {KF_UNCERTAIN, 0, "reconcile", RETRY_INTERVAL + FIRST_WAIT},
    {KF_OK, 500, "reconcile", RETRY_INTERVAL + FIRST_WAIT},
    {KF_OK, 200, "reconcile", RETRY_INTERVAL + FIRST_WAIT}, /* no JSON */
};

static void
script_rest_failure(struct kf_test_world *world, size_t i)
{
    if (rest_failures[i].failure != KF_OK) {
        kf_test_failure(world, REST, rest_failures[i].failure);
    } else {
        kf_test_answer(world, REST, rest_failures[i].status, "");
    }
}

static void
test_a_failure_of_the_other_api_is_told_the_next_run(void **state)
{
    for (size_t i = 0; i < COUNT(rest_failures); i++) {
        struct kf_test_world *instead = kf_test_world(*state, "");
        struct kf_test_world *directly = kf_test_world(*state, "api = rest\n");
        const char *line =
            rest_cookie(*state, rest_failures[i].state, 1, NOW, "request=0,workflow=-");

        kf_test_answer(instead, ENROLL, 404, "");
        script_rest_failure(instead, i);
        assert_waits(instead, rest_failures[i].delay, line);
        script_rest_failure(directly, i);
        assert_waits(directly, rest_failures[i].delay, line);
        assert_int_equal(is_noted(directly), strcmp(rest_failures[i].state, "reconcile") == 0);
    }
}

static void
test_the_next_run_goes_on_with_the_other_api(void **state)
{
    struct kf_test_world *submitted =
        polled(*state, "", rest_cookie(*state, "submit", 1, NOW, "request=0,workflow=-"));
    struct kf_test_world *uncertain =
        polled(*state, "", rest_cookie(*state, "reconcile", 1, NOW, "request=0,workflow=-"));

    script_rest_issued(submitted);
    assert_issued(submitted, FILES(OURS, ISSUING));
    script_nothing(uncertain);
    script_rest_issued(uncertain);
    assert_issued(uncertain, FILES(OURS, ISSUING));
}

static void
test_a_server_without_either_api_waits_for_a_person(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "");

    kf_test_answer(world, ENROLL, 404, "");
    kf_test_answer(world, REST, 404, "");
    assert_fails(world, KF_NOAPI, "neither API");
    assert_false(is_noted(world));
    assert_null(kf_test_state(world, "api-keyfactor"));
}

static void
test_without_a_token_endpoint_there_is_no_classic_api_either(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "api-version = 1\n");

    kf_test_answer(world, TOKEN, 404, "");
    script_rest_issued(world);
    assert_issued(world, FILES(OURS, ISSUING));
}

static const struct {
    const char *information;
    const char *what; /* of the cookie */
} rest_pendings[] = {
    {"{\"KeyfactorRequestId\": 7, \"RequestDisposition\": \"PENDING\"}", "request=7,workflow=-"},
    {"{\"KeyfactorRequestId\": 7, \"WorkflowInstanceId\": \"" GUID
     "\", \"WorkflowReferenceId\": 42, \"RequestDisposition\": \"PENDING\"}",
     "request=7,workflow=" GUID},
    {"{\"KeyfactorRequestId\": 0, \"WorkflowInstanceId\": \"" GUID
     "\", \"RequestDisposition\": \"PENDING\"}",
     "request=0,workflow=" GUID},
    {"{\"WorkflowInstanceId\": \"00000000-0000-0000-0000-000000000000\", "
     "\"WorkflowReferenceId\": 42, \"RequestDisposition\": \"PENDING\"}",
     "request=0,workflow=42"},
};

static void
test_a_pending_request_is_followed_up_by_whatever_number_it_has(void **state)
{
    for (size_t i = 0; i < COUNT(rest_pendings); i++) {
        struct kf_test_world *world = kf_test_world(*state, "api = rest\n");

        kf_test_answer(world, REST, 200, rest_answer(world, rest_pendings[i].information));
        assert_waits(world, 270, rest_cookie(world, "resume", 0, NOW, rest_pendings[i].what));
        assert_true(is_noted(world));
    }
}

/* A world in which a workflow decides on the request since NOW, and minutes have passed. */
static struct kf_test_world *
in_workflow(TALLOC_CTX *mem, const char *what)
{
    struct kf_test_world *world = polled(mem, "", rest_cookie(mem, "resume", 0, NOW, what));

    write_note(world, NOW, NOW, NULL);
    kf_test_set_clock(NOW + 310);
    return world;
}

static const struct {
    int status;
    const char *body;
} workflow_answers[] = {
    {200, "{\"Status\": \"Running\"}"},
    {200, "{\"Status\": \"Suspended\"}"},
    {200, "{\"Status\": \"Complete\"}"},
    {200, "{\"Status\": \"A word that nobody knows\"}"},
    {200, "{\"Status\": 3}"},
    {403, ""},
    {404, ""},
};

static void
test_a_workflow_that_does_not_tell_an_end_is_asked_again(void **state)
{
    for (size_t i = 0; i < COUNT(workflow_answers); i++) {
        struct kf_test_world *world = in_workflow(*state, "request=0,workflow=" GUID);

        kf_test_answer(world, INSTANCE, workflow_answers[i].status, workflow_answers[i].body);
        kf_test_answer(world, SEARCH, 200, "[]");
        assert_waits(world, 405, rest_cookie(world, "resume", 1, NOW, "request=0,workflow=" GUID));
        assert_true(is_noted(world));
    }
}

static void
test_the_cookie_keeps_the_number_that_the_workflow_told(void **state)
{
    struct kf_test_world *world = in_workflow(*state, "request=0,workflow=" GUID);

    kf_test_answer(world, INSTANCE, 200,
                   "{\"Status\": \"Running\", \"CurrentStateData\": {\"KeyfactorRequestId\": 7}}");
    kf_test_answer(world, SEARCH, 200, "[]");
    kf_test_answer(world, STATE, 200, "{\"StateString\": \"Pending\"}");
    assert_waits(world, 405, rest_cookie(world, "resume", 1, NOW, "request=7,workflow=" GUID));
}

static void
test_a_workflow_that_is_asked_for_by_its_number_stays_so(void **state)
{
    struct kf_test_world *world = in_workflow(*state, "request=0,workflow=42");

    kf_test_answer(world, BY_NUMBER, 200, "[{\"ReferenceId\": 42, \"Status\": \"Running\"}]");
    kf_test_answer(world, SEARCH, 200, "[]");
    assert_waits(world, 405, rest_cookie(world, "resume", 1, NOW, "request=0,workflow=42"));
}

static void
test_what_was_issued_behind_a_workflow_is_taken(void **state)
{
    struct kf_test_world *told = in_workflow(*state, "request=0,workflow=" GUID);
    struct kf_test_world *untold = in_workflow(*state, "request=0,workflow=" GUID);

    kf_test_answer(told, INSTANCE, 200,
                   "{\"Status\": \"Complete\", \"CurrentStateData\": {\"KeyfactorRequestId\": 7}}");
    script_found(told);
    assert_issued(told, FILES(OURS, ISSUING));
    assert_note_names(told, OURS, NOW + 310);
    kf_test_answer(untold, INSTANCE, 403, "");
    script_found(untold);
    assert_issued(untold, FILES(OURS, ISSUING));
}

static void
test_a_workflow_that_came_to_nothing_ends_with_its_words(void **state)
{
    static const struct {
        const char *body;
        const char *reason;
    } cases[] = {
        {"{\"Status\": \"Rejected\", \"StatusMessage\": \"Not\\nyou.\"}",
         "the CA refused the request: Not you."},
        {"{\"Status\": \"Failed\"}", "the CA refused the request: Failed"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = in_workflow(*state, "request=0,workflow=" GUID);

        kf_test_answer(world, INSTANCE, 200, cases[i].body);
        assert_fails(world, KF_REFUSED, cases[i].reason);
        assert_false(is_noted(world));
    }
}

static void
test_a_workflow_that_cannot_be_asked_now_is_asked_again(void **state)
{
    static const enum kf_rc rcs[] = {KF_NOTSENT, KF_BUSY, KF_UNCERTAIN};

    for (size_t i = 0; i < COUNT(rcs); i++) {
        struct kf_test_world *world = in_workflow(*state, "request=0,workflow=" GUID);

        kf_test_failure(world, INSTANCE, rcs[i]);
        assert_waits(world, 405, rest_cookie(world, "resume", 1, NOW, "request=0,workflow=" GUID));
    }
}

static void
test_a_workflow_is_named_when_it_takes_too_long(void **state)
{
    struct kf_test_world *world = in_workflow(*state, "request=0,workflow=" GUID);

    world->job.cookie = rest_cookie(world, "resume", 2, NOW, "request=0,workflow=" GUID);
    kf_test_set_clock(NOW + POLL_LIMIT + 1);
    kf_test_answer(world, INSTANCE, 200, "{\"Status\": \"Running\"}");
    kf_test_answer(world, SEARCH, 200, "[]");
    assert_fails(world, KF_REFUSED, "workflow " GUID " has been pending since");
    assert_true(is_noted(world));
}

static void
test_a_strangers_request_is_let_go_with_its_workflow(void **state)
{
    struct kf_test_world *world = in_workflow(*state, "request=7,workflow=" GUID);

    kf_test_set_clock(NOW + 310);
    kf_test_answer(world, SEARCH, 200, found(world, 7, STRANGER));
    kf_test_answer(world, SEARCH, 503, "");
    assert_waits(world, FIRST_WAIT,
                 rest_cookie(world, "reconcile", 1, NOW, "request=0,workflow=-"));
}

/* A promise without a number is a promise all the same. */
static void
test_a_pending_request_without_any_number_is_not_submitted_again(void **state)
{
    struct kf_test_world *first = kf_test_world(*state, "api = rest\n");
    struct kf_test_world *next = NULL;
    const struct kf_outcome *outcome = NULL;

    kf_test_answer(first, REST, 200, rest_answer(first, "{\"RequestDisposition\": \"PENDING\"}"));
    outcome = run(first, KF_STATUS_WAIT_DELAY);
    next = polled(*state, "api = rest\n", outcome->text);
    kf_test_set_clock(NOW + 310);
    kf_test_answer(next, SEARCH, 200, "[]");
    assert_waits(next, 405, rest_cookie(next, "resume", 1, NOW, "request=0,workflow=-"));
}

static void
test_an_error_that_says_that_the_request_was_taken_is_no_reason_to_send_it_again(void **state)
{
    struct kf_test_world *first = kf_test_world(*state, "api = rest\n");
    struct kf_test_world *next = NULL;
    const struct kf_outcome *outcome = NULL;

    kf_test_answer(first, REST, 400,
                   "{\"ErrorCode\": \"0xA0010023\", \"Message\": \"Validation\"}");
    outcome = run(first, KF_STATUS_WAIT_DELAY);
    kf_test_contains(outcome->text, "state=resume,");
    next = polled(*state, "api = rest\n", outcome->text);
    kf_test_set_clock(NOW + 310);
    kf_test_answer(next, SEARCH, 200, "[]");
    kf_test_contains(run(next, KF_STATUS_WAIT_DELAY)->text, "state=resume,");
}

/*
 * What is sent to the Keyfactor API
 */

static const struct {
    const char *settings;
    const char *profile;
    const char *issuer; /* getcert -X */
    const char *sent;   /* a part of the body */
} rest_bodies[] = {
    {"", "Web Server", NULL, "\"Template\":\"Web Server\""},
    {"template = Configured\n", NULL, NULL, "\"Template\":\"Configured\""},
    {"", "A", "ca\\CA 1", "\"CertificateAuthority\":\"ca\\\\CA 1\""},
    {"certificate-authority = CA 2\n", "A", NULL, "\"CertificateAuthority\":\"CA 2\""},
    {"certificate-authority = CA 2\n", "A", "CA 3", "\"CertificateAuthority\":\"CA 3\""},
    {"enrollment-pattern = 5\n", NULL, NULL, "\"EnrollmentPatternId\":5"},
    {"[keyfactor enrollment-fields]\nTicket = for %{profile}\n", "A", NULL,
     "\"AdditionalEnrollmentFields\":{\"Ticket\":\"for A\"}"},
    {"[keyfactor metadata]\nOwner = Büro\n", "A", NULL, "\"Metadata\":{\"Owner\":\"Büro\"}"},
};

static void
test_what_was_asked_for_and_configured_is_sent(void **state)
{
    for (size_t i = 0; i < COUNT(rest_bodies); i++) {
        struct kf_test_world *world = kf_test_world(
            *state, talloc_asprintf(*state, "api = rest\n%s", rest_bodies[i].settings));

        world->job.profile = rest_bodies[i].profile;
        world->job.issuer = rest_bodies[i].issuer;
        script_rest_issued(world);
        run(world, KF_STATUS_ISSUED);
        kf_test_contains((char *)kf_test_request(world, 0)->body.data, rest_bodies[i].sent);
    }
}

static void
test_a_pattern_may_be_named(void **state)
{
    struct kf_test_world *world = kf_test_world(*state, "enrollment-pattern = Web servers\n");

    world->job.profile = NULL;
    kf_test_answer(world, PATTERNS, 200,
                   "[{\"Id\": 4, \"Name\": \"Web\"}, {\"Id\": 5, \"Name\": \"Web servers\"}]");
    script_rest_issued(world);
    run(world, KF_STATUS_ISSUED);
    kf_test_contains((char *)kf_test_request(world, 1)->body.data, "\"EnrollmentPatternId\":5");
}

static const struct {
    int status;
    const char *body;
    enum kf_rc rc;
} no_patterns[] = {
    {200, "[]", KF_BADCONFIG}, {200, "[{\"Id\": 4, \"Name\": \"Other\"}]", KF_BADCONFIG},
    {403, "", KF_BADCONFIG},   {404, "", KF_BADCONFIG},
    {401, "", KF_AUTH},
};

static void
test_a_pattern_that_is_not_there_waits_for_a_person(void **state)
{
    for (size_t i = 0; i < COUNT(no_patterns); i++) {
        struct kf_test_world *world = kf_test_world(*state, "enrollment-pattern = Web servers\n");

        kf_test_answer(world, PATTERNS, no_patterns[i].status, no_patterns[i].body);
        assert_fails(world, no_patterns[i].rc,
                     no_patterns[i].rc == KF_BADCONFIG ? "enrollment-pattern" : "username");
        assert_false(is_noted(world));
    }
}

/* Nothing can have been issued. */
static void
test_a_pattern_that_cannot_be_looked_up_now_is_looked_up_later(void **state)
{
    static const struct {
        int status;
        const char *body;
    } answers[] = {{500, ""}, {503, ""}, {200, "<html>Sign in</html>"}, {200, "{}"}};

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct kf_test_world *world = kf_test_world(*state, "enrollment-pattern = Web servers\n");

        kf_test_answer(world, PATTERNS, answers[i].status, answers[i].body);
        assert_waits(world, FIRST_WAIT, unsent(world, "submit", 1, NOW));
        assert_false(is_noted(world));
    }
}

static void
test_the_server_is_told_which_certificate_is_renewed_when_that_is_set(void **state)
{
    static const char *const settings[] = {"api = rest\n", "api = rest\nlink-renewals = yes\n"};

    for (size_t i = 0; i < COUNT(settings); i++) {
        struct kf_test_world *world = kf_test_world(*state, settings[i]);
        const char *body = NULL;

        world->job.certificate = kf_test_enrollment(world, PREVIOUS);
        if (i == 1) {
            kf_test_answer(
                world, SEARCH, 200,
                talloc_asprintf(world, "[{\"Id\": 31, \"Thumbprint\": \"%s\"}]",
                                kf_certificate_thumbprint(world, world->job.certificate)));
        }
        script_rest_issued(world);
        run(world, KF_STATUS_ISSUED);
        body = (char *)kf_test_request(world, i)->body.data;
        assert_int_equal(strstr(body, "\"RenewalCertificateId\":31") != NULL, i);
    }
}

static void
test_a_ca_that_the_classic_api_cannot_choose_is_not_passed_over_in_silence(void **state)
{
    struct kf_test_world *asked = kf_test_world(*state, "api = classic\n");
    struct kf_test_world *configured =
        kf_test_world(*state, "api = classic\ncertificate-authority = CA 2\n");
    struct kf_test_world *broken = kf_test_world(*state, "");

    asked->job.issuer = "CA 1";
    assert_fails(asked, KF_BADINPUT, "the Classic API cannot choose a CA");
    assert_fails(configured, KF_BADCONFIG, "certificate-authority: the Classic API cannot");
    broken->job.issuer = "CA\n1";
    assert_fails(broken, KF_BADINPUT, "getcert -X");
}

static void
test_a_request_of_another_ca_is_submitted_anew(void **state)
{
    struct kf_test_world *world = resumed(*state, "");
    const struct kf_outcome *outcome = NULL;

    world->job.issuer = "CA 1";
    kf_test_failure(world, REST, KF_NOTSENT);
    outcome = run(world, KF_STATUS_WAIT_DELAY);
    kf_test_contains(outcome->text, "kf1,state=submit,attempt=1,");
    assert_null(strstr(outcome->text, identity(world, "request", "WebServer")));
}

/*
 * Want of memory
 */

/* Whatever allocation fails once the request is sent, the next run knows that it was. */
static void
test_want_of_memory_after_sending_forgets_nothing(void **state)
{
    const size_t step = 1024;
    size_t lost_answers = 0;
    bool whole = false;

    for (size_t size = step; !whole; size += step) {
        struct kf_test_world *world = kf_test_world(*state, "");
        struct kf_outcome *outcome = NULL;
        enum kf_rc rc;

        script_issued(world);
        world->run.mem = kf_test_small_memory(world, size);
        rc = kf_submit(&world->run, &outcome);
        whole = rc == KF_OK && outcome->status == KF_STATUS_ISSUED;
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
        assert_int_equal(is_noted(world), world->request_count > 0);
        lost_answers += world->request_count > 0 && !whole;
        if (rc == KF_OK && !whole) {
            assert_string_equal(outcome->text, cookie(world, "reconcile", 1, NOW, 0));
        }
        talloc_free(world);
    }
    assert_true(lost_answers > 0);
}

static bool
is_used(const char *file)
{
    static const char *const files[] = {"request.pem",
                                        "request-signed-again.pem",
                                        "request-changed.pem",
                                        OURS,
                                        PREVIOUS,
                                        STRANGER,
                                        "root.pem",
                                        "policy.pem",
                                        ISSUING,
                                        "certificate-told.pem", /* of test_issued */
                                        "issuing-told.pem"};

    for (size_t i = 0; i < COUNT(files); i++) {
        if (strcmp(file, files[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void
test_each_file_in_the_folder_is_used(void **state)
{
    kf_test_no_unused_data(*state, "enrollment", is_used);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_an_issued_certificate_comes_with_its_issuers),
        KF_TEST(test_the_leaf_comes_first_and_the_root_only_when_it_is_wanted),
        KF_TEST(test_a_chain_that_came_in_part_is_completed_from_the_file),
        KF_TEST(test_a_chain_file_that_cannot_be_read_holds_up_no_certificate),
        KF_TEST(test_the_chain_is_kept_for_fetch_roots_when_that_is_set),
        KF_TEST(test_an_accepted_request_is_followed_up_after_the_poll_interval),
        KF_TEST(test_a_server_may_ask_for_a_longer_time_before_the_first_poll),
        KF_TEST(test_a_refusal_ends_the_request_and_takes_the_note_away),
        KF_TEST(test_a_refusal_with_clocks_that_differ_names_both),
        KF_TEST(test_a_certificate_that_is_none_for_this_key_is_refused_and_the_note_stays),
        KF_TEST(test_a_first_failure_is_tried_again_or_looked_into),
        KF_TEST(test_retry_after_is_waited_for_on_top),
        KF_TEST(test_retry_after_of_an_earlier_answer_does_not_count),
        KF_TEST(test_failures_in_a_row_are_counted_and_the_delay_doubles),
        KF_TEST(test_a_lost_answer_after_failures_is_one_more_try),
        KF_TEST(test_a_retry_that_succeeds_is_issued),
        KF_TEST(test_after_the_retry_limit_the_server_is_unreachable),
        KF_TEST(test_a_clock_that_jumps_is_no_outage),
        KF_TEST(test_after_the_retry_limit_a_lost_answer_is_still_told_the_next_run),
        KF_TEST(test_after_the_retry_limit_a_killed_retry_is_still_told_the_next_run),
        KF_TEST(test_after_the_retry_limit_looking_is_given_up_too),
        KF_TEST(test_a_first_try_is_never_given_up),
        KF_TEST(test_a_pending_request_that_was_issued_comes_with_its_chain),
        KF_TEST(test_without_permission_to_download_it_comes_alone),
        KF_TEST(test_the_delay_between_polls_grows),
        KF_TEST(test_an_account_that_may_not_read_requests_waits_without_knowing),
        KF_TEST(test_certificates_of_other_requests_do_not_end_the_wait),
        KF_TEST(test_a_denied_request_ends_with_the_comment),
        KF_TEST(test_a_request_that_is_somebody_elses_is_let_go_and_ours_looked_for),
        KF_TEST(test_when_ours_is_not_there_it_is_submitted),
        KF_TEST(test_after_the_poll_limit_it_is_not_waited_for_and_the_note_stays),
        KF_TEST(test_a_clock_that_jumps_does_not_end_the_wait),
        KF_TEST(test_after_the_poll_limit_what_was_issued_is_still_taken),
        KF_TEST(test_a_certificate_that_has_ended_is_not_handed_out_and_no_other_asked_for),
        KF_TEST(test_a_certificate_is_good_until_it_ends),
        KF_TEST(test_a_certificate_that_had_ended_is_taken_when_the_clock_is_set_right),
        KF_TEST(test_a_certificate_that_has_ended_is_told_after_the_poll_limit),
        KF_TEST(test_a_poll_that_is_not_answered_is_one_of_the_polls),
        KF_TEST(test_a_poll_waits_as_long_as_the_server_asks_for),
        KF_TEST(test_polls_that_are_not_answered_for_the_poll_limit_are_unreachable),
        KF_TEST(test_a_poll_that_is_refused_waits_for_a_person),
        KF_TEST(test_another_signature_over_the_same_request_changes_nothing),
        KF_TEST(test_a_lost_certificate_is_found_by_its_name_and_not_asked_for_again),
        KF_TEST(test_a_lost_certificate_is_found_by_the_metadata_that_was_sent_with_it),
        KF_TEST(test_a_request_of_which_nothing_is_found_is_submitted_again_once),
        KF_TEST(test_when_that_is_lost_too_the_first_try_is_remembered),
        KF_TEST(test_when_that_is_not_sent_it_is_looked_for_again),
        KF_TEST(test_a_certificate_from_before_the_first_try_is_not_taken),
        KF_TEST(test_the_certificate_that_is_renewed_is_not_taken),
        KF_TEST(test_a_stranger_of_the_same_name_is_not_taken),
        KF_TEST(test_a_lost_request_that_is_pending_is_followed_up),
        KF_TEST(test_a_guess_that_was_right_is_issued),
        KF_TEST(test_a_guess_that_is_pending_stays_one),
        KF_TEST(test_a_guess_that_is_not_answered_stays_one),
        KF_TEST(test_a_guess_that_is_denied_is_let_go_and_ours_looked_for),
        KF_TEST(test_a_guess_that_is_a_strangers_is_let_go_and_ours_looked_for),
        KF_TEST(test_an_account_that_may_not_read_certificates_is_handled_as_configured),
        KF_TEST(test_a_request_without_a_name_is_handled_as_configured),
        KF_TEST(test_without_reconciling_it_is_submitted_at_once),
        KF_TEST(test_a_look_that_may_succeed_later_is_not_followed_by_a_submission),
        KF_TEST(test_a_look_that_the_account_fails_at_waits_for_a_person),
        KF_TEST(test_the_note_is_there_before_the_request_is_sent),
        KF_TEST(test_the_note_of_an_issued_request_names_the_certificate),
        KF_TEST(test_a_submission_with_the_note_of_a_killed_run_looks_first),
        KF_TEST(test_it_looks_from_the_first_try_on),
        KF_TEST(test_it_looks_not_sooner_than_the_retry_interval_after_the_last_try),
        KF_TEST(test_a_poll_of_a_killed_retry_looks_not_sooner_either),
        KF_TEST(test_a_note_from_the_future_holds_up_once),
        KF_TEST(test_a_certificate_that_came_within_a_day_is_looked_for_at_once),
        KF_TEST(test_a_certificate_that_came_longer_ago_is_history),
        KF_TEST(test_a_renewal_of_the_certificate_in_the_note_is_submitted),
        KF_TEST(test_a_person_who_submits_again_gets_another_certificate),
        KF_TEST(test_a_note_does_not_hinder_following_a_request_up),
        KF_TEST(test_a_note_of_another_request_does_not_count),
        KF_TEST(test_a_state_folder_that_cannot_be_used_fails_nothing),
        KF_TEST(test_a_changed_request_is_submitted_anew),
        KF_TEST(test_a_request_for_another_template_is_submitted_anew),
        KF_TEST(test_the_request_that_is_abandoned_is_named),
        KF_TEST(test_without_a_template_of_its_own_a_request_is_named_without),
        KF_TEST(test_a_cookie_that_cannot_be_read_strands_nothing),
        KF_TEST(test_it_is_looked_for_over_the_last_retry_limit),
        KF_TEST(test_after_a_first_try_in_the_future_it_is_looked_for_as_far_back),
        KF_TEST(test_a_certificate_that_is_found_when_it_has_ended_is_waited_for),
        KF_TEST(test_the_body_that_is_signed_is_the_body_that_is_sent),
        KF_TEST(test_the_template_is_the_one_asked_for_or_else_the_configured_one),
        KF_TEST(test_what_cannot_be_sent_is_not_sent),
        KF_TEST(test_a_key_that_does_not_fit_the_template_is_not_sent),
        KF_TEST(test_a_server_that_tells_nothing_of_templates_holds_nothing_up),
        KF_TEST(test_versions_1_and_2_get_a_token_first_and_send_it),
        KF_TEST(test_version_3_gets_no_token),
        KF_TEST(test_a_token_that_is_lost_is_simply_asked_for_again),
        KF_TEST(test_a_page_in_place_of_a_token_is_tried_again),
        KF_TEST(test_a_token_that_is_refused_waits_for_a_person),
        KF_TEST(test_a_server_without_the_classic_api_is_asked_for_the_other_in_the_same_run),
        KF_TEST(test_that_is_remembered_for_the_next_requests),
        KF_TEST(test_a_failure_of_the_other_api_is_told_the_next_run),
        KF_TEST(test_the_next_run_goes_on_with_the_other_api),
        KF_TEST(test_a_server_without_either_api_waits_for_a_person),
        KF_TEST(test_without_a_token_endpoint_there_is_no_classic_api_either),
        KF_TEST(test_a_pending_request_is_followed_up_by_whatever_number_it_has),
        KF_TEST(test_a_workflow_that_does_not_tell_an_end_is_asked_again),
        KF_TEST(test_the_cookie_keeps_the_number_that_the_workflow_told),
        KF_TEST(test_a_workflow_that_is_asked_for_by_its_number_stays_so),
        KF_TEST(test_what_was_issued_behind_a_workflow_is_taken),
        KF_TEST(test_a_workflow_that_came_to_nothing_ends_with_its_words),
        KF_TEST(test_a_workflow_that_cannot_be_asked_now_is_asked_again),
        KF_TEST(test_a_workflow_is_named_when_it_takes_too_long),
        KF_TEST(test_a_strangers_request_is_let_go_with_its_workflow),
        KF_TEST(test_a_pending_request_without_any_number_is_not_submitted_again),
        KF_TEST(test_an_error_that_says_that_the_request_was_taken_is_no_reason_to_send_it_again),
        KF_TEST(test_what_was_asked_for_and_configured_is_sent),
        KF_TEST(test_a_pattern_may_be_named),
        KF_TEST(test_a_pattern_that_is_not_there_waits_for_a_person),
        KF_TEST(test_a_pattern_that_cannot_be_looked_up_now_is_looked_up_later),
        KF_TEST(test_the_server_is_told_which_certificate_is_renewed_when_that_is_set),
        KF_TEST(test_a_ca_that_the_classic_api_cannot_choose_is_not_passed_over_in_silence),
        KF_TEST(test_a_request_of_another_ca_is_submitted_anew),
        KF_TEST(test_want_of_memory_after_sending_forgets_nothing),
        KF_TEST(test_each_file_in_the_folder_is_used),
    };

    return cmocka_run_group_tests_name("submit", tests, NULL, NULL);
}
