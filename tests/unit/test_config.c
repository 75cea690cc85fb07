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

#define URL   "url = https://ca.example.com\n"
#define OAUTH "auth = oauth\ntoken-url = https://login/t\nclient-id = a\nclient-secret-file = two\n"
#define NEEDED                                                                                     \
    URL "username = EXAMPLE\\certmonger\n"                                                         \
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
    assert_int_equal(config->api, KF_API_AUTO);
    assert_int_equal(config->api_version, 3);
    assert_string_equal(config->token_path, "/CMSApi/Token");
    assert_string_equal(config->rest_path, "/KeyfactorAPI");
    assert_string_equal(config->rest_version, "1");
    assert_string_equal(config->requested_with, "APIClient");
    assert_int_equal(config->auth, KF_LOGIN_BASIC);
    assert_int_equal(config->client_authentication, KF_CLIENT_HEADER);
    assert_string_equal(config->keytab, "/etc/krb5.keytab");
    assert_int_equal(config->reconcile, KF_RECONCILE_BEST_EFFORT);
    assert_true(config->check_key);
    assert_false(config->fetch_roots);
    assert_false(config->fetch_issuers);
    assert_false(config->link_renewals);
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
    assert_non_null(config->files[0]);
    assert_null(config->url);
    assert_null(config->ca_file);
    assert_null(config->proxy);
    assert_null(config->template);
    assert_null(config->templates);
    assert_null(config->token_url);
    assert_null(config->client_certificate);
    assert_int_equal(config->metadata.count, 0);
    assert_null(config->username);
    assert_null(config->password_file);
    assert_null(config->application_key);
    assert_null(config->application_secret_file);
    assert_null(config->password);
    assert_null(config->application_secret);
}

#define MEMBER(name) offsetof(struct kf_config, name)

static const struct {
    const char *key;
    const char *value;
    size_t member;
    const char *read;
} texts[] = {
    {"token-path", "/Token/", MEMBER(token_path), "/Token/"},
    {"token-path", "/", MEMBER(token_path), "/"},
    {"token-name", "access_token", MEMBER(token_name), "access_token"},
    {"token-header", "X-Token", MEMBER(token_header), "X-Token"},
    {"rest-path", "/Keyfactor/Api//", MEMBER(rest_path), "/Keyfactor/Api"},
    {"rest-path", "/", MEMBER(rest_path), ""},
    {"rest-version", "1.0", MEMBER(rest_version), "1.0"},
    {"requested-with", "XMLHttpRequest", MEMBER(requested_with), "XMLHttpRequest"},
    {"collection-id", "4", MEMBER(collection_id), "4"},
    {"ca-file", "/etc/ca.pem", MEMBER(ca_file), "/etc/ca.pem"},
    {"ca-directory", "/etc/ca.d", MEMBER(ca_directory), "/etc/ca.d"},
    {"proxy", "http://proxy:8080", MEMBER(proxy), "http://proxy:8080"},
    {"no-proxy", ".example.com", MEMBER(no_proxy), ".example.com"},
    {"proxy-username", "me", MEMBER(proxy_username), "me"},
    {"proxy-password-file", "proxy", MEMBER(proxy_password_file), "proxy"},
    {"username", "EXAMPLE\\certmonger", MEMBER(username), "EXAMPLE\\certmonger"},
    {"password-file", "/etc/password", MEMBER(password_file), "/etc/password"},
    {"token-url", "https://login/t?x=1", MEMBER(token_url), "https://login/t?x=1"},
    {"client-id", "certmonger", MEMBER(client_id), "certmonger"},
    {"client-secret-file", "client", MEMBER(client_secret_file), "client"},
    {"scope", "a b", MEMBER(scope), "a b"},
    {"audience", "https://ca", MEMBER(audience), "https://ca"},
    {"access-token-file", "token", MEMBER(access_token_file), "token"},
    {"keytab", "/etc/other.keytab", MEMBER(keytab), "/etc/other.keytab"},
    {"client-certificate", "/etc/host.pem", MEMBER(client_certificate), "/etc/host.pem"},
    {"client-key", "pkcs11:object=host", MEMBER(client_key), "pkcs11:object=host"},
    {"client-key-password-file", "key", MEMBER(client_key_password_file), "key"},
    {"application-key", "0123 key", MEMBER(application_key), "0123 key"},
    {"application-secret-file", "secret", MEMBER(application_secret_file), "secret"},
    {"template", "Web Server", MEMBER(template), "Web Server"},
    {"certificate-authority", "ca\\Issuing 1", MEMBER(certificate_authority), "ca\\Issuing 1"},
    {"enrollment-pattern", "Web servers", MEMBER(enrollment_pattern), "Web servers"},
    {"ca-chain-file", "/etc/chain.pem", MEMBER(ca_chain_file), "/etc/chain.pem"},
    {"reconcile-metadata", "Request", MEMBER(reconcile_metadata), "Request"},
    {"state-directory", "/var/lib/kf", MEMBER(state_directory), "/var/lib/kf"},
};

