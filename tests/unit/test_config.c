/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Tests of helper/config.c. */

#include "support.h"

#include "config.h"
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEEDED                                                                                     \
    "url = https://ca.example.com\n"                                                               \
    "username = EXAMPLE\\certmonger\n"                                                             \
    "application-key = 00ff\n"

/* A configuration on disk, read as the CA "keyfactor". */
struct fixture {
    TALLOC_CTX *mem;
    const char *directory;
    const char *path; /* DIRECTORY/keyfactor.conf */
    const char *dropins;
    struct kf_config_source source;
    struct kf_config *config;
    struct kf_error err;
};

static struct fixture *
new_fixture(TALLOC_CTX *mem)
{
    struct fixture *fixture = talloc_zero(mem, struct fixture);

    assert_non_null(fixture);
    fixture->mem = talloc_new(fixture);
    fixture->directory = kf_test_directory(fixture);
    fixture->path = talloc_asprintf(fixture, "%s/keyfactor.conf", fixture->directory);
    fixture->dropins = talloc_asprintf(fixture, "%s.d", fixture->path);
    fixture->source = (struct kf_config_source){fixture->path, "keyfactor", NULL};
    return fixture;
}

static void
write_main(struct fixture *fixture, const char *text)
{
    kf_test_file(fixture, fixture->directory, "keyfactor.conf", text, 0600);
}

static void
write_dropin(struct fixture *fixture, const char *name, const char *text)
{
    mkdir(fixture->dropins, 0700);
    kf_test_file(fixture, fixture->dropins, name, text, 0600);
}

static enum kf_rc
read_again(struct fixture *fixture)
{
    talloc_free(fixture->config);
    fixture->config = NULL;
    return kf_config_read(fixture->mem, &fixture->source, &fixture->config, &fixture->err);
}

static const struct kf_config *
assert_read(struct fixture *fixture)
{
    enum kf_rc rc = read_again(fixture);

    if (rc != KF_OK) {
        fail_msg("%s", fixture->err.text);
    }
    return fixture->config;
}

static void
assert_refused(struct fixture *fixture, const char *error)
{
    assert_int_equal(read_again(fixture), KF_BADCONFIG);
    assert_string_equal(fixture->err.text, error);
    assert_null(fixture->config);
    assert_int_equal(talloc_total_blocks(fixture->mem), 1);
}

static enum kf_rc
open_config(struct fixture *fixture)
{
    return kf_config_open(fixture->config, &fixture->err);
}

static void
assert_not_opened(struct fixture *fixture, const char *error)
{
    assert_int_equal(open_config(fixture), KF_BADCONFIG);
    assert_string_equal(fixture->err.text, error);
}

static void
assert_presets(const struct kf_config *config)
{
    assert_int_equal(config->api_version, 3);
    assert_int_equal(config->tls_min_version, 12);
    assert_int_equal(config->timeout, 60);
    assert_int_equal(config->connect_timeout, 15);
    assert_int_equal(config->application_key_format, KF_KEY_AUTO);
    assert_true(config->include_chain);
    assert_false(config->include_root);
    assert_int_equal(config->metadata_format, KF_METADATA_OBJECT);
    assert_int_equal(config->poll_interval, 300);
    assert_int_equal(config->poll_interval_max, 3600);
    assert_int_equal(config->poll_limit, 30 * 86400);
    assert_int_equal(config->retry_interval, 60);
    assert_int_equal(config->retry_interval_max, 3600);
    assert_int_equal(config->retry_limit, 7 * 86400);
    assert_int_equal(config->log_level, KF_LOG_NOTICE);
}

