/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* keyfactor-submit: a certmonger helper for Keyfactor Command. From options and environment to an
 * outcome; docs/ARCHITECTURE is the map. */

#include "aftermath.h"
#include "bytes.h"
#include "certmonger.h"
#include "check.h"
#include "cmdline.h"
#include "confine.h"
#include "crypto.h"
#include "http.h"
#include "import.h"
#include "log.h"
#include "overview.h"
#include "world.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile sig_atomic_t answered = -1; /* the exit status, when all is said */

/* From a signal's handler: what was answered stands. */
static void
end_with(const struct kf_outcome *outcome)
{
    _exit(answered >= 0 ? (int)answered : kf_certmonger_finish(outcome));
}

/* A helper that dies of a signal leaves its request stuck for good: a crash, of which libraries
 * without memory are capable, ends like other faults. */
static void
end_crashed(int number)
{
    static const struct kf_outcome crash = {
        .status = KF_STATUS_UNREACHABLE,
        .text = "internal fault: the helper crashed, or the host is out of memory: if it is not, "
                "please report it, with the output of keyfactor-submit -vv"};

    (void)number;
    end_with(&crash);
}

/* A library that waits longer than any exchange may take, such as a PKCS#11 module or Kerberos, in
 * a run that has no keeper. */
static void
end_overdue(int number)
{
    static const struct kf_outcome overdue = {
        .status = KF_STATUS_UNREACHABLE,
        .text = "internal fault: a library waits for over half a minute more than timeout: see "
                "that the token (PKCS#11) or the KDC answers"};

    (void)number;
    end_with(&overdue);
}

/* Secrets must not end in a core file, nor a closed pipe in a signal. */
static void
harden(void)
{
    struct rlimit core = {.rlim_cur = 0};

    /* The hard limit stays: SELinux does not let certmonger_t change it. */
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &core);
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    kf_world_catch_signals();
    kf_world_catch_crashes(end_crashed);
    kf_world_catch_alarm(end_overdue);
}

static struct kf_config_source
find_config(const struct kf_options *options, const struct kf_job *job)
{
    return (struct kf_config_source){
        .path = options->config != NULL ? options->config : KF_CONFIG_FILE,
        .nickname = job->nickname,
        .credentials_directory = kf_certmonger_credentials_directory(),
    };
}

static enum kf_rc
read_config(struct kf_run *run, const struct kf_options *options)
{
    const struct kf_config_source source = find_config(options, run->job);
    enum kf_rc rc = kf_config_read(run->mem, &source, &run->config, run->err);

    if (rc == KF_OK) {
        kf_log_set_level((enum kf_log_level)(run->config->log_level + options->verbosity));
        run->state.directory = run->config->state_directory;
    }
    return rc;
}

/* A run, and what is told of it. */
struct program {
    struct kf_run run;
    int64_t begun; /* milliseconds since 1970 */
    struct kf_aftermath *after;
};

/* Gives the run the world outside. */
static enum kf_rc
open_world(struct kf_run *run)
{
    struct kf_effects *effects = talloc_zero(run->mem, struct kf_effects);

    if (effects == NULL) {
        return kf_fail_nomem(run->err);
    }
    kf_world_open(effects);
    run->effects = effects;
    return KF_OK;
}

/* What the daemon, or a person in its place, asks for. */
static enum kf_rc
read_job(struct kf_run *run, const struct kf_options *options)
{
    struct kf_job *job = talloc_zero(run->mem, struct kf_job);
    enum kf_rc rc = job == NULL ? kf_fail_nomem(run->err)
                                : kf_certmonger_read(run->mem, options, job, run->err);

    run->job = job;
    return rc;
}

static enum kf_rc
perform_operation(struct program *program, const struct kf_options *options,
                  struct kf_outcome **_outcome)
{
    struct kf_run *run = &program->run;
    const struct kf_operation *operation = NULL;
    bool asks_server = false;
    enum kf_rc rc = read_job(run, options);

    if (rc == KF_OK) {
        rc = open_world(run);
    }
    if (rc != KF_OK) {
        return rc;
    }
    operation = kf_operation_find(run->job);
    if (operation == NULL) {
        return kf_fail(run->err, KF_UNSUPPORTED, "%s", "");
    }
    if (operation->reads_config) {
        rc = read_config(run, options);
    }
    if (operation->enrolls) {
        program->after = kf_aftermath_prepare(run, program->begun);
    }
    if (rc == KF_OK && operation->asks_server != NULL) {
        asks_server = operation->asks_server(run->config);
    }
    if (asks_server) {
        rc = kf_config_open(run->config, run->err);
    }
    if (rc != KF_OK) {
        return rc;
    }
    return asks_server ? kf_confine(run, operation, _outcome) : operation->perform(run, _outcome);
}