static const struct {
    const char *key;
    const char *value;
    size_t member;
    int read;
} numbers[] = {
    {"api", "auto", MEMBER(api), KF_API_AUTO},
    {"api", "classic", MEMBER(api), KF_API_CLASSIC},
    {"api", "rest", MEMBER(api), KF_API_REST},
    {"api-version", "1", MEMBER(api_version), 1},
    {"tls-min-version", "1.3", MEMBER(tls_min_version), 13},
    {"timeout", "1h", MEMBER(timeout), 3600},
    {"connect-timeout", "7", MEMBER(connect_timeout), 7},
    {"auth", "basic", MEMBER(auth), KF_LOGIN_BASIC},
    {"auth", "oauth", MEMBER(auth), KF_LOGIN_BEARER},
    {"auth", "negotiate", MEMBER(auth), KF_LOGIN_NEGOTIATE},
    {"auth", "certificate", MEMBER(auth), KF_LOGIN_NONE},
    {"client-authentication", "header", MEMBER(client_authentication), KF_CLIENT_HEADER},
    {"client-authentication", "body", MEMBER(client_authentication), KF_CLIENT_BODY},
    {"application-key-format", "hex", MEMBER(application_key_format), KF_KEY_HEX},
    {"metadata-format", "array", MEMBER(metadata_format), KF_METADATA_ARRAY},
    {"reconcile", "required", MEMBER(reconcile), KF_RECONCILE_REQUIRED},
    {"reconcile", "best-effort", MEMBER(reconcile), KF_RECONCILE_BEST_EFFORT},
    {"reconcile", "off", MEMBER(reconcile), KF_RECONCILE_OFF},
    {"poll-interval", "2m", MEMBER(poll_interval), 120},
    {"poll-interval-max", "3h", MEMBER(poll_interval_max), 3 * 3600},
    {"poll-limit", "365d", MEMBER(poll_limit), 365 * 86400},
    {"retry-interval", "1", MEMBER(retry_interval), 1},
    {"retry-interval-max", "30d", MEMBER(retry_interval_max), 30 * 86400},
    {"retry-limit", "90s", MEMBER(retry_limit), 90},
    {"log-level", "debug", MEMBER(log_level), KF_LOG_DEBUG},
};

static const struct {
    const char *key;
    size_t member;
} flags[] = {
    {"include-chain", MEMBER(include_chain)}, {"include-root", MEMBER(include_root)},
    {"fetch-roots", MEMBER(fetch_roots)},     {"fetch-issuers", MEMBER(fetch_issuers)},
    {"link-renewals", MEMBER(link_renewals)}, {"check-key", MEMBER(check_key)},
};

