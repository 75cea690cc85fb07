/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* --check: what each step finds, and what a failure keeps from being tried. */

#include "world.h"

#include "check.h"
#include "crypto.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY  INT64_C(86400)
#define DOWN "https://down.example.com" /* nobody listens there */

#define STATUS    "GET /KeyfactorAPI/Status/Endpoints"
#define CLASSIC   "GET /CMSApi/CertEnroll/3/Pkcs10"
#define TOKEN     "POST /CMSApi/Token"
#define SEARCH    "GET /KeyfactorAPI/Certificates"
#define PENDING   "GET /KeyfactorAPI/Workflow/Certificates/Pending"
#define WORKFLOWS "GET /KeyfactorAPI/Workflow/Instances/My"
#define TEMPLATES "GET /KeyfactorAPI/Enrollment/CSR/Context/My"

#define TEMPLATE(name, type, size, more)                                                           \
    "{\"Name\": \"" name "\", \"KeyType\": \"" type "\", \"KeySize\": \"" size "\"" more "}"
#define LIST(templates) "{\"Templates\": [" templates "]}"
#define WEB_SERVER      TEMPLATE("WebServer", "RSA", "2048", "")

/* The exchanges of a check, in their order. */
enum exchange {
    GREET,
    LOG_IN,
    FIND_CLASSIC,
    GET_TOKEN,
    FIND,
    ASK_PENDING,
    ASK_WORKFLOWS,
    ASK_TEMPLATES
};

struct exchange_answer {
    const char *what;
    int status;
    const char *body;
};

static const struct exchange_answer all_well[] = {
    [GREET] = {STATUS, 401, ""},
    [LOG_IN] = {STATUS, 200, "[]"},
    [FIND_CLASSIC] = {CLASSIC, 405, ""},
    [GET_TOKEN] = {TOKEN, 200, "{}"},
    [FIND] = {SEARCH, 200, "[]"},
    [ASK_PENDING] = {PENDING, 200, "[]"},
    [ASK_WORKFLOWS] = {WORKFLOWS, 200, "[]"},
    [ASK_TEMPLATES] = {TEMPLATES, 200, LIST(WEB_SERVER)},
};

static struct kf_test_world *this_world;
static struct kf_contact met; /* what the first exchange with a server fills in */
static int64_t server_date;
static bool breaks_down; /* whatever talks to the network */
static int time_given;   /* to that, in seconds */

static enum kf_rc
perform(struct kf_run *run, const struct kf_operation *operation, struct kf_outcome **_outcome)
{
    if (breaks_down) {
        return kf_fail(run->err, KF_INTERNAL, "the process died");
    }
    time_given = run->config->timeout;
    run->effects = &this_world->effects;
    return operation->perform(run, _outcome);
}

static void
fill_contact(struct kf_test_world *world)
{
    const struct kf_request *request = &world->requests[world->request_count - 1];

    if (request->contact != NULL) {
        met.mem_ctx = request->contact->mem_ctx;
        *request->contact = met;
        if (strncmp(request->url, DOWN, strlen(DOWN)) == 0) {
            request->contact->stage = KF_STAGE_NAMED;
        }
    }
}

/* A world in which somebody answers, with these settings. */
static struct kf_test_world *
world_of(TALLOC_CTX *mem, const char *settings)
{
    static char address[] = "192.0.2.1";
    static char second_address[] = "2001:db8::1";
    static char protocol[] = "TLSv1.3";
    static char *addresses[] = {address, second_address, NULL};

    this_world =
        kf_test_world(mem, talloc_asprintf(mem, "sandbox = no\n%s", settings)); /* it is for good */
    this_world->look = fill_contact;
    met = (struct kf_contact){.stage = KF_STAGE_ANSWERED,
                              .addresses = addresses,
                              .address = address,
                              .port = 443,
                              .connect_us = 1500,
                              .protocol = protocol,
                              .certificates = talloc_strdup(
                                  this_world, kf_test_enrollment(this_world, "certificate.pem"))};
    server_date = KF_TEST_NOW;
    breaks_down = false;
    return this_world;
}

/* Puts another configuration in place of that of the world. */
static void
write_settings(struct kf_test_world *world, const char *settings)
{
    kf_test_file(world, world->directory, "keyfactor.conf",
                 talloc_asprintf(world,
                                 "[keyfactor]\nurl = https://keyfactor.example.com\n"
                                 "username = u\npassword-file = password\n"
                                 "state-directory = %s\n%s",
                                 world->state_directory, settings),
                 0600);
}

