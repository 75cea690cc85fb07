/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates for services: which chain, how files are written, and what reloads. */

#include "support.h"

#include "deploy_parts.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DAY  86400
#define YEAR (365 * DAY)

/*
 * Which chain
 */

/* A CA or a leaf, with a key of its own. */
struct entity {
    const char *name;
    EVP_PKEY *key;
};

static int
free_entity(struct entity *entity)
{
    EVP_PKEY_free(entity->key);
    return 0;
}

static struct entity *
new_entity(TALLOC_CTX *mem, const char *name)
{
    struct entity *entity = talloc_zero(mem, struct entity);

    assert_non_null(entity);
    entity->name = name;
    entity->key = EVP_EC_gen("P-256");
    assert_non_null(entity->key);
    talloc_set_destructor(entity, free_entity);
    return entity;
}

static void
set_name(X509_NAME *name, const char *text)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)text, -1, -1, 0),
                     1);
}

/* The certificate of subject by issuer, valid for these seconds from now; a CA's unless it is
 * called "leaf". */
static X509 *
issue(const struct entity *subject, const struct entity *issuer, long from, long to)
{
    static long serial = 0;
    X509 *certificate = X509_new();
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(
        NULL, NULL, NID_basic_constraints,
        strcmp(subject->name, "leaf") == 0 ? "critical,CA:FALSE" : "critical,CA:TRUE");

    assert_non_null(certificate);
    assert_non_null(extension);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to);
    set_name(X509_get_subject_name(certificate), subject->name);
    set_name(X509_get_issuer_name(certificate), issuer->name);
    X509_set_pubkey(certificate, subject->key);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    assert_int_not_equal(X509_sign(certificate, issuer->key, EVP_sha256()), 0);
    return certificate;
}

/* A folder with a certificate, and the job of finding its chain there. */
struct search {
    char *folder;
    X509 *leaf;
    struct kf_deploy_job job;
    STACK_OF(X509) *issuers;
    struct kf_error err;
};

static int
free_search(struct search *search)
{
    X509_free(search->leaf);
    sk_X509_pop_free(search->issuers, X509_free);
    return 0;
}

static const char *
write_file(struct search *search, const char *name, X509 *certificate)
{
    char *path = talloc_asprintf(search, "%s/%s", search->folder, name);
    BIO *bio = BIO_new_file(path, "w");

    assert_non_null(bio);
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    BIO_free(bio);
    return path;
}

static struct search *
new_search(TALLOC_CTX *mem, const struct entity *leaf, const struct entity *issuer, long from,
           long to)
{
    struct search *search = talloc_zero(mem, struct search);

    assert_non_null(search);
    talloc_set_destructor(search, free_search);
    search->folder = kf_test_directory(search);
    search->leaf = issue(leaf, issuer, from, to);
    search->job.certificate = write_file(search, "leaf.pem", search->leaf);
    search->job.state_directory = talloc_asprintf(search, "%s/none", search->folder);
    return search;
}

/* Gives the search a candidate, which it frees at once. Returns the serial number. */
static long
offer(struct search *search, X509 *certificate)
{
    const char *name = talloc_asprintf(search, "%zu.pem", search->job.chain_count);
    const long serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));

    search->job.chains[search->job.chain_count++] = write_file(search, name, certificate);
    X509_free(certificate);
    return serial;
}

static enum kf_rc
find(struct search *search)
{
    return kf_deploy_chain_find(&search->job, search->leaf, &search->issuers, &search->err);
}

/* The chain is found, and has one issuer before the root: this one. */
static void
assert_finds(struct search *search, long serial)
{
    if (find(search) != KF_OK) {
        fail_msg("%s", search->err.text);
    }
    assert_int_equal(sk_X509_num(search->issuers), 1);
    assert_int_equal(ASN1_INTEGER_get(X509_get0_serialNumber(sk_X509_value(search->issuers, 0))),
                     serial);
}

static void
assert_refuses(struct search *search, const char *reason)
{
    assert_int_equal(find(search), KF_BADCONFIG);
    kf_test_contains(search->err.text, reason);
    assert_null(search->issuers);
}

/* root, then issuing, then leaf. */
struct pki {
    struct entity *root;
    struct entity *issuing;
    struct entity *leaf;
};

static struct pki
new_pki(TALLOC_CTX *mem)
{
    return (struct pki){new_entity(mem, "root"), new_entity(mem, "issuing"),
                        new_entity(mem, "leaf")};
}

static void
test_the_path_is_found_whatever_the_order(void **state)
{
    const struct pki pki = new_pki(*state);
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);
    long serial;

    offer(search, issue(pki.root, pki.root, -DAY, YEAR));
    serial = offer(search, issue(pki.issuing, pki.root, -DAY, YEAR));
    assert_finds(search, serial);
}

