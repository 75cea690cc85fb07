/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* fail_allocation.so: preloaded into the helper, it counts allocations, whoever makes them, and has
 * those fail that the driver's plan names. It counts from main() on: before it, the loader and the
 * libraries' constructors are at work, whose failures no program can turn into an exit status. */

#include "plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unwind.h>

#define WHERE_FRAMES     12
#define ALLOCATOR_FRAMES 2
#define OURSELVES        "/fail_allocation.so"

struct range {
    uintptr_t begin;
    uintptr_t end;
};

static struct plan *plan; /* NULL: there is none, and all is as it would be without us */
static unsigned process = 1;
static bool has_begun;
static int (*main_of_helper)(int argc, char **argv, char **environment);

static struct range helper;
static struct range ourselves;
/* Those that ask for memory on behalf of others: libc, libtalloc, and a sanitizer. */
static struct range messengers[4];
static size_t messenger_count;

/* We are at work: what the unwinder may ask for is not the helper's. */
static _Thread_local bool is_busy __attribute__((tls_model("initial-exec")));

static bool
is_messenger(const char *file)
{
    static const char *const names[] = {"/libc.so.", "/libtalloc.so.", "/libasan.so."};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strstr(file, names[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static struct range
range_of(const struct dl_phdr_info *object)
{
    struct range range = {UINTPTR_MAX, 0};

    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const uintptr_t begin = object->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD) {
            range.begin = begin < range.begin ? begin : range.begin;
            range.end = begin + segment->p_memsz > range.end ? begin + segment->p_memsz : range.end;
        }
    }
    return range;
}

static int
learn_object(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (object->dlpi_name[0] == '\0') {
        helper = range_of(object);
    } else if (strstr(object->dlpi_name, OURSELVES) != NULL) {
        ourselves = range_of(object);
    } else if (is_messenger(object->dlpi_name) &&
               messenger_count < sizeof(messengers) / sizeof(messengers[0])) {
        messengers[messenger_count++] = range_of(object);
    }
    return 0;
}

static bool
is_in(const struct range *range, uintptr_t address)
{
    return address >= range->begin && address < range->end;
}

static bool
is_of_messenger(uintptr_t address)
{
    for (size_t i = 0; i < messenger_count; i++) {
        if (is_in(&messengers[i], address)) {
            return true;
        }
    }
    return false;
}

/* Whom a walk up the stack has met. */
struct walk {
    unsigned of_helper; /* functions */
    bool has_library;
};

/* Goes up past the messengers. One or two functions of the helper that a library has called are no
 * askers: they are the allocator that the library was given. */
static _Unwind_Reason_Code
look_for_owner(struct _Unwind_Context *context, void *_walk)
{
    const uintptr_t address = _Unwind_GetIP(context);
    struct walk *walk = _walk;

    if (is_in(&ourselves, address) || is_of_messenger(address)) {
        return _URC_NO_REASON;
    }
    walk->has_library = !is_in(&helper, address);
    if (walk->has_library || ++walk->of_helper > ALLOCATOR_FRAMES) {
        return _URC_END_OF_STACK;
    }
    return _URC_NO_REASON;
}

static unsigned char
owner(void)
{
    struct walk walk = {0, false};

    _Unwind_Backtrace(look_for_owner, &walk);
    return walk.of_helper > 0 && !walk.has_library ? PLAN_HELPER : PLAN_LIBRARY;
}

/* Appends "FILE+OFFSET" of a caller, for addr2line, to the plan's text. The first callers are we.
 */
static _Unwind_Reason_Code
describe_caller(struct _Unwind_Context *context, void *_frames)
{
    const uintptr_t address = _Unwind_GetIP(context);
    const size_t len = strlen(plan->where);
    const char *file = NULL;
    Dl_info info;

    if (is_in(&ourselves, address)) {
        return _URC_NO_REASON;
    }
    if (++*(int *)_frames > WHERE_FRAMES || dladdr((void *)address, &info) == 0) {
        return _URC_END_OF_STACK;
    }
    file = strrchr(info.dli_fname, '/');
    snprintf(plan->where + len, sizeof(plan->where) - len, " %s+0x%lx",
             file == NULL ? info.dli_fname : file + 1,
             (unsigned long)(address - (uintptr_t)info.dli_fbase));
    return _URC_NO_REASON;
}

static bool
is_planned(void)
{
    const unsigned number = atomic_fetch_add(&plan->count[process], 1) + 1;
    int frames = 0;

    if (plan->record && number < PLAN_ALLOCATIONS) {
        plan->owner[process][number] = owner();
    }
    if (process != plan->process || number < plan->first || number > plan->last) {
        return false;
    }
    if (atomic_fetch_add(&plan->failed, 1) == 0) {
        _Unwind_Backtrace(describe_caller, &frames);
    }
    return true;
}

static bool
must_fail(void)
{
    bool fails = false;

    if (has_begun && !is_busy) {
        is_busy = true;
        fails = is_planned();
        is_busy = false;
    }
    if (fails) {
        errno = ENOMEM;
    }
    return fails;
}

/* The function of this name that would have been called without us. Found at need, because others'
 * constructors allocate before ours could run. */
static void *
next(void **_function, const char *name)
{
    if (*_function == NULL) {
        *_function = dlsym(RTLD_NEXT, name);
    }
    return *_function;
}

void *
malloc(size_t size)
{
    static void *function;
    void *(*allocate)(size_t) = next(&function, "malloc");

    return must_fail() ? NULL : allocate(size);
}

void *
calloc(size_t count, size_t size)
{
    static void *function;
    void *(*allocate)(size_t, size_t) = next(&function, "calloc");

    return must_fail() ? NULL : allocate(count, size);
}

/* To make it smaller, or nothing, is not always asking for memory; but who can tell how large it
 * was? Nothing alone never fails: it is another word for free(). */
void *
realloc(void *old, size_t size)
{
    static void *function;
    void *(*allocate)(void *, size_t) = next(&function, "realloc");

    return size > 0 && must_fail() ? NULL : allocate(old, size);
}

void *
reallocarray(void *old, size_t count, size_t size)
{
    static void *function;
    void *(*allocate)(void *, size_t, size_t) = next(&function, "reallocarray");

    return count > 0 && size > 0 && must_fail() ? NULL : allocate(old, count, size);
}

int
posix_memalign(void **_memory, size_t alignment, size_t size)
{
    static void *function;
    int (*allocate)(void **, size_t, size_t) = next(&function, "posix_memalign");

    return must_fail() ? ENOMEM : allocate(_memory, alignment, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    static void *function;
    void *(*allocate)(size_t, size_t) = next(&function, "aligned_alloc");

    return must_fail() ? NULL : allocate(alignment, size);
}

static void
become_child(void)
{
    if (plan != NULL && process < PLAN_PROCESSES) {
        process++;
        atomic_fetch_add(&plan->processes, 1);
    }
}

static int
begin(int argc, char **argv, char **environment)
{
    const char *file = getenv(PLAN_VARIABLE);
    void *mapping = MAP_FAILED;

    if (file != NULL) {
        mapping = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(file), 0);
    }
    if (mapping != MAP_FAILED) {
        plan = mapping;
        dl_iterate_phdr(learn_object, NULL);
        pthread_atfork(NULL, NULL, become_child);
        atomic_fetch_add(&plan->processes, 1);
    }
    has_begun = plan != NULL;
    prctl(PLAN_MAIN_BEGINS, 0, 0, 0, 0);
    return main_of_helper(argc, argv, environment);
}

typedef int main_function(int argc, char **argv, char **environment);

/* What the C library's start code calls: main() is ours to call now. */
int __libc_start_main(main_function *start, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end);

int
__libc_start_main(main_function *start, int argc, char **argv, void (*init)(void),
                  void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
    static void *function;
    int (*go_on)(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                 void *) = next(&function, "__libc_start_main");

    main_of_helper = start;
    return go_on(begin, argc, argv, init, fini, loader_fini, stack_end);
}