static void
answer(struct kf_test_world *world, const struct exchange_answer *exchange)
{
    struct kf_reply *reply =
        kf_test_answer(world, exchange->what, exchange->status, exchange->body);

    reply->date = server_date;
}

static void
answer_all(struct kf_test_world *world)
{
    for (size_t i = 0; i < COUNT(all_well); i++) {
        answer(world, &all_well[i]);
    }
}

/* Answers as if all were well up to number end; this one is another. */
static void
answer_until(struct kf_test_world *world, enum exchange end, int status, const char *body)
{
    for (size_t i = 0; i < end; i++) {
        answer(world, &all_well[i]);
    }
    answer(world, &(struct exchange_answer){all_well[end].what, status, body});
}

static struct kf_outcome *
check_as(struct kf_test_world *world, bool is_json)
{
    const struct kf_config_source source = {
        .path = talloc_asprintf(world, "%s/keyfactor.conf", world->directory),
        .nickname = "keyfactor",
        .credentials_directory = world->directory};
    const struct kf_check_wish wish = {.source = &source, .is_json = is_json, .perform = perform};
    struct kf_outcome *outcome = NULL;

    if (kf_check(&world->run, &wish, &outcome) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
    kf_test_script_is_over(world);
    return outcome;
}

/* The report, which says that something failed or that nothing did. */
static const char *
check(struct kf_test_world *world, enum kf_status status)
{
    const struct kf_outcome *outcome = check_as(world, false);

    if (outcome->status != status) {
        fail_msg("status %d:\n%s", outcome->status, outcome->text);
    }
    return outcome->text;
}

/* What is said of OpenSSL where these tests run. */
static const char *
openssl(TALLOC_CTX *mem)
{
    return kf_crypto_is_fips()
               ? talloc_asprintf(mem,
                                 "%s in FIPS mode (provider %s): no PKCS#12, no PEM key of the old "
                                 "form (DEK-Info), no MD5",
                                 kf_crypto_version(), kf_crypto_fips_provider(mem))
               : kf_crypto_version();
}

static void
test_a_healthy_host_passes_every_step(void **state)
{
    struct kf_test_world *world = world_of(*state, "template = WebServer\n");

    answer_all(world);
    assert_string_equal(
        check(world, KF_STATUS_ISSUED),
        talloc_asprintf(
            world,
            "ok    configuration  [keyfactor] of %s/keyfactor.conf\n"
            "ok    secrets        password-file, application-secret-file\n"
            "ok    state          %s is made with the first request\n"
            "ok    openssl        %s\n"
            "skip  sandbox        sandbox = no\n"
            "skip  token          only auth = oauth has one\n"
            "\n"
            "https://keyfactor.example.com\n"
            "ok    name           192.0.2.1, 2001:db8::1\n"
            "ok    connect        192.0.2.1 port 443, 2 ms\n"
            "ok    tls            TLSv1.3; CN=host.example.com,O=Example for host.example.com, "
            "from CN=Issuing CA,O=Example; 36524 days left\n"
            "ok    clock          0 s apart\n"
            "ok    login          as EXAMPLE\\certmonger\n"
            "ok    api            Classic API\n"
            "ok    application    key and signature accepted\n"
            "ok    certificates   may be searched\n"
            "ok    pending        requests may be looked at\n"
            "ok    workflows      of this account may be looked at\n"
            "ok    template       WebServer, for RSA 2048 at least\n"
            "\n"
            "15 ok, 0 warn, 0 FAIL, 2 skip\n",
            world->directory, world->state_directory, openssl(world)));
}

static void
test_nothing_is_written(void **state)
{
    struct kf_test_world *world = world_of(*state, "template = WebServer\n");

    answer_all(world);
    check(world, KF_STATUS_ISSUED);
    assert_int_equal(access(world->state_directory, F_OK), -1);
}

static void
test_credentials_are_shown_only_after_the_way_is_clear(void **state)
{
    struct kf_test_world *world = world_of(*state, "template = WebServer\n");

    answer_all(world);
    check(world, KF_STATUS_ISSUED);
    assert_int_equal(kf_test_request(world, GREET)->login.way, KF_LOGIN_NONE);
    assert_int_equal(kf_test_request(world, LOG_IN)->login.way, KF_LOGIN_BASIC);
}

/* An answer that is another than when all is well, and the line that says so. */
static const struct {
    enum exchange exchange;
    int status;
    const char *body;
    bool ends; /* the rest is not asked any more */
    enum kf_status result;
    const char *line;
} answers[] = {
    {LOG_IN, 401, "", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          the server does not accept the account: check username and"},
    {LOG_IN, 403, "", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          the server does not accept the account for this"},
    {LOG_IN, 503, "", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          look at the server, and try again: the server cannot take"},
    {LOG_IN, 500, "", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          look at the server, and try again: the server failed (HTTP 500)\n"},
    {LOG_IN, 400, "", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          the server refused the request (HTTP 400): check rest-path"},
    {LOG_IN, 302, "", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          the server redirects to nowhere"},
    {LOG_IN, 200, "<html>Sign in</html>", true, KF_STATUS_CHECK_FAILED,
     "FAIL  login          the Keyfactor API did not answer in JSON: check url and rest-path"},
    {FIND_CLASSIC, 400, "", false, KF_STATUS_ISSUED, "ok    api            Classic API\n"},
    {FIND_CLASSIC, 401, "", true, KF_STATUS_CHECK_FAILED, "FAIL  api            the server does"},
    {GET_TOKEN, 404, "", false, KF_STATUS_ISSUED,
     "skip  application    no /CMSApi/Token on this server"},
    {GET_TOKEN, 403, "{\"Message\": \"The signature is wrong.\"}", false, KF_STATUS_CHECK_FAILED,
     "FAIL  application    the server does not accept the signature: check "
     "application-secret-file"},
    {FIND, 403, "", false, KF_STATUS_ISSUED,
     "warn  certificates   pending requests and lost answers cannot be looked for: give the "
     "account "
     "Certificates - Read: "},
    {FIND, 404, "", false, KF_STATUS_ISSUED, "warn  certificates   without the Keyfactor API"},
    {FIND, 500, "", false, KF_STATUS_CHECK_FAILED,
     "FAIL  certificates   look at the server, and try again: the server failed (HTTP 500)"},
    {ASK_PENDING, 403, "", false, KF_STATUS_ISSUED, "warn  pending        a denial at the CA is"},
    {ASK_PENDING, 404, "", false, KF_STATUS_ISSUED, "skip  pending        this server does not"},
    {ASK_WORKFLOWS, 403, "", false, KF_STATUS_ISSUED, "warn  workflows      what a workflow"},
    {ASK_WORKFLOWS, 404, "", false, KF_STATUS_ISSUED, "skip  workflows      this server does not"},
    {ASK_TEMPLATES, 403, "", false, KF_STATUS_ISSUED, "warn  template       the account may not"},
    {ASK_TEMPLATES, 404, "", false, KF_STATUS_ISSUED, "skip  template       this server does not"},
    {ASK_TEMPLATES, 200, "{}", false, KF_STATUS_ISSUED, "warn  template       the server names no"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("Other", "RSA", "2048", "")), false, KF_STATUS_CHECK_FAILED,
     "FAIL  template       the server has no template WebServer for this account: write the "
     "template's short name, or allow it for the account, which may use: Other\n"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("webserver", "RSA", "2048", "")), false, KF_STATUS_ISSUED,
     "warn  template       WebServer is webserver at the server: write it so, in template or "
     "getcert request -T\n"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("WebServer", "ECC", "384", "")), false, KF_STATUS_ISSUED,
     "warn  template       WebServer needs EC 384, and certmonger makes RSA 2048: getcert request "
     "-G EC -g 384\n"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("WebServer", "RSA", "4096", "")), false, KF_STATUS_ISSUED,
     "warn  template       WebServer needs RSA 4096"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("WebServer", "RSA", "1024", "")), false, KF_STATUS_ISSUED,
     "ok    template       WebServer, for RSA 1024 at least\n"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("WebServer", "ECC", "", "")), false, KF_STATUS_ISSUED,
     "warn  template       WebServer needs EC, and certmonger makes RSA 2048: getcert request -G "
     "EC\n"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("WebServer", "", "", "")), false, KF_STATUS_ISSUED,
     "ok    template       WebServer, for keys that the server does not tell of\n"},
    {ASK_TEMPLATES, 200, LIST(TEMPLATE("WebServer", "RSA", "2048", ", \"RequiresApproval\": true")),
     false, KF_STATUS_ISSUED,
     "ok    template       WebServer, for RSA 2048 at least; waits for approval\n"},
};

