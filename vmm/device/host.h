/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device may ask of the VM that carries it: interrupts, doorbells, and an event loop. An ops
 * table, so that unit tests and fuzzers put a fake VM under a device.
 */
#ifndef HC_VMM_DEVICE_HOST_H
#define HC_VMM_DEVICE_HOST_H

#include <stdint.h>

#include "common/error.h"
#include "vmm/guest_memory.h"

struct loop_source; /* vmm/loop.h */

struct device_host_ops {
	/* Deliver one message-signalled interrupt. Any thread. Errors are the VM's to report. */
	void (*msi)(void *ctx, uint64_t address, uint32_t data);
	/*
	 * From now on (until unbind) a guest write of any size to `gpa` makes `eventfd` readable
	 * and is not reported as an exit. HC_EPLATFORM where the kernel refuses.
	 */
	int (*doorbell_bind)(void *ctx, uint64_t gpa, int eventfd);
	void (*doorbell_unbind)(void *ctx, uint64_t gpa, int eventfd);
	/*
	 * Watch `fd` for EPOLL* `events` (0: stop watching, keep registered) and call fn on the
	 * device thread. The device lock is held during fn, as it is during every bus access.
	 */
	int (*watch)(void *ctx, int fd, uint32_t events,
		void (*fn)(void *dev, int fd, uint32_t events), void *dev);
	void (*unwatch)(void *ctx, int fd);
	/* Stop the VM: power-off, reset or refusal; `status` is a hc-vmm exit status (vmm/exit.h).
	 */
	void (*stop)(void *ctx, int status);
	/* One line for the operator's log, at most once a second per device (a guest can cause it).
	 */
	void (*complain)(void *ctx, const char *device, const char *what);
};

struct device_host {
	const struct device_host_ops *ops;
	void *ctx;
	const struct guest_memory *mem;
};

#endif