static void
what_is_not_set_has_its_default(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_main(fixture, "[keyfactor]\n");
    config = assert_read(fixture);
    assert_presets(config);
    assert_string_equal(config->nickname, "keyfactor");
    assert_string_equal(config->path, fixture->path);
    assert_true(config->found);
    assert_null(config->url);
    assert_null(config->ca_file);
    assert_null(config->ca_directory);
    assert_null(config->template);
    assert_null(config->templates);
    assert_null(config->metadata);
    assert_int_equal(config->metadata_count, 0);
    assert_null(config->username);
    assert_null(config->password_file);
    assert_null(config->application_key);
    assert_null(config->application_secret_file);
    assert_null(config->password);
    assert_null(config->application_secret);
}

static void
every_key_is_read_into_its_member(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_main(fixture, "[keyfactor]\n"
                        "url = https://ca.example.com:8443/\n"
                        "api = classic\n"
                        "api-version = 3\n"
                        "ca-file = /etc/ca.pem\n"
                        "ca-directory = /etc/ca.d\n"
                        "tls-min-version = 1.3\n"
                        "timeout = 1h\n"
                        "connect-timeout = 7\n"
                        "username = EXAMPLE\\certmonger\n"
                        "password-file = /etc/password\n"
                        "application-key = 0123 key\n"
                        "application-key-format = hex\n"
                        "application-secret-file = secret\n"
                        "template = Web Server\n"
                        "templates = Web Server,  b ,c\n"
                        "include-chain = no\n"
                        "include-root = true\n"
                        "metadata-format = array\n"
                        "poll-interval = 2m\n"
                        "poll-interval-max = 3h\n"
                        "poll-limit = 365d\n"
                        "retry-interval = 1\n"
                        "retry-interval-max = 30d\n"
                        "retry-limit = 90s\n"
                        "log-level = debug\n");
    config = assert_read(fixture);
    assert_string_equal(config->url, "https://ca.example.com:8443");
    assert_int_equal(config->api_version, 3);
    assert_string_equal(config->ca_file, "/etc/ca.pem");
    assert_string_equal(config->ca_directory, "/etc/ca.d");
    assert_int_equal(config->tls_min_version, 13);
    assert_int_equal(config->timeout, 3600);
    assert_int_equal(config->connect_timeout, 7);
    assert_string_equal(config->username, "EXAMPLE\\certmonger");
    assert_string_equal(config->password_file, "/etc/password");
    assert_string_equal(config->application_key, "0123 key");
    assert_int_equal(config->application_key_format, KF_KEY_HEX);
    assert_string_equal(config->application_secret_file, "secret");
    assert_string_equal(config->template, "Web Server");
    assert_string_equal(config->templates[0], "Web Server");
    assert_string_equal(config->templates[1], "b");
    assert_string_equal(config->templates[2], "c");
    assert_null(config->templates[3]);
    assert_false(config->include_chain);
    assert_true(config->include_root);
    assert_int_equal(config->metadata_format, KF_METADATA_ARRAY);
    assert_int_equal(config->poll_interval, 120);
    assert_int_equal(config->poll_interval_max, 3 * 3600);
    assert_int_equal(config->poll_limit, 365 * 86400);
    assert_int_equal(config->retry_interval, 1);
    assert_int_equal(config->retry_interval_max, 30 * 86400);
    assert_int_equal(config->retry_limit, 90);
    assert_int_equal(config->log_level, KF_LOG_DEBUG);
}

static void
the_section_of_the_ca_wins_over_global(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_main(fixture, "[keyfactor]\n"
                        "template = own\n"
                        "[global]\n"
                        "template = global\n"
                        "username = global\n"
                        "[keyfactor-2]\n"
                        "username = other\n"
                        "timeout = 5\n");
    config = assert_read(fixture);
    assert_string_equal(config->template, "own");
    assert_string_equal(config->username, "global");
    assert_int_equal(config->timeout, 60);

    fixture->source.nickname = "keyfactor-2";
    config = assert_read(fixture);
    assert_string_equal(config->template, "global");
    assert_string_equal(config->username, "other");
    assert_int_equal(config->timeout, 5);
}