static void
test_each_answer_is_told_at_its_step(void **state)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct kf_test_world *world = world_of(*state, "template = WebServer\n");

        answer_until(world, answers[i].exchange, answers[i].status, answers[i].body);
        for (size_t j = answers[i].exchange + 1; j < COUNT(all_well) && !answers[i].ends; j++) {
            answer(world, &all_well[j]);
        }
        kf_test_contains(check(world, answers[i].result), answers[i].line);
        talloc_free(world);
    }
}

static void
test_what_needs_a_step_that_failed_is_skipped(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    answer_until(world, LOG_IN, 401, "");
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED), "skip  api            needs login\n"
                                                           "skip  application    needs api\n"
                                                           "skip  certificates   needs api\n"
                                                           "skip  pending        needs api\n"
                                                           "skip  workflows      needs api\n"
                                                           "skip  template       needs api\n"
                                                           "\n8 ok, 0 warn, 1 FAIL, 8 skip\n");
}

/* Where the way to the server ends. */
static const struct {
    enum kf_stage stage;
    const char *lines;
} ends[] = {
    {KF_STAGE_BEGUN, "FAIL  name           scripted failure\n"
                     "skip  connect        needs name\n"
                     "skip  tls            needs connect\n"},
    {KF_STAGE_NAMED, "ok    name           192.0.2.1, 2001:db8::1\n"
                     "FAIL  connect        scripted failure\n"
                     "skip  tls            needs connect\n"},
    {KF_STAGE_CONNECTED, "ok    connect        192.0.2.1 port 443, 2 ms\n"
                         "FAIL  tls            scripted failure\n"
                         "skip  clock          needs tls\n"
                         "skip  login          needs tls\n"},
};

