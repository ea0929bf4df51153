/* SPDX-License-Identifier: Apache-2.0 */
/* Raw mode for the console. A background job must not touch the terminal: it would be stopped. */
#include "vmm/terminal.h"

#include <unistd.h>

void terminal_raw(struct terminal *terminal)
{
	struct termios raw;

	terminal->changed = false;
	if (tcgetattr(STDIN_FILENO, &terminal->before) || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	raw = terminal->before;
	/* Output stays as it is: the guest's line feeds are for a person. */
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	terminal->changed = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void terminal_restore(const struct terminal *terminal)
{
	if (terminal->changed)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->before);
}