static void
the_nickname_of_a_ca_may_have_blanks_and_dots(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    fixture->source.nickname = "My CA v1.2";
    write_main(fixture, "[My CA v1.2]\ntemplate = a\n[My CA v1.2 metadata]\nOwner = b\n");
    assert_read(fixture);
    assert_string_equal(fixture->config->template, "a");
    assert_int_equal(fixture->config->metadata_count, 1);
}

static void
dropins_are_read_after_the_file_in_the_order_of_their_names(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_main(fixture, "[keyfactor]\ntemplate = main\ntimeout = 1\nusername = main\n");
    write_dropin(fixture, "b.conf", "[keyfactor]\ntemplate = b\n");
    write_dropin(fixture, "B.conf", "[keyfactor]\ntemplate = B\ntimeout = 2\n");
    write_dropin(fixture, "a.conf",
                 "[keyfactor]\ntemplate = a\n"
                 "[global]\nusername = global\napplication-key = global\n");
    config = assert_read(fixture);
    assert_string_equal(config->template, "b");
    assert_int_equal(config->timeout, 2);
    assert_string_equal(config->username, "main");
    assert_string_equal(config->application_key, "global");
}

static void
only_files_named_conf_are_dropins(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_main(fixture, "[keyfactor]\ntemplate = main\n");
    write_dropin(fixture, ".hidden.conf", "rubbish");
    write_dropin(fixture, ".conf", "rubbish");
    write_dropin(fixture, "a.conf.rpmsave", "rubbish");
    write_dropin(fixture, "a.conf~", "rubbish");
    write_dropin(fixture, "conf", "rubbish");
    write_dropin(fixture, "README", "rubbish");
    assert_string_equal(assert_read(fixture)->template, "main");
}

static void
dropins_are_enough(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_dropin(fixture, "a.conf", "[keyfactor]\ntemplate = a\n");
    assert_true(assert_read(fixture)->found);
    assert_string_equal(fixture->config->template, "a");
}

static void
without_a_file_everything_has_its_default(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_false(assert_read(fixture)->found);
    assert_presets(fixture->config);
    assert_not_opened(fixture,
                      talloc_asprintf(fixture,
                                      "%s is missing: write it, with a section [keyfactor] "
                                      "(keyfactor.conf(5))",
                                      fixture->path));
}

static void
metadata_of_the_ca_is_added_to_that_of_global(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;
    const char *where = talloc_asprintf(fixture, "%s:2", fixture->path);

    write_main(fixture, "[keyfactor metadata]\n"
                        "OWNER = Web %{team} 100%\n"
                        "[global metadata]\n"
                        "Owner = nobody\n"
                        "Cost Center = $42\n"
                        "[other metadata]\n"
                        "Stranger = 1\n"
                        "[keyfactor]\n"
                        "template = a\n");
    write_dropin(fixture, "a.conf", "[keyfactor   metadata]\nEmpty =\n");
    config = assert_read(fixture);
    assert_int_equal(config->metadata_count, 3);
    assert_string_equal(config->metadata[0].type, "OWNER");
    assert_string_equal(config->metadata[0].value, "Web %{team} 100%");
    assert_string_equal(config->metadata[0].where, where);
    assert_string_equal(config->metadata[1].type, "Cost Center");
    assert_string_equal(config->metadata[1].value, "$42");
    assert_string_equal(config->metadata[2].type, "Empty");
    assert_string_equal(config->metadata[2].value, "");
    assert_string_equal(config->metadata[2].where,
                        talloc_asprintf(fixture, "%s/a.conf:2", fixture->dropins));
}

static void
a_good_url_is_taken(void **state)
{
    static const struct {
        const char *text;
        const char *url;
    } cases[] = {
        {"https://ca", "https://ca"},
        {"https://ca.example.com", "https://ca.example.com"},
        {"https://CA-1.example.com/", "https://CA-1.example.com"},
        {"https://ca.example.com///", "https://ca.example.com"},
        {"https://ca.example.com:1", "https://ca.example.com:1"},
        {"https://ca.example.com:65535/", "https://ca.example.com:65535"},
        {"https://192.0.2.1:443", "https://192.0.2.1:443"},
        {"https://[2001:db8::1]", "https://[2001:db8::1]"},
        {"https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"},
    };
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\nurl = %s\n", cases[i].text));
        assert_string_equal(assert_read(fixture)->url, cases[i].url);
    }
}

