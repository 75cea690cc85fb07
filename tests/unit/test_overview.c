/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* --status: from what the daemon says and what was kept to where a request stands. */

#include "support.h"

#include "overview.h"
#include "records.h"

#include <string.h>
#include <unistd.h>

#define NOW  INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define DAY  INT64_C(86400)
#define YEAR (365 * DAY)
#define CSR  "b847ac292e486cdb09452b3d8a699f5daab6927f5a29637d9078305ba6ff5493"
#define MORE "690fb633769028811e657af40a4947cf0e4b0dc290d264bcce3e0eb7d8996221"

#define COOKIE(state)                                                                              \
    "kf1,state=" state ",attempt=2,since=1766500000,api=rest,request=7,workflow=-,csr=" CSR

/* A host: the daemon's one request, or why it does not answer. */
struct host {
    TALLOC_CTX *mem;
    struct kf_bus_request request;
    enum kf_rc rc;
    const char *folder;
    struct kf_overview_wish wish;
};
static struct host *this_host;

static enum kf_rc
list(TALLOC_CTX *mem_ctx, const char *address, struct kf_bus_request **_requests, size_t *_count,
     struct kf_error *err)
{
    assert_null(address);
    if (this_host->rc != KF_OK) {
        return kf_fail(err, this_host->rc, "no answer");
    }
    *_requests = talloc_memdup(mem_ctx, &this_host->request, sizeof(this_host->request));
    *_count = 1;
    return KF_OK;
}

/* A host with a request in good order, and a state folder that is empty. */
static struct host *
new_host(TALLOC_CTX *mem)
{
    struct host *host = talloc_zero(mem, struct host);
    const char *folder = kf_test_directory(mem);

    *host = (struct host){
        .mem = mem,
        .folder = folder,
        .request = {.nickname = "web",
                    .status = "MONITORING",
                    .ca = "keyfactor",
                    .helper = "/usr/libexec/certmonger/keyfactor-submit --config /etc/x",
                    .error = "",
                    .cookie = "",
                    .csr = (char *)kf_test_data(mem, "csr/good.ec256.pem").data,
                    .subject = "CN=web",
                    .template = "",
                    .certificate = "/etc/web.pem",
                    .begins = NOW - DAY,
                    .expires = NOW - DAY + YEAR},
        .wish = {.source = {.path = kf_test_file(
                                mem, kf_test_directory(mem), "keyfactor.conf",
                                talloc_asprintf(mem, "[global]\nstate-directory = %s\n", folder),
                                0600),
                            .nickname = "keyfactor"},
                 .is_json = true,
                 .now = NOW,
                 .list = list},
    };
    this_host = host;
    return host;
}

static struct kf_record
record_of(enum kf_fate fate, const char *reason)
{
    return (struct kf_record){.ca = "keyfactor",
                              .template = "WebServer",
                              .subject = "CN=web",
                              .reason = reason,
                              .fate = fate,
                              .delay = fate == KF_FATE_PENDING ? 60 : 0,
                              .request_id = 7,
                              .time = NOW - 10};
}

static void
keep(const struct host *host, enum kf_fate fate, const char *reason)
{
    const struct kf_record record = record_of(fate, reason);

    kf_records_save(host->folder, CSR, &record);
}

static struct kf_outcome *
show(const struct host *host)
{
    struct kf_outcome *outcome = NULL;
    struct kf_error err = {.text = ""};

    if (kf_overview(host->mem, &host->wish, &outcome, &err) != KF_OK) {
        fail_msg("%s", err.text);
    }
    return outcome;
}

static void
assert_shows(const struct host *host, enum kf_status status, const char *part)
{
    const struct kf_outcome *outcome = show(host);

    kf_test_contains(outcome->text, part);
    assert_int_equal(outcome->status, status);
}

static void
test_a_certificate_in_good_order(void **state)
{
    const struct host *host = new_host(*state);

    keep(host, KF_FATE_ISSUED, "");
    kf_test_same_json(show(host)->text,
                      "{\"daemon\": true, \"complaint\": null, \"requests\": [{"
                      "\"nickname\": \"web\", \"status\": \"MONITORING\", \"state\": \"issued\", "
                      "\"needs_look\": false, \"ca\": \"keyfactor\", \"template\": \"WebServer\", "
                      "\"subject\": \"CN=web\", \"certificate\": \"/etc/web.pem\", "
                      "\"reason\": null, \"request_id\": 7, \"tries\": 0, "
                      "\"last_try\": \"2025-12-31T23:59:50Z\", \"next_try\": null, "
                      "\"expires\": \"2026-12-31T00:00:00Z\"}]}");
    assert_int_equal(show(host)->status, KF_STATUS_ISSUED);
}

