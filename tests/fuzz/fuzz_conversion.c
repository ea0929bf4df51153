/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's requests to convert memory: what is taken is RAM, whole pages, and the map says so. */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "vmm/platform/conversion.h"
#include "vmm/vm.h"

#define CALL 32 /* bytes of input: nr, three arguments */
#define LOW  16
#define HIGH 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int sys_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	const struct kvm_memory_attributes *a = arg;

	(void)ctx;
	(void)fd;
	if (request == KVM_CREATE_GUEST_MEMFD)
		return 7;
	if (request == KVM_SET_MEMORY_ATTRIBUTES &&
		(!a->size || a->address % HC_PAGE_SIZE || a->size % HC_PAGE_SIZE ||
			a->address + a->size < a->address))
		abort();
	return 0;
}

static int sys_punch(void *ctx, int fd, uint64_t offset, uint64_t size)
{
	(void)ctx;
	(void)fd;
	if (offset > (LOW + HIGH) * HC_PAGE_SIZE || size > (LOW + HIGH) * HC_PAGE_SIZE - offset)
		abort();
	return 0;
}

static int sys_discard(void *ctx, void *at, size_t size)
{
	(void)ctx;
	memset(at, 0, size); /* sanitizers see an address outside */
	return 0;
}

static void sys_close(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
}

static void one(struct conversions *c, const uint8_t *in)
{
	static struct kvm_run run;
	struct kvm_run_hypercall *call = &KVM_RUN_EXIT(&run)->hypercall;
	bool to_private;
	int status;

	run.exit_reason = KVM_EXIT_HYPERCALL;
	*call = (struct kvm_run_hypercall){.nr = get_le64(in) % 16,
		.args = {get_le64(in + 8), get_le64(in + 16), get_le64(in + 24)},
		.ret = 1};
	to_private = call->args[2] >> 4 & 1;
	if (conversion_exit(c, 0, &run, &status) != PLATFORM_EXIT_DONE)
		abort();
	if (!call->ret && !private_memory_is(&c->memory, call->args[0],
				  call->args[1] * HC_PAGE_SIZE, to_private))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct kvm_sys sys = {
		.ioctl = sys_ioctl, .punch = sys_punch, .discard = sys_discard, .close = sys_close};
	static const struct log log = {.fd = -1, .level = LOG_LEVEL_ERROR, .program = "fuzz"};
	static struct vm_config config = {.ram_bytes = (LOW + HIGH) * HC_PAGE_SIZE};
	static uint8_t *low, *high;
	static struct vm vm;
	struct conversions c = {0};
	struct error err;

	if (!low) {
		low = malloc(LOW * HC_PAGE_SIZE);
		high = malloc(HIGH * HC_PAGE_SIZE);
	}
	vm.config = &config;
	vm.log = &log;
	vm.kvm = (struct kvm){.sys = &sys, .fd = -1, .vm_fd = 5};
	vm.mem = (struct guest_memory){.count = 2,
		.ram = {{0, LOW * HC_PAGE_SIZE, low},
			{HC_RAM_HIGH_BASE, HIGH * HC_PAGE_SIZE, high}}};
	if (conversion_map(&c, &vm, &vm.mem.ram[0], &err) ||
		conversion_map(&c, &vm, &vm.mem.ram[1], &err))
		abort();
	for (; len >= CALL; data += CALL, len -= CALL)
		one(&c, data);
	conversion_close(&c);
	return 0;
}