#define BAD_SCHEME "does not begin with https://: write https://HOST"
#define BAD_SERVER "has no valid host or port: write https://HOST or https://HOST:PORT"
#define BAD_PATH                                                                                   \
    "has a path, query or fragment after the server: write the server only, https://HOST"
#define BAD_USER "has a user name in it: write https://HOST, and set username and password-file"

static void
a_bad_url_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"ca.example.com", BAD_SCHEME},
        {"http://ca.example.com", BAD_SCHEME},
        {"file:///etc/passwd", BAD_SCHEME},
        {"https:/ca", BAD_SCHEME},
        {"https://", BAD_SERVER},
        {"https:///", BAD_SERVER},
        {"https://:443", BAD_SERVER},
        {"https://ca:", BAD_SERVER},
        {"https://ca:0", BAD_SERVER},
        {"https://ca:65536", BAD_SERVER},
        {"https://ca:443x", BAD_SERVER},
        {"https://ca:000443", BAD_SERVER},
        {"https://ca:-1", BAD_SERVER},
        {"https://-ca", BAD_SERVER},
        {"https://.ca", BAD_SERVER},
        {"https://ca example", BAD_SERVER},
        {"https://ca\\example", BAD_SERVER},
        {"https://c%61", BAD_SERVER},
        {"https://c\xc3\xa4", BAD_SERVER},
        {"https://2001:db8::1", BAD_SERVER},
        {"https://[2001:db8::1", BAD_SERVER},
        {"https://[2001:db8::1]8443", BAD_SERVER},
        {"https://[2001:db8::1%eth0]", BAD_SERVER},
        {"https://[192.0.2.1]", BAD_SERVER},
        {"https://[]", BAD_SERVER},
        {"https://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", BAD_SERVER},
        {"https://user:password@ca", BAD_USER},
        {"https://user@ca/", BAD_USER},
        {"https://ca/CMSApi", BAD_PATH},
        {"https://ca/KeyfactorAPI/", BAD_PATH},
        {"https://ca?x", BAD_PATH},
        {"https://ca/#x", BAD_PATH},
    };
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\nurl = %s\n", cases[i].text));
        assert_refused(fixture,
                       talloc_asprintf(fixture, "%s:2: url: %s", fixture->path, cases[i].error));
    }
}