static void
test_of_issuers_of_one_name_the_one_that_signed_is_taken(void **state)
{
    const struct pki pki = new_pki(*state);
    const struct entity *namesake = new_entity(*state, "issuing");
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);
    long serial;

    offer(search, issue(pki.root, pki.root, -DAY, YEAR));
    offer(search, issue(namesake, pki.root, -DAY, YEAR));
    serial = offer(search, issue(pki.issuing, pki.root, -DAY, YEAR));
    offer(search, issue(namesake, pki.root, -DAY, YEAR));
    assert_finds(search, serial);
}

static void
test_an_issuer_that_was_renewed_is_taken_as_it_is_now(void **state)
{
    const struct pki pki = new_pki(*state);
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);
    long serial;

    offer(search, issue(pki.root, pki.root, -YEAR, YEAR));
    offer(search, issue(pki.issuing, pki.root, -YEAR, -DAY));
    serial = offer(search, issue(pki.issuing, pki.root, -DAY, YEAR));
    assert_finds(search, serial);
}

static void
test_an_expired_issuer_is_named(void **state)
{
    const struct pki pki = new_pki(*state);
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);

    offer(search, issue(pki.root, pki.root, -YEAR, YEAR));
    offer(search, issue(pki.issuing, pki.root, -YEAR, -DAY));
    assert_refuses(search, "the chain does not hold at CN=issuing: certificate has expired");
}

/* A host's clock may be late, and an old certificate is deployed by hand. */
static void
test_the_dates_of_the_certificate_itself_do_not_matter(void **state)
{
    static const struct {
        long from;
        long to;
    } dates[] = {{DAY, YEAR}, {-YEAR, -DAY}};

    for (size_t i = 0; i < COUNT(dates); i++) {
        const struct pki pki = new_pki(*state);
        struct search *search =
            new_search(*state, pki.leaf, pki.issuing, dates[i].from, dates[i].to);
        long serial;

        offer(search, issue(pki.root, pki.root, -YEAR, YEAR));
        serial = offer(search, issue(pki.issuing, pki.root, -YEAR, YEAR));
        assert_finds(search, serial);
    }
}

static void
test_what_is_missing_is_named(void **state)
{
    const struct pki pki = new_pki(*state);
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);

    assert_refuses(search, "there is no certificate of CN=issuing that signed that of CN=leaf");
    offer(search, issue(pki.issuing, pki.root, -DAY, YEAR));
    assert_refuses(search, "there is no certificate of CN=root that signed that of CN=issuing");
}

static void
test_an_issuer_of_the_name_that_did_not_sign_is_none(void **state)
{
    const struct pki pki = new_pki(*state);
    const struct entity *namesake = new_entity(*state, "issuing");
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);

    offer(search, issue(pki.root, pki.root, -DAY, YEAR));
    offer(search, issue(namesake, pki.root, -DAY, YEAR));
    assert_refuses(search, "there is no certificate of CN=issuing that signed that of CN=leaf");
}

static void
test_the_root_may_be_one_that_the_host_trusts(void **state)
{
    const struct pki pki = new_pki(*state);
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);
    X509 *root = issue(pki.root, pki.root, -DAY, YEAR);
    const long serial = offer(search, issue(pki.issuing, pki.root, -DAY, YEAR));

    assert_int_equal(setenv("SSL_CERT_FILE", write_file(search, "trusted.pem", root), 1), 0);
    X509_free(root);
    assert_finds(search, serial);
    unsetenv("SSL_CERT_FILE");
}

static void
test_the_root_comes_only_when_it_is_asked_for(void **state)
{
    const struct pki pki = new_pki(*state);
    struct search *search = new_search(*state, pki.leaf, pki.issuing, -DAY, DAY);
    const long serial = offer(search, issue(pki.root, pki.root, -DAY, YEAR));

    offer(search, issue(pki.issuing, pki.root, -DAY, YEAR));
    search->job.include_root = true;
    assert_int_equal(find(search), KF_OK);
    assert_int_equal(sk_X509_num(search->issuers), 2);
    assert_int_equal(ASN1_INTEGER_get(X509_get0_serialNumber(sk_X509_value(search->issuers, 1))),
                     serial);
}

/*
 * The files
 */

/* A folder with files that are to be written, of one form, with the name as content. */
struct target {
    char *folder;
    struct kf_deploy_job job;
    struct kf_deploy_files *files;
    struct kf_error err;
};

static struct target *
new_target(TALLOC_CTX *mem, const char *const *names)
{
    struct target *target = talloc_zero(mem, struct target);

    assert_non_null(target);
    target->folder = kf_test_directory(target);
    target->job.certificate = "/nowhere/certificate";
    target->job.key = "/nowhere/key";
    for (; *names != NULL; names++) {
        target->job.outputs[target->job.output_count++] = (struct kf_deploy_output){
            .form = KF_DEPLOY_KEY,
            .path = talloc_asprintf(target, "%s/%s", target->folder, *names)};
    }
    return target;
}

