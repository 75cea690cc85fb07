/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* A fleet of hosts, one server, and what happens second by second. */

#include "simulation.h"

#include "agenda.h"

#define RETRY_AFTER     30
#define TIMEOUT         60 /* the helper's, for an answer */
#define CONNECT_TIMEOUT 15 /* the helper's, for a connection */
#define UNNOTICED       10 /* so long a server that is away is still sent requests */

#define HORIZON            (12 * 3600)
#define HORIZON_CERTMONGER (40 * 86400)

struct simulation {
    const struct plan *plan;
    struct measures *measures;
    struct chance chance;
    struct host *hosts;
    struct agenda *agenda;
    struct line *line;
    int64_t now;
    double work; /* requests that the server has the time for */
};

const char *
overload_name(enum overload overload)
{
    return overload == OVERLOAD_REFUSE ? "refuse" : "timeout";
}

static int64_t
horizon(const struct plan *plan)
{
    return plan->policy == POLICY_CERTMONGER ? HORIZON_CERTMONGER : HORIZON;
}

static bool
needs_approval(const struct simulation *self)
{
    return self->plan->scenario->approval_for > 0;
}

/* The host has answer after so many seconds, and will try again. */
static void
fail(struct simulation *self, uint32_t host, enum answer answer, int64_t after)
{
    const int64_t then = self->now + after;

    agenda_put(self->agenda, host,
               then + client_wait(self->plan->policy, self->plan->config, &self->hosts[host],
                                  answer, then, RETRY_AFTER, &self->chance));
}

static void
turn_away(struct simulation *self, uint32_t host)
{
    if (self->plan->overload == OVERLOAD_REFUSE) {
        self->measures->refused++;
        fail(self, host, ANSWER_NOT_NOW, 0);
        return;
    }
    self->measures->unreachable++;
    fail(self, host, ANSWER_UNREACHABLE, CONNECT_TIMEOUT);
}

static void
send_request(struct simulation *self, uint32_t host, enum request_kind kind)
{
    const struct scenario *scenario = self->plan->scenario;
    const struct request request = {.host = host, .kind = kind, .sent = self->now};

    self->measures->sent++;
    self->measures->by_minute[self->now / 60]++;
    if (scenario_share_up(scenario, self->now) <= 0) {
        turn_away(self, host);
    } else if (chance_is(&self->chance,
                         scenario_share_lost(scenario, self->now - UNNOTICED, self->now))) {
        self->measures->lost++;
        fail(self, host, ANSWER_LOST, 0);
    } else if (!line_join(self->line, &request)) {
        turn_away(self, host);
    }
}

static void
wake(struct simulation *self)
{
    uint32_t host;

    while ((host = agenda_take(self->agenda, self->now)) != AGENDA_NOBODY) {
        send_request(self, host, client_first_request(&self->hosts[host]));
    }
}

static void
finish(struct simulation *self, struct host *host)
{
    struct measures *measures = self->measures;

    host->state = HOST_DONE;
    measures->done++;
    measures->late += (double)(self->now - host->available);
    if (measures->time_99 < 0 && measures->done * 100ull >= measures->hosts * 99ull) {
        measures->time_99 = self->now;
    }
}

/* The CA has the request: one that has to be approved comes under its own number. */
static void
accept_request(struct simulation *self, struct host *host)
{
    self->measures->certificates++;
    self->measures->second += host->certificates > 0;
    host->certificates++;
}

static void
answer(struct simulation *self, const struct request *request)
{
    struct host *host = &self->hosts[request->host];

    if (request->kind == REQUEST_SUBMIT) {
        accept_request(self, host);
    }
    if (request->is_given_up) {
        return;
    }
    self->measures->answered++;
    if (host->certificates == 0) {
        send_request(self, request->host, REQUEST_SUBMIT);
    } else if (needs_approval(self) && self->now < host->available) {
        fail(self, request->host, ANSWER_PENDING, 0);
    } else {
        finish(self, host);
    }
}

/* A server that goes away takes its share of the line with it: half of that had reached the CA. */
static void
cut(struct simulation *self)
{
    const double lost = scenario_share_lost(self->plan->scenario, self->now - 1, self->now);
    struct request request;

    for (uint32_t i = lost > 0 ? line_length(self->line) : 0; i > 0; i--) {
        line_take(self->line, &request);
        if (!chance_is(&self->chance, lost)) {
            line_join(self->line, &request);
            continue;
        }
        if (request.kind == REQUEST_SUBMIT && chance_is(&self->chance, 0.5)) {
            accept_request(self, &self->hosts[request.host]);
        }
        if (!request.is_given_up) {
            self->measures->lost++;
            fail(self, request.host, ANSWER_LOST, 0);
        }
    }
}