static void
a_bad_line_is_refused_with_file_line_and_key(void **state)
{
    static const struct {
        const char *line; /* of [keyfactor], line 2 of the file */
        const char *error;
    } cases[] = {
        {"temlpate = a", "unknown key \"temlpate\" in [keyfactor]: did you mean template? See "
                         "keyfactor.conf(5)"},
        {"URL = https://ca",
         "unknown key \"URL\" in [keyfactor]: did you mean url? See keyfactor.conf(5)"},
        {"poll_interval_max = 1",
         "unknown key \"poll_interval_max\" in [keyfactor]: did you mean poll-interval-max? See "
         "keyfactor.conf(5)"},
        {"colour = red", "unknown key \"colour\" in [keyfactor]: see keyfactor.conf(5)"},
        {"template =", "template: no value: write one, or take the line out"},
        {"username = a\tb", "username: a tab in the value: write a blank"},
        {"api = rest", "api: \"rest\" is not known: write one of: classic"},
        {"api-version = 4", "api-version: \"4\" is not known: write one of: 1, 2, 3"},
        {"tls-min-version = 1.1", "tls-min-version: \"1.1\" is not known: write one of: 1.2, 1.3"},
        {"include-root = 1",
         "include-root: \"1\" is not known: write one of: yes, no, true, false"},
        {"metadata-format = xml",
         "metadata-format: \"xml\" is not known: write one of: object, array"},
        {"application-key-format = Hex",
         "application-key-format: \"Hex\" is not known: write one of: auto, hex, text"},
        {"log-level = all", "log-level: \"all\" is not known: write one of: notice, info, debug"},
        {"ca-file = ca.pem", "ca-file: not a full name: write one that begins with \"/\""},
        {"ca-directory = ./ca", "ca-directory: not a full name: write one that begins with \"/\""},
        {"templates = a,,b", "templates: an empty name in the list: take one comma out"},
        {"templates = ,", "templates: an empty name in the list: take one comma out"},
        {"templates = a, ", "templates: an empty name in the list: take one comma out"},
        {"timeout = soon", "timeout: \"soon\" is not a time: write it like 90, 90s, 5m, 2h or 1d"},
        {"timeout = m", "timeout: \"m\" is not a time: write it like 90, 90s, 5m, 2h or 1d"},
        {"timeout = -1", "timeout: \"-1\" is not a time: write it like 90, 90s, 5m, 2h or 1d"},
        {"timeout = 1.5", "timeout: \"1.5\" is not a time: write it like 90, 90s, 5m, 2h or 1d"},
        {"timeout = 1 m", "timeout: \"1 m\" is not a time: write it like 90, 90s, 5m, 2h or 1d"},
        {"timeout = 1w", "timeout: \"1w\" is not a time: write it like 90, 90s, 5m, 2h or 1d"},
        {"timeout = 0", "timeout: \"0\" is out of range: write a time from 1 to 3600 seconds"},
        {"timeout = 3601",
         "timeout: \"3601\" is out of range: write a time from 1 to 3600 seconds"},
        {"timeout = 61m", "timeout: \"61m\" is out of range: write a time from 1 to 3600 seconds"},
        {"timeout = 18446744073709551617",
         "timeout: \"18446744073709551617\" is out of range: write a time from 1 to 3600 seconds"},
        {"poll-limit = 366d",
         "poll-limit: \"366d\" is out of range: write a time from 1 to 31536000 seconds"},
        {"word", "neither key = value, nor [NAME], nor # comment: write one of these"},
        {"[metadata]\nOwner = a",
         "[metadata] does not say whose: write [NAME metadata] or [global metadata]"},
    };
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int number = cases[i].line[0] == '[' ? 3 : 2;

        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s\n", cases[i].line));
        assert_refused(
            fixture, talloc_asprintf(fixture, "%s:%d: %s", fixture->path, number, cases[i].error));
    }
}

static void
an_unknown_key_is_refused_whosever_it_is(void **state)
{
    static const char *const sections[] = {"global", "other", "keyfactor metadatas", "a-metadata"};
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[%s]\ncolour = red\n", sections[i]));
        assert_refused(fixture, talloc_asprintf(fixture,
                                                "%s:2: unknown key \"colour\" in [%s]: see "
                                                "keyfactor.conf(5)",
                                                fixture->path, sections[i]));
    }
}

static void
a_key_of_any_length_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    char *key = talloc_zero_array(fixture, char, 1001);

    memset(key, 'k', 1000);
    write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s = 1\n", key));
    assert_int_equal(read_again(fixture), KF_BADCONFIG);
    assert_non_null(strstr(fixture->err.text, ":2: unknown key \"kkk"));
}

static void
an_error_in_a_dropin_names_the_dropin(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_main(fixture, "[keyfactor]\ntemplate = a\n");
    write_dropin(fixture, "a.conf", "\n[keyfactor]\ntimeout = 0\n");
    assert_refused(fixture,
                   talloc_asprintf(fixture,
                                   "%s/a.conf:3: timeout: \"0\" is out of range: write a time "
                                   "from 1 to 3600 seconds",
                                   fixture->dropins));
}

