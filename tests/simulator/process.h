/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

/* What the simulator and the proxy share of options and of life. */

#include <sys/types.h>

/* The number of a port; -1 when the text is none. */
long sim_port_read(const char *text);

/* A socket that listens at the IP address and port (0: any that is free); dies when it cannot. */
int sim_listen(const char *address, long port);

/* The port that a socket listens at. */
unsigned sim_listen_port(int listener);

/* Ends with SIGTERM when the parent, as it was at the start, is gone. */
void sim_process_follow(pid_t parent);

#endif