/* The member of the configuration that the file "key = value" makes. */
static const void *
read_member(struct fixture *fixture, const char *key, const char *value, size_t member)
{
    write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s = %s\n", key, value));
    return (const char *)assert_read(fixture) + member;
}

static void
every_text_is_read_into_its_member(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *const *text =
            read_member(fixture, texts[i].key, texts[i].value, texts[i].member);

        assert_non_null(*text);
        assert_string_equal(*text, texts[i].read);
    }
}

static void
every_word_and_time_is_read_into_its_member(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(numbers); i++) {
        const int *number =
            read_member(fixture, numbers[i].key, numbers[i].value, numbers[i].member);

        if (*number != numbers[i].read) {
            fail_msg("%s = %s is %d", numbers[i].key, numbers[i].value, *number);
        }
    }
}

static void
every_flag_is_read_into_its_member(void **state)
{
    static const char *const values[] = {"no", "yes", "false", "true"};
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(flags); i++) {
        for (size_t j = 0; j < COUNT(values); j++) {
            const bool *flag = read_member(fixture, flags[i].key, values[j], flags[i].member);

            assert_int_equal(*flag, j % 2 == 1);
        }
    }
}

static void
a_list_is_read_in_its_order(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_main(fixture, "[keyfactor]\n"
                        "url = https://a:8443/,https://b , https://[::1]\n"
                        "templates = Web Server,  b ,c\n");
    config = assert_read(fixture);
    assert_string_equal(config->url[0], "https://a:8443");
    assert_string_equal(config->url[1], "https://b");
    assert_string_equal(config->url[2], "https://[::1]");
    assert_null(config->url[3]);
    assert_string_equal(config->templates[0], "Web Server");
    assert_string_equal(config->templates[1], "b");
    assert_string_equal(config->templates[2], "c");
    assert_null(config->templates[3]);
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
    assert_int_equal(fixture->config->metadata.count, 1);
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
    assert_non_null(assert_read(fixture)->files[0]);
    assert_string_equal(fixture->config->template, "a");
}

static void
without_a_file_everything_has_its_default(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_null(assert_read(fixture)->files[0]);
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
    assert_int_equal(config->metadata.count, 3);
    assert_string_equal(config->metadata.entries[0].type, "OWNER");
    assert_string_equal(config->metadata.entries[0].value, "Web %{team} 100%");
    assert_string_equal(config->metadata.entries[0].where, where);
    assert_string_equal(config->metadata.entries[1].type, "Cost Center");
    assert_string_equal(config->metadata.entries[1].value, "$42");
    assert_string_equal(config->metadata.entries[2].type, "Empty");
    assert_string_equal(config->metadata.entries[2].value, "");
    assert_string_equal(config->metadata.entries[2].where,
                        talloc_asprintf(fixture, "%s/a.conf:2", fixture->dropins));
}

static void
enrollment_fields_are_not_metadata(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const struct kf_config *config = NULL;

    write_main(fixture, "[keyfactor enrollment-fields]\n"
                        "Ticket = 4711\n"
                        "[keyfactor metadata]\n"
                        "Owner = Web team\n"
                        "[global enrollment-fields]\n"
                        "TICKET = 1\n"
                        "Site = Berlin\n"
                        "[other enrollment-fields]\n"
                        "Stranger = 1\n");
    config = assert_read(fixture);
    assert_int_equal(config->enrollment_fields.count, 2);
    assert_string_equal(config->enrollment_fields.entries[0].type, "Ticket");
    assert_string_equal(config->enrollment_fields.entries[0].value, "4711");
    assert_string_equal(config->enrollment_fields.entries[1].type, "Site");
    assert_int_equal(config->metadata.count, 1);
    assert_string_equal(config->metadata.entries[0].type, "Owner");
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

    for (size_t i = 0; i < COUNT(cases); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\nurl = %s\n", cases[i].text));
        assert_string_equal(assert_read(fixture)->url[0], cases[i].url);
        assert_null(fixture->config->url[1]);
    }
}