static void
a_tab_in_metadata_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_main(fixture, "[keyfactor metadata]\nOwner = a\tb\n");
    assert_refused(fixture, talloc_asprintf(fixture,
                                            "%s:2: metadata Owner: a tab in the value: write a "
                                            "blank",
                                            fixture->path));
}

static void
a_file_that_others_may_read_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_main(fixture, "[keyfactor]\n");
    assert_int_equal(chmod(fixture->path, 0644), 0);
    assert_refused(fixture, talloc_asprintf(fixture,
                                            "%s: is open to users beside its owner (mode 0644): "
                                            "chmod 0600 %s",
                                            fixture->path, fixture->path));
}

static void
a_folder_is_no_configuration(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(mkdir(fixture->path, 0700), 0);
    assert_refused(fixture,
                   talloc_asprintf(fixture, "%s: is a folder: a file is wanted", fixture->path));
}

static void
a_fifo_is_no_configuration(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    assert_refused(fixture, talloc_asprintf(fixture, "%s: is not a regular file: a file is wanted",
                                            fixture->path));
}

static void
a_link_to_nowhere_is_not_a_missing_file(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(symlink("nowhere", fixture->path), 0);
    assert_refused(fixture, talloc_asprintf(fixture,
                                            "%s: cannot be opened: No such file or directory: "
                                            "check the name and who may read it",
                                            fixture->path));
}

static void
a_huge_file_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_main(fixture, "[keyfactor]\n");
    assert_int_equal(truncate(fixture->path, 1024 * 1024), 0);
    assert_refused(fixture,
                   talloc_asprintf(fixture, "%s: over 256 KiB: give the name of the right file",
                                   fixture->path));
}

static void
a_bad_dropin_file_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const char *path = talloc_asprintf(fixture, "%s/a.conf", fixture->dropins);

    write_dropin(fixture, "a.conf", "[keyfactor]\n");
    assert_int_equal(chmod(path, 0640), 0);
    assert_refused(fixture, talloc_asprintf(fixture,
                                            "%s: is open to users beside its owner (mode 0640): "
                                            "chmod 0600 %s",
                                            path, path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(fixture,
                   talloc_asprintf(fixture, "%s: is not a regular file: a file is wanted", path));
}

static void
a_dropin_folder_that_others_may_write_is_refused(void **state)
{
    static const unsigned modes[] = {0770, 0702, 01777};
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(mkdir(fixture->dropins, 0755), 0);
    assert_read(fixture);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(fixture->dropins, modes[i]), 0);
        assert_refused(fixture, talloc_asprintf(fixture,
                                                "%s: users beside its owner may write in it (mode "
                                                "%04o): chmod go-w %s",
                                                fixture->dropins, modes[i], fixture->dropins));
    }
}

static void
a_dropin_folder_of_another_user_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_int_equal(mkdir(fixture->dropins, 0755), 0);
    if (chown(fixture->dropins, 12345, (gid_t)-1) != 0) {
        print_message("# not tried: only root can give a folder away\n");
        return;
    }
    assert_refused(fixture, talloc_asprintf(fixture, "%s: belongs to user 12345: chown root %s",
                                            fixture->dropins, fixture->dropins));
}

static void
a_file_in_place_of_the_dropin_folder_is_refused(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    kf_test_file(fixture, fixture->directory, "keyfactor.conf.d", "", 0600);
    assert_refused(fixture,
                   talloc_asprintf(fixture, "%s: cannot be opened as a folder: Not a directory",
                                   fixture->dropins));
}

static void
what_must_be_set_is_asked_for(void **state)
{
    static const struct {
        const char *text; /* of [keyfactor] */
        const char *error;
    } cases[] = {
        {"", "has no url: set url = https://HOST"},
        {"url = https://ca\n", "has no username: set username = DOMAIN\\USER"},
        {"url = https://ca\nusername = a\n", "has no password-file: set password-file = FILE"},
        {"url = https://ca\nusername = a\npassword-file = /b\n",
         "has no application-key: set application-key = KEY"},
    };
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s", cases[i].text));
        assert_read(fixture);
        assert_not_opened(
            fixture, talloc_asprintf(fixture, "%s: [keyfactor] %s", fixture->path, cases[i].error));
    }
}

