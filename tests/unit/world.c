/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A world for one run of the helper. Two of the effects have no context: hence the statics. */

#include "world.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define URL "https://keyfactor.example.com"

/* A request that is expected, and what becomes of it. */
struct kf_test_step {
    const char *what;
    enum kf_rc rc;
    struct kf_reply *reply; /* when rc is KF_OK */
};

static int64_t clock_now;
static uint32_t random_value;

static int64_t
now_ms(void)
{
    return clock_now * 1000;
}

static uint32_t
known_random(void)
{
    return random_value;
}

void
kf_test_set_clock(int64_t now)
{
    clock_now = now;
}

void
kf_test_set_random(uint32_t value)
{
    random_value = value;
}

static struct kf_bytes
copy_bytes(TALLOC_CTX *mem, const struct kf_bytes *bytes)
{
    struct kf_bytes copy = {NULL, 0};

    if (bytes->data != NULL) {
        assert_int_equal(kf_bytes_copy(mem, bytes->data, bytes->len, &copy), KF_OK);
    }
    return copy;
}

static struct kf_parameter *
copy_parameters(TALLOC_CTX *mem, const struct kf_parameter *parameters, size_t count)
{
    struct kf_parameter *copies = talloc_zero_array(mem, struct kf_parameter, count);

    for (size_t i = 0; i < count; i++) {
        copies[i].name = talloc_strdup(mem, parameters[i].name);
        copies[i].value = talloc_strdup(mem, parameters[i].value);
    }
    return copies;
}

/* A copy of request that outlives it. */
static struct kf_request
copy_request(TALLOC_CTX *mem, const struct kf_request *request)
{
    struct kf_request copy = *request;

    copy.method = talloc_strdup(mem, request->method);
    copy.url = talloc_strdup(mem, request->url);
    copy.absent = talloc_strdup(mem, request->absent);
    copy.query = copy_parameters(mem, request->query, request->query_count);
    copy.form = copy_parameters(mem, request->form, request->form_count);
    copy.login.username = talloc_strdup(mem, request->login.username);
    copy.login.secret = talloc_strdup(mem, request->login.secret);
    copy.headers = talloc_zero_array(mem, struct kf_header, request->header_count);
    for (size_t i = 0; i < request->header_count; i++) {
        copy.headers[i].name = talloc_strdup(mem, request->headers[i].name);
        copy.headers[i].value = talloc_strdup(mem, request->headers[i].value);
        copy.headers[i].secret = request->headers[i].secret;
    }
    copy.body = copy_bytes(mem, &request->body);
    return copy;
}

static void
record(struct kf_test_world *world, const struct kf_request *request)
{
    world->requests =
        talloc_realloc(world, world->requests, struct kf_request, world->request_count + 1);
    assert_non_null(world->requests);
    world->requests[world->request_count++] = copy_request(world, request);
}

/* The answer, owned by mem_ctx. For want of memory there it is lost half way. */
static enum kf_rc
deliver(TALLOC_CTX *mem_ctx, const struct kf_reply *answer, struct kf_reply **_reply,
        struct kf_error *err)
{
    struct kf_reply *reply = talloc(mem_ctx, struct kf_reply);

    if (reply != NULL) {
        *reply = *answer;
    }
    if (reply == NULL ||
        kf_bytes_copy(reply, answer->body.data, answer->body.len, &reply->body) != KF_OK) {
        talloc_free(reply);
        return kf_fail(err, KF_UNCERTAIN, "no memory for the answer");
    }
    *_reply = reply;
    return KF_OK;
}

/* What the script calls a request. */
static const char *
describe(TALLOC_CTX *mem, const struct kf_request *request)
{
    const bool is_known = strncmp(request->url, URL "/", strlen(URL "/")) == 0;

    return talloc_asprintf(mem, "%s %s", request->method,
                           request->url + (is_known ? strlen(URL) : 0));
}

static enum kf_rc
perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
        struct kf_reply **_reply, struct kf_error *err)
{
    struct kf_test_world *world = context;
    const struct kf_test_step *step = NULL;
    const char *what = describe(world, request);

    if (world->request_count >= world->script_count) {
        fail_msg("%s is not in the script", what);
    }
    step = &world->script[world->request_count];
    assert_string_equal(what, step->what);
    record(world, request);
    if (world->look != NULL) {
        world->look(world);
    }
    return step->rc == KF_OK ? deliver(mem_ctx, step->reply, _reply, err)
                             : kf_fail(err, step->rc, "scripted failure");
}

static struct kf_test_step *
add_step(struct kf_test_world *world, const char *what, enum kf_rc rc)
{
    world->script =
        talloc_realloc(world, world->script, struct kf_test_step, world->script_count + 1);
    assert_non_null(world->script);
    world->script[world->script_count] = (struct kf_test_step){.what = what, .rc = rc};
    return &world->script[world->script_count++];
}

struct kf_reply
kf_test_reply(TALLOC_CTX *mem, int status, const char *body)
{
    struct kf_reply reply = {.status = status};

    assert_int_equal(kf_bytes_copy(mem, body, strlen(body), &reply.body), KF_OK);
    return reply;
}

