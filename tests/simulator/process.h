/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

/* What the simulator and the proxy share of options and of life. */

#include <sys/socket.h>
#include <sys/types.h>

/* The number of a port; -1 when the text is none. */
long sim_port_read(const char *text);

/* The IP address and port to listen on; dies when the text is no address. */
struct sockaddr_storage sim_address_read(const char *text, long port);

/* Ends with SIGTERM when the parent, as it was at the start, is gone. */
void sim_process_follow(pid_t parent);

#endif
