/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `hc-vmm check`. */
#ifndef HC_VMM_CHECK_COMMAND_H
#define HC_VMM_CHECK_COMMAND_H

#include "vmm/check/probe.h"

/*
 * Looks, judges, prints to standard output. Exit status: VMM_EXIT_OFF if the platform asked for
 * (plain if none was) starts guests, VMM_EXIT_ERROR if it does not or the report cannot be printed,
 * VMM_EXIT_USAGE. argv[0] is "check".
 */
int check_command(int argc, char **argv, const struct check_probe *probe);

#endif