static void
give_up(struct simulation *self)
{
    struct request request;

    while (line_give_up(self->line, self->now - TIMEOUT, &request)) {
        self->measures->lost++;
        fail(self, request.host, ANSWER_LOST, 0);
    }
}

static void
serve(struct simulation *self)
{
    struct request request;

    self->work += self->plan->capacity * scenario_share_up(self->plan->scenario, self->now);
    while (self->work >= 1 && line_take(self->line, &request)) {
        self->work--;
        answer(self, &request);
    }
    if (self->work > 1) {
        self->work = 1; /* idle time cannot be saved */
    }
}

static void
run(struct simulation *self)
{
    struct measures *measures = self->measures;

    for (; self->now < horizon(self->plan); self->now++) {
        if (measures->done == measures->hosts && line_length(self->line) == 0) {
            break;
        }
        cut(self);
        give_up(self);
        wake(self);
        serve(self);
    }
    measures->waiting = measures->sent - measures->answered - measures->refused -
                        measures->unreachable - measures->lost;
}

/* When 99 % would be served if all waited in one line without end. */
static void
find_ideal(struct simulation *self, const uint32_t *ready)
{
    const struct plan *plan = self->plan;
    double waiting = 0;
    double served = 0;

    for (int64_t now = 0; now < HORIZON; now++) {
        const double most = plan->capacity * scenario_share_up(plan->scenario, now);
        double now_served;

        waiting += ready[now];
        now_served = waiting < most ? waiting : most;
        waiting -= now_served;
        served += now_served;
        if (served * 100 >= self->measures->hosts * 99.0) {
            self->measures->ideal_99 = now;
            return;
        }
    }
    self->measures->ideal_99 = HORIZON;
}

static void
populate(struct simulation *self, uint32_t *ready)
{
    const struct scenario *scenario = self->plan->scenario;

    for (uint32_t i = 0; i < self->measures->hosts; i++) {
        struct host *host = &self->hosts[i];

        host->due = chance_below(&self->chance, scenario->due_for);
        host->available =
            needs_approval(self)
                ? scenario->approval_from + chance_below(&self->chance, scenario->approval_for)
                : host->due;
        ready[host->available]++;
        agenda_put(self->agenda, i, host->due);
    }
}

static uint32_t
line_limit(const struct plan *plan)
{
    const double seconds = plan->overload == OVERLOAD_REFUSE ? 10 : 120;

    return (uint32_t)(seconds * plan->capacity) + 1;
}

struct measures *
simulate(TALLOC_CTX *mem_ctx, const struct plan *plan)
{
    struct simulation self = {.plan = plan, .chance = {1}};
    struct measures *measures = talloc_zero(mem_ctx, struct measures);
    TALLOC_CTX *mem = talloc_new(NULL);
    uint32_t *ready = talloc_zero_array(mem, uint32_t, HORIZON);
    bool has_memory = measures != NULL && ready != NULL;

    if (has_memory) {
        measures->hosts = plan->hosts / (uint32_t)plan->scenario->share_of_fleet;
        measures->time_99 = -1;
        measures->minutes = (size_t)horizon(plan) / 60;
        measures->by_minute = talloc_zero_array(measures, uint32_t, measures->minutes);
        self.measures = measures;
        self.hosts = talloc_zero_array(mem, struct host, measures->hosts);
        self.agenda = agenda_make(mem, measures->hosts, horizon(plan));
        self.line = line_make(mem, line_limit(plan));
        has_memory = measures->by_minute != NULL && self.hosts != NULL && self.agenda != NULL &&
                     self.line != NULL;
    }
    if (has_memory) {
        populate(&self, ready);
        find_ideal(&self, ready);
        run(&self);
    }
    talloc_free(mem);
    return has_memory ? measures : NULL;
}

double
measures_peak(const struct measures *measures, const struct plan *plan)
{
    uint32_t most = 0;

    for (size_t i = (size_t)scenario_origin(plan->scenario) / 60; i < measures->minutes; i++) {
        most = measures->by_minute[i] > most ? measures->by_minute[i] : most;
    }
    return most / 60.0 / plan->capacity;
}

double
measures_recovery(const struct measures *measures, const struct plan *plan)
{
    const int64_t origin = scenario_origin(plan->scenario);

    return measures->time_99 < 0
               ? -1
               : (double)(measures->time_99 - origin) / (double)(measures->ideal_99 - origin);
}

uint64_t
measures_wasted(const struct measures *measures, const struct plan *plan)
{
    const uint64_t each = plan->scenario->approval_for > 0 ? 2 : 1;

    return measures->sent - each * measures->done;
}
