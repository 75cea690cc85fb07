/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_SIMULATOR_H
#define SIM_SIMULATOR_H

/*
 * The parts of the simulator, as the handlers of requests see them. One request is handled at a
 * time; only waiting and sending go on side by side. So no part but the HTTP server knows locks.
 */

struct sim {
    const struct sim_settings *settings;
    const struct sim_cas *cas;
    struct sim_store *store;
    struct sim_faults *faults;
    struct sim_record *record;
    struct sim_tokens *tokens;        /* of the Classic API */
    struct sim_bearer_tokens *bearer; /* of OAuth 2.0 */
    struct sim_negotiate *negotiate;  /* NULL without a keytab */
};

#endif
