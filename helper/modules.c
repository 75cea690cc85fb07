/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* Stands in front of http.c, errdoc_markup.c and bus.c in the program: they are modules that lie
 * beside it, and are loaded when they are called. libcurl, libxml2 and libdbus bring forty
 * libraries along, which cost more than all that an operation without the network does. Layer 5; no
 * library. */

#include "bus.h"
#include "errdoc_parts.h"
#include "http.h"
#include "log.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define HTTP   "keyfactor-http.so"
#define MARKUP "keyfactor-markup.so"
#define BUS    "keyfactor-bus.so"

/* Where the module is: in the folder of this program. False when it has no such path. */
static bool
locate(const char *module, char path[PATH_MAX])
{
    const ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
    const char *end = len <= 0 ? NULL : memrchr(path, '/', (size_t)len);
    const size_t folder_len = end == NULL ? 0 : (size_t)(end - path) + 1;

    if (end == NULL || folder_len + strlen(module) >= PATH_MAX) {
        return false;
    }
    memcpy(path + folder_len, module, strlen(module) + 1);
    return true;
}

/* A function of a module, which stays loaded; NULL when there is none. */
static void *
find(const char *module, const char *function, struct kf_error *err)
{
    char path[PATH_MAX];
    void *handle = NULL;
    void *found = NULL;

    errno = 0;
    if (locate(module, path)) {
        handle = dlopen(path, RTLD_LAZY);
        found = handle == NULL ? NULL : dlsym(handle, function);
    }
    if (found == NULL && errno == ENOMEM) {
        kf_fail_nomem(err);
    } else if (found == NULL) {
        const char *why = dlerror();

        kf_fail(err, KF_INTERNAL, "%s cannot be loaded: %s: install the package again", module,
                why == NULL ? "it is not beside keyfactor-submit" : why);
    }
    return found;
}

enum kf_rc
kf_http_new(TALLOC_CTX *mem_ctx, const struct kf_config *config, const volatile sig_atomic_t *stop,
            struct kf_http **_http, struct kf_error *err)
{
    typeof(&kf_http_new) function = NULL;

    *(void **)&function = find(HTTP, __func__, err);
    return function == NULL ? KF_INTERNAL : function(mem_ctx, config, stop, _http, err);
}

enum kf_rc
kf_http_perform(TALLOC_CTX *mem_ctx, struct kf_http *http, const struct kf_request *request,
                struct kf_reply **_reply, struct kf_error *err)
{
    typeof(&kf_http_perform) function = NULL;

    *(void **)&function = find(HTTP, __func__, err);
    return function == NULL ? KF_INTERNAL : function(mem_ctx, http, request, _reply, err);
}

char *
kf_http_describe(TALLOC_CTX *mem_ctx)
{
    typeof(&kf_http_describe) function = NULL;
    struct kf_error err;

    *(void **)&function = find(HTTP, __func__, &err);
    return function == NULL ? talloc_strdup(mem_ctx, err.text) : function(mem_ctx);
}

/* A document that cannot be read has no reason to tell; the answer's status says enough to go on.
 */
void
kf_errdoc_markup_read(struct kf_errdoc_parts *parts, const char *data, size_t len)
{
    typeof(&kf_errdoc_markup_read) function = NULL;
    struct kf_error err;

    *(void **)&function = find(MARKUP, __func__, &err);
    if (function == NULL) {
        kf_log(KF_LOG_NOTICE, "what the server says cannot be read: %s", err.text);
    } else {
        function(parts, data, len);
    }
}

enum kf_rc
kf_bus_list(TALLOC_CTX *mem_ctx, const char *address, struct kf_bus_request **_requests,
            size_t *_count, struct kf_error *err)
{
    typeof(&kf_bus_list) function = NULL;

    *(void **)&function = find(BUS, __func__, err);
    return function == NULL ? KF_INTERNAL : function(mem_ctx, address, _requests, _count, err);
}