static void
test_each_state_has_a_word_and_may_need_a_look(void **state)
{
    static const struct {
        const char *status;
        bool is_stuck;
        const char *error;
        const char *cookie;
        const char *word;
        bool needs_look;
    } cases[] = {
        {"MONITORING", false, "", "", "issued", false},
        {"MONITORING", false, "renewal refused", "", "issued", true},
        {"CA_WORKING", false, "", COOKIE("resume"), "pending", false},
        {"CA_WORKING", false, "", COOKIE("submit"), "retrying", false},
        {"CA_WORKING", false, "", "", "working", false},
        {"SUBMITTING", false, "", COOKIE("resume"), "working", false},
        {"GENERATING_KEY_PAIR", false, "", "", "working", false},
        {"CA_REJECTED", true, "no", "", "rejected", true},
        {"CA_UNREACHABLE", false, "gone", "", "unreachable", true},
        {"CA_UNCONFIGURED", true, "no url", "", "unconfigured", true},
        {"NEED_GUIDANCE", true, "", "", "stuck", true},
        {"NEED_CERTSAVE_PERMS", true, "", "", "stuck", true},
    };
    struct host *host = new_host(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        host->request.status = cases[i].status;
        host->request.is_stuck = cases[i].is_stuck;
        host->request.error = cases[i].error;
        host->request.cookie = cases[i].cookie;
        assert_shows(host, cases[i].needs_look ? KF_STATUS_CHECK_FAILED : KF_STATUS_ISSUED,
                     talloc_asprintf(*state, "\"state\": \"%s\"", cases[i].word));
    }
}

static void
test_a_certificate_that_ends_soon_needs_a_look(void **state)
{
    static const struct {
        int64_t begins;
        int64_t expires;
        const char *word;
    } cases[] = {
        {NOW - 300 * DAY, NOW + 15 * DAY, "issued"},
        {NOW - 300 * DAY, NOW + 13 * DAY, "expiring"},
        {NOW - 300 * DAY, NOW, "expired"},
        {NOW - 2 * DAY, NOW + 5 * DAY, "issued"}, /* it is one of a week */
        {NOW - 5 * DAY, NOW + 2 * DAY, "expiring"},
        {0, 0, "issued"},
    };
    struct host *host = new_host(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const bool is_good = strcmp(cases[i].word, "issued") == 0;

        host->request.begins = cases[i].begins;
        host->request.expires = cases[i].expires;
        assert_shows(host, is_good ? KF_STATUS_ISSUED : KF_STATUS_CHECK_FAILED,
                     talloc_asprintf(*state, "\"state\": \"%s\"", cases[i].word));
    }
}

static void
test_one_that_waits_has_reason_and_time(void **state)
{
    struct host *host = new_host(*state);

    keep(host, KF_FATE_PENDING, "waits for approval");
    host->request.status = "CA_WORKING";
    host->request.cookie = COOKIE("resume");
    assert_shows(host, KF_STATUS_ISSUED, "\"reason\": \"waits for approval\"");
    assert_shows(host, KF_STATUS_ISSUED, "\"next_try\": \"2026-01-01T00:00:50Z\"");
    assert_shows(host, KF_STATUS_ISSUED, "\"tries\": 2");
    assert_shows(host, KF_STATUS_ISSUED, "\"request_id\": 7");
    host->wish.is_json = false;
    assert_shows(host, KF_STATUS_ISSUED, "\n  waits for approval\n");
}

/* The daemon knows better than a note of an earlier run. */
static void
test_an_old_note_does_not_contradict(void **state)
{
    struct host *host = new_host(*state);

    keep(host, KF_FATE_PENDING, "waits for approval");
    assert_shows(host, KF_STATUS_ISSUED, "\"reason\": null");
    assert_shows(host, KF_STATUS_ISSUED, "\"next_try\": null");
    keep(host, KF_FATE_REJECTED, "not you");
    host->request.status = "CA_WORKING";
    host->request.cookie = COOKIE("submit");
    assert_shows(host, KF_STATUS_ISSUED, "\"reason\": null");
}

static void
test_what_was_not_kept_is_not_shown(void **state)
{
    struct host *host = new_host(*state);

    host->request.csr = "";
    assert_shows(host, KF_STATUS_ISSUED, "\"last_try\": null");
    host->request.csr = "no request";
    assert_shows(host, KF_STATUS_ISSUED, "\"last_try\": null");
}