#define BAD_SCHEME "does not begin with https://: write https://HOST"
#define BAD_SERVER "has no valid host or port: write https://HOST or https://HOST:PORT"
#define BAD_PATH                                                                                   \
    "has a path, query or fragment after the server: write the server only, https://HOST"
#define BAD_LIST "an empty name in the list: take one comma out"
#define BAD_USER                                                                                   \
    "has a user name in it: write the host only, and set the name and the password with keys of "  \
    "their own"

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
        {"https://a, http://b", BAD_SCHEME},
        {"https://a, https://b/Api", BAD_PATH},
        {"https://a, https://user@b", BAD_USER},
        {"https://a,, https://b", BAD_LIST},
        {"https://a, ", BAD_LIST},
    };
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\nurl = %s\n", cases[i].text));
        assert_refused(fixture,
                       talloc_asprintf(fixture, "%s:2: url: %s", fixture->path, cases[i].error));
    }
}

static const struct {
    const char *key;
    const char *value;
    const char *error; /* NULL: taken */
} addresses[] = {
    {"token-url", "https://login.example.com/oauth2/token", NULL},
    {"token-url", "https://login.example.com", NULL},
    {"token-url", "https://[2001:db8::1]:8443/t?tenant=1", NULL},
    {"token-url", "http://login.example.com/token",
     "does not begin with https://: write https://HOST/PATH"},
    {"token-url", "login.example.com/token",
     "does not begin with https://: write https://HOST/PATH"},
    {"token-url", "https://login/to ken", "has a blank or a # in it: write https://HOST/PATH"},
    {"token-url", "https://login/token#x", "has a blank or a # in it: write https://HOST/PATH"},
    {"token-url", "https:///token", BAD_SERVER},
    {"token-url", "https://login:0/token", BAD_SERVER},
    {"token-url", "https://id:secret@login/token", BAD_USER},
    {"proxy", "http://proxy.example.com:8080", NULL},
    {"proxy", "https://proxy.example.com", NULL},
    {"proxy", "http://[2001:db8::1]:3128", NULL},
    {"proxy", "proxy.example.com:8080",
     "does not begin with http:// or https://: write http://HOST:PORT"},
    {"proxy", "socks5://proxy", "does not begin with http:// or https://: write http://HOST:PORT"},
    {"proxy", "http://proxy:8080/x", "has a path after the port: write http://HOST:PORT"},
    {"proxy", "http://proxy?x", "has a path after the port: write http://HOST:PORT"},
    {"proxy", "http://", BAD_SERVER},
    {"proxy", "http://proxy:x", BAD_SERVER},
    {"proxy", "http://me:password@proxy:8080", BAD_USER},
};

/* A password in an address is not shown. */
static void
an_address_is_taken_or_refused_with_the_reason(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(addresses); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s = %s\n", addresses[i].key,
                                            addresses[i].value));
        if (addresses[i].error == NULL) {
            assert_read(fixture);
        } else {
            assert_refused(fixture, talloc_asprintf(fixture, "%s:2: %s: %s", fixture->path,
                                                    addresses[i].key, addresses[i].error));
        }
    }
}

#define BAD_URL_PATH(key)                                                                          \
    key ": not a path on the server: write it like /KeyfactorAPI, without blank, ?, # and %"