static void
test_the_way_to_a_server_ends_at_the_step_that_failed(void **state)
{
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct kf_test_world *world = world_of(*state, "");

        met.stage = ends[i].stage;
        kf_test_failure(world, STATUS, KF_NOTSENT);
        kf_test_contains(check(world, KF_STATUS_CHECK_FAILED), ends[i].lines);
        talloc_free(world);
    }
}

static void
test_a_server_that_hangs_up_after_tls_fails_at_the_login(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    met.stage = KF_STAGE_SECURED;
    kf_test_failure(world, STATUS, KF_UNCERTAIN);
    kf_test_failure(world, STATUS, KF_UNCERTAIN);
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "skip  clock          the server does not say what time it has\n"
                     "FAIL  login          look at the server, and try again: scripted failure\n");
}

static void
test_a_proxy_is_told(void **state)
{
    struct kf_test_world *world = world_of(*state, "proxy = http://proxy.example.com:3128\n");
    const char *text = NULL;

    met.has_proxy = true;
    met.addresses = NULL;
    answer_all(world);
    text = check(world, KF_STATUS_ISSUED);
    kf_test_contains(text, "skip  name           left to the proxy\n");
    kf_test_contains(text, "ok    connect        through the proxy at 192.0.2.1 port 443, 2 ms\n");
}

static const struct {
    int64_t now; /* after KF_TEST_NOW */
    const char *line;
} days[] = {
    {0, "; 36524 days left\n"},
    {36494 * DAY, "; 30 days left\n"},
    {36494 * DAY + 1, "warn  tls            TLSv1.3; the certificate ends in 29 days (2126-01-01T"},
};

static void
test_a_certificate_of_the_server_that_ends_soon_is_told(void **state)
{
    for (size_t i = 0; i < COUNT(days); i++) {
        struct kf_test_world *world = world_of(*state, "");

        kf_test_set_clock(KF_TEST_NOW + days[i].now);
        server_date = KF_TEST_NOW + days[i].now;
        answer_all(world);
        kf_test_contains(check(world, KF_STATUS_ISSUED), days[i].line);
        talloc_free(world);
    }
}

static void
test_a_certificate_that_libcurl_does_not_tell_is_trusted_all_the_same(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    met.certificates = NULL;
    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_ISSUED),
                     "ok    tls            the server's certificate is trusted\n");
}

static const struct {
    int64_t difference;
    enum kf_status status;
    const char *line;
} clocks[] = {
    {60, KF_STATUS_ISSUED, "ok    clock          60 s apart\n"},
    {-60, KF_STATUS_ISSUED, "ok    clock          60 s apart\n"},
    {61, KF_STATUS_ISSUED,
     "warn  clock          the server's clock (2026-01-01T00:01:01Z) is 61 s "
     "ahead of this host's (2026-01-01T00:00:00Z), and over 300 s"},
    {-300, KF_STATUS_ISSUED,
     "warn  clock          the server's clock (2025-12-31T23:55:00Z) is 300 "
     "s behind this host's"},
    {-301, KF_STATUS_CHECK_FAILED, "FAIL  clock          the server's clock"},
    {3600, KF_STATUS_CHECK_FAILED, "set the one that is wrong (timedatectl, chronyc tracking)\n"},
};

