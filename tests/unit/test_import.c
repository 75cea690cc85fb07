/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor.conf(5) made of the vendor's command_config.json. */

#include "support.h"

#include "file.h"
#include "import_parts.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STANDARD   "/etc/certmonger/keyfactor.conf"
#define ONE_SERVER "{\"servers\": {\"default\": {%s}}}"

/* An import into a folder of its own. */
struct run {
    char *folder;
    struct kf_import import;
    char *report;
    char *log; /* what was said on standard error */
    struct kf_error err;
};

static struct run *
new_run(TALLOC_CTX *mem, const char *json, unsigned mode)
{
    struct run *run = talloc_zero(mem, struct run);

    assert_non_null(run);
    run->folder = kf_test_directory(run);
    run->import = (struct kf_import){
        .file = kf_test_file(run, run->folder, "command_config.json", json, mode),
        .server = "default",
        .config = talloc_asprintf(run, "%s/keyfactor.conf", run->folder),
        .standard_config = STANDARD,
        .nickname = "ca",
        .program = "/bin/keyfactor-submit",
    };
    return run;
}

/* A file with one server, of these members. */
static struct run *
new_run_of(TALLOC_CTX *mem, const char *members)
{
    return new_run(mem, talloc_asprintf(mem, ONE_SERVER, members), 0600);
}

static enum kf_rc
perform(struct run *run)
{
    struct kf_test_capture capture;
    enum kf_rc rc;

    kf_test_capture_begin(&capture, STDERR_FILENO);
    rc = kf_import(run, &run->import, &run->report, &run->err);
    run->log = kf_test_capture_end(run, &capture);
    return rc;
}

static void
succeed(struct run *run)
{
    if (perform(run) != KF_OK) {
        fail_msg("%s", run->err.text);
    }
}

/* The text of a file in the folder of run, or NULL. */
static const char *
text_of(struct run *run, const char *name)
{
    return kf_test_read(run, talloc_asprintf(run, "%s/%s", run->folder, name));
}

/* Nothing is there that was not before. */
static void
assert_refused(struct run *run, const char *reason)
{
    const size_t before = kf_test_count_files(run->folder);

    if (perform(run) != KF_BADCONFIG) {
        fail_msg("not refused: %s", reason);
    }
    kf_test_contains(run->err.text, reason);
    assert_null(strchr(run->err.text, '\n'));
    assert_null(run->report);
    assert_int_equal(kf_test_count_files(run->folder), before);
}

/* The lines of the configuration that are no comments, a blank between, the folder as DIR. */
static char *
settings_of(struct run *run)
{
    char *rest = talloc_strdup(run, text_of(run, "keyfactor.conf"));
    char *settings = talloc_strdup(run, "");

    while (rest != NULL && rest[0] != '\0') {
        const char *line = strsep(&rest, "\n");
        const char *folder = strstr(line, run->folder);

        if (line[0] == '#') {
            continue;
        }
        settings = folder == NULL
                       ? talloc_asprintf_append(settings, "%s; ", line)
                       : talloc_asprintf_append(settings, "%.*sDIR%s; ", (int)(folder - line), line,
                                                folder + strlen(run->folder));
    }
    return settings;
}

#define BASIC_MEMBERS "\"host\": \"kf\", \"username\": \"u\", \"password\": \"secret\""
#define OAUTH_MEMBERS                                                                              \
    "\"host\": \"kf\", \"client_id\": \"id\", \"client_secret\": \"s\", "                          \
    "\"token_url\": \"https://idp/t\""
#define HEAD    "[ca]; url = https://kf; api = rest; rest-path = /KeyfactorAPI; "
#define ACCOUNT "password-file = DIR/ca.password; "
#define CLIENT                                                                                     \
    "auth = oauth; token-url = https://idp/t; client-id = id; "                                    \
    "client-secret-file = DIR/ca.client-secret; "

