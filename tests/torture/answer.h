/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef TORTURE_ANSWER_H
#define TORTURE_ANSWER_H

/* What certmonger makes of how a run ended. */

#include "helper.h"
#include "request.h"

/* What an undisturbed run ends with; later answers are held against it. */
void answer_keep(const struct scenario *scenario, const struct helper_end *end);

/* What is wrong with how a run ended, for printing; NULL: nothing. request may have no key. */
const char *answer_check(const struct scenario *scenario, const struct request *request,
                         const struct helper_end *end);

/* Whether the helper or a sanitizer says that one of the helper's processes crashed. */
bool answer_is_crash(const struct helper_end *end);

/* Whether it is how the scenario ends well. */
bool answer_is_final(const struct scenario *scenario, const struct helper_end *end);

/* The cookie that a run printed; NULL when it printed none. */
const char *answer_cookie(const struct helper_end *end);

#endif