static void
test_clocks_that_differ_are_told(void **state)
{
    for (size_t i = 0; i < COUNT(clocks); i++) {
        struct kf_test_world *world = world_of(*state, "");

        server_date = KF_TEST_NOW + clocks[i].difference;
        answer_all(world);
        kf_test_contains(check(world, clocks[i].status), clocks[i].line);
        talloc_free(world);
    }
}

static void
test_each_server_is_checked_by_itself(void **state)
{
    struct kf_test_world *world =
        world_of(*state, "url = " DOWN ", https://keyfactor.example.com\n");
    const char *text = NULL;

    kf_test_failure(world, "GET " DOWN "/KeyfactorAPI/Status/Endpoints", KF_NOTSENT);
    answer_all(world);
    text = check(world, KF_STATUS_CHECK_FAILED);
    kf_test_contains(text,
                     "\n" DOWN "\nok    name           192.0.2.1, 2001:db8::1\nFAIL  connect");
    kf_test_contains(text, "\nhttps://keyfactor.example.com\nok    name");
    kf_test_contains(text, "ok    template       WebServer, for RSA 2048 at least\n"
                           "\n16 ok, 0 warn, 1 FAIL, 11 skip\n");
}

static void
test_each_server_has_the_time_of_a_run(void **state)
{
    struct kf_test_world *world = world_of(*state, "timeout = 20s\nurl = " DOWN ", " DOWN "\n");

    kf_test_failure(world, "GET " DOWN "/KeyfactorAPI/Status/Endpoints", KF_NOTSENT);
    kf_test_failure(world, "GET " DOWN "/KeyfactorAPI/Status/Endpoints", KF_NOTSENT);
    check(world, KF_STATUS_CHECK_FAILED);
    assert_int_equal(time_given, 40);
}

static void
test_where_the_classic_api_is_missing_auto_takes_the_other(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const char *text = NULL;

    for (size_t i = 0; i < COUNT(all_well); i++) {
        const struct exchange_answer missing = {CLASSIC, 404, ""};

        if (i != GET_TOKEN) {
            answer(world, i == FIND_CLASSIC ? &missing : &all_well[i]);
        }
    }
    text = check(world, KF_STATUS_ISSUED);
    kf_test_contains(text, "ok    api            Keyfactor API; it has no Classic API");
    kf_test_contains(text, "skip  application    only the Classic API has one\n");
}

static void
test_with_api_classic_a_missing_classic_api_is_a_failure(void **state)
{
    struct kf_test_world *world = world_of(*state, "api = classic\n");

    answer_until(world, FIND_CLASSIC, 404, "");
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "FAIL  api            no Classic API (removed in Command 11) on this server");
}

static void
test_the_version_of_the_server_is_told(void **state)
{
    struct kf_test_world *world = world_of(*state, "api = rest\n");

    answer(world, &all_well[GREET]);
    kf_test_answer(world, STATUS, 200, "[]")->product = "25.1";
    for (size_t i = FIND; i < COUNT(all_well); i++) {
        answer(world, &all_well[i]);
    }
    kf_test_contains(check(world, KF_STATUS_ISSUED),
                     "ok    api            Keyfactor API, Keyfactor Command 25.1\n");
}

static void
test_without_the_keyfactor_api_the_classic_one_can_still_be_tried(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const char *text = NULL;

    answer(world, &(struct exchange_answer){STATUS, 404, ""});
    answer(world, &(struct exchange_answer){STATUS, 404, ""});
    answer(world, &all_well[FIND_CLASSIC]);
    answer(world, &all_well[GET_TOKEN]);
    text = check(world, KF_STATUS_ISSUED);
    kf_test_contains(text, "skip  login          this server has no Keyfactor API");
    kf_test_contains(text, "ok    application    key and signature accepted\n");
    kf_test_contains(text, "warn  certificates   without the Keyfactor API");
    kf_test_contains(text, "skip  template       this server does not list templates\n");
}

static void
test_reconcile_required_needs_the_search(void **state)
{
    struct kf_test_world *world = world_of(*state, "reconcile = required\n");

    answer_until(world, FIND, 403, "");
    for (size_t i = ASK_PENDING; i < COUNT(all_well); i++) {
        answer(world, &all_well[i]);
    }
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "FAIL  certificates   reconcile = required needs a search");
}

