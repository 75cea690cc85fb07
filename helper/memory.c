/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
/* What is freed is wiped, whichever library frees it: these two stand in for the C library's of the
 * same names in the whole program, and pass on to them. Layer 0; no library. Not in a build for the
 * sanitizers, which have their own. */

#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* Not to be inlined: where the compiler knows the size that was asked for, it takes the few bytes
 * more that the allocator gave for an overflow. */
__attribute__((noinline)) void
free(void *memory)
{
    static void (*next)(void *);

    if (next == NULL) {
        *(void **)&next = dlsym(RTLD_NEXT, "free");
    }
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
    }
    next(memory);
}

/* Always moves, so that the old place is wiped. */
__attribute__((noinline)) void *
realloc(void *memory, size_t size)
{
    const size_t had = malloc_usable_size(memory);
    void *moved = malloc(size);

    if (moved != NULL && memory != NULL) {
        memcpy(moved, memory, had < size ? had : size);
        free(memory);
    }
    return moved;
}
