/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM offers its devices: messages, doorbells, the event loop, an end, a word in the log. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "vmm/vm.h"

static void host_msi(void *ctx, uint64_t address, uint32_t data)
{
	struct vm *vm = ctx;

	/* Not delivered: to no vCPU, or its APIC is off. Real hardware loses it as well. */
	(void)kvm_signal_msi(&vm->kvm, address, data);
}

static int host_doorbell_bind(void *ctx, uint64_t gpa, int eventfd)
{
	struct vm *vm = ctx;

	return kvm_doorbell(&vm->kvm, gpa, eventfd, true) < 0 ? HC_EPLATFORM : 0;
}

static void host_doorbell_unbind(void *ctx, uint64_t gpa, int eventfd)
{
	struct vm *vm = ctx;

	/* ENOENT: it was never bound, which the caller need not remember. */
	(void)!kvm_doorbell(&vm->kvm, gpa, eventfd, false);
}

static int host_watch(void *ctx, int fd, uint32_t events,
	void (*fn)(void *dev, int fd, uint32_t events), void *dev)
{
	struct vm *vm = ctx;

	return loop_watch(&vm->loop, fd, events, fn, dev);
}

static void host_unwatch(void *ctx, int fd)
{
	struct vm *vm = ctx;

	loop_unwatch(&vm->loop, fd);
}

static void host_stop(void *ctx, int status)
{
	vm_stop(ctx, status);
}

/* A guest can cause these at any rate: one a second and device. Lock held. */
static void host_complain(void *ctx, const char *device, const char *what)
{
	struct vm *vm = ctx;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (vm->last_complainer && !strcmp(vm->last_complainer, device) &&
		vm->last_complaint_s == now.tv_sec)
		return;
	/* Two devices in turns would still flood: the second is what bounds it. */
	if (vm->last_complaint_s == now.tv_sec && ++vm->complaints > VM_COMPLAINTS_A_SECOND)
		return;
	if (vm->last_complaint_s != now.tv_sec)
		vm->complaints = 0;
	vm->last_complaint_s = now.tv_sec;
	vm->last_complainer = device;
	log_line(vm->log, LOG_LEVEL_WARN, "device %s: %s", device, what);
}

static const struct device_host_ops host_ops = {
	.msi = host_msi,
	.doorbell_bind = host_doorbell_bind,
	.doorbell_unbind = host_doorbell_unbind,
	.watch = host_watch,
	.unwatch = host_unwatch,
	.stop = host_stop,
	.complain = host_complain,
};

void vm_host_init(struct vm *vm)
{
	vm->host = (struct device_host){.ops = &host_ops, .ctx = vm, .mem = &vm->mem};
}