static void
test_only_our_requests_are_shown(void **state)
{
    static const struct {
        const char *helper;
        bool is_ours;
    } cases[] = {
        {"keyfactor-submit", true},
        {"/usr/lib/certmonger/keyfactor-submit", true},
        {"/usr/lib/certmonger/keyfactor-submit -v", true},
        {"/usr/lib/certmonger/ipa-submit", false},
        {"/usr/lib/certmonger/scep-submit -u /keyfactor-submit", false},
        {"/usr/lib/certmonger/keyfactor-submit-not", false},
        {"/usr/lib/certmonger/keyfactor", false},
    };
    struct host *host = new_host(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        host->request.helper = cases[i].helper;
        assert_shows(host, KF_STATUS_ISSUED, cases[i].is_ours ? "\"web\"" : "\"requests\": []");
    }
}

static void
test_one_ca_alone(void **state)
{
    struct host *host = new_host(*state);

    host->wish.ca = "keyfactor";
    assert_shows(host, KF_STATUS_ISSUED, "\"web\"");
    host->wish.ca = "other";
    assert_shows(host, KF_STATUS_ISSUED, "\"requests\": []");
}

static void
test_texts_of_the_daemon_are_made_printable(void **state)
{
    struct host *host = new_host(*state);

    host->wish.is_json = false;
    host->request.error = "a\033[2J\nb";
    assert_shows(host, KF_STATUS_CHECK_FAILED, "\n  ! a?[2J b\n");
}

static void
test_without_a_daemon_it_is_what_was_kept(void **state)
{
    struct host *host = new_host(*state);
    struct kf_record other = record_of(KF_FATE_REJECTED, "not you");

    other.ca = "other";
    other.time = NOW - 5;
    keep(host, KF_FATE_PENDING, "waits for approval");
    kf_records_save(host->folder, MORE, &other);
    host->rc = KF_NOTSENT;
    host->wish.is_json = false;
    assert_shows(host, KF_STATUS_CHECK_FAILED, "! no answer\nREQUEST");
    assert_shows(host, KF_STATUS_CHECK_FAILED,
                 "\n  ! not you\n-        keyfactor  pending   7   -      2026-01-01T00:00:50Z  "
                 "-        CN=web\n  waits for approval\n");
    host->wish.ca = "keyfactor";
    assert_null(strstr(show(host)->text, "not you"));
}

static void
test_other_failures_are_failures(void **state)
{
    static const enum kf_rc failures[] = {KF_FORBIDDEN, KF_BADREPLY, KF_INTERNAL};
    struct host *host = new_host(*state);
    struct kf_outcome *outcome = NULL;
    struct kf_error err;

    for (size_t i = 0; i < COUNT(failures); i++) {
        host->rc = failures[i];
        assert_int_equal(kf_overview(*state, &host->wish, &outcome, &err), failures[i]);
        assert_string_equal(err.text, "no answer");
    }
}

static void
test_a_broken_configuration_is_said_and_costs_no_more(void **state)
{
    struct host *host = new_host(*state);
    struct kf_test_capture capture;
    const char *said = NULL;

    host->wish.source.path = kf_test_file(*state, kf_test_directory(*state), "broken.conf",
                                          "[keyfactor]\nx = y\n", 0600);
    kf_test_capture_begin(&capture, STDERR_FILENO);
    show(host);
    said = kf_test_capture_end(*state, &capture);
    kf_test_contains(said, "broken.conf:2");
    assert_shows(host, KF_STATUS_ISSUED, "\"web\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_certificate_in_good_order),
        KF_TEST(test_each_state_has_a_word_and_may_need_a_look),
        KF_TEST(test_a_certificate_that_ends_soon_needs_a_look),
        KF_TEST(test_one_that_waits_has_reason_and_time),
        KF_TEST(test_an_old_note_does_not_contradict),
        KF_TEST(test_what_was_not_kept_is_not_shown),
        KF_TEST(test_only_our_requests_are_shown),
        KF_TEST(test_one_ca_alone),
        KF_TEST(test_texts_of_the_daemon_are_made_printable),
        KF_TEST(test_without_a_daemon_it_is_what_was_kept),
        KF_TEST(test_other_failures_are_failures),
        KF_TEST(test_a_broken_configuration_is_said_and_costs_no_more),
    };

    return cmocka_run_group_tests_name("overview", tests, NULL, NULL);
}
