/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Certificates in every form a server may send: tests/data/chain holds them. The path is root,
 * policy, issuing, leaf. */

#include "support.h"

#include "chain.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define TEXTS_MAX 6

#define LEAF        "key.leaf.der"
#define SELF_SIGNED "key.self-signed.der"
#define LOOPED      "key.looped.der"
#define LOST        "key.lost.der"

#define LEAF_ALONE     "expected.leaf.pem"
#define CHAIN          "expected.chain.pem"
#define CHAIN_AND_ROOT "expected.chain-and-root.pem"
#define AUTHORITIES    "expected.authorities.pem"
#define NEWER          "expected.newer.pem"

#define LEAF_NOT_BEFORE 1577836800 /* 2020-01-01 */

static const struct {
    const char *files[TEXTS_MAX];
    const char *key;
    bool include_root;
    const char *expected;
} good[] = {
    /* what is there, and in which order */
    {{"good.leaf-alone.pem"}, LEAF, false, LEAF_ALONE},
    {{"good.leaf-alone.pem"}, LEAF, true, LEAF_ALONE},
    {{"good.without-root.pem"}, LEAF, true, CHAIN},
    {{"good.leaf-first.pem"}, LEAF, false, CHAIN},
    {{"good.leaf-first.pem"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.leaf-last.pem"}, LEAF, false, CHAIN},
    {{"good.leaf-last.pem"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.leaf-in-the-middle.pem"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.unordered.pem"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.missing-intermediate.pem"}, LEAF, true, LEAF_ALONE},
    {{"good.unrelated.pem"}, LEAF, true, CHAIN},
    {{"good.namesake.pem"}, LEAF, true, CHAIN},
    {{"good.twice.pem"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.twice.pem"}, LEAF, false, CHAIN},
    {{"good.newer-first.pem"}, LEAF, false, NEWER},
    {{"good.newer-last.pem"}, LEAF, false, NEWER},
    {{"good.odd-root.pem"}, LEAF, false, CHAIN},
    {{"good.self-signed.pem"}, SELF_SIGNED, false, "expected.self-signed.pem"},
    {{"good.self-signed.pem"}, SELF_SIGNED, true, "expected.self-signed.pem"},
    {{"good.loop.pem"}, LOOPED, false, "expected.loop.pem"},
    {{"good.loop.pem"}, LOOPED, true, "expected.loop.pem"},
    {{"good.namesakes.pem"}, LOST, true, "expected.lost.pem"},

    /* PEM */
    {{"good.crlf.pem"}, LEAF, false, CHAIN},
    {{"good.bag-attributes.pem"}, LEAF, false, CHAIN},
    {{"good.other-blocks.pem"}, LEAF, false, CHAIN},
    {{"good.x509-armour.pem"}, LEAF, false, LEAF_ALONE},
    {{"good.one-line-armour.pem"}, LEAF, false, LEAF_ALONE},

    /* PKCS#7 */
    {{"good.pkcs7.der"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.pkcs7.base64"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.pkcs7-crlf.base64"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.pkcs7.pem"}, LEAF, true, CHAIN_AND_ROOT},
    {{"good.pkcs7.pem"}, LEAF, false, CHAIN},
    {{"good.cms.pem"}, LEAF, false, CHAIN},
    {{"good.pkcs7-as-certificate.pem"}, LEAF, false, CHAIN},

    /* DER and base64 */
    {{"good.certificate.der"}, LEAF, false, LEAF_ALONE},
    {{"good.certificate.base64"}, LEAF, false, LEAF_ALONE},
    {{"good.certificates.der"}, LEAF, false, CHAIN},
    {{"good.certificates.base64"}, LEAF, false, CHAIN},
    {{"good.certificate-and-pkcs7.der"}, LEAF, false, CHAIN},
    {{"good.pem.base64"}, LEAF, false, CHAIN},

    /* several texts */
    {{"part.policy.der", "good.leaf-alone.pem", "part.issuing.base64"}, LEAF, false, CHAIN},
    {{"part.blank.txt", "good.leaf-alone.pem", "part.empty.txt"}, LEAF, false, LEAF_ALONE},
    {{"good.leaf-first.pem", "good.pkcs7.der", "good.unrelated.pem"}, LEAF, true, CHAIN_AND_ROOT},
};

#define NOTHING "no certificate"
#define BROKEN  "is none"

static const struct {
    const char *files[TEXTS_MAX];
    const char *reason;
} bad[] = {
    {{NULL}, NOTHING},
    {{"part.empty.txt"}, NOTHING},
    {{"part.blank.txt", "part.empty.txt"}, NOTHING},
    {{"bad.request.pem"}, NOTHING},
    {{"bad.private-key.pem"}, NOTHING},
    {{"bad.pkcs7-of-nothing.der"}, NOTHING},
    {{"bad.pkcs7-of-data.der"}, NOTHING},
    {{"bad.pkcs7-without-content.der"}, NOTHING},
    {{"bad.other-key.pem"}, "another key"},
    {{"part.policy.der"}, "another key"},
    {{"bad.sentence.txt"}, BROKEN},
    {{"bad.page.html"}, BROKEN},
    {{"bad.something-else.base64"}, BROKEN},
    {{"bad.pkcs7-truncated.der"}, BROKEN},
    {{"bad.truncated.der"}, BROKEN},
    {{"bad.truncated.base64"}, BROKEN},
    {{"bad.truncated.pem"}, BROKEN},
    {{"bad.bytes-behind.der"}, BROKEN},
    {{"bad.second-truncated.pem"}, BROKEN},
    {{"bad.second-base64.pem"}, BROKEN},
    {{"bad.no-end-line.pem"}, BROKEN},
    {{"bad.empty-block.pem"}, BROKEN},
    {{"good.leaf-alone.pem", "bad.sentence.txt"}, BROKEN},
    {{"bad.truncated.der", "good.leaf-alone.pem"}, BROKEN},
};

static struct kf_bytes
data(TALLOC_CTX *mem, const char *file)
{
    return kf_test_data(mem, talloc_asprintf(mem, "chain/%s", file));
}

/* Loads files, up to the first NULL, into texts. Returns how many. */
static size_t
load(TALLOC_CTX *mem, const char *const *files, struct kf_bytes *texts)
{
    size_t count = 0;

    while (count < TEXTS_MAX && files[count] != NULL) {
        texts[count] = data(mem, files[count]);
        count++;
    }
    return count;
}

/* The text of FILE, times over. */
static struct kf_bytes
repeated(TALLOC_CTX *mem, const char *file, size_t times)
{
    const struct kf_bytes text = data(mem, file);
    struct kf_bytes all = {talloc_size(mem, text.len * times), text.len * times};

    assert_non_null(all.data);
    for (size_t i = 0; i < times; i++) {
        memcpy(all.data + i * text.len, text.data, text.len);
    }
    return all;
}

/* Reads the wished chain of one text as PEM, without its root. */
static enum kf_rc
read_one(TALLOC_CTX *mem, const struct kf_bytes *text, const struct kf_chain_wish *wish,
         char **_pem, struct kf_error *err)
{
    struct kf_chain *chain = NULL;
    enum kf_rc rc = kf_chain_read(mem, text, 1, wish, &chain, err);

    if (rc == KF_OK) {
        *_pem = kf_chain_text(mem, chain, 0, false);
    }
    return rc;
}

static void
assert_refused(TALLOC_CTX *mem, const struct kf_bytes *texts, size_t count, const char *reason)
{
    const struct kf_chain_wish wish = {.public_key = data(mem, LEAF)};
    TALLOC_CTX *scratch = talloc_new(mem);
    struct kf_chain *chain = NULL;
    struct kf_error err;
    enum kf_rc rc = kf_chain_read(scratch, texts, count, &wish, &chain, &err);

    if (rc != KF_BADREPLY) {
        fail_msg("%d, not refused for \"%s\"", rc, reason);
    }
    if (strstr(err.text, reason) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
    }
    assert_true(kf_text_is_line(err.text));
    assert_null(chain);
    assert_int_equal(talloc_total_blocks(scratch), 1);
}

static void
test_each_form_gives_the_leaf_and_its_issuers(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        struct kf_bytes texts[TEXTS_MAX];
        const size_t count = load(*state, good[i].files, texts);
        const struct kf_chain_wish wish = {.public_key = data(*state, good[i].key)};
        const char *expected = (char *)data(*state, good[i].expected).data;
        struct kf_chain *chain = NULL;
        struct kf_error err;

        if (kf_chain_read(*state, texts, count, &wish, &chain, &err) != KF_OK) {
            fail_msg("%s: %s", good[i].files[0], err.text);
        }
        if (strcmp(kf_chain_text(*state, chain, 0, good[i].include_root), expected) != 0) {
            fail_msg("%s did not give %s", good[i].files[0], good[i].expected);
        }
    }
}

static void
test_what_is_no_chain_is_refused_with_the_reason(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct kf_bytes texts[TEXTS_MAX];

        assert_refused(*state, texts, load(*state, bad[i].files, texts), bad[i].reason);
    }
}

static void
test_each_beginning_of_an_answer_is_refused_or_right(void **state)
{
    const struct kf_chain_wish wish = {.public_key = data(*state, LEAF)};
    const char *expected = (char *)data(*state, CHAIN).data;
    struct kf_bytes text = data(*state, "good.pkcs7.base64");
    const size_t len = text.len;

    for (text.len = 0; text.len < len; text.len++) {
        char *pem = NULL;
        struct kf_error err;
        enum kf_rc rc = read_one(*state, &text, &wish, &pem, &err);

        assert_true(rc == KF_BADREPLY || strcmp(pem, expected) == 0);
    }
}

static void
test_certificates_up_to_the_limit_are_read(void **state)
{
    const struct kf_chain_wish wish = {.public_key = data(*state, LEAF)};
    const struct kf_bytes text = repeated(*state, "good.certificate.der", KF_CHAIN_MAX);
    char *pem = NULL;
    struct kf_error err;

    assert_int_equal(read_one(*state, &text, &wish, &pem, &err), KF_OK);
    assert_string_equal(pem, (char *)data(*state, LEAF_ALONE).data);
}

static void
test_more_certificates_than_the_limit_are_refused(void **state)
{
    const struct kf_bytes der = repeated(*state, "good.certificate.der", KF_CHAIN_MAX + 1);
    const struct kf_bytes pem = repeated(*state, "good.leaf-alone.pem", KF_CHAIN_MAX + 1);
    const struct kf_bytes pkcs7 = repeated(*state, "good.pkcs7.der", KF_CHAIN_MAX / 4 + 1);
    const struct kf_bytes two[] = {
        repeated(*state, "good.certificate.der", KF_CHAIN_MAX),
        data(*state, "good.certificate.base64"),
    };

    assert_refused(*state, &der, 1, "more than 100 certificates");
    assert_refused(*state, &pem, 1, "more than 100 certificates");
    assert_refused(*state, &pkcs7, 1, "more than 100 certificates");
    assert_refused(*state, two, COUNT(two), "more than 100 certificates");
}

static void
test_a_text_that_is_too_long_for_a_chain_is_refused(void **state)
{
    struct kf_bytes text = {talloc_size(*state, KF_CHAIN_TEXT_MAX + 1), KF_CHAIN_TEXT_MAX + 1};
    const struct kf_bytes leaf = data(*state, "good.leaf-alone.pem");

    assert_non_null(text.data);
    memset(text.data, '\n', text.len);
    memcpy(text.data, leaf.data, leaf.len);
    assert_refused(*state, &text, 1, BROKEN);
}

static void
test_a_certificate_for_no_key_is_not_wished_for(void **state)
{
    const struct kf_chain_wish wish = {.public_key = {NULL, 0}};
    const struct kf_bytes text = data(*state, "good.leaf-first.pem");
    char *pem = NULL;
    struct kf_error err;

    assert_int_equal(read_one(*state, &text, &wish, &pem, &err), KF_BADREPLY);
}

static void
test_a_leaf_from_before_the_time_wished_for_is_refused(void **state)
{
    const struct kf_bytes text = data(*state, "good.leaf-first.pem");
    struct kf_chain_wish wish = {.public_key = data(*state, LEAF), .not_before = LEAF_NOT_BEFORE};
    char *pem = NULL;
    struct kf_error err;

    assert_int_equal(read_one(*state, &text, &wish, &pem, &err), KF_OK);
    assert_string_equal(pem, (char *)data(*state, CHAIN).data);
    wish.not_before++;
    assert_int_equal(read_one(*state, &text, &wish, &pem, &err), KF_BADREPLY);
}

static void
test_the_previous_certificate_is_not_the_leaf(void **state)
{
    const struct kf_bytes both = data(*state, "good.newer-first.pem");
    const struct kf_bytes newer_alone = data(*state, NEWER);
    struct kf_chain_wish wish = {.public_key = data(*state, LEAF),
                                 .previous = (char *)data(*state, CHAIN).data};
    char *pem = NULL;
    struct kf_error err;

    assert_int_equal(read_one(*state, &both, &wish, &pem, &err), KF_OK);
    assert_int_equal(read_one(*state, &newer_alone, &wish, &pem, &err), KF_OK);
    wish.previous = (char *)newer_alone.data;
    assert_int_equal(read_one(*state, &newer_alone, &wish, &pem, &err), KF_BADREPLY);
    /* What is left is older. */
    assert_int_equal(read_one(*state, &both, &wish, &pem, &err), KF_BADREPLY);
}

static void
test_nothing_but_the_chain_is_left_behind(void **state)
{
    TALLOC_CTX *scratch = talloc_new(*state);
    const struct kf_chain_wish wish = {.public_key = data(*state, LEAF)};
    const struct kf_bytes text = data(*state, "good.pem.base64");
    struct kf_chain *chain = NULL;
    struct kf_error err;

    assert_int_equal(kf_chain_read(scratch, &text, 1, &wish, &chain, &err), KF_OK);
    assert_ptr_equal(talloc_parent(chain), scratch);
    /* scratch, the chain, its members, a certificate and a subject of each */
    assert_int_equal(talloc_total_blocks(scratch), 3 + 2 * chain->count);
}

/* Every allocation in turn fails, until there is enough for all of them. */
static void
test_want_of_memory_is_no_bad_reply(void **state)
{
    const struct kf_chain_wish wish = {.public_key = data(*state, LEAF)};
    const struct kf_bytes text = data(*state, "good.certificates.base64");
    struct kf_chain *chain = NULL;
    size_t failures = 0;

    for (size_t size = 1; chain == NULL; size += 256) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_error err;
        enum kf_rc rc = kf_chain_read(small, &text, 1, &wish, &chain, &err);

        assert_int_equal(rc, chain == NULL ? KF_INTERNAL : KF_OK);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

/* The authorities of FILE. */
static const struct kf_chain *
list(TALLOC_CTX *mem, const char *file)
{
    const struct kf_bytes text = data(mem, file);
    struct kf_chain *chain = NULL;
    struct kf_error err;

    if (kf_chain_list(mem, &text, &chain, &err) != KF_OK) {
        fail_msg("%s: %s", file, err.text);
    }
    return chain;
}

static void
test_a_list_has_the_authorities_in_the_order_of_the_text(void **state)
{
    static const char *const files[] = {"good.leaf-last.pem", "good.pkcs7.der", "good.pkcs7.base64",
                                        AUTHORITIES};

    for (size_t i = 0; i < COUNT(files); i++) {
        const struct kf_chain *chain = list(*state, files[i]);

        assert_int_equal(chain->count, 3);
        assert_string_equal(kf_chain_text(*state, chain, 0, true),
                            (char *)data(*state, AUTHORITIES).data);
        assert_string_equal(chain->members[0].subject, "CN=Root CA,O=Example");
        assert_string_equal(chain->members[1].subject, "CN=Policy CA,O=Example");
        assert_string_equal(chain->members[2].subject, "CN=Issuing CA,O=Example");
        assert_true(chain->members[0].is_root);
        assert_false(chain->members[1].is_root);
        assert_false(chain->members[2].is_root);
    }
}

static void
test_a_text_begins_where_it_is_told_to(void **state)
{
    const struct kf_chain *chain = list(*state, AUTHORITIES);

    assert_string_equal(kf_chain_text(*state, chain, 2, true), chain->members[2].pem);
    assert_string_equal(kf_chain_text(*state, chain, 3, true), "");
}

static void
test_a_root_is_one_though_its_signature_cannot_be_verified(void **state)
{
    const struct kf_chain *chain = list(*state, "good.odd-root.pem");

    assert_int_equal(chain->count, 3);
    assert_true(chain->members[2].is_root);
}

static void
test_a_list_of_no_authority_is_empty(void **state)
{
    static const char *const files[] = {"good.leaf-alone.pem", "part.empty.txt", "bad.request.pem"};

    for (size_t i = 0; i < COUNT(files); i++) {
        assert_int_equal(list(*state, files[i])->count, 0);
    }
}

static void
test_no_list_is_made_of_something_broken(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        TALLOC_CTX *scratch = talloc_new(*state);
        struct kf_chain *chain = NULL;
        struct kf_bytes text[TEXTS_MAX];
        struct kf_error err;

        if (strcmp(bad[i].reason, BROKEN) != 0 || load(*state, bad[i].files, text) != 1) {
            continue;
        }
        assert_int_equal(kf_chain_list(scratch, text, &chain, &err), KF_BADREPLY);
        assert_null(chain);
        assert_int_equal(talloc_total_blocks(scratch), 1);
    }
}

static void
test_want_of_memory_is_no_short_list(void **state)
{
    const struct kf_bytes text = data(*state, "good.certificates.base64");
    struct kf_chain *chain = NULL;
    size_t failures = 0;

    for (size_t size = 1; chain == NULL; size += 256) {
        TALLOC_CTX *small = kf_test_small_memory(*state, size);
        struct kf_error err;
        enum kf_rc rc = kf_chain_list(small, &text, &chain, &err);

        assert_int_equal(rc, chain == NULL ? KF_INTERNAL : KF_OK);
        failures += rc != KF_OK;
    }
    assert_true(failures > 0);
}

static bool
is_one_of(const char *file, const char *const *files)
{
    for (size_t i = 0; i < TEXTS_MAX && files[i] != NULL; i++) {
        if (strcmp(file, files[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_used(const char *file)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        if (is_one_of(file, good[i].files) || strcmp(file, good[i].key) == 0 ||
            strcmp(file, good[i].expected) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (is_one_of(file, bad[i].files)) {
            return true;
        }
    }
    return strcmp(file, AUTHORITIES) == 0;
}

static void
test_each_file_in_the_folder_is_used(void **state)
{
    kf_test_no_unused_data(*state, "chain", is_used);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        KF_TEST(test_each_form_gives_the_leaf_and_its_issuers),
        KF_TEST(test_what_is_no_chain_is_refused_with_the_reason),
        KF_TEST(test_each_beginning_of_an_answer_is_refused_or_right),
        KF_TEST(test_certificates_up_to_the_limit_are_read),
        KF_TEST(test_more_certificates_than_the_limit_are_refused),
        KF_TEST(test_a_text_that_is_too_long_for_a_chain_is_refused),
        KF_TEST(test_a_certificate_for_no_key_is_not_wished_for),
        KF_TEST(test_a_leaf_from_before_the_time_wished_for_is_refused),
        KF_TEST(test_the_previous_certificate_is_not_the_leaf),
        KF_TEST(test_nothing_but_the_chain_is_left_behind),
        KF_TEST(test_want_of_memory_is_no_bad_reply),
        KF_TEST(test_a_list_has_the_authorities_in_the_order_of_the_text),
        KF_TEST(test_a_text_begins_where_it_is_told_to),
        KF_TEST(test_a_root_is_one_though_its_signature_cannot_be_verified),
        KF_TEST(test_a_list_of_no_authority_is_empty),
        KF_TEST(test_no_list_is_made_of_something_broken),
        KF_TEST(test_want_of_memory_is_no_short_list),
        KF_TEST(test_each_file_in_the_folder_is_used),
    };

    return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