static const struct {
    const char *members;
    const char *settings;
} taken[] = {
    /* where the server is */
    {"\"host\": \"kf\"", HEAD "auth = basic; "},
    {"\"host\": \"https://kf\"", HEAD "auth = basic; "},
    {"\"host\": \"http://kf/KeyfactorAPI/\"", HEAD "auth = basic; "},
    {"\"host\": \"kf\", \"port\": 443, \"api_path\": \"\"", HEAD "auth = basic; "},
    {"\"host\": \"kf\", \"port\": \"443\"", HEAD "auth = basic; "},
    {"\"host\": \"kf\", \"port\": 0, \"api_path\": \"/\"", HEAD "auth = basic; "},
    {"\"HOST\": \"kf\", \"api_path\": null", HEAD "auth = basic; "},
    {"\"host\": \"kf\", \"port\": 8443, \"api_path\": \"Keyfactor/API\"",
     "[ca]; url = https://kf:8443; api = rest; rest-path = /Keyfactor/API; auth = basic; "},
    {"\"host\": \"kf\", \"port\": \"8443\", \"api_path\": \"//a/b//\"",
     "[ca]; url = https://kf:8443; api = rest; rest-path = /a/b; auth = basic; "},
    {"\"host\": \"https://kf:1\", \"port\": 2",
     "[ca]; url = https://kf:1; api = rest; rest-path = /KeyfactorAPI; auth = basic; "},
    {"\"host\": \"[::1]\", \"port\": 2",
     "[ca]; url = https://[::1]:2; api = rest; rest-path = /KeyfactorAPI; auth = basic; "},
    {"\"host\": \"kf\", \"ca_cert_path\": \"/etc/ca.pem\"",
     HEAD "ca-file = /etc/ca.pem; auth = basic; "},
    {"\"host\": \"kf\", \"ca_cert_path\": \"-----BEGIN CERTIFICATE-----\\nMII\"",
     HEAD "ca-file = DIR/ca.ca.pem; auth = basic; "},
    /* a name and a password */
    {BASIC_MEMBERS, HEAD "auth = basic; username = u; " ACCOUNT},
    {BASIC_MEMBERS ", \"domain\": \"D\"", HEAD "auth = basic; username = D\\u; " ACCOUNT},
    {"\"host\": \"kf\", \"username\": \"E\\\\u\", \"password\": \"x\", \"domain\": \"D\"",
     HEAD "auth = basic; username = E\\u; " ACCOUNT},
    {"\"host\": \"kf\", \"username\": \"u@e\", \"password\": \"x\", \"domain\": \"D\"",
     HEAD "auth = basic; username = e\\u; " ACCOUNT},
    /* OAuth */
    {OAUTH_MEMBERS, HEAD CLIENT},
    {OAUTH_MEMBERS ", \"scopes\": [], \"audience\": \"\"", HEAD CLIENT},
    {OAUTH_MEMBERS ", \"scopes\": [\"a\", \"b\"], \"audience\": \"x y\"",
     HEAD CLIENT "scope = a b; audience = x y; "},
    {OAUTH_MEMBERS ", \"scopes\": \"a,b\"", HEAD CLIENT "scope = a b; "},
    {OAUTH_MEMBERS ", \"access_token\": \"t\"", HEAD CLIENT},
    {OAUTH_MEMBERS ", \"access_token\": \"t\", \"auth_type\": \"token\"",
     HEAD CLIENT "access-token-file = DIR/ca.access-token; "},
    {"\"host\": \"kf\", \"access_token\": \"t\"",
     HEAD "auth = oauth; access-token-file = DIR/ca.access-token; "},
    /* which of several ways in */
    {OAUTH_MEMBERS ", \"username\": \"u\", \"password\": \"p\"",
     HEAD "auth = oauth; username = u; " ACCOUNT
          "token-url = https://idp/t; client-id = id; client-secret-file = DIR/ca.client-secret; "},
    {BASIC_MEMBERS ", \"client_id\": \"id\"",
     HEAD "auth = basic; username = u; " ACCOUNT "client-id = id; "},
    {"\"host\": \"kf\", \"client_id\": \"id\"", HEAD "auth = oauth; client-id = id; "},
    {BASIC_MEMBERS ", \"auth_type\": \"OAuth2\"", HEAD "auth = oauth; username = u; " ACCOUNT},
    {BASIC_MEMBERS ", \"auth_type\": \"kerberos\"",
     HEAD "auth = negotiate; username = u; " ACCOUNT},
    {OAUTH_MEMBERS ", \"auth_type\": \"new\"", HEAD CLIENT},
    {"\"host\": \"kf\", \"kerberos_keytab\": \"/etc/kf.keytab\"",
     HEAD "auth = negotiate; keytab = /etc/kf.keytab; "},
};