static const struct {
    const char *line; /* of [keyfactor], line 2 of the file */
    const char *error;
} bad_lines[] = {
    {"temlpate = a", "unknown key \"temlpate\" in [keyfactor]: did you mean template? See "
                     "keyfactor.conf(5)"},
    {"URL = https://ca",
     "unknown key \"URL\" in [keyfactor]: did you mean url? See keyfactor.conf(5)"},
    {"poll_interval_max = 1",
     "unknown key \"poll_interval_max\" in [keyfactor]: did you mean poll-interval-max? See "
     "keyfactor.conf(5)"},
    {"password = a", "unknown key \"password\" in [keyfactor]: did you mean password-file? See "
                     "keyfactor.conf(5)"},
    {"client_secret = a", "unknown key \"client_secret\" in [keyfactor]: did you mean "
                          "client-secret-file? See keyfactor.conf(5)"},
    {"username = \"a\\b\"", "username: quotes around the value: write it without"},
    {"username = 'a'", "username: quotes around the value: write it without"},
    {"colour = red", "unknown key \"colour\" in [keyfactor]: see keyfactor.conf(5)"},
    {"template =", "template: no value: write one, or take the line out"},
    {"username = a\tb", "username: a tab in the value: write a blank"},
    {"api = soap", "api: \"soap\" is not known: write one of: auto, classic, rest"},
    {"auth = digest",
     "auth: \"digest\" is not known: write one of: basic, oauth, negotiate, certificate"},
    {"client-authentication = post",
     "client-authentication: \"post\" is not known: write one of: header, body"},
    {"reconcile = no", "reconcile: \"no\" is not known: write one of: required, best-effort, off"},
    {"collection-id = four", "collection-id: \"four\" is not a number"},
    {"rest-version = v1", "rest-version: \"v1\" is not a version: write it like 1 or 1.0"},
    {"requested-with = API Client",
     "requested-with: \"API Client\" is not a name: use letters, digits, - and _"},
    {"token-header = X-Token: 1",
     "token-header: \"X-Token: 1\" is not a name: use letters, digits, - and _"},
    {"reconcile-metadata = a\"b",
     "reconcile-metadata: \"a\"b\" is not a name: use letters, digits, - and _"},
    {"rest-path = KeyfactorAPI", BAD_URL_PATH("rest-path")},
    {"rest-path = /Api?x", BAD_URL_PATH("rest-path")},
    {"rest-path = /A pi", BAD_URL_PATH("rest-path")},
    {"token-path = /%41pi", BAD_URL_PATH("token-path")},
    {"client-certificate = host.pem",
     "client-certificate: not a full name: write one that begins with \"/\""},
    {"client-key = pkcs12:host", "client-key: not a full name: write one that begins with \"/\""},
    {"keytab = krb5.keytab", "keytab: not a full name: write one that begins with \"/\""},
    {"api-version = 4", "api-version: \"4\" is not known: write one of: 1, 2, 3"},
    {"tls-min-version = 1.1", "tls-min-version: \"1.1\" is not known: write one of: 1.2, 1.3"},
    {"include-root = 1", "include-root: \"1\" is not known: write one of: yes, no, true, false"},
    {"metadata-format = xml", "metadata-format: \"xml\" is not known: write one of: object, array"},
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
    {"timeout = 3601", "timeout: \"3601\" is out of range: write a time from 1 to 3600 seconds"},
    {"timeout = 61m", "timeout: \"61m\" is out of range: write a time from 1 to 3600 seconds"},
    {"timeout = 18446744073709551617",
     "timeout: \"18446744073709551617\" is out of range: write a time from 1 to 3600 seconds"},
    {"poll-limit = 366d",
     "poll-limit: \"366d\" is out of range: write a time from 1 to 31536000 seconds"},
    {"word", "neither key = value, nor [NAME], nor # comment: write one of these"},
    {"[enrollment-fields]\nTicket = 1",
     "[enrollment-fields] does not say whose: write [NAME enrollment-fields] or [global "
     "enrollment-fields]"},
    {"[metadata]\nOwner = a",
     "[metadata] does not say whose: write [NAME metadata] or [global metadata]"},
};

static void
a_bad_line_is_refused_with_file_line_and_key(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(bad_lines); i++) {
        const int number = bad_lines[i].line[0] == '[' ? 3 : 2;

        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s\n", bad_lines[i].line));
        assert_refused(fixture, talloc_asprintf(fixture, "%s:%d: %s", fixture->path, number,
                                                bad_lines[i].error));
    }
}

