/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What the certmonger daemon keeps track of. Layer 1: the only file that uses libdbus. */

#include "bus.h"

#include <dbus/dbus.h>
#include <string.h>

#define SERVICE     "org.fedorahosted.certmonger"
#define ROOT_PATH   "/org/fedorahosted/certmonger"
#define REQUEST     SERVICE ".request"
#define CA          SERVICE ".ca"
#define ANSWER_TIME 10000 /* milliseconds */

struct client {
    TALLOC_CTX *mem; /* owns what is returned */
    DBusConnection *connection;
    struct kf_error *err;
};

static bool
is_any(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

/* Says why there is no answer, and forgets error. */
static enum kf_rc
explain(DBusError *error, struct kf_error *err)
{
    static const char *const denied[] = {DBUS_ERROR_ACCESS_DENIED, DBUS_ERROR_AUTH_FAILED, NULL};
    static const char *const absent[] = {DBUS_ERROR_SERVICE_UNKNOWN, DBUS_ERROR_NAME_HAS_NO_OWNER,
                                         DBUS_ERROR_NO_SERVER,       DBUS_ERROR_FILE_NOT_FOUND,
                                         DBUS_ERROR_DISCONNECTED,    DBUS_ERROR_NO_REPLY,
                                         DBUS_ERROR_TIMEOUT,         NULL};
    enum kf_rc rc = KF_BADREPLY;

    if (dbus_error_has_name(error, DBUS_ERROR_NO_MEMORY)) {
        rc = kf_fail_nomem(err);
    } else if (is_any(error->name, denied)) {
        rc = kf_fail(err, KF_FORBIDDEN,
                     "certmonger does not answer this user: run keyfactor-submit --status as root");
    } else if (is_any(error->name, absent)) {
        rc = kf_fail(err, KF_NOTSENT,
                     "the certmonger daemon does not answer: systemctl start certmonger: %s",
                     error->message);
    } else {
        rc = kf_fail(err, rc, "the certmonger daemon answers in a way that is not known: %s",
                     error->message);
    }
    dbus_error_free(error);
    return rc;
}

/* A connection of our own; NULL with *error set. */
static DBusConnection *
open_connection(const char *address, DBusError *error)
{
    DBusConnection *connection = address == NULL ? dbus_bus_get_private(DBUS_BUS_SYSTEM, error)
                                                 : dbus_connection_open_private(address, error);

    if (connection != NULL) {
        dbus_connection_set_exit_on_disconnect(connection, FALSE);
    }
    return connection;
}

static void
close_connection(DBusConnection *connection)
{
    dbus_connection_close(connection);
    dbus_connection_unref(connection);
}

/* A call without arguments; NULL when memory is out. */
static DBusMessage *
new_call(const char *path, const char *interface, const char *method)
{
    DBusMessage *call = dbus_message_new_method_call(SERVICE, path, interface, method);

    if (call != NULL) {
        dbus_message_set_auto_start(call, FALSE);
    }
    return call;
}

/* Sends a call, which is used up, and waits for its answer. */
static DBusMessage *
ask(const struct client *client, DBusMessage *call, DBusError *error)
{
    DBusMessage *reply = NULL;

    if (call == NULL) {
        dbus_set_error_const(error, DBUS_ERROR_NO_MEMORY, "");
        return NULL;
    }
    reply = dbus_connection_send_with_reply_and_block(client->connection, call, ANSWER_TIME, error);
    dbus_message_unref(call);
    return reply;
}

/* The value of a property, as long as *_reply is held; false when the object does not have it. */
static bool
get(const struct client *client, const char *path, const char *interface, const char *property,
    DBusMessageIter *_value, DBusMessage **_reply)
{
    DBusMessage *call = new_call(path, DBUS_INTERFACE_PROPERTIES, "Get");
    DBusError error = DBUS_ERROR_INIT;
    DBusMessageIter iter;

    if (call != NULL && !dbus_message_append_args(call, DBUS_TYPE_STRING, &interface,
                                                  DBUS_TYPE_STRING, &property, DBUS_TYPE_INVALID)) {
        dbus_message_unref(call);
        call = NULL;
    }
    *_reply = ask(client, call, &error);
    dbus_error_free(&error);
    if (*_reply == NULL) {
        return false;
    }
    if (!dbus_message_iter_init(*_reply, &iter) ||
        dbus_message_iter_get_arg_type(&iter) != DBUS_TYPE_VARIANT) {
        dbus_message_unref(*_reply);
        return false;
    }
    dbus_message_iter_recurse(&iter, _value);
    return true;
}

static const char *
get_text(const struct client *client, const char *path, const char *interface, const char *property)
{
    DBusMessageIter value;
    DBusMessage *reply = NULL;
    const char *text = "";
    char *copy = NULL;

    if (!get(client, path, interface, property, &value, &reply)) {
        return "";
    }
    if (dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_STRING) {
        dbus_message_iter_get_basic(&value, &text);
    }
    copy = talloc_strdup(client->mem, text);
    dbus_message_unref(reply);
    return copy == NULL ? "" : copy;
}

static int64_t
get_number(const struct client *client, const char *path, const char *property)
{
    DBusMessageIter value;
    DBusMessage *reply = NULL;
    dbus_int64_t number = 0;

    if (!get(client, path, REQUEST, property, &value, &reply)) {
        return 0;
    }
    if (dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_INT64) {
        dbus_message_iter_get_basic(&value, &number);
    }
    dbus_message_unref(reply);
    return number;
}

static bool
get_flag(const struct client *client, const char *path, const char *property)
{
    DBusMessageIter value;
    DBusMessage *reply = NULL;
    dbus_bool_t flag = FALSE;

    if (!get(client, path, REQUEST, property, &value, &reply)) {
        return false;
    }
    if (dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_BOOLEAN) {
        dbus_message_iter_get_basic(&value, &flag);
    }
    dbus_message_unref(reply);
    return flag;
}

/* The path of the request's CA, owned by client->mem; NULL when it has none. The property of that
 * name has another path, where nobody answers (certmonger 0.79.17). */
static char *
get_ca(const struct client *client, const char *path)
{
    DBusError error = DBUS_ERROR_INIT;
    DBusMessage *reply = ask(client, new_call(path, REQUEST, "get_ca"), &error);
    const char *ca = NULL;
    char *copy = NULL;

    if (reply != NULL &&
        dbus_message_get_args(reply, &error, DBUS_TYPE_OBJECT_PATH, &ca, DBUS_TYPE_INVALID)) {
        copy = talloc_strdup(client->mem, ca);
    }
    if (reply != NULL) {
        dbus_message_unref(reply);
    }
    dbus_error_free(&error);
    return copy;
}

/* Where the certificate is kept. */
static const char *
get_certificate(const struct client *client, const char *path)
{
    const char *file = get_text(client, path, REQUEST, "cert-file");
    const char *name = NULL;

    if (file[0] == '\0') {
        name =
            talloc_asprintf(client->mem, "%s:%s", get_text(client, path, REQUEST, "cert-database"),
                            get_text(client, path, REQUEST, "cert-nickname"));
    }
    return name == NULL ? file : name;
}

/* That of the certificate, or what was asked for. */
static const char *
get_subject(const struct client *client, const char *path)
{
    const char *subject = get_text(client, path, REQUEST, "subject");

    return subject[0] != '\0' ? subject : get_text(client, path, REQUEST, "template-subject");
}

/* False for a request of a CA without a helper. */
static bool
read_request(const struct client *client, const char *path, struct kf_bus_request *_request)
{
    const char *ca = get_ca(client, path);
    const char *helper = ca == NULL ? "" : get_text(client, ca, CA, "external-helper");

    if (helper[0] == '\0') {
        return false;
    }
    *_request = (struct kf_bus_request){
        .nickname = get_text(client, path, REQUEST, "nickname"),
        .status = get_text(client, path, REQUEST, "status"),
        .is_stuck = get_flag(client, path, "stuck"),
        .ca = get_text(client, ca, CA, "nickname"),
        .helper = helper,
        .error = get_text(client, path, REQUEST, "ca-error"),
        .cookie = get_text(client, path, REQUEST, "ca-cookie"),
        .csr = get_text(client, path, REQUEST, "csr"),
        .subject = get_subject(client, path),
        .template = get_text(client, path, REQUEST, "template-profile"),
        .certificate = get_certificate(client, path),
        .begins = get_number(client, path, "not-valid-before"),
        .expires = get_number(client, path, "not-valid-after"),
    };
    return true;
}

static enum kf_rc
read_requests(const struct client *client, char **paths, int path_count,
              struct kf_bus_request **_requests, size_t *_count)
{
    struct kf_bus_request *requests =
        talloc_zero_array(client->mem, struct kf_bus_request, (unsigned)path_count + 1);
    size_t count = 0;

    if (requests == NULL) {
        return kf_fail_nomem(client->err);
    }
    for (int i = 0; i < path_count; i++) {
        count += read_request(client, paths[i], &requests[count]);
    }
    *_requests = requests;
    *_count = count;
    return KF_OK;
}

static enum kf_rc
list(const struct client *client, struct kf_bus_request **_requests, size_t *_count)
{
    DBusError error = DBUS_ERROR_INIT;
    DBusMessage *reply = ask(client, new_call(ROOT_PATH, SERVICE, "get_requests"), &error);
    char **paths = NULL;
    int path_count = 0;
    enum kf_rc rc;

    if (reply == NULL) {
        return explain(&error, client->err);
    }
    if (dbus_message_get_args(reply, &error, DBUS_TYPE_ARRAY, DBUS_TYPE_OBJECT_PATH, &paths,
                              &path_count, DBUS_TYPE_INVALID)) {
        rc = read_requests(client, paths, path_count, _requests, _count);
        dbus_free_string_array(paths);
    } else {
        rc = explain(&error, client->err);
    }
    dbus_message_unref(reply);
    return rc;
}

enum kf_rc
kf_bus_list(TALLOC_CTX *mem_ctx, const char *address, struct kf_bus_request **_requests,
            size_t *_count, struct kf_error *err)
{
    struct client client = {.mem = mem_ctx, .err = err};
    DBusError error = DBUS_ERROR_INIT;
    enum kf_rc rc;

    client.connection = open_connection(address, &error);
    if (client.connection == NULL) {
        return explain(&error, err);
    }
    rc = list(&client, _requests, _count);
    close_connection(client.connection);
    return rc;
}
