/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A Keyfactor Command server in memory. */

#include "property_server.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#define URL         "https://keyfactor.example.com"
#define REST        "/KeyfactorAPI/"
#define STRANGER    UINT32_MAX /* the epoch of what others ask for */
#define CERTIFICATE 1000       /* what is added to a request's number for its certificate's */
#define PAGE        "<html><body>Be right back.</body></html>"
#define ERROR       "{\"ErrorCode\": \"0xA0110001\", \"Message\": \"Something is wrong.\"}"

#define CLASSIC                                                                                    \
    .request_member = "Pkcs10Request", .metadata_member = "MetadataList",                          \
    .id_member = "CMSRequestId", .issued = "Issued", .pending = "Taken Under Submission",          \
    .external = "EXTERNAL_VALIDATION", .denied = "Denied"
#define MODERN                                                                                     \
    .enrollment = REST "Enrollment/CSR", .request_member = "CSR", .metadata_member = "Metadata",   \
    .answer_object = "CertificateInformation", .id_member = "KeyfactorRequestId",                  \
    .issued = "ISSUED", .pending = "PENDING", .external = "EXTERNAL_VALIDATION",                   \
    .denied = "DENIED", .pending_error = "0xA0010023"

static const struct kf_server_dialect dialects[] = {
    {"api = classic\napi-version = 3\n", .enrollment = "/CMSApi/CertEnroll/3/Pkcs10",
     .request_object = "Request", CLASSIC},
    {"api = classic\napi-version = 1\n", .token = "/CMSApi/Token",
     .enrollment = "/CMSApi/CertEnroll/1/Pkcs10", CLASSIC},
    {"api = rest\n", MODERN},
    {"api = auto\n", MODERN}, /* the Classic API is tried first, and is not there */
};

/* What becomes of a request. */
enum fate {
    PENDING,
    ISSUED,
    DENIED,
};

struct kf_server_request {
    int64_t id;
    uint32_t epoch;
    enum fate fate;
    bool is_external; /* waits for another kind of decision */
    int64_t submitted_ms;
    int64_t visible_ms; /* when whoever looks can see it */
    const char *csr;
    const char *metadata;                  /* JSON */
    struct kf_ca_certificate *certificate; /* of an issued one */
};

struct answer {
    int status;
    const char *body;
};

/* What can be asked for. */
struct route {
    const char *method;
    const char *path; /* below the Keyfactor API's; all that begin with it */
    enum { ENROLLMENT, TOKEN, CERTIFICATES, REQUESTS, TEMPLATES, NOTHING } kind;
    struct answer (*answer)(TALLOC_CTX *mem, struct kf_server *server,
                            const struct kf_request *request);
};

/* What a server may do to an exchange. */
struct kf_server_behaviour {
    const char *name;
    enum { NEVER, AT_ONCE, LATE } acts; /* takes the request of an enrollment */
    enum kf_rc rc;
    int status; /* when rc is KF_OK; 0: the answer */
    const char *body;
    bool lasts;
    enum { ALL, ENROLLMENTS, REFUSAL } scope; /* which exchanges it happens to */
};