static void
an_unknown_key_is_refused_whosever_it_is(void **state)
{
    static const char *const sections[] = {"global", "other", "keyfactor metadatas", "a-metadata"};
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(sections); i++) {
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
                                            "%s:2: Owner: a tab in the value: write a "
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
    for (size_t i = 0; i < COUNT(modes); i++) {
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
        {URL, "has no username: set username = DOMAIN\\USER"},
        {URL "username = a\n", "has no password-file: set password-file = FILE"},
        {URL "username = a\npassword-file = /b\napi = classic\n",
         "has no application-key: set application-key = KEY"},
        {URL "auth = oauth\napi = classic\n",
         "has no token-url: set token-url = https://HOST/PATH"},
        {URL "auth = oauth\ntoken-url = https://login/t\n", "has no client-id: set client-id = ID"},
        {URL "auth = oauth\ntoken-url = https://login/t\nclient-id = a\n",
         "has no client-secret-file: set client-secret-file = FILE"},
        {URL "auth = certificate\n", "has no client-certificate: set client-certificate = FILE"},
        {URL "auth = certificate\nclient-certificate = pkcs11:object=a\nproxy-username = b\n",
         "has no proxy-password-file: set proxy-password-file = FILE"},
        {URL "auth = negotiate\nkeytab = /nowhere/keytab\n",
         "keytab: /nowhere/keytab: No such file or directory: join this host to its domain, or "
         "name another keytab"},
    };
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s", cases[i].text));
        assert_read(fixture);
        assert_not_opened(
            fixture, talloc_asprintf(fixture, "%s: [keyfactor] %s", fixture->path, cases[i].error));
    }
}

static void
assert_opened(struct fixture *fixture, const char *text)
{
    write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n" URL "%s", text));
    assert_read(fixture);
    if (open_config(fixture) != KF_OK) {
        fail_msg("%s: %s", text, fixture->err.text);
    }
}

/* What another way to log in, or another API, needs is not asked for. */
static void
what_need_not_be_set_is_not_asked_for(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    kf_test_file(fixture, fixture->directory, "password", "pass\n", 0600);
    fixture->source.credentials_directory = fixture->directory;
    assert_opened(fixture, "username = a\npassword-file = password\n");
    assert_opened(fixture, "username = a\npassword-file = password\napi = rest\n");
    assert_opened(fixture, "auth = oauth\naccess-token-file = password\n");
    assert_opened(fixture, "auth = oauth\ntoken-url = https://login/t\nclient-id = a\n"
                           "client-secret-file = password\n");
    assert_opened(fixture, "auth = certificate\nclient-certificate = pkcs11:object=a\n");
    assert_opened(fixture,
                  talloc_asprintf(fixture, "auth = negotiate\nkeytab = %s\n", fixture->path));
}

/* Which file's text became which secret; NULL: it is not read. */
static const struct {
    const char *settings;
    size_t member;
    const char *text;
} secrets[] = {
    {"password-file = one\n", MEMBER(password), "one"},
    {"password-file = one\napplication-secret-file = two\n", MEMBER(application_secret), "two"},
    {"password-file = one\n", MEMBER(application_secret), NULL},
    {"password-file = one\nproxy-username = b\nproxy-password-file = two\n", MEMBER(proxy_password),
     "two"},

    /* secrets of other ways to log in stay where they are */
    {"password-file = one\nclient-secret-file = none\naccess-token-file = none\n",
     MEMBER(client_secret), NULL},
    {OAUTH "password-file = none\n", MEMBER(client_secret), "two"},
    {OAUTH "password-file = none\n", MEMBER(password), NULL},
    {OAUTH "access-token-file = one\n", MEMBER(access_token), "one"},
    {OAUTH "access-token-file = one\n", MEMBER(client_secret), NULL},
    {"password-file = one\nclient-key-password-file = none\n", MEMBER(client_key_password), NULL},
};

