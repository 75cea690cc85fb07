/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the server says of its templates. Layer 4. */

#include "template.h"

#include "exchange.h"
#include "log.h"
#include "state.h"

#include <inttypes.h>
#include <string.h>

#define KEPT_FOR     86400 /* seconds */
#define ANSWER_LIMIT 10    /* seconds: the enrollment itself still wants its time */

/* What the kept answer begins with: whom it is from, and for whom. */
static const char *
kept_head(const struct kf_run *run)
{
    const struct kf_config *config = run->config;
    const char *account = config->username != NULL ? config->username : config->client_id;

    return talloc_asprintf(run->mem, "%s %d %s\n", config->url[0], config->auth,
                           account == NULL ? "" : account);
}

static void
keep(const struct kf_run *run, const struct kf_bytes *answer)
{
    const char *name = kf_state_name(run->mem, "templates", run->config->nickname);
    const char *head = kept_head(run);
    struct kf_bytes whole = {NULL, 0};

    if (name == NULL || head == NULL || strlen(head) + answer->len > KF_FOLDER_FILE_MAX) {
        return;
    }
    whole.len = strlen(head) + answer->len;
    whole.data = talloc_size(run->mem, whole.len);
    if (whole.data == NULL) {
        return;
    }
    memcpy(whole.data, head, strlen(head));
    memcpy(whole.data + strlen(head), answer->data, answer->len);
    kf_state_save(&run->state, name, &whole);
}

static bool
load(const struct kf_run *run, struct kf_bytes *_answer)
{
    const char *name = kf_state_name(run->mem, "templates", run->config->nickname);
    const char *head = kept_head(run);
    struct kf_bytes whole = {NULL, 0};

    if (name == NULL || head == NULL ||
        !kf_state_load(run->mem, &run->state, name, kf_run_now(run), KEPT_FOR, &whole) ||
        whole.len < strlen(head) || memcmp(whole.data, head, strlen(head)) != 0) {
        return false;
    }
    *_answer = (struct kf_bytes){whole.data + strlen(head), whole.len - strlen(head)};
    return true;
}

/* The server's answer; "{}" from one that does not tell, so that it is not asked at each request.
 */
static enum kf_rc
ask(struct kf_run *run, struct kf_bytes *_answer)
{
    struct kf_bytes nothing = {(unsigned char *)talloc_strdup(run->mem, "{}"), 2};
    struct kf_request *request = NULL;
    struct kf_reply *reply = NULL;
    enum kf_rc rc = kf_rest_templates(run->mem, run->config, &request, run->err);

    if (rc == KF_OK && nothing.data == NULL) {
        rc = kf_fail_nomem(run->err);
    }
    if (rc == KF_OK) {
        request->time_limit = ANSWER_LIMIT;
        rc = kf_exchange(run, request, &reply);
    }
    if (rc == KF_OK) {
        *_answer = reply->body;
        keep(run, _answer);
    } else if (rc == KF_FORBIDDEN || rc == KF_NOAPI) {
        keep(run, &nothing);
    }
    return rc;
}

enum kf_rc
kf_template_ask(struct kf_run *run, struct kf_template **_templates, size_t *_count)
{
    struct kf_bytes answer = {NULL, 0};
    enum kf_rc rc = ask(run, &answer);

    return rc == KF_OK ? kf_rest_read_templates(run->mem, &answer, _templates, _count, run->err)
                       : rc;
}

const struct kf_template *
kf_template_find(const struct kf_template *templates, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(templates[i].name, name) == 0) {
            return &templates[i];
        }
    }
    return NULL;
}

const char *
kf_template_key_type(const struct kf_template *template)
{
    const bool rsa = strcasestr(template->key_type, "RSA") != NULL;
    const bool ec = strcasestr(template->key_type, "EC") != NULL;

    return rsa == ec ? NULL : rsa ? "RSA" : "EC";
}

static bool
fits(const struct kf_csr *csr, const struct kf_template *template)
{
    const char *type = kf_template_key_type(template);

    if (type == NULL || csr->key_bits == 0) {
        return true;
    }
    return strncmp(type, csr->key_type, strlen(type)) == 0 && csr->key_bits >= template->key_size;
}

static enum kf_rc
fail_key(const struct kf_run *run, const struct kf_template *template)
{
    const char *type = kf_template_key_type(template);
    char size[24] = "";
    char option[32] = "";

    if (template->key_size > 0) {
        snprintf(size, sizeof(size), " %" PRId64, template->key_size);
        snprintf(option, sizeof(option), " -g%s", size);
    }
    return kf_fail(run->err, KF_BADINPUT,
                   "template %s needs %s%s, the request has %s %d: getcert rekey -G %s%s -i ID, "
                   "with the request's ID of getcert list",
                   template->name, type, size, run->csr->key_type, run->csr->key_bits, type,
                   option);
}

/* The template called name in answer, or NULL. */
static const struct kf_template *
look_up(struct kf_run *run, const struct kf_bytes *answer, const char *name)
{
    struct kf_template *templates = NULL;
    size_t count = 0;

    if (kf_rest_read_templates(run->mem, answer, &templates, &count, run->err) != KF_OK) {
        return NULL;
    }
    return kf_template_find(templates, count, name);
}

enum kf_rc
kf_template_check(struct kf_run *run, const char *name)
{
    const struct kf_template *template = NULL;
    struct kf_bytes answer = {NULL, 0};
    enum kf_rc rc;

    if (load(run, &answer)) {
        template = look_up(run, &answer, name);
        if (template == NULL || fits(run->csr, template)) {
            return KF_OK;
        }
        /* It may have changed since. */
    }
    rc = ask(run, &answer);
    /* The request would fail the same way, and count as another log-in. */
    if (rc == KF_INTERNAL || rc == KF_AUTH) {
        return rc;
    }
    if (rc != KF_OK) {
        kf_log(KF_LOG_INFO, "the server's templates are not to be had: %s", run->err->text);
        return KF_OK;
    }
    template = look_up(run, &answer, name);
    return template == NULL || fits(run->csr, template) ? KF_OK : fail_key(run, template);
}