/* The first is the good one. */
static const struct kf_server_behaviour behaviours[] = {
    {"answers", AT_ONCE, .status = 0},
    {"cannot be reached", NEVER, .rc = KF_NOTSENT},
    {"loses the request", NEVER, .rc = KF_UNCERTAIN},
    {"loses its answer", AT_ONCE, .rc = KF_UNCERTAIN},
    {"takes too long", LATE, .rc = KF_UNCERTAIN},
    {"has a gateway that gives up", LATE, .status = 504, .body = PAGE},
    {"fails, and has not acted", NEVER, .status = 500, .body = ERROR},
    {"fails, and has acted", AT_ONCE, .status = 500, .body = ERROR},
    {"is busy", NEVER, .status = 503, .body = PAGE},
    {"shows a page, and has not acted", NEVER, .status = 200, .body = PAGE},
    {"shows a page, and has acted", AT_ONCE, .status = 200, .body = PAGE},
    {"answers without end", AT_ONCE, .rc = KF_BADREPLY},
    {"shows a strange TLS certificate", NEVER, .rc = KF_UNTRUSTED},
    {"redirects", NEVER, .status = 302, .body = ""},
    {"does not know the account", NEVER, .status = 401, .body = PAGE, .lasts = true},
    {"finds the request wrong", NEVER, .status = 400, .body = ERROR, .scope = ENROLLMENTS},
    {"finds the question wrong", NEVER, .status = 400, .body = ERROR, .scope = REFUSAL},
    {"refuses", NEVER, .status = 403, .body = ERROR, .lasts = true, .scope = REFUSAL},
    {"has no such API", NEVER, .status = 404, .body = PAGE, .lasts = true, .scope = REFUSAL},
};

/*
 * Dice and the story
 */

uint32_t
kf_server_dice(struct kf_server *server, uint32_t sides)
{
    uint64_t z = server->dice += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64, Steele et al. 2014 */

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (uint32_t)(((z >> 32) * sides) >> 32);
}

bool
kf_server_chance(struct kf_server *server, unsigned percent)
{
    return kf_server_dice(server, 100) < percent;
}

void
kf_server_tell(struct kf_server *server, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    server->story = talloc_vasprintf_append_buffer(server->story, format, args);
    va_end(args);
    assert_non_null(server->story);
    server->story = talloc_strdup_append_buffer(server->story, "\n");
    assert_non_null(server->story);
}

struct kf_server *
kf_server_new(TALLOC_CTX *mem, struct kf_ca *ca, const struct kf_server_manners *manners,
              uint64_t seed)
{
    static const unsigned faults[] = {10, 30, 60};
    static const int backdatings[] = {0, 60, 600};
    struct kf_server *server = talloc_zero(mem, struct kf_server);

    assert_non_null(server);
    server->ca = ca;
    server->dice = seed;
    server->story = talloc_strdup(server, "");
    server->manners = *manners;
    server->dialect = &dialects[kf_server_dice(server, COUNT(dialects))];
    server->now_ms = kf_server_dice(server, 1000);
    server->faults = faults[kf_server_dice(server, COUNT(faults))];
    server->keeps_secrets = manners->hides_requests && kf_server_chance(server, 20);
    server->ignores_filters = kf_server_chance(server, 20);
    server->tells_content = kf_server_chance(server, 80);
    server->backdating = backdatings[kf_server_dice(server, COUNT(backdatings))];
    return server;
}

/*
 * Requests
 */

static void
decide(struct kf_server *server, struct kf_server_request *request, enum fate fate)
{
    request->fate = fate;
    if (fate == ISSUED) {
        request->certificate = kf_ca_issue(server, server->ca, request->csr,
                                           request->visible_ms / 1000 - server->backdating);
        assert_non_null(request->certificate);
    }
}

static enum fate
throw_fate(struct kf_server *server)
{
    return kf_server_chance(server, 60) ? ISSUED : kf_server_chance(server, 70) ? PENDING : DENIED;
}

static struct kf_server_request *
take(struct kf_server *server, uint32_t epoch, const char *csr, int64_t delay_ms)
{
    struct kf_server_request *request = NULL;

    server->requests = talloc_realloc(server, server->requests, struct kf_server_request,
                                      server->request_count + 1);
    assert_non_null(server->requests);
    request = &server->requests[server->request_count++];
    *request = (struct kf_server_request){.id = (int64_t)server->request_count,
                                          .epoch = epoch,
                                          .submitted_ms = server->now_ms,
                                          .visible_ms = server->now_ms + delay_ms,
                                          .csr = talloc_strdup(server, csr),
                                          .metadata = ""};
    request->is_external = kf_server_chance(server, 30);
    decide(server, request, server->faults == 0 ? ISSUED : throw_fate(server));
    return request;
}