static void
opening_reads_the_secrets_that_are_needed(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    kf_test_file(fixture, fixture->directory, "one", "one\n", 0600);
    kf_test_file(fixture, fixture->directory, "two", "two\n", 0600);
    fixture->source.credentials_directory = fixture->directory;
    for (size_t i = 0; i < COUNT(secrets); i++) {
        struct kf_secret *const *secret = NULL;

        assert_opened(fixture, talloc_asprintf(fixture, "username = a\n%s", secrets[i].settings));
        secret = (void *)((char *)fixture->config + secrets[i].member);
        if (secrets[i].text == NULL) {
            assert_null(*secret);
        } else {
            assert_non_null(*secret);
            assert_string_equal((*secret)->data, secrets[i].text);
        }
    }
}

/* Whose file may have which mode: a certificate is nobody's secret, a key is. */
static const struct {
    unsigned certificate;
    unsigned key; /* 0: in the certificate's file */
    const char *refused;
} modes[] = {
    {0600, 0, NULL},
    {0644, 0, "client-certificate"},
    {0600, 0600, NULL},
    {0644, 0600, NULL},
    {0644, 0400, NULL},
    {0644, 0644, "client-key"},
    {0644, 0640, "client-key"},
};

static const char *
write_identity(struct fixture *fixture, size_t i)
{
    const char *certificate = kf_test_file(fixture, fixture->directory, "host.pem", "certificate\n",
                                           modes[i].certificate);
    const char *key = kf_test_file(fixture, fixture->directory, "host.key", "key\n",
                                   modes[i].key == 0 ? 0600 : modes[i].key);

    return talloc_asprintf(fixture, URL "auth = certificate\nclient-certificate = %s\n%s%s\n",
                           certificate, modes[i].key == 0 ? "# " : "client-key = ", key);
}

static void
the_files_of_certificate_and_key_are_read_unless_the_key_is_open_to_others(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    for (size_t i = 0; i < COUNT(modes); i++) {
        const char *settings = write_identity(fixture, i);

        write_main(fixture, talloc_asprintf(fixture, "[keyfactor]\n%s", settings));
        assert_read(fixture);
        if (modes[i].refused != NULL) {
            assert_int_equal(open_config(fixture), KF_BADCONFIG);
            kf_test_contains(fixture->err.text, talloc_asprintf(fixture, "%s: [keyfactor] %s: ",
                                                                fixture->path, modes[i].refused));
            kf_test_contains(fixture->err.text, "is open to users beside its owner");
        } else {
            assert_int_equal(open_config(fixture), KF_OK);
            assert_string_equal(fixture->config->client_identity->data, "certificate\n");
            assert_int_equal(fixture->config->client_private_key != NULL, modes[i].key != 0);
        }
    }
}

static void
a_certificate_on_a_token_is_no_file(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    assert_opened(fixture, "auth = certificate\nclient-certificate = pkcs11:object=a\n"
                           "client-key = pkcs11:object=b\n");
    assert_null(fixture->config->client_identity);
    assert_null(fixture->config->client_private_key);
    assert_string_equal(fixture->config->client_certificate, "pkcs11:object=a");
}

static void
until_the_first_certificate_is_there_the_account_is_used(void **state)
{
    struct fixture *fixture = new_fixture(*state);
    const char *settings = talloc_asprintf(fixture,
                                           "auth = certificate\nclient-certificate = %s/host.pem\n"
                                           "username = a\npassword-file = password\n",
                                           fixture->directory);

    kf_test_file(fixture, fixture->directory, "password", "pass\n", 0600);
    fixture->source.credentials_directory = fixture->directory;
    assert_opened(fixture, settings);
    assert_int_equal(fixture->config->auth, KF_LOGIN_BASIC);
    assert_string_equal(fixture->config->password->data, "pass");
    assert_null(fixture->config->client_certificate);

    kf_test_file(fixture, fixture->directory, "host.pem", "certificate\n", 0600);
    assert_opened(fixture, settings);
    assert_int_equal(fixture->config->auth, KF_LOGIN_NONE);
    assert_null(fixture->config->password);
    assert_string_equal(fixture->config->client_identity->data, "certificate\n");
}