static void
opening_reads_the_secrets(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const char *password = kf_test_file(fixture, fixture->directory, "password", "pass\n", 0600);
    const char *secret = kf_test_file(fixture, fixture->directory, "secret", "sign\n", 0600);

    write_main(fixture, talloc_asprintf(fixture,
                                        "[keyfactor]\n" NEEDED "password-file = %s\n"
                                        "application-secret-file = %s\n",
                                        password, secret));
    assert_read(fixture);
    assert_int_equal(open_config(fixture), KF_OK);
    assert_string_equal(fixture->config->password->data, "pass");
    assert_string_equal(fixture->config->application_secret->data, "sign");
}

static void
without_a_secret_file_there_is_no_application_secret(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const char *password = kf_test_file(fixture, fixture->directory, "password", "pass\n", 0600);

    write_main(fixture,
               talloc_asprintf(fixture, "[keyfactor]\n" NEEDED "password-file = %s\n", password));
    assert_read(fixture);
    assert_int_equal(open_config(fixture), KF_OK);
    assert_null(fixture->config->application_secret);
}

static void
a_short_name_of_a_secret_is_that_of_a_credential(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const char *unset = talloc_asprintf(fixture,
                                        "%s: [keyfactor] password-file: \"password\" is a name in "
                                        "$CREDENTIALS_DIRECTORY, which is not set: write a full "
                                        "name, or give certmonger.service the credential",
                                        fixture->path);

    kf_test_file(fixture, fixture->directory, "password", "pass\n", 0400);
    write_main(fixture, "[keyfactor]\n" NEEDED "password-file = password\n");
    assert_read(fixture);
    assert_not_opened(fixture, unset);
    fixture->source.credentials_directory = "";
    assert_read(fixture);
    assert_not_opened(fixture, unset);
    fixture->source.credentials_directory = fixture->directory;
    assert_read(fixture);
    assert_int_equal(open_config(fixture), KF_OK);
    assert_string_equal(fixture->config->password->data, "pass");
}

static void
a_bad_secret_is_refused_with_file_section_and_key(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const char *empty = kf_test_file(fixture, fixture->directory, "empty", "\n", 0600);
    const char *password = kf_test_file(fixture, fixture->directory, "password", "pass\n", 0600);

    write_main(fixture,
               talloc_asprintf(fixture, "[keyfactor]\n" NEEDED "password-file = %s\n", empty));
    assert_read(fixture);
    assert_not_opened(fixture, talloc_asprintf(fixture,
                                               "%s: [keyfactor] password-file: %s: is empty: write "
                                               "the secret into it",
                                               fixture->path, empty));
    write_main(fixture, talloc_asprintf(fixture,
                                        "[keyfactor]\n" NEEDED "password-file = %s\n"
                                        "application-secret-file = %s\n",
                                        password, empty));
    assert_read(fixture);
    assert_not_opened(fixture, talloc_asprintf(fixture,
                                               "%s: [keyfactor] application-secret-file: %s: is "
                                               "empty: write the secret into it",
                                               fixture->path, empty));
}

/* The sample configuration, the keys in it (lines "#key = ...") set when asked for. */
static void
write_sample(struct fixture *fixture, bool set)
{
    struct kf_bytes sample = kf_test_data(fixture, "../../certmonger-conf/keyfactor.conf");
    char *text = (char *)sample.data;

    for (char *line = text; set && line != NULL; line = strstr(line + 1, "\n#")) {
        line += line == text ? 0 : 1;
        if (line[1] >= 'a' && line[1] <= 'z') {
            line[0] = '\n';
        }
    }
    write_main(fixture, text);
}