static void
test_the_ca_that_is_asked_for_must_issue_for_the_template(void **state)
{
    static const struct {
        const char *authority;
        enum kf_status status;
        const char *line;
    } cases[] = {
        {"Issuing", KF_STATUS_ISSUED, "ok    template       WebServer"},
        {"CA.example.com\\issuing", KF_STATUS_ISSUED, "ok    template       WebServer"},
        {"Other", KF_STATUS_CHECK_FAILED,
         "FAIL  template       Other does not issue for template WebServer: set "
         "certificate-authority, or give getcert request -X, to one of: ca.example.com\\Issuing\n"},
    };
    const struct exchange_answer of_one_ca = {
        TEMPLATES, 200,
        LIST(TEMPLATE("WebServer", "RSA", "2048",
                      ", \"CAs\": [{\"Name\": \"ca.example.com\\\\Issuing\"}]"))};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_test_world *world = world_of(*state, "api = rest\n");

        world->job.issuer = cases[i].authority;
        answer(world, &all_well[GREET]);
        answer(world, &all_well[LOG_IN]);
        for (size_t j = FIND; j < ASK_TEMPLATES; j++) {
            answer(world, &all_well[j]);
        }
        answer(world, &of_one_ca);
        kf_test_contains(check(world, cases[i].status), cases[i].line);
        talloc_free(world);
    }
}

static void
test_without_a_template_those_of_the_account_are_told(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    world->job.profile = NULL;
    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_ISSUED),
                     "warn  template       none is configured: set template, or give getcert "
                     "request -T, to one that the account may use: WebServer\n");
}

static void
test_an_enrollment_pattern_stands_in_for_the_template(void **state)
{
    struct kf_test_world *world = world_of(*state, "api = rest\nenrollment-pattern = 7\n");

    world->job.profile = NULL;
    answer(world, &all_well[GREET]);
    answer(world, &all_well[LOG_IN]);
    for (size_t i = FIND; i < COUNT(all_well); i++) {
        answer(world, &all_well[i]);
    }
    kf_test_contains(check(world, KF_STATUS_ISSUED),
                     "skip  template       the enrollment pattern says which\n");
}

static void
test_an_access_token_is_got_and_not_kept(void **state)
{
    static const char token[] = "{\"access_token\": \"t0k3n\", \"token_type\": \"Bearer\"%s}";
    static const char *const lifetimes[][2] = {
        {", \"expires_in\": 300",
         "ok    token          from https://login.example.com/token, good for 300 s\n"},
        {"", "ok    token          from https://login.example.com/token, which does not say how"},
    };

    for (size_t i = 0; i < COUNT(lifetimes); i++) {
        struct kf_test_world *world = world_of(*state, KF_TEST_OAUTH);
        const char *text = NULL;

        kf_test_answer(world, "POST " KF_TEST_TOKEN_URL, 200,
                       talloc_asprintf(world, token, lifetimes[i][0]));
        answer(world, &all_well[GREET]);
        answer(world, &all_well[LOG_IN]);
        for (size_t j = FIND; j < COUNT(all_well); j++) {
            answer(world, &all_well[j]);
        }
        text = check(world, KF_STATUS_ISSUED);
        kf_test_contains(text, lifetimes[i][1]);
        kf_test_contains(text, "ok    login          as host\n");
        assert_null(strstr(text, "t0k3n"));
        assert_string_equal(kf_test_request(world, 2)->login.secret, "t0k3n");
        assert_int_equal(access(world->state_directory, F_OK), -1);
        talloc_free(world);
    }
}

static void
test_without_an_access_token_the_servers_are_looked_at_all_the_same(void **state)
{
    struct kf_test_world *world = world_of(*state, KF_TEST_OAUTH);
    const char *text = NULL;

    kf_test_answer(world, "POST " KF_TEST_TOKEN_URL, 401, "{\"error\": \"invalid_client\"}");
    answer(world, &all_well[GREET]);
    text = check(world, KF_STATUS_CHECK_FAILED);
    kf_test_contains(text,
                     "FAIL  token          the token endpoint https://login.example.com/token "
                     "refuses this client");
    kf_test_contains(text, "ok    clock          0 s apart\nskip  login          needs token\n");
}

static void
test_an_access_token_of_a_file_is_taken(void **state)
{
    struct kf_test_world *world = world_of(*state, "auth = oauth\naccess-token-file = secret\n");
    const char *text = NULL;

    answer(world, &all_well[GREET]);
    answer(world, &all_well[LOG_IN]);
    for (size_t i = FIND; i < COUNT(all_well); i++) {
        answer(world, &all_well[i]);
    }
    text = check(world, KF_STATUS_ISSUED);
    kf_test_contains(text, "ok    token          from secret\n");
    kf_test_contains(text, "ok    login          as the owner of the access token\n");
    assert_string_equal(kf_test_request(world, LOG_IN)->login.secret, "s3cret");
}