static void
without_an_account_the_certificate_must_be_there(void **state)
{
    struct fixture *fixture = new_fixture(*state);

    write_main(fixture, "[keyfactor]\n" URL "auth = certificate\n"
                        "client-certificate = /nowhere/host.pem\n");
    assert_read(fixture);
    assert_int_equal(open_config(fixture), KF_BADCONFIG);
    kf_test_contains(fixture->err.text, "client-certificate: /nowhere/host.pem");
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
    assert_int_equal(fixture->config->metadata.count, 0);
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
    assert_string_equal(config->url[0], "https://keyfactor.example.com");
}

static void
assert_is_told_of(TALLOC_CTX *mem, const char *key)
{
    struct kf_bytes sample = kf_test_data(mem, "../../certmonger-conf/keyfactor.conf");
    struct kf_bytes manual = kf_test_data(mem, "../../docs/keyfactor.conf.5");

    if (strstr((char *)sample.data, talloc_asprintf(mem, "\n#%s = ", key)) == NULL) {
        fail_msg("%s is not in the sample", key);
    }
    if (strstr((char *)manual.data, talloc_asprintf(mem, "\n.It Ic %s\n", key)) == NULL) {
        fail_msg("%s is not in the manual", key);
    }
}

static void
every_key_is_in_the_sample_and_in_the_manual(void **state)
{
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_is_told_of(*state, texts[i].key);
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_is_told_of(*state, numbers[i].key);
    }
    for (size_t i = 0; i < COUNT(flags); i++) {
        assert_is_told_of(*state, flags[i].key);
    }
    assert_is_told_of(*state, "url");
    assert_is_told_of(*state, "templates");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(what_is_not_set_has_its_default),
        KF_TEST(every_text_is_read_into_its_member),
        KF_TEST(every_word_and_time_is_read_into_its_member),
        KF_TEST(every_flag_is_read_into_its_member),
        KF_TEST(a_list_is_read_in_its_order),
        KF_TEST(the_section_of_the_ca_wins_over_global),
        KF_TEST(the_nickname_of_a_ca_may_have_blanks_and_dots),
        KF_TEST(dropins_are_read_after_the_file_in_the_order_of_their_names),
        KF_TEST(only_files_named_conf_are_dropins),
        KF_TEST(dropins_are_enough),
        KF_TEST(without_a_file_everything_has_its_default),
        KF_TEST(metadata_of_the_ca_is_added_to_that_of_global),
        KF_TEST(enrollment_fields_are_not_metadata),
        KF_TEST(a_good_url_is_taken),
        KF_TEST(a_bad_url_is_refused),
        KF_TEST(an_address_is_taken_or_refused_with_the_reason),
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
        KF_TEST(what_need_not_be_set_is_not_asked_for),
        KF_TEST(opening_reads_the_secrets_that_are_needed),
        KF_TEST(the_files_of_certificate_and_key_are_read_unless_the_key_is_open_to_others),
        KF_TEST(a_certificate_on_a_token_is_no_file),
        KF_TEST(until_the_first_certificate_is_there_the_account_is_used),
        KF_TEST(without_an_account_the_certificate_must_be_there),
        KF_TEST(a_short_name_of_a_secret_is_that_of_a_credential),
        KF_TEST(a_bad_secret_is_refused_with_file_section_and_key),
        KF_TEST(the_sample_configures_nothing),
        KF_TEST(the_sample_shows_defaults_and_good_examples),
        KF_TEST(every_key_is_in_the_sample_and_in_the_manual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