static void
the_sample_configures_nothing(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_sample(fixture, false);
    assert_presets(assert_read(fixture));
    assert_int_equal(fixture->config->metadata_count, 0);
    assert_not_opened(fixture,
                      talloc_asprintf(fixture, "%s: [keyfactor] has no url: set url = https://HOST",
                                      fixture->path));
}

static void
the_sample_shows_defaults_and_good_examples(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_sample(fixture, true);
    config = assert_read(fixture);
    assert_presets(config);
    assert_string_equal(config->url, "https://keyfactor.example.com");
}

static void
every_key_is_in_the_sample_and_in_the_manual(void **state)
{
    static const char *const keys[] = {
        "url",
        "api",
        "api-version",
        "ca-file",
        "ca-directory",
        "tls-min-version",
        "timeout",
        "connect-timeout",
        "username",
        "password-file",
        "application-key",
        "application-key-format",
        "application-secret-file",
        "template",
        "templates",
        "include-chain",
        "include-root",
        "metadata-format",
        "poll-interval",
        "poll-interval-max",
        "poll-limit",
        "retry-interval",
        "retry-interval-max",
        "retry-limit",
        "log-level",
    };
    struct kf_bytes sample = kf_test_data(*state, "../../certmonger-conf/keyfactor.conf");
    struct kf_bytes manual = kf_test_data(*state, "../../docs/keyfactor.conf.5");

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strstr((char *)sample.data, talloc_asprintf(*state, "\n#%s = ", keys[i])) == NULL) {
            fail_msg("%s is not in the sample", keys[i]);
        }
        if (strstr((char *)manual.data, talloc_asprintf(*state, "\n.It Ic %s\n", keys[i])) ==
            NULL) {
            fail_msg("%s is not in the manual", keys[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(what_is_not_set_has_its_default),
        KF_TEST(every_key_is_read_into_its_member),
        KF_TEST(the_section_of_the_ca_wins_over_global),
        KF_TEST(the_nickname_of_a_ca_may_have_blanks_and_dots),
        KF_TEST(dropins_are_read_after_the_file_in_the_order_of_their_names),
        KF_TEST(only_files_named_conf_are_dropins),
        KF_TEST(dropins_are_enough),
        KF_TEST(without_a_file_everything_has_its_default),
        KF_TEST(metadata_of_the_ca_is_added_to_that_of_global),
        KF_TEST(a_good_url_is_taken),
        KF_TEST(a_bad_url_is_refused),
        KF_TEST(a_bad_line_is_refused_with_file_line_and_key),
        KF_TEST(an_unknown_key_is_refused_whosever_it_is),
        KF_TEST(a_key_of_any_length_is_refused),
        KF_TEST(an_error_in_a_dropin_names_the_dropin),
        KF_TEST(a_tab_in_metadata_is_refused),
        KF_TEST(a_file_that_others_may_read_is_refused),
        KF_TEST(a_folder_is_no_configuration),
        KF_TEST(a_fifo_is_no_configuration),
        KF_TEST(a_link_to_nowhere_is_not_a_missing_file),
        KF_TEST(a_huge_file_is_refused),
        KF_TEST(a_bad_dropin_file_is_refused),
        KF_TEST(a_dropin_folder_that_others_may_write_is_refused),
        KF_TEST(a_dropin_folder_of_another_user_is_refused),
        KF_TEST(a_file_in_place_of_the_dropin_folder_is_refused),
        KF_TEST(what_must_be_set_is_asked_for),
        KF_TEST(opening_reads_the_secrets),
        KF_TEST(without_a_secret_file_there_is_no_application_secret),
        KF_TEST(a_short_name_of_a_secret_is_that_of_a_credential),
        KF_TEST(a_bad_secret_is_refused_with_file_section_and_key),
        KF_TEST(the_sample_configures_nothing),
        KF_TEST(the_sample_shows_defaults_and_good_examples),
        KF_TEST(every_key_is_in_the_sample_and_in_the_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