static const char *
word(const struct kf_server *server, const struct kf_server_request *request)
{
    const struct kf_server_dialect *dialect = server->dialect;

    switch (request->fate) {
    case ISSUED:
        return dialect->issued;
    case DENIED:
        return dialect->denied;
    case PENDING:
        break;
    }
    return request->is_external ? dialect->external : dialect->pending;
}

void
kf_server_take_stranger(struct kf_server *server)
{
    const struct kf_server_request *request =
        take(server, STRANGER, kf_ca_request(server->ca, KF_CA_STRANGER, false), 0);

    kf_server_tell(server, "  A stranger's request %" PRId64 ": %s", request->id,
                   word(server, request));
}

void
kf_server_pass(struct kf_server *server, int64_t seconds)
{
    server->now_ms += seconds * 1000 + kf_server_dice(server, 1000);
    for (size_t i = 0; i < server->request_count; i++) {
        struct kf_server_request *request = &server->requests[i];

        if (request->fate == PENDING && request->visible_ms <= server->now_ms &&
            (server->faults == 0 || kf_server_chance(server, 40))) {
            request->visible_ms = server->now_ms;
            decide(server, request,
                   server->faults == 0 || kf_server_chance(server, 75) ? ISSUED : DENIED);
            kf_server_tell(server, "  The CA decides about request %" PRId64 ": %s", request->id,
                           word(server, request));
        }
    }
}

void
kf_server_be_good(struct kf_server *server)
{
    server->faults = 0;
    server->spell = NULL;
    server->keeps_secrets = false;
}

unsigned
kf_server_issued(const struct kf_server *server, unsigned epoch)
{
    unsigned count = 0;

    for (size_t i = 0; i < server->request_count; i++) {
        count += server->requests[i].epoch == epoch && server->requests[i].fate == ISSUED;
    }
    return count;
}

