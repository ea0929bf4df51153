/* SPDX-License-Identifier: Apache-2.0 */
/* Exit statuses of hc-vmm. Stable: operators' tools depend on them. */
#ifndef HC_VMM_EXIT_H
#define HC_VMM_EXIT_H

enum vmm_exit {
	VMM_EXIT_OFF = 0,     /* the guest powered off */
	VMM_EXIT_ERROR = 1,   /* hc-vmm could not start or go on; the log says why */
	VMM_EXIT_USAGE = 3,   /* command line or configuration file */
	VMM_EXIT_REFUSED = 4, /* the firmware refused; its code is in the log */
	VMM_EXIT_RESET = 5,   /* the guest asked for a reset */
	VMM_EXIT_CRASHED = 6, /* the guest crashed (triple fault, shutdown, internal error) */
	VMM_EXIT_STOPPED = 7, /* ended by SIGTERM or SIGINT */
};

#endif
