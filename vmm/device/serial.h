/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16550A at port 0x3f8 without an interrupt line: Linux polls it. Output goes through a bounded
 * buffer to a file descriptor; while the buffer is full the transmitter is busy, and what the guest
 * writes then is lost, so a reader that stops never stops the VMM. What the guest writes is not
 * interpreted. The program ignores SIGPIPE: a reader that is gone is EPIPE here.
 *
 * System calls at run time: read, write, poll (and those of host->ops->watch).
 */
#ifndef HC_VMM_DEVICE_SERIAL_H
#define HC_VMM_DEVICE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/device/bus.h"
#include "vmm/device/host.h"

#define SERIAL_OUT_BYTES 4096 /* at most PIPE_BUF: a write that poll allowed cannot block */
#define SERIAL_IN_BYTES  64

struct serial {
	const struct device_host *host;
	int in_fd, out_fd; /* -1: none */
	uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
	bool overrun;
	bool thr_pending; /* transmitter-empty interrupt not yet read from IIR */
	bool out_watched; /* out_fd is known to the event loop */
	bool in_watched;
	bool out_armed;
	uint8_t in[SERIAL_IN_BYTES];
	unsigned int in_head, in_count;
	uint8_t out[SERIAL_OUT_BYTES];
	unsigned int out_count;
};

/*
 * On the ports HC_PORT_SERIAL to + 7. The descriptors stay the caller's; in_fd may be -1 (no
 * input), out_fd may be -1 (output is dropped). Blocking descriptors are fine: they are used only
 * when ready. They are two numbers (dup one that is both). HC_EBUSY where the ports are taken.
 */
HC_MUST_USE int serial_init(
	struct serial *s, const struct device_host *host, struct bus *ports, int in_fd, int out_fd);
/* Writes out what is buffered as far as that does not block; stops watching. */
void serial_fini(struct serial *s);

#endif
