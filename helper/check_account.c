/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* --check: what the account may do at a server, as far as it can be asked without doing it. Layer
 * 4; no library. */

#include "check_parts.h"

#include "rest.h"
#include "template.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* The key that certmonger makes when nobody asks for another one. */
#define DEFAULT_KEY_TYPE "RSA"
#define DEFAULT_KEY_SIZE 2048

/* A question that changes nothing, and what it means when it is not answered. */
struct question {
    enum kf_rc (*build)(const struct kf_check *check, struct kf_request **_request);
    const char *granted;
    const char *forbidden; /* what the account loses, and what to do */
    enum kf_check_mark forbidden_mark;
    const char *absent; /* the server does not have it */
    enum kf_check_mark absent_mark;
};

static enum kf_check_mark
ask(struct kf_check *check, const struct question *question)
{
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = check->rest_rc;

    if (rc == KF_OK) {
        rc = question->build(check, &request);
    }
    if (rc == KF_OK) {
        rc = kf_check_ask_rest(check, request, &reply);
    }
    if (rc == KF_OK) {
        return kf_check_say(check, KF_CHECK_OK, "%s", question->granted);
    }
    if (rc == KF_NOAPI) {
        return kf_check_say(check, question->absent_mark, "%s", question->absent);
    }
    return rc == KF_FORBIDDEN ? kf_check_say(check, question->forbidden_mark, "%s: %s",
                                             question->forbidden, check->run.err->text)
                              : kf_check_fail(check, rc, check->run.err);
}

/* No request has this number. */
static enum kf_rc
build_search(const struct kf_check *check, struct kf_request **_request)
{
    return kf_rest_search(check->run.mem, check->run.config, "CertRequestId -eq 0", 1, _request,
                          check->run.err);
}

enum kf_check_mark
kf_check_certificates(struct kf_check *check)
{
    static const struct question question = {
        .build = build_search,
        .granted = "may be searched",
        .forbidden = "pending requests and lost answers cannot be looked for: give the account "
                     "Certificates - Read",
        .forbidden_mark = KF_CHECK_WARN,
        .absent = "without the Keyfactor API pending requests and lost answers cannot be looked "
                  "for: see rest-path, or expect neither approvals nor certainty",
        .absent_mark = KF_CHECK_WARN,
    };
    static const struct question required = {
        .build = build_search,
        .granted = "may be searched",
        .forbidden = "reconcile = required needs a search for certificates: give the account "
                     "Certificates - Read",
        .forbidden_mark = KF_CHECK_FAIL,
        .absent = "reconcile = required needs the Keyfactor API, which is not on this server: see "
                  "rest-path, or set reconcile = best-effort",
        .absent_mark = KF_CHECK_FAIL,
    };

    return ask(check,
               check->run.config->reconcile == KF_RECONCILE_REQUIRED ? &required : &question);
}

static enum kf_rc
build_pending(const struct kf_check *check, struct kf_request **_request)
{
    return kf_rest_pending(check->run.mem, check->run.config, false, _request, check->run.err);
}

enum kf_check_mark
kf_check_pending(struct kf_check *check)
{
    static const struct question question = {
        .build = build_pending,
        .granted = "requests may be looked at",
        .forbidden = "a denial at the CA is not seen before poll-limit: give the account Alerts - "
                     "Read",
        .forbidden_mark = KF_CHECK_WARN,
        .absent = "this server does not list requests",
        .absent_mark = KF_CHECK_SKIP,
    };

    return ask(check, &question);
}

/* No workflow has this number. */
static enum kf_rc
build_workflows(const struct kf_check *check, struct kf_request **_request)
{
    return kf_rest_instance(check->run.mem, check->run.config, "0", _request, check->run.err);
}

enum kf_check_mark
kf_check_workflows(struct kf_check *check)
{
    static const struct question question = {
        .build = build_workflows,
        .granted = "of this account may be looked at",
        .forbidden = "what a workflow decides is not seen before poll-limit: give the account "
                     "Workflow Instances - Read - My",
        .forbidden_mark = KF_CHECK_WARN,
        .absent = "this server does not list workflows",
        .absent_mark = KF_CHECK_SKIP,
    };

    return ask(check, &question);
}

/* A CA is called HOST\NAME, or NAME. */
static bool
issues(const struct kf_template *template, const char *authority)
{
    for (size_t i = 0; template->authorities[i] != NULL; i++) {
        const char *name = template->authorities[i];
        const char *backslash = strrchr(name, '\\');

        if (strcasecmp(name, authority) == 0 ||
            (backslash != NULL && strcasecmp(backslash + 1, authority) == 0)) {
            return true;
        }
    }
    return template->authorities[0] == NULL;
}

static bool
fits_default_key(const struct kf_template *template)
{
    return strcmp(kf_template_key_type(template), DEFAULT_KEY_TYPE) == 0 &&
           template->key_size <= DEFAULT_KEY_SIZE;
}