static void
test_what_their_file_says_ours_says_too(void **state)
{
    for (size_t i = 0; i < COUNT(taken); i++) {
        struct run *run = new_run_of(*state, taken[i].members);

        succeed(run);
        assert_string_equal(settings_of(run), taken[i].settings);
    }
}

static void
test_another_server_can_be_named(void **state)
{
    struct run *run = new_run(*state,
                              "{\"servers\": {\"Prod\": {\"host\": \"a\"}, \"prod\": "
                              "{\"host\": \"b\"}, \"default\": {\"host\": \"c\"}}}",
                              0600);

    run->import.server = "prod";
    succeed(run);
    kf_test_contains(text_of(run, "keyfactor.conf"), "url = https://b\n");
}

static void
test_each_secret_is_in_a_file_for_its_owner_only(void **state)
{
    static const struct {
        const char *name;
        const char *text;
    } files[] = {{"Two words.password", "p\xc3\xa4ss\"; #w \n"},
                 {"Two words.client-secret", "s\n"},
                 {"Two words.access-token", "t\n"},
                 {"keyfactor.conf", NULL}};
    struct run *run =
        new_run_of(*state, "\"host\": \"kf\", \"username\": \"u\", \"password\": \"p\\u00e4ss\\\"; "
                           "#w \", \"client_id\": \"id\", \"client_secret\": \"s\", "
                           "\"access_token\": \"t\", \"auth_type\": \"token\"");
    struct stat info;

    run->import.nickname = "Two words";
    umask(0);
    succeed(run);
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_int_equal(stat(talloc_asprintf(run, "%s/%s", run->folder, files[i].name), &info), 0);
        assert_int_equal(info.st_mode & 07777, 0600);
        assert_int_equal(info.st_nlink, 1);
        if (files[i].text != NULL) {
            assert_string_equal(text_of(run, files[i].name), files[i].text);
        }
    }
    assert_int_equal(kf_test_count_files(run->folder), COUNT(files) + 1);
}

