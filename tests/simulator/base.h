/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_BASE_H
#define SIM_BASE_H

/*
 * What every file needs: memory, and one way to stop when the machine fails the simulator. What a
 * client does wrong never ends the program; what cannot happen does, loudly.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Prints the program's name and the text on standard error and exits with status 1. */
_Noreturn void sim_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Dies saying "cannot ACTION" unless done. Inline, so that the analyzers see that it is done. */
static inline void
sim_must(bool done, const char *action)
{
    if (!done) {
        sim_die("cannot %s", action);
    }
}

/* size bytes of zeros; dies without memory. */
void *sim_zeroed(size_t size);

/* The items, grown or shrunk to count of size bytes each; dies without memory. */
void *sim_resize(void *items, size_t count, size_t size);

/* The text made of the format; dies without memory. */
char *sim_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *sim_text_args(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* A copy of size bytes with a zero byte after them; dies without memory. */
char *sim_copy(const void *data, size_t size);

/* Whether two texts are the same, in a time that does not tell where they differ. */
bool sim_equal_secret(const char *left, const char *right);

#endif