static void
test_a_host_that_logs_in_by_itself_is_told(void **state)
{
    const char *keytab = kf_test_file(*state, kf_test_directory(*state), "keytab", "keys", 0600);
    struct kf_test_world *world =
        world_of(*state, talloc_asprintf(*state, "auth = negotiate\nkeytab = %s\n", keytab));

    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_ISSUED),
                     "ok    login          as this host (Kerberos)\n");
}

static void
test_a_configuration_that_cannot_be_read_ends_in_a_whole_report(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const char *text = NULL;

    kf_test_file(world, world->directory, "keyfactor.conf", "[keyfactor]\nulr = x\n", 0600);
    text = check(world, KF_STATUS_CHECK_FAILED);
    kf_test_contains(text, "FAIL  configuration  ");
    kf_test_contains(text,
                     "/keyfactor.conf:2: unknown key \"ulr\" in [keyfactor]: did you mean url?");
    kf_test_contains(text, "skip  template       needs api\n\n1 ok, 0 warn, 1 FAIL, 15 skip\n");
}

static void
test_a_missing_setting_is_the_configuration_s_failure(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    kf_test_file(world, world->directory, "keyfactor.conf", "[keyfactor]\n", 0600);
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "[keyfactor] has no url: set url = https://HOST\nskip  secrets");
}

static void
test_a_secret_that_others_may_read_is_a_failure(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const char *text = NULL;

    assert_int_equal(chmod(talloc_asprintf(world, "%s/password", world->directory), 0644), 0);
    text = check(world, KF_STATUS_CHECK_FAILED);
    kf_test_contains(text, "FAIL  secrets        ");
    kf_test_contains(text, "(mode 0644): chmod 0600 ");
}

static void
test_requests_without_a_signature_are_told(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    write_settings(world, "application-key = 00ff\nsandbox = no\n");
    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_ISSUED),
                     "warn  secrets        requests to the Classic API go out unsigned");
}

static void
test_the_state_folder_must_be_one_to_write_in(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    assert_int_equal(mkdir(world->state_directory, 0700), 0);
    answer_all(world);
    kf_test_contains(
        check(world, KF_STATUS_ISSUED),
        talloc_asprintf(world, "ok    state          %s is writable\n", world->state_directory));
}

static void
test_a_state_folder_that_others_may_write_in_is_told(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    assert_int_equal(mkdir(world->state_directory, 0700), 0);
    assert_int_equal(chmod(world->state_directory, 0770), 0);
    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_ISSUED), "(mode 0770): chmod 0700 ");
}

static void
test_a_state_folder_that_cannot_be_made_is_a_failure(void **state)
{
    struct kf_test_world *world = world_of(*state, "state-directory = /dev/null/state\n");

    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "FAIL  state          /dev/null/state: Not a directory: make it a folder");
    talloc_free(world);
    world = world_of(*state, "state-directory = /nonexistent/certmonger/state\n");
    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "FAIL  state          /nonexistent/certmonger/state: No such file or "
                     "directory: make it a folder");
}

static void
test_a_file_is_no_state_folder(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    kf_test_file(world, world->directory, "state", "", 0600);
    answer_all(world);
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     "/state: Not a directory: make it a folder that root can write in, or set "
                     "state-directory");
}

static void
test_without_sha256_no_server_is_tried(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const char *report;

    assert_int_equal(EVP_set_default_properties(NULL, "provider=nobody"), 1);
    report = check(world, KF_STATUS_CHECK_FAILED);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);

    kf_test_contains(report, "FAIL  openssl        OpenSSL has no SHA-256 on this host: ");
    kf_test_contains(report, "skip  name           needs openssl\n");
    assert_int_equal(world->request_count, 0);
}

static void
test_what_fails_outside_all_steps_is_one_more(void **state)
{
    struct kf_test_world *world = world_of(*state, "");

    breaks_down = true;
    kf_test_contains(check(world, KF_STATUS_CHECK_FAILED),
                     talloc_asprintf(world,
                                     "ok    openssl        %s\n"
                                     "FAIL  network        the process died\n",
                                     openssl(world)));
}

static void
test_a_sandbox_that_does_not_hold_is_told(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const char *text = NULL;

    write_settings(world, "api = rest\n");
    kf_test_failure(world, STATUS, KF_NOTSENT);
    met.stage = KF_STAGE_NAMED;
    text = check(world, KF_STATUS_CHECK_FAILED);
    kf_test_contains(text, "warn  sandbox        not to be had here: ");
    kf_test_contains(text, "a filter of system calls: see what the kernel");
}