static void
test_ca_certificates_in_the_file_become_a_file(void **state)
{
    struct run *run = new_run_of(*state, "\"host\": \"kf\", \"ca_cert_path\": "
                                         "\"-----BEGIN CERTIFICATE-----\\nMII\\n-----END "
                                         "CERTIFICATE-----\\n\"");

    succeed(run);
    assert_string_equal(text_of(run, "ca.ca.pem"),
                        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
}

static const struct {
    const char *member;
    const char *said;
} left_out[] = {
    {"\"skip_tls_verify\": true", "skip_tls_verify: not taken over: the server's certificate is "
                                  "always checked: set ca-file"},
    {"\"skip_tls_verify\": \"True\"", "skip_tls_verify: not taken over"},
    {"\"auth_type\": \"new\"", "auth_type: not taken over"},
    {"\"auth_provider\": {\"type\": \"azid\"}", "auth_provider: not taken over"},
    {"\"kerberos_realm\": \"EXAMPLE.COM\"", "kerberos_realm: not taken over: there is no key"},
    {"\"client_timeout\": 60", "client_timeout: not taken over: there is no key"},
    {"\"extra\": [0]", "extra: not taken over: there is no key"},
    {"\"client_id\": \"i\", \"client_secret\": \"s\", \"access_token\": \"t\"",
     "access_token: not taken over: client-id and client-secret-file get new ones"},
};

static void
test_what_is_left_out_is_said_and_written_down(void **state)
{
    for (size_t i = 0; i < COUNT(left_out); i++) {
        struct run *run =
            new_run_of(*state, talloc_asprintf(*state, "\"host\": \"kf\", %s", left_out[i].member));

        succeed(run);
        kf_test_contains(run->log, left_out[i].said);
        kf_test_contains(text_of(run, "keyfactor.conf"),
                         talloc_asprintf(*state, "\n# %s", left_out[i].said));
    }
}

static void
test_what_says_nothing_is_left_out_without_a_word(void **state)
{
    struct run *run =
        new_run_of(*state, "\"host\": \"kf\", \"skip_tls_verify\": false, \"auth_provider\": {}, "
                           "\"a\": null, \"b\": \"\", \"c\": [], \"d\": 0, \"password\": null");

    succeed(run);
    assert_string_equal(run->log, "");
    assert_null(strstr(text_of(run, "keyfactor.conf"), "not taken over"));
}

/* Names come from the file too. */
static void
test_a_name_with_a_line_end_adds_no_line(void **state)
{
    struct run *run = new_run(*state,
                              "{\"servers\": {\"x\\n[ca]\\nproxy = http://evil\": {\"host\": "
                              "\"kf\", \"y\\nproxy = http://evil\": 1}}}",
                              0600);

    run->import.server = "x\n[ca]\nproxy = http://evil";
    succeed(run);
    assert_string_equal(settings_of(run), HEAD "auth = basic; ");
}

static const struct {
    const char *members;
    const char *reason;
} refused[] = {
    {"\"username\": \"u\"", "host: there is none"},
    {"\"host\": \"https://\"", "host: there is none"},
    {"\"host\": 1", "host: not a text"},
    {"\"host\": \"a,b\"", "host: "},
    {"\"host\": \"u@kf\"", "host: has a user name in it"},
    {"\"host\": \"kf\\nproxy = x\"", "host: a line end"},
    {"\"host\": \"kf\", \"port\": \"https\"", "host: has no valid host or port"},
    {"\"host\": \"kf\", \"port\": 65536", "host: has no valid host or port"},
    {"\"host\": \"kf\", \"api_path\": \"a?b\"", "api_path: not a path"},
    {"\"host\": \"kf\", \"ca_cert_path\": \"ca.pem\"", "ca_cert_path: not a full name"},
    {"\"host\": \"kf\", \"token_url\": \"http://idp/t\"",
     "token_url: does not begin with https://"},
    {"\"host\": \"kf\", \"username\": \"u\\nv\"", "username: a line end"},
    {"\"host\": \"kf\", \"username\": \"u\", \"domain\": \"D\\n\"", "username: a line end"},
    {"\"host\": \"kf\", \"client_id\": \"i\\tj\"", "client_id: a line end or control character"},
    {"\"host\": \"kf\", \"client_id\": \" \"", "client_id: a blank at its beginning"},
    {"\"host\": \"kf\", \"scopes\": [\"a\\nb\"]", "scopes: a line end"},
    {"\"host\": \"kf\", \"password\": 12345", "password: not a text: write it in quotes"},
    {"\"host\": \"kf\", \"password\": [\"p\"]", "password: not a text"},
};

static void
test_a_value_that_no_key_takes_is_named_and_nothing_is_written(void **state)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct run *run = new_run_of(*state, refused[i].members);

        assert_refused(run, refused[i].reason);
        kf_test_contains(run->err.text,
                         talloc_asprintf(run, "%s: server \"default\": ", run->import.file));
    }
}

static const struct {
    const char *json;
    const char *reason;
} unfit[] = {
    {"", "is not JSON"},
    {"servers:\n  default:\n", "is not JSON, name a command_config.json: line 1, column "},
    {"{\"servers\": {\"default\": {\"host\": \"kf\",\n\"password\": opensesame}}}",
     "is not JSON, name a command_config.json: line 2, column "},
    {"[]", "has no \"servers\" in it"},
    {"{\"servers\": []}", "has no \"servers\" in it"},
    {"{\"host\": \"kf\"}", "has no \"servers\" in it"},
    {"{\"servers\": {}}", "has no server \"default\": name one with --server: there are none"},
    {"{\"servers\": {\"Default\": {}, \"b\": {}}}",
     "has no server \"default\": name one with --server: Default, b"},
    {"{\"servers\": {\"default\": \"b\"}}", "has no server \"default\""},
};