/* "RSA 2048", with option between when it is for getcert; what is not known is left out. */
static const char *
write_key(const struct kf_check *check, const struct kf_template *template, const char *option)
{
    const char *type = kf_template_key_type(template);
    const char *text = template->key_size == 0 ? type
                                               : talloc_asprintf(check->run.mem, "%s%s %" PRId64,
                                                                 type, option, template->key_size);

    return text == NULL ? type : text;
}

static enum kf_check_mark
tell_key(struct kf_check *check, const struct kf_template *template)
{
    const char *type = kf_template_key_type(template);
    const char *approval = template->needs_approval ? "; waits for approval" : "";

    kf_check_text(check, "template", template->name);
    kf_check_text(check, "key_type", type);
    kf_check_number(check, "key_size", template->key_size);
    kf_check_list(check, "authorities", template->authorities);
    if (type == NULL) {
        return kf_check_say(check, KF_CHECK_OK, "%s, for keys that the server does not tell of%s",
                            template->name, approval);
    }
    if (!fits_default_key(template)) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "%s needs %s, and certmonger makes " DEFAULT_KEY_TYPE
                            " %d: getcert request -G %s%s",
                            template->name, write_key(check, template, ""), DEFAULT_KEY_SIZE,
                            write_key(check, template, " -g"), approval);
    }
    return kf_check_say(check, KF_CHECK_OK, "%s, for %s at least%s", template->name,
                        write_key(check, template, ""), approval);
}

/* The names of templates, owned by the check. */
static const char *const *
list_names(const struct kf_check *check, const struct kf_template *templates, size_t count)
{
    static const char *const none[] = {NULL};
    const char **names = talloc_zero_array(check->run.mem, const char *, count + 1);

    for (size_t i = 0; i < count && names != NULL; i++) {
        names[i] = templates[i].name;
    }
    return names == NULL ? none : names;
}

static enum kf_check_mark
tell_none_wanted(struct kf_check *check, const char *const *names)
{
    kf_check_list(check, "templates", names);
    return check->run.config->enrollment_pattern != NULL
               ? kf_check_say(check, KF_CHECK_SKIP, "the enrollment pattern says which")
               : kf_check_say(check, KF_CHECK_WARN,
                              "none is configured: set template, or give getcert request -T, to "
                              "one that the account may use: %s",
                              kf_check_join(check, names));
}

static enum kf_check_mark
fail_unknown(struct kf_check *check, const char *wanted, const char *const *names)
{
    kf_check_list(check, "templates", names);
    return kf_check_say(check, KF_CHECK_FAIL,
                        "the server has no template %s for this account: write the template's "
                        "short name, or allow it for the account, which may use: %s",
                        wanted, kf_check_join(check, names));
}

static enum kf_check_mark
find_template(struct kf_check *check, const struct kf_template *templates, size_t count)
{
    const char *wanted = kf_run_template(&check->run);
    const char *authority = kf_run_authority(&check->run);
    const char *const *names = list_names(check, templates, count);
    const struct kf_template *template = NULL;

    if (count == 0) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "the server names no template for this account: allow one for it, and "
                            "for CSR enrollment");
    }
    if (wanted == NULL) {
        return tell_none_wanted(check, names);
    }
    template = kf_template_find(templates, count, wanted);
    if (template == NULL) {
        return fail_unknown(check, wanted, names);
    }
    if (authority != NULL && !issues(template, authority)) {
        return kf_check_say(check, KF_CHECK_FAIL,
                            "%s does not issue for template %s: set certificate-authority, or give "
                            "getcert request -X, to one of: %s",
                            authority, template->name, kf_check_join(check, template->authorities));
    }
    if (strcmp(template->name, wanted) != 0) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "%s is %s at the server: write it so, in template or getcert request "
                            "-T",
                            wanted, template->name);
    }
    return tell_key(check, template);
}

enum kf_check_mark
kf_check_template(struct kf_check *check)
{
    struct kf_run *run = &check->run;
    struct kf_template *templates = NULL;
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    size_t count = 0;
    enum kf_rc rc = check->rest_rc;

    if (rc == KF_OK) {
        rc = kf_rest_templates(run->mem, run->config, &request, run->err);
    }
    if (rc == KF_OK) {
        rc = kf_check_ask_rest(check, request, &reply);
    }
    if (rc == KF_NOAPI) {
        return kf_check_say(check, KF_CHECK_SKIP, "this server does not list templates");
    }
    if (rc == KF_OK) {
        rc = kf_rest_read_templates(run->mem, &reply->body, &templates, &count, run->err);
    }
    if (rc == KF_FORBIDDEN) {
        return kf_check_say(check, KF_CHECK_WARN,
                            "the account may not list templates, and perhaps not enroll: give it "
                            "CSR enrollment: %s",
                            run->err->text);
    }
    return rc == KF_OK ? find_template(check, templates, count)
                       : kf_check_fail(check, rc, run->err);
}
