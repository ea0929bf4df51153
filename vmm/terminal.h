/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's terminal as the guest's serial console: every key goes to the guest. */
#ifndef HC_VMM_TERMINAL_H
#define HC_VMM_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
	bool changed;
	struct termios before;
};

/* Standard input, if it is a terminal and we are in its foreground; else nothing. */
void terminal_raw(struct terminal *terminal);
void terminal_restore(const struct terminal *terminal);

#endif