static void
test_a_file_that_is_none_of_theirs_is_refused(void **state)
{
    for (size_t i = 0; i < COUNT(unfit); i++) {
        struct run *run = new_run(*state, unfit[i].json, 0600);

        assert_refused(run, unfit[i].reason);
        kf_test_contains(run->err.text, run->import.file);
        assert_null(strstr(run->err.text, "opensesame"));
    }
}

static void
test_a_file_that_is_not_there_is_named(void **state)
{
    struct run *run = new_run_of(*state, BASIC_MEMBERS);

    run->import.file = talloc_asprintf(run, "%s/none", run->folder);
    assert_refused(run, run->import.file);
}

static void
test_what_is_there_is_not_written_over(void **state)
{
    static const char *const names[] = {"keyfactor.conf", "ca.password"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct run *run = new_run_of(*state, BASIC_MEMBERS);

        kf_test_file(run, run->folder, names[i], "mine", 0644);
        assert_refused(run, talloc_asprintf(run, "%s/%s is there already", run->folder, names[i]));
        assert_string_equal(text_of(run, names[i]), "mine");
    }
}

static void
test_who_has_a_configuration_is_told_of_drop_in_files(void **state)
{
    struct run *run = new_run_of(*state, BASIC_MEMBERS);

    kf_test_file(run, run->folder, "keyfactor.conf", "mine", 0600);
    assert_refused(
        run, talloc_asprintf(run, "add to it with --config %s.d/ca.conf", run->import.config));
}

static void
test_a_link_to_nowhere_is_there_too(void **state)
{
    static const char *const names[] = {"keyfactor.conf", "ca.password"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct run *run = new_run_of(*state, BASIC_MEMBERS);

        assert_int_equal(symlink("nowhere", talloc_asprintf(run, "%s/%s", run->folder, names[i])),
                         0);
        assert_refused(run, talloc_asprintf(run, "%s/%s is there already", run->folder, names[i]));
    }
}

static void
test_what_cannot_be_a_name_is_refused(void **state)
{
    static const char *const names[] = {"",     "a/b", "../a", ".a",         " a",       "a]",
                                        "a\nb", "a!",  "a'b",  "a metadata", "M\xc3\xbc"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct run *run = new_run_of(*state, "\"host\": \"kf\"");

        run->import.nickname = names[i];
        assert_int_equal(perform(run), KF_BADCONFIG);
        kf_test_contains(run->err.text, talloc_asprintf(run, "--ca %s: ", names[i]));
        assert_int_equal(kf_test_count_files(run->folder), 1);
    }
}

static void
test_a_folder_that_is_not_there_is_named(void **state)
{
    struct run *run = new_run_of(*state, BASIC_MEMBERS);

    run->import.config = talloc_asprintf(run, "%s/none/keyfactor.conf", run->folder);
    assert_refused(run, run->import.config);
    run->import.config = talloc_asprintf(run, "%s/", run->folder);
    assert_refused(run, "a folder: name a file");
}

/* The settings name the secrets by their full names all the same. */
static void
test_a_name_without_a_folder_is_in_the_working_folder(void **state)
{
    struct run *run = new_run_of(*state, BASIC_MEMBERS);
    char *before = getcwd(NULL, 0);

    assert_int_equal(chdir(run->folder), 0);
    run->import.config = "keyfactor.conf";
    succeed(run);
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_string_equal(settings_of(run), HEAD "auth = basic; username = u; " ACCOUNT);
}

