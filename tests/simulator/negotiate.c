/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Kerberos by way of SPNEGO, with the keys of a keytab. Owns GSSAPI. */

#include "negotiate.h"

#include <stdlib.h>
#include <string.h>

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include "base.h"
#include "encoding.h"

struct sim_negotiate {
    gss_cred_id_t credential;
};

/* What GSSAPI says of a failure, to be freed. */
static char *
describe(OM_uint32 code, int type, gss_OID mechanism)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 more = 0;
    OM_uint32 minor;
    char *copy = NULL;

    gss_display_status(&minor, code, type, mechanism, &more, &text);
    copy = sim_copy(text.value, text.length);
    gss_release_buffer(&minor, &text);
    return copy;
}

static char *
failure(OM_uint32 major, OM_uint32 minor)
{
    char *what = describe(major, GSS_C_GSS_CODE, GSS_C_NO_OID);
    char *why = describe(minor, GSS_C_MECH_CODE, GSS_C_NO_OID);
    char *text = sim_text("%s: %s", what, why);

    free(what);
    free(why);
    return text;
}

/* Any HTTP service of the keytab. */
static gss_name_t
service_name(void)
{
    gss_buffer_desc text = {strlen("HTTP"), (char *)"HTTP"};
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor;

    sim_must(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name) == GSS_S_COMPLETE,
             "name the HTTP service");
    return name;
}

struct sim_negotiate *
sim_negotiate_open(const char *keytab, const char *directory)
{
    struct sim_negotiate *negotiate = sim_zeroed(sizeof(*negotiate));
    char *replays = sim_text("file2:%s/replays", directory);
    gss_key_value_element_desc places[] = {{"keytab", keytab}, {"rcache", replays}};
    const gss_key_value_set_desc store = {sizeof(places) / sizeof(places[0]), places};
    gss_name_t name = service_name();
    OM_uint32 ignored;
    OM_uint32 minor;
    OM_uint32 major =
        gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                              &store, &negotiate->credential, NULL, NULL);

    if (major != GSS_S_COMPLETE) {
        sim_die("settings: the keytab %s does not do: %s", keytab, failure(major, minor));
    }
    gss_release_name(&ignored, &name);
    free(replays);
    return negotiate;
}

void
sim_negotiate_close(struct sim_negotiate *negotiate)
{
    OM_uint32 minor;

    if (negotiate != NULL) {
        gss_release_cred(&minor, &negotiate->credential);
        free(negotiate);
    }
}

static char *
principal_of(gss_name_t name)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    char *principal = NULL;

    sim_must(gss_display_name(&minor, name, &text, NULL) == GSS_S_COMPLETE, "name a client");
    principal = sim_copy(text.value, text.length);
    gss_release_buffer(&minor, &text);
    return principal;
}

static void
accept_token(struct sim_negotiate *negotiate, gss_buffer_t token, struct sim_negotiated *result)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc reply = GSS_C_EMPTY_BUFFER;
    gss_name_t client = GSS_C_NO_NAME;
    OM_uint32 ignored;
    OM_uint32 minor;
    OM_uint32 major =
        gss_accept_sec_context(&minor, &context, negotiate->credential, token,
                               GSS_C_NO_CHANNEL_BINDINGS, &client, NULL, &reply, NULL, NULL, NULL);

    if (major == GSS_S_COMPLETE) {
        result->principal = principal_of(client);
        result->reply = sim_base64(reply.value, reply.length);
    } else if (major == GSS_S_CONTINUE_NEEDED) {
        result->reason = sim_text("the client begins with another mechanism than Kerberos");
    } else {
        result->reason = failure(major, minor);
    }
    gss_release_name(&ignored, &client);
    gss_release_buffer(&ignored, &reply);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
}

bool
sim_negotiate_accept(struct sim_negotiate *negotiate, const char *token,
                     struct sim_negotiated *result)
{
    struct sim_bytes bytes;
    gss_buffer_desc buffer;

    if (!sim_base64_read(token, &bytes)) {
        result->reason = sim_text("the token is not base64");
        return false;
    }
    buffer = (gss_buffer_desc){bytes.size, bytes.data};
    accept_token(negotiate, &buffer, result);
    free(bytes.data);
    return result->principal != NULL;
}

void
sim_negotiated_clear(struct sim_negotiated *result)
{
    free(result->principal);
    free(result->reply);
    free(result->reason);
    memset(result, 0, sizeof(*result));
}