static void
test_json_is_json_whatever_fails(void **state)
{
    struct kf_test_world *world = world_of(*state, "");
    const struct kf_outcome *outcome = NULL;

    met.stage = KF_STAGE_NAMED;
    kf_test_failure(world, STATUS, KF_NOTSENT);
    outcome = check_as(world, true);
    assert_int_equal(outcome->status, KF_STATUS_CHECK_FAILED);
    kf_test_same_json(outcome->text, outcome->text);
    kf_test_contains(outcome->text, "\"addresses\": [\n      \"192.0.2.1\",");
}

static void
test_want_of_memory_is_said_at_once(void **state)
{
    size_t reports = 0;

    for (size_t size = 0; size < 640 * 1024; size += 1021) {
        struct kf_test_world *world = world_of(*state, "template = WebServer\n");
        const struct kf_config_source source = {
            .path = talloc_asprintf(world, "%s/keyfactor.conf", world->directory),
            .nickname = "keyfactor",
            .credentials_directory = world->directory};
        const struct kf_check_wish wish = {.source = &source, .is_json = true, .perform = perform};
        struct kf_outcome *outcome = NULL;
        enum kf_rc rc;

        answer_all(world);
        this_world->run.mem = kf_test_small_memory(world, size);
        rc = kf_check(&world->run, &wish, &outcome);
        assert_true(rc == KF_OK || rc == KF_INTERNAL);
        if (rc == KF_OK) {
            kf_test_same_json(outcome->text, outcome->text);
            reports += outcome->status == KF_STATUS_ISSUED;
        }
        talloc_free(world);
    }
    assert_true(reports > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_a_healthy_host_passes_every_step),
        KF_TEST(test_nothing_is_written),
        KF_TEST(test_credentials_are_shown_only_after_the_way_is_clear),
        KF_TEST(test_each_answer_is_told_at_its_step),
        KF_TEST(test_what_needs_a_step_that_failed_is_skipped),
        KF_TEST(test_the_way_to_a_server_ends_at_the_step_that_failed),
        KF_TEST(test_a_server_that_hangs_up_after_tls_fails_at_the_login),
        KF_TEST(test_a_proxy_is_told),
        KF_TEST(test_a_certificate_of_the_server_that_ends_soon_is_told),
        KF_TEST(test_a_certificate_that_libcurl_does_not_tell_is_trusted_all_the_same),
        KF_TEST(test_clocks_that_differ_are_told),
        KF_TEST(test_each_server_is_checked_by_itself),
        KF_TEST(test_each_server_has_the_time_of_a_run),
        KF_TEST(test_where_the_classic_api_is_missing_auto_takes_the_other),
        KF_TEST(test_with_api_classic_a_missing_classic_api_is_a_failure),
        KF_TEST(test_the_version_of_the_server_is_told),
        KF_TEST(test_without_the_keyfactor_api_the_classic_one_can_still_be_tried),
        KF_TEST(test_reconcile_required_needs_the_search),
        KF_TEST(test_the_ca_that_is_asked_for_must_issue_for_the_template),
        KF_TEST(test_without_a_template_those_of_the_account_are_told),
        KF_TEST(test_an_enrollment_pattern_stands_in_for_the_template),
        KF_TEST(test_an_access_token_is_got_and_not_kept),
        KF_TEST(test_without_an_access_token_the_servers_are_looked_at_all_the_same),
        KF_TEST(test_an_access_token_of_a_file_is_taken),
        KF_TEST(test_a_host_that_logs_in_by_itself_is_told),
        KF_TEST(test_a_configuration_that_cannot_be_read_ends_in_a_whole_report),
        KF_TEST(test_a_missing_setting_is_the_configuration_s_failure),
        KF_TEST(test_a_secret_that_others_may_read_is_a_failure),
        KF_TEST(test_requests_without_a_signature_are_told),
        KF_TEST(test_the_state_folder_must_be_one_to_write_in),
        KF_TEST(test_a_state_folder_that_others_may_write_in_is_told),
        KF_TEST(test_a_state_folder_that_cannot_be_made_is_a_failure),
        KF_TEST(test_a_file_is_no_state_folder),
        KF_TEST(test_without_sha256_no_server_is_tried),
        KF_TEST(test_what_fails_outside_all_steps_is_one_more),
        KF_TEST(test_a_sandbox_that_does_not_hold_is_told),
        KF_TEST(test_json_is_json_whatever_fails),
        KF_TEST(test_want_of_memory_is_said_at_once),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