static void
test_readers_of_their_file_are_warned_of(void **state)
{
    static const struct {
        unsigned mode;
        bool warned;
    } cases[] = {{0644, true}, {0640, true}, {0602, true}, {0600, false}, {0400, false}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run *run =
            new_run(*state, talloc_asprintf(*state, ONE_SERVER, BASIC_MEMBERS), cases[i].mode);

        succeed(run);
        assert_int_equal(strstr(run->log, "chmod 0600") != NULL, cases[i].warned);
    }
}

static void
test_the_report_says_what_was_written_and_what_to_do(void **state)
{
    struct run *run = new_run_of(*state, BASIC_MEMBERS);

    succeed(run);
    kf_test_contains(run->report, talloc_asprintf(run, "  %s/ca.password\n", run->folder));
    kf_test_contains(run->report, talloc_asprintf(run, "  %s\n", run->import.config));
    kf_test_contains(
        run->report,
        talloc_asprintf(run, "/bin/keyfactor-submit --config %s --ca 'ca' ", run->import.config));
    kf_test_contains(run->report,
                     talloc_asprintf(run, "-c 'ca' -e '/bin/keyfactor-submit --config %s'\n",
                                     run->import.config));
    assert_null(strstr(run->report, "Missing"));
    assert_null(strstr(run->report, "secret\n"));
}

static void
test_the_report_says_what_is_missing(void **state)
{
    struct run *run = new_run_of(*state, "\"host\": \"kf\", \"client_id\": \"id\"");

    succeed(run);
    kf_test_contains(run->report, talloc_asprintf(run, "Missing:\n  %s: [ca] has no token-url",
                                                  run->import.config));
}

static void
test_the_standard_configuration_needs_no_option(void **state)
{
    static const struct {
        const char *standard;
        bool is_named;
    } cases[] = {{"keyfactor.conf", false},
                 {"keyfactor", true},
                 {"keyfactor.conf.d", true},
                 {"keyfactor.conf.old", true}};
    static const char *const drop_ins[] = {"x.d/keyfactor.conf", "x.e/keyfactor.conf"};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run *run = new_run_of(*state, BASIC_MEMBERS);

        run->import.standard_config = talloc_asprintf(run, "%s/%s", run->folder, cases[i].standard);
        succeed(run);
        assert_int_equal(strstr(run->report, "--config") != NULL, cases[i].is_named);
    }
    for (size_t i = 0; i < COUNT(drop_ins); i++) {
        struct run *run = new_run_of(*state, BASIC_MEMBERS);

        run->import.standard_config = talloc_asprintf(run, "%s/x", run->folder);
        run->import.config = talloc_asprintf(run, "%s/%s", run->folder, drop_ins[i]);
        assert_int_equal(mkdir(talloc_asprintf(run, "%s/%.3s", run->folder, drop_ins[i]), 0700), 0);
        succeed(run);
        assert_int_equal(strstr(run->report, "--config") != NULL, i == 1);
    }
}

/* Three files, written to temporary names. */
static struct kf_import_files *
written_files(TALLOC_CTX *mem, const char *folder)
{
    static const char *const names[] = {"a", "b", "c"};
    struct kf_import_files *files = NULL;
    const char *path = NULL;
    struct kf_error err;

    assert_int_equal(kf_import_files_new(mem, talloc_asprintf(mem, "%s/c", folder), &files, &err),
                     KF_OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(kf_import_files_add(files, names[i], "text", &path, &err), KF_OK);
    }
    assert_int_equal(kf_import_files_write(files, &err), KF_OK);
    return files;
}

static void
test_a_file_that_comes_in_between_is_kept_and_no_other_is_placed(void **state)
{
    const char *folder = kf_test_directory(*state);
    struct kf_import_files *files = written_files(*state, folder);
    struct kf_error err;

    kf_test_file(*state, folder, "c", "mine", 0600);
    assert_int_equal(kf_import_files_place(files, &err), KF_BADCONFIG);
    kf_test_contains(err.text, talloc_asprintf(*state, "%s/c is there already", folder));
    talloc_free(files);
    assert_int_equal(kf_test_count_files(folder), 1);
    assert_string_equal(kf_test_read(*state, talloc_asprintf(*state, "%s/c", folder)), "mine");
}