/* What --version says: also what the libraries at hand can do. */
static const char *
describe(const struct kf_run *run)
{
    const char *libraries = kf_http_describe(run->mem);

    return libraries == NULL
               ? NULL
               : talloc_asprintf(run->mem, PACKAGE_NAME " " PACKAGE_VERSION "\n%s\n", libraries);
}

static enum kf_rc
import_command_config(struct kf_run *run, const struct kf_options *options, const char *program,
                      struct kf_outcome **_outcome)
{
    const struct kf_import import = {
        .file = options->import,
        .server = options->server != NULL ? options->server : "default",
        .config = options->config != NULL ? options->config : KF_CONFIG_FILE,
        .standard_config = KF_CONFIG_FILE,
        .nickname = options->ca != NULL ? options->ca : KF_DEFAULT_NICKNAME,
        .program = program,
    };
    char *report = NULL;
    enum kf_rc rc = kf_import(run->mem, &import, &report, run->err);

    return rc == KF_OK ? kf_outcome_answer(run->mem, report, _outcome, run->err) : rc;
}

static enum kf_rc
perform_check(struct kf_run *run, const struct kf_operation *operation,
              struct kf_outcome **_outcome)
{
    enum kf_rc rc = open_world(run);

    run->state.directory = run->config->state_directory;
    return rc == KF_OK ? kf_confine(run, operation, _outcome) : rc;
}

static enum kf_rc
check(struct kf_run *run, const struct kf_options *options, struct kf_outcome **_outcome)
{
    enum kf_rc rc = read_job(run, options);
    struct kf_config_source source;
    struct kf_check_wish wish = {.source = &source, .perform = perform_check};

    if (rc != KF_OK) {
        return rc;
    }
    source = find_config(options, run->job);
    wish.is_json = options->json;
    wish.has_colours = kf_certmonger_has_colours();
    return kf_check(run, &wish, _outcome);
}

static enum kf_rc
status(struct kf_run *run, const struct kf_options *options, struct kf_outcome **_outcome)
{
    const struct kf_job job = {.nickname = options->ca != NULL ? options->ca : KF_DEFAULT_NICKNAME};
    const struct kf_overview_wish wish = {
        .source = find_config(options, &job),
        .ca = options->ca,
        .address = kf_certmonger_daemon_address(),
        .is_json = options->json,
        .now = kf_world_now_ms() / 1000,
        .list = kf_bus_list,
    };

    return kf_overview(run->mem, &wish, _outcome, run->err);
}

static enum kf_rc
run_program(struct program *program, int argc, char **argv, struct kf_outcome **_outcome)
{
    struct kf_run *run = &program->run;
    struct kf_options options;
    enum kf_rc rc = kf_cmdline_read(argc, argv, &options, run->err);

    if (rc != KF_OK) {
        return rc;
    }
    kf_log_set_level((enum kf_log_level)options.verbosity);
    if (options.help || options.version) {
        return kf_outcome_answer(run->mem, options.help ? kf_cmdline_help : describe(run), _outcome,
                                 run->err);
    }
    if (options.import != NULL) {
        return import_command_config(run, &options, argv[0], _outcome);
    }
    if (options.check) {
        return check(run, &options, _outcome);
    }
    if (options.status) {
        return status(run, &options, _outcome);
    }
    return perform_operation(program, &options, _outcome);
}

/* The reason goes to the daemon, and to the journal too: the daemon shows it only to who asks. */
static enum kf_rc
explain_failure(struct kf_run *run, enum kf_rc rc, struct kf_outcome **_outcome)
{
    if (run->err->text[0] != '\0') {
        kf_log(KF_LOG_NOTICE, "%s", run->err->text);
    }
    return kf_outcome_failure(run->mem, kf_outcome_status(rc), _outcome, run->err);
}

/* How the program ends. */
static enum kf_rc
conclude(struct program *program, int argc, char **argv, struct kf_outcome **_outcome)
{
    struct kf_run *run = &program->run;
    enum kf_rc rc;

    if (run->mem == NULL) {
        return kf_fail_nomem(run->err);
    }
    rc = run_program(program, argc, argv, _outcome);
    return rc == KF_OK ? rc : explain_failure(run, rc, _outcome);
}

int
main(int argc, char **argv)
{
    struct kf_outcome last = {.status = KF_STATUS_UNREACHABLE, .text = "out of memory"};
    struct kf_error err = {.text = ""};
    struct program program = {
        .run = {.mem = talloc_named_const(NULL, 0, "keyfactor-submit"), .err = &err},
        .begun = kf_world_now_ms(),
    };
    struct kf_outcome *outcome = &last;
    int exit_status;

    kf_crypto_watch_memory();
    kf_log_open_streams();
    harden();
    if (conclude(&program, argc, argv, &outcome) != KF_OK) {
        outcome = &last;
    }
    exit_status = kf_certmonger_finish(outcome);
    answered = exit_status;
    kf_aftermath_tell(program.after, &program.run, outcome, kf_world_now_ms());
    talloc_free(program.run.mem);
    return exit_status;
}