/* Writes the files, as far as it goes. */
static enum kf_rc
write_files(struct target *target, const char *text)
{
    enum kf_rc rc = kf_deploy_files_new(target, &target->job, &target->files, &target->err);

    assert_int_equal(rc, KF_OK);
    for (size_t i = 0; i < target->files->count; i++) {
        target->files->list[i].content = kf_secret_new(target->files, text, strlen(text));
    }
    rc = kf_deploy_files_write(target->files, &target->err);
    if (rc == KF_OK) {
        rc = kf_deploy_files_place(target->files, &target->err);
    }
    TALLOC_FREE(target->files);
    return rc;
}

static void
test_files_are_replaced_and_nothing_else_is_left(void **state)
{
    struct target *target = new_target(*state, FILES("a", "b"));

    kf_test_file(target, target->folder, "a", "old", 0644);
    assert_int_equal(write_files(target, "new"), KF_OK);
    assert_string_equal(kf_test_read(target, target->job.outputs[0].path), "new");
    assert_string_equal(kf_test_read(target, target->job.outputs[1].path), "new");
    assert_int_equal(kf_test_count_files(target->folder), 2);
}

/* The second file fails, because no file may be longer than the first. */
static void
test_a_file_that_cannot_be_written_whole_leaves_all_as_they_were(void **state)
{
    struct target *target = new_target(*state, FILES("a", "b"));
    const struct rlimit small = {.rlim_cur = 3, .rlim_max = RLIM_INFINITY};
    struct rlimit before;

    kf_test_file(target, target->folder, "a", "old", 0644);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(write_files(target, "longer"), KF_BADCONFIG);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    kf_test_contains(target->err.text, "/a: cannot be written: File too large");
    assert_string_equal(kf_test_read(target, target->job.outputs[0].path), "old");
    assert_int_equal(kf_test_count_files(target->folder), 1);
}

/* Between the check and the change of names a folder came to be where the last file goes. */
static void
test_a_name_that_cannot_be_had_gives_the_others_back(void **state)
{
    struct target *target = new_target(*state, FILES("old", "new", "in-the-way"));
    const char *folder = talloc_asprintf(target, "%s/in-the-way", target->folder);

    kf_test_file(target, target->folder, "old", "old", 0644);
    assert_int_equal(kf_deploy_files_new(target, &target->job, &target->files, &target->err),
                     KF_OK);
    for (size_t i = 0; i < target->files->count; i++) {
        target->files->list[i].content = kf_secret_new(target->files, "text", 4);
    }
    assert_int_equal(kf_deploy_files_write(target->files, &target->err), KF_OK);
    /* With its temporary file gone, the last one can be neither exchanged nor renamed. */
    assert_int_equal(unlink(target->files->list[2].temporary), 0);
    assert_int_equal(kf_deploy_files_place(target->files, &target->err), KF_BADCONFIG);
    kf_test_contains(target->err.text, folder);
    TALLOC_FREE(target->files);
    assert_string_equal(kf_test_read(target, target->job.outputs[0].path), "old");
    assert_int_equal(kf_test_count_files(target->folder), 1);
}

/* The context of a file, or NULL where files have none. */
static const char *
context_of(TALLOC_CTX *mem, const char *path)
{
    char *context = talloc_zero_array(mem, char, 256);

    return lgetxattr(path, "security.selinux", context, 255) > 0 ? context : NULL;
}

static void
test_the_context_is_that_of_the_file_before_unless_one_is_asked_for(void **state)
{
    struct target *target = new_target(*state, FILES("a", "b"));
    static const char before[] = "system_u:object_r:cert_t:s0";
    static const char asked[] = "system_u:object_r:httpd_config_t:s0";
    const char *a = kf_test_file(target, target->folder, "a", "old", 0644);

    if (setxattr(a, "security.selinux", before, sizeof(before), 0) != 0) {
        skip();
    }
    target->job.outputs[1].access.context = asked;
    assert_int_equal(write_files(target, "new"), KF_OK);
    assert_string_equal(context_of(target, a), before);
    assert_string_equal(context_of(target, target->job.outputs[1].path), asked);
}

/*
 * Reloading
 */

/* A job that runs this script as systemctl; it finds the folder as $0. */
static struct kf_deploy_job *
new_reload(TALLOC_CTX *mem, const char *script)
{
    struct kf_deploy_job *job = talloc_zero(mem, struct kf_deploy_job);
    const char *folder = kf_test_directory(mem);

    job->units[0] = "nginx";
    job->units[1] = "a b;c";
    job->unit_count = 2;
    job->reload_limit = 600;
    job->systemctl = kf_test_file(mem, folder, "systemctl",
                                  talloc_asprintf(mem, "#!/bin/sh\n%s\n", script), 0700);
    return job;
}