static void
test_files_that_are_not_placed_are_gone(void **state)
{
    const char *folder = kf_test_directory(*state);
    struct kf_import_files *files = written_files(*state, folder);

    assert_int_equal(kf_test_count_files(folder), 3);
    talloc_free(files);
    assert_int_equal(kf_test_count_files(folder), 0);
}

static void
test_a_folder_that_goes_away_is_no_success(void **state)
{
    const char *folder = talloc_asprintf(*state, "%s/x", kf_test_directory(*state));
    struct kf_import_files *files = NULL;
    const char *path = NULL;
    struct kf_error err;

    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(
        kf_import_files_new(*state, talloc_asprintf(*state, "%s/c", folder), &files, &err), KF_OK);
    assert_int_equal(kf_import_files_add(files, "a", "text", &path, &err), KF_OK);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(kf_import_files_write(files, &err), KF_BADCONFIG);
    kf_test_contains(err.text, "/x/a: cannot be written: No such file");
}

/* However much memory there is, all is written or nothing. Most of it is for reading the two files:
 * between them the steps are small. */
static void
test_without_memory_nothing_is_written(void **state)
{
    enum kf_rc rc = KF_INTERNAL;

    for (size_t size = 0; rc != KF_OK; size += size < 16384 ? 64 : 16384) {
        struct run *run = new_run_of(*state, BASIC_MEMBERS ", \"extra\": 1");
        TALLOC_CTX *small = kf_test_small_memory(run, KF_FILE_MAX + size);
        struct kf_test_capture capture;

        kf_test_capture_begin(&capture, STDERR_FILENO);
        rc = kf_import(small, &run->import, &run->report, &run->err);
        kf_test_capture_end(run, &capture);
        if (rc != KF_OK) {
            assert_int_equal(rc, KF_INTERNAL);
            assert_int_equal(kf_test_count_files(run->folder), 1);
        } else {
            assert_string_equal(settings_of(run), HEAD "auth = basic; username = u; " ACCOUNT);
            kf_test_contains(text_of(run, "keyfactor.conf"), "# extra: not taken over");
        }
        talloc_free(run);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_what_their_file_says_ours_says_too),
        KF_TEST(test_another_server_can_be_named),
        KF_TEST(test_each_secret_is_in_a_file_for_its_owner_only),
        KF_TEST(test_ca_certificates_in_the_file_become_a_file),
        KF_TEST(test_what_is_left_out_is_said_and_written_down),
        KF_TEST(test_what_says_nothing_is_left_out_without_a_word),
        KF_TEST(test_a_name_with_a_line_end_adds_no_line),
        KF_TEST(test_a_value_that_no_key_takes_is_named_and_nothing_is_written),
        KF_TEST(test_a_file_that_is_none_of_theirs_is_refused),
        KF_TEST(test_a_file_that_is_not_there_is_named),
        KF_TEST(test_what_is_there_is_not_written_over),
        KF_TEST(test_who_has_a_configuration_is_told_of_drop_in_files),
        KF_TEST(test_a_link_to_nowhere_is_there_too),
        KF_TEST(test_what_cannot_be_a_name_is_refused),
        KF_TEST(test_a_folder_that_is_not_there_is_named),
        KF_TEST(test_a_name_without_a_folder_is_in_the_working_folder),
        KF_TEST(test_readers_of_their_file_are_warned_of),
        KF_TEST(test_the_report_says_what_was_written_and_what_to_do),
        KF_TEST(test_the_report_says_what_is_missing),
        KF_TEST(test_the_standard_configuration_needs_no_option),
        KF_TEST(test_a_file_that_comes_in_between_is_kept_and_no_other_is_placed),
        KF_TEST(test_files_that_are_not_placed_are_gone),
        KF_TEST(test_a_folder_that_goes_away_is_no_success),
        KF_TEST(test_without_memory_nothing_is_written),
    };

    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