bool
kf_server_has_issued(const struct kf_server *server, const char *pem)
{
    for (size_t i = 0; i < server->request_count; i++) {
        const struct kf_server_request *request = &server->requests[i];

        if (request->fate == ISSUED && request->epoch != STRANGER &&
            strncmp(pem, request->certificate->pem, strlen(request->certificate->pem)) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Enrollments
 */

/* Takes the enrollment in request; what it asks for may be seen after delay_ms. */
static struct kf_server_request *
enroll(struct kf_server *server, const struct kf_request *request, int64_t delay_ms)
{
    const struct kf_server_dialect *dialect = server->dialect;
    json_t *body = json_loadb((const char *)request->body.data, request->body.len, 0, NULL);
    const json_t *object =
        dialect->request_object == NULL ? body : json_object_get(body, dialect->request_object);
    const char *csr = json_string_value(json_object_get(object, dialect->request_member));
    char *metadata = json_dumps(json_object_get(object, dialect->metadata_member), JSON_COMPACT);
    struct kf_server_request *taken = NULL;

    assert_non_null(csr);
    assert_non_null(metadata);
    taken = take(server, server->epoch, csr, delay_ms);
    taken->metadata = talloc_strdup(server, metadata);
    free(metadata);
    json_decref(body);
    kf_server_tell(server, "    request %" PRId64 ": %s", taken->id, word(server, taken));
    return taken;
}

/* The certificates of an answer: seldom somebody else's. */
static const char *
list_certificates(TALLOC_CTX *mem, struct kf_server *server, const struct kf_server_request *taken)
{
    const struct kf_ca_certificate *certificate = taken->certificate;

    if (server->faults > 0 && kf_server_chance(server, 5)) {
        kf_server_tell(server, "    the answer has a stranger's certificate");
        certificate =
            kf_ca_issue(mem, server->ca, kf_ca_request(server->ca, KF_CA_STRANGER, false), 0);
    }
    return talloc_asprintf(mem, "\"%s\"", certificate->base64);
}

static const char *
describe(TALLOC_CTX *mem, struct kf_server *server, const struct kf_server_request *taken)
{
    const struct kf_server_dialect *dialect = server->dialect;

    if (server->faults > 0 && kf_server_chance(server, 3)) {
        kf_server_tell(server, "    the answer says nothing");
        return "{}";
    }
    return talloc_asprintf(
        mem, "{\"%s\": %" PRId64 ", \"RequestDisposition\": \"%s\", \"Certificates\": [%s]}",
        dialect->id_member, taken->id, word(server, taken),
        taken->fate == ISSUED ? list_certificates(mem, server, taken) : "");
}

static struct answer
answer_enrollment(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    const struct kf_server_dialect *dialect = server->dialect;
    const struct kf_server_request *taken = enroll(server, request, 0);
    const char *body = NULL;

    /* Whoever may see nothing could never find out what became of it. */
    if (taken->fate == PENDING && taken->is_external && dialect->pending_error != NULL &&
        !server->manners.hides_certificates && kf_server_chance(server, 50)) {
        return (struct answer){
            400, talloc_asprintf(mem, "{\"ErrorCode\": \"%s\"}", dialect->pending_error)};
    }
    body = describe(mem, server, taken);
    if (dialect->answer_object != NULL) {
        body = talloc_asprintf(mem, "{\"%s\": %s}", dialect->answer_object, body);
    }
    return (struct answer){200, body};
}

static struct answer
answer_token(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    (void)mem;
    (void)server;
    (void)request;
    return (struct answer){200, "{\"AccessToken\": \"token\"}"};
}

/*
 * Questions
 */

static bool
is_visible(const struct kf_server *server, const struct kf_server_request *request, enum fate fate)
{
    return request->fate == fate && request->visible_ms <= server->now_ms;
}

/* Whether the query `NAME -eq VALUE` selects the request. */
static bool
is_selected(TALLOC_CTX *mem, const struct kf_server_request *request, const char *query)
{
    const char *id = talloc_asprintf(mem, "CertRequestId -eq %" PRId64, request->id);
    const char *value = strchr(query, '"');

    if (strcmp(query, id) == 0 || strcmp(query, "IssuedCN -eq \"" KF_CA_NAME "\"") == 0) {
        return true;
    }
    return strncmp(query, KF_SERVER_METADATA " ", strlen(KF_SERVER_METADATA " ")) == 0 &&
           strstr(request->metadata,
                  talloc_asprintf(mem, "\"" KF_SERVER_METADATA "\":%s", value)) != NULL;
}

static struct answer
answer_search(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    const char *query = request->query[0].value;
    char *list = talloc_strdup(mem, "");

    assert_string_equal(request->query[0].name, "pq.queryString");
    for (size_t i = 0; i < server->request_count; i++) {
        const struct kf_server_request *known = &server->requests[i];

        if (is_visible(server, known, ISSUED) &&
            (server->ignores_filters || is_selected(mem, known, query))) {
            list = talloc_asprintf_append_buffer(
                list,
                "%s{\"Id\": %" PRId64 ", \"CertRequestId\": %" PRId64 ", \"ContentBytes\": \"%s\"}",
                list[0] == '\0' ? "" : ", ", known->id + CERTIFICATE, known->id,
                server->tells_content ? known->certificate->base64 : "");
        }
    }
    return (struct answer){200, talloc_asprintf(mem, "[%s]", list)};
}

/* The request of that number, when it can be seen; NULL for none. */
static const struct kf_server_request *
look_up(const struct kf_server *server, int64_t id)
{
    const struct kf_server_request *request =
        id < 1 || id > (int64_t)server->request_count ? NULL : &server->requests[id - 1];

    return request != NULL && request->visible_ms <= server->now_ms ? request : NULL;
}

static struct answer
answer_download(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    json_t *body = json_loadb((const char *)request->body.data, request->body.len, 0, NULL);
    const json_int_t id = json_integer_value(json_object_get(body, "CertID"));
    const struct kf_server_request *known = look_up(server, id - CERTIFICATE);
    const char *pem = NULL;

    json_decref(body);
    if (known == NULL || known->fate != ISSUED) {
        return (struct answer){404, ERROR};
    }
    pem = talloc_asprintf(mem, "%s%s", known->certificate->pem, kf_ca_root(server->ca));
    return (struct answer){200, talloc_asprintf(mem, "{\"Content\": \"%s\"}",
                                                kf_base64_encode(mem, pem, strlen(pem)))};
}

static struct answer
answer_pending(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    const bool is_external = strstr(request->url, "/Pending") == NULL;
    char *list = talloc_strdup(mem, "");

    for (size_t i = 0; i < server->request_count; i++) {
        const struct kf_server_request *known = &server->requests[i];
        const time_t submitted = (time_t)(known->submitted_ms / 1000);
        char text[32];

        if (is_visible(server, known, PENDING) && known->is_external == is_external) {
            strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime(&submitted));
            list = talloc_asprintf_append_buffer(list,
                                                 "%s{\"Id\": %" PRId64
                                                 ", \"CommonName\": \"" KF_CA_NAME
                                                 "\", \"SubmissionDate\": \"%s\"}",
                                                 list[0] == '\0' ? "" : ", ", known->id, text);
        }
    }
    return (struct answer){200, talloc_asprintf(mem, "[%s]", list)};
}

static struct answer
answer_state(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    const char *id = strrchr(request->url, '/') + 1;
    const struct kf_server_request *known = look_up(server, strtoll(id, NULL, 10));

    if (known == NULL) {
        return (struct answer){404, ERROR};
    }
    return (struct answer){200, talloc_asprintf(mem, "{\"Id\": %s, \"StateString\": \"%s\"}", id,
                                                word(server, known))};
}

static struct answer
answer_templates(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    (void)mem;
    (void)server;
    (void)request;
    return (struct answer){200, "{\"Templates\": [{\"Name\": \"WebServer\", \"KeyType\": \"ECC\", "
                                "\"KeySize\": \"256\"}]}"};
}

static struct answer
answer_nothing(TALLOC_CTX *mem, struct kf_server *server, const struct kf_request *request)
{
    (void)mem;
    (void)server;
    (void)request;
    return (struct answer){404, PAGE};
}

/*
 * An exchange
 */

static const struct route routes[] = {
    {"POST", "Certificates/Download", CERTIFICATES, answer_download},
    {"GET", "Certificates", CERTIFICATES, answer_search},
    {"GET", "Workflow/Certificates/Pending", REQUESTS, answer_pending},
    {"GET", "Workflow/Certificates/ExternalValidation", REQUESTS, answer_pending},
    {"GET", "Workflow/Certificates/", REQUESTS, answer_state},
    {"GET", "Enrollment/CSR/Context/My", TEMPLATES, answer_templates},
};

static const struct route *
find_route(const struct kf_server *server, const struct kf_request *request)
{
    static const struct route enrollment = {.kind = ENROLLMENT, .answer = answer_enrollment};
    static const struct route nothing = {.kind = NOTHING, .answer = answer_nothing};
    static const struct route token = {.kind = TOKEN, .answer = answer_token};
    const char *path = request->url + strlen(URL);

    if (strcmp(path, server->dialect->enrollment) == 0) {
        return &enrollment;
    }
    if (server->dialect->token != NULL && strcmp(path, server->dialect->token) == 0) {
        return &token;
    }
    for (size_t i = 0; i < COUNT(routes); i++) {
        if (strcmp(request->method, routes[i].method) == 0 &&
            strncmp(path, REST, strlen(REST)) == 0 &&
            strncmp(path + strlen(REST), routes[i].path, strlen(routes[i].path)) == 0) {
            return &routes[i];
        }
    }
    return &nothing;
}

/* Whether a behaviour may happen to an exchange with this server. */
static bool
can_happen(const struct kf_server *server, const struct kf_server_behaviour *behaviour,
           const struct route *route)
{
    switch (behaviour->scope) {
    case ALL:
        return true;
    case ENROLLMENTS:
        return route->kind == ENROLLMENT;
    case REFUSAL:
        return route->kind == TEMPLATES ||
               (route->kind == CERTIFICATES && server->manners.hides_certificates) ||
               (route->kind == REQUESTS && server->manners.hides_requests &&
                behaviour->status == 403);
    }
    return false;
}

static const struct kf_server_behaviour *
choose(struct kf_server *server, const struct route *route)
{
    static const struct kf_server_behaviour refusal = {"does not show requests", NEVER,
                                                       .status = 403, .body = ERROR};
    const struct kf_server_behaviour *chosen = &behaviours[0];

    if (route->kind == REQUESTS && server->keeps_secrets) {
        return &refusal;
    }
    if (server->spell != NULL && server->now_ms < server->spell_end) {
        return can_happen(server, server->spell, route) ? server->spell : chosen;
    }
    if (kf_server_chance(server, server->faults)) {
        chosen = &behaviours[kf_server_dice(server, COUNT(behaviours))];
    }
    if (!can_happen(server, chosen, route)) {
        return &behaviours[0];
    }
    if (chosen->lasts && kf_server_chance(server, 50)) {
        server->spell = chosen;
        server->spell_end = server->now_ms + INT64_C(1000) * kf_server_dice(server, 2 * 86400);
    }
    return chosen;
}

/* How long the server is still at a request, milliseconds: often as long as it may be. */
static uint32_t
throw_delay(struct kf_server *server)
{
    return kf_server_chance(server, 50) ? server->settle_ms
                                        : kf_server_dice(server, server->settle_ms);
}

static struct answer
act(TALLOC_CTX *mem, struct kf_server *server, const struct route *route,
    const struct kf_server_behaviour *behaviour, const struct kf_request *request)
{
    struct answer answer = {behaviour->status, behaviour->body};

    if (behaviour->rc == KF_OK && behaviour->status == 0) {
        return route->answer(mem, server, request);
    }
    if (behaviour->acts != NEVER && route->kind == ENROLLMENT) {
        enroll(server, request, behaviour->acts == AT_ONCE ? 0 : throw_delay(server));
    }
    return answer;
}

/* The answer, owned by mem_ctx. For want of memory there it is lost half way. */
static enum kf_rc
deliver(TALLOC_CTX *mem_ctx, const struct answer *answer, struct kf_reply **_reply,
        struct kf_error *err)
{
    struct kf_reply *reply = talloc_zero(mem_ctx, struct kf_reply);

    if (reply == NULL ||
        kf_bytes_copy(reply, answer->body, strlen(answer->body), &reply->body) != KF_OK) {
        talloc_free(reply);
        return kf_fail(err, KF_UNCERTAIN, "no memory for the answer");
    }
    reply->status = answer->status;
    *_reply = reply;
    return KF_OK;
}

enum kf_rc
kf_server_perform(TALLOC_CTX *mem_ctx, void *context, const struct kf_request *request,
                  struct kf_reply **_reply, struct kf_error *err)
{
    struct kf_server *server = context;
    const struct route *route = find_route(server, request);
    const struct kf_server_behaviour *behaviour = choose(server, route);
    TALLOC_CTX *tmp = talloc_new(server);
    struct answer answer;
    enum kf_rc rc = behaviour->rc;

    kf_server_tell(server, "  %s %s: the server %s", request->method, request->url + strlen(URL),
                   behaviour->name);
    answer = act(tmp, server, route, behaviour, request);
    server->now_ms += kf_server_dice(server, behaviour->acts == LATE ? server->settle_ms : 2000);
    rc = rc == KF_OK ? deliver(mem_ctx, &answer, _reply, err)
                     : kf_fail(err, rc, "the server %s", behaviour->name);
    talloc_free(tmp);
    return rc;
}