static void
test_systemctl_gets_the_units_and_an_environment_of_its_own(void **state)
{
    struct kf_deploy_job *job =
        new_reload(*state, "printf '<%s>' \"$@\" >$0.called; env | sort >$0.environment");
    struct kf_error err;
    const char *environment = NULL;

    assert_int_equal(setenv("LD_LIBRARY_PATH", "/nowhere", 1), 0);
    assert_int_equal(kf_deploy_reload(job, &err), KF_OK);
    unsetenv("LD_LIBRARY_PATH");
    assert_string_equal(kf_test_read(*state, talloc_asprintf(*state, "%s.called", job->systemctl)),
                        "<try-reload-or-restart><--><nginx><a b;c>");
    environment = kf_test_read(*state, talloc_asprintf(*state, "%s.environment", job->systemctl));
    kf_test_contains(environment, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
    assert_null(strstr(environment, "/nowhere"));
}

static void
test_a_reload_that_fails_says_how(void **state)
{
    static const struct {
        const char *script;
        const char *reason;
    } cases[] = {{"exit 5", "systemctl ended with status 5: see systemctl status nginx"},
                 {"kill -9 $$", "systemctl ended with signal 9"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct kf_error err;

        assert_int_equal(kf_deploy_reload(new_reload(*state, cases[i].script), &err), KF_BADCONFIG);
        kf_test_contains(err.text, "the files are written, but ");
        kf_test_contains(err.text, cases[i].reason);
    }
}

static void
test_without_systemctl_it_is_said(void **state)
{
    struct kf_deploy_job *job = new_reload(*state, "");
    struct kf_error err;

    assert_int_equal(unlink(job->systemctl), 0);
    assert_int_equal(kf_deploy_reload(job, &err), KF_BADCONFIG);
    kf_test_contains(err.text, talloc_asprintf(*state, "%s: No such file", job->systemctl));
}

static void
test_without_units_nothing_is_run(void **state)
{
    struct kf_deploy_job *job = new_reload(*state, "exit 1");
    struct kf_error err;

    job->unit_count = 0;
    assert_int_equal(kf_deploy_reload(job, &err), KF_OK);
}

/* It ends when the test lets go of the pipe, which it has open. */
static void
test_a_unit_that_takes_too_long_is_not_waited_for(void **state)
{
    struct kf_deploy_job *job = new_reload(*state, "read line <$0.pipe");
    const char *path = talloc_asprintf(*state, "%s.pipe", job->systemctl);
    struct kf_error err;
    int end;

    assert_int_equal(mkfifo(path, 0600), 0);
    end = open(path, O_RDWR | O_CLOEXEC);
    assert_int_not_equal(end, -1);
    job->reload_limit = 0;
    assert_int_equal(kf_deploy_reload(job, &err), KF_BADCONFIG);
    kf_test_contains(err.text, "not ready after 0 seconds: see systemctl status nginx");
    assert_int_equal(write(end, "\n", 1), 1);
    assert_int_not_equal(wait(NULL), -1);
    close(end);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_the_path_is_found_whatever_the_order),
        KF_TEST(test_of_issuers_of_one_name_the_one_that_signed_is_taken),
        KF_TEST(test_an_issuer_that_was_renewed_is_taken_as_it_is_now),
        KF_TEST(test_an_expired_issuer_is_named),
        KF_TEST(test_the_dates_of_the_certificate_itself_do_not_matter),
        KF_TEST(test_what_is_missing_is_named),
        KF_TEST(test_an_issuer_of_the_name_that_did_not_sign_is_none),
        KF_TEST(test_the_root_may_be_one_that_the_host_trusts),
        KF_TEST(test_the_root_comes_only_when_it_is_asked_for),
        KF_TEST(test_files_are_replaced_and_nothing_else_is_left),
        KF_TEST(test_a_file_that_cannot_be_written_whole_leaves_all_as_they_were),
        KF_TEST(test_a_name_that_cannot_be_had_gives_the_others_back),
        KF_TEST(test_the_context_is_that_of_the_file_before_unless_one_is_asked_for),
        KF_TEST(test_systemctl_gets_the_units_and_an_environment_of_its_own),
        KF_TEST(test_a_reload_that_fails_says_how),
        KF_TEST(test_without_systemctl_it_is_said),
        KF_TEST(test_without_units_nothing_is_run),
        KF_TEST(test_a_unit_that_takes_too_long_is_not_waited_for),
    };

    return cmocka_run_group_tests_name("deploy", tests, NULL, NULL);
}