struct kf_reply *
kf_test_answer(struct kf_test_world *world, const char *what, int status, const char *body)
{
    struct kf_reply *reply = talloc_zero(world, struct kf_reply);

    assert_non_null(reply);
    *reply = kf_test_reply(reply, status, body);
    add_step(world, what, KF_OK)->reply = reply;
    return reply;
}

void
kf_test_failure(struct kf_test_world *world, const char *what, enum kf_rc rc)
{
    add_step(world, what, rc);
}

void
kf_test_script_is_over(const struct kf_test_world *world)
{
    if (world->request_count < world->script_count) {
        fail_msg("nobody asked for %s", world->script[world->request_count].what);
    }
}

const struct kf_request *
kf_test_request(const struct kf_test_world *world, size_t i)
{
    assert_true(i < world->request_count);
    return &world->requests[i];
}

const char *
kf_test_header(const struct kf_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

static const char *
find(const struct kf_parameter *parameters, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parameters[i].name, name) == 0) {
            return parameters[i].value;
        }
    }
    return NULL;
}

const char *
kf_test_parameter(const struct kf_request *request, const char *name)
{
    return find(request->query, request->query_count, name);
}

const char *
kf_test_field(const struct kf_request *request, const char *name)
{
    return find(request->form, request->form_count, name);
}

const char *
kf_test_enrollment(TALLOC_CTX *mem, const char *file)
{
    return (char *)kf_test_data(mem, talloc_asprintf(mem, "enrollment/%s", file)).data;
}

const char *
kf_test_enrollments(TALLOC_CTX *mem, const char *const *files)
{
    char *text = talloc_strdup(mem, "");

    for (; *files != NULL; files++) {
        text = talloc_strdup_append(text, kf_test_enrollment(mem, *files));
    }
    assert_non_null(text);
    return text;
}

const char *
kf_test_certificate(TALLOC_CTX *mem, const char *file)
{
    const char *line = strchr(kf_test_enrollment(mem, file), '\n');
    char *base64 = talloc_strdup(mem, "");

    for (line++; line[0] != '-'; line = strchr(line, '\n') + 1) {
        base64 = talloc_strndup_append_buffer(base64, line, strcspn(line, "\n"));
    }
    assert_non_null(base64);
    return base64;
}

char *
kf_test_state(struct kf_test_world *world, const char *file)
{
    return kf_test_read(world, talloc_asprintf(world, "%s/%s", world->state_directory, file));
}

void
kf_test_set_file_time(const struct kf_test_world *world, const char *file, int64_t when)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)when}, {.tv_sec = (time_t)when}};
    char *path = talloc_asprintf(NULL, "%s/%s", world->state_directory, file);

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    talloc_free(path);
}

void
kf_test_ask(struct kf_test_world *world, const char *file, const char *cookie)
{
    const struct kf_bytes text = kf_test_data(world, file);
    struct kf_csr *csr = NULL;

    if (kf_csr_read(world, (char *)text.data, text.len, &csr, &world->err) != KF_OK) {
        fail_msg("%s: %s", file, world->err.text);
    }
    world->job.csr = (char *)text.data;
    world->job.cookie = cookie;
    world->run.csr = csr;
    world->run.identity = kf_csr_identity(world, csr, "");
    assert_non_null(world->run.identity);
}

static const char *
unset(const char *name)
{
    (void)name;
    return NULL;
}

static void
configure(struct kf_test_world *world, const char *settings)
{
    const struct kf_config_source source = {
        .path = kf_test_file(
            world, world->directory, "keyfactor.conf",
            talloc_asprintf(world,
                            "[global]\n"
                            "url = " URL "\n"
                            "username = EXAMPLE\\certmonger\n"
                            "password-file = %s\n"
                            "application-key = 00ff\n"
                            "application-secret-file = %s\n"
                            "check-key = no\n"
                            "state-directory = %s\n"
                            "[keyfactor]\n"
                            "%s",
                            kf_test_file(world, world->directory, "password", "Passw0rd\n", 0600),
                            kf_test_file(world, world->directory, "secret", "s3cret\n", 0600),
                            world->state_directory, settings),
            0600),
        .nickname = "keyfactor",
        .credentials_directory = world->directory,
    };

    if (kf_config_read(world, &source, &world->config, &world->err) != KF_OK ||
        kf_config_open(world->config, &world->err) != KF_OK) {
        fail_msg("%s", world->err.text);
    }
}

struct kf_test_world *
kf_test_world(TALLOC_CTX *mem, const char *settings)
{
    struct kf_test_world *world = talloc_zero(mem, struct kf_test_world);

    assert_non_null(world);
    world->directory = kf_test_directory(world);
    world->state_directory = talloc_asprintf(world, "%s/state", world->directory);
    configure(world, settings);
    world->effects = (struct kf_effects){
        .perform = perform, .context = world, .now_ms = now_ms, .random = known_random};
    world->job = (struct kf_job){
        .operation = "SUBMIT", .nickname = "keyfactor", .profile = "WebServer", .variable = unset};
    world->run = (struct kf_run){.mem = world,
                                 .config = world->config,
                                 .job = &world->job,
                                 .effects = &world->effects,
                                 .state = {.directory = world->state_directory},
                                 .since = KF_TEST_NOW,
                                 .err = &world->err};
    kf_test_ask(world, "enrollment/request.pem", NULL);
    kf_test_set_clock(KF_TEST_NOW);
    kf_test_set_random(0);
    return world;
}
