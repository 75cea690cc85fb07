/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_ACCESS_H
#define SIM_ACCESS_H

/* What the one who asks may, and whether the request is theirs. Each writes its refusal to the
 * answer. */

#include <stdbool.h>

#include "answer.h"
#include "request.h"
#include "settings.h"

/* Whether the account's roles allow it; false: 403. */
bool sim_access_permitted(const struct sim_account *account, enum sim_permission permission,
                          struct sim_answer *answer);

/* The 403 of an account without the permission. */
void sim_access_refuse(const struct sim_account *account, enum sim_permission permission,
                       struct sim_answer *answer);

/* The application of the key header, in base64 or as configured; NULL: 403. */
const struct sim_application *sim_access_application(const struct sim_settings *settings,
                                                     const struct sim_request *request,
                                                     struct sim_answer *answer);

/* Whether the application signed the body as received, where it has to; false: 403. */
bool sim_access_signed(const struct sim_settings *settings,
                       const struct sim_application *application, const struct sim_request *request,
                       struct sim_answer *answer);

#endif
