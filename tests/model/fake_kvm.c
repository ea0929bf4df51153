/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/fake_kvm.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define FD_KVM  1000
#define FD_VM   1001
#define FD_VCPU 1100
#define RUN_LEN 8192
#define IO_AT   4096
#define IDLE_MS 2

static bool fails(struct fake_kvm *k, unsigned long what)
{
	if (++k->calls != k->fail_at)
		return false;
	k->failed = what;
	return true;
}

static int fake_open(void *ctx, const char *path)
{
	struct fake_kvm *k = ctx;

	(void)path;
	if (fails(k, 1))
		return -k->fail_with;
	k->open_fds++;
	return FD_KVM;
}

static int fake_map(void *ctx, int fd, size_t len, void **out)
{
	struct fake_kvm *k = ctx;

	if (fails(k, 2))
		return -k->fail_with;
	*out = calloc(1, len);
	if (!*out)
		return -ENOMEM;
	k->run[fd - FD_VCPU] = *out;
	return 0;
}

static void fake_unmap(void *ctx, void *at, size_t len)
{
	(void)ctx;
	(void)len;
	free(at);
}

static void fake_close(void *ctx, int fd)
{
	struct fake_kvm *k = ctx;

	(void)fd;
	k->open_fds--;
}

static int set_memory(struct fake_kvm *k, const struct kvm_userspace_memory_region *r)
{
	struct fake_slot *s;

	if (r->slot >= FAKE_KVM_SLOTS || r->guest_phys_addr % HC_PAGE_SIZE ||
		r->memory_size % HC_PAGE_SIZE || r->userspace_addr % HC_PAGE_SIZE)
		return -EINVAL;
	for (uint32_t i = 0; r->memory_size && i < FAKE_KVM_SLOTS; i++) {
		s = &k->slot[i];
		if (i != r->slot && s->size && r->guest_phys_addr < s->gpa + s->size &&
			s->gpa < r->guest_phys_addr + r->memory_size)
			return -EEXIST;
	}
	k->slot[r->slot] = (struct fake_slot){.gpa = r->guest_phys_addr,
		.size = r->memory_size,
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
		.host = (uint8_t *)(uintptr_t)r->userspace_addr,
		.flags = r->flags};
	return 0;
}

static int supported_cpuid(struct kvm_cpuid_table *t)
{
	t->head.nent = 2;
	t->entry[0] = (struct kvm_cpuid_entry2){.function = 0};
	t->entry[1] = (struct kvm_cpuid_entry2){.function = 1};
	return 0;
}

static int vm_ioctl(struct fake_kvm *k, unsigned long request, void *arg)
{
	switch (request) {
	case KVM_GET_API_VERSION:
		return KVM_API_VERSION;
	case KVM_CHECK_EXTENSION:
		return 1;
	case KVM_GET_VCPU_MMAP_SIZE:
		return RUN_LEN;
	case KVM_CREATE_VM:
		k->open_fds++;
		return FD_VM;
	case KVM_GET_SUPPORTED_CPUID:
		return supported_cpuid(arg);
	case KVM_SET_USER_MEMORY_REGION:
		return set_memory(k, arg);
	case KVM_CREATE_VCPU:
		if (k->vcpus == HC_VCPUS_MAX || (uintptr_t)arg != k->vcpus)
			return -EINVAL;
		k->open_fds++;
		return FD_VCPU + (int)k->vcpus++;
	case KVM_SET_TSS_ADDR:
	case KVM_ENABLE_CAP:
	case KVM_IOEVENTFD:
		return 0;
	case KVM_SIGNAL_MSI:
		return 1;
	default:
		return -ENOTTY;
	}
}

/* Nothing to do: like a vCPU that waits, until it is kicked. */
static int idle(const struct kvm_run *run)
{
	/* poll(2) is a wait that hc-vmm's filter allows. */
	while (!__atomic_load_n(&run->immediate_exit, __ATOMIC_ACQUIRE))
		poll(NULL, 0, IDLE_MS);
	return -EINTR;
}

static int run_vcpu(struct fake_kvm *k, uint32_t index)
{
	struct kvm_run *run = k->run[index];
	const struct fake_exit *e;

	if (run->immediate_exit)
		return -EINTR;
	if (index || k->steps == FAKE_KVM_SCRIPT ||
		(!k->script[k->steps].reason && !k->script[k->steps].error))
		return idle(run);
	e = &k->script[k->steps++];
	if (e->error)
		return -e->error;
	run->exit_reason = e->reason;
	if (e->reason == KVM_EXIT_IO) {
		run->io.direction = e->out ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
		run->io.port = e->port;
		run->io.size = e->size;
		run->io.count = 1;
		run->io.data_offset = IO_AT;
		memcpy((uint8_t *)run + IO_AT, &e->value, sizeof(e->value));
	}
	return 0;
}

static int vcpu_ioctl(struct fake_kvm *k, uint32_t index, unsigned long request, void *arg)
{
	switch (request) {
	case KVM_SET_CPUID2:
		return 0;
	case KVM_GET_SREGS:
		memset(arg, 0, sizeof(struct kvm_sregs));
		return 0;
	case KVM_SET_SREGS:
		k->sregs[index] = *(struct kvm_sregs *)arg;
		return 0;
	case KVM_SET_REGS:
		k->regs[index] = *(struct kvm_regs *)arg;
		return 0;
	case KVM_SET_MSRS:
		return 1;
	case KVM_SET_MP_STATE:
		k->mp_state[index] = ((struct kvm_mp_state *)arg)->mp_state;
		return 0;
	default:
		return -ENOTTY;
	}
}

static int fake_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct fake_kvm *k = ctx;

	if (request == KVM_RUN)
		return run_vcpu(k, (uint32_t)(fd - FD_VCPU));
	if (fails(k, request))
		return -k->fail_with;
	if (fd >= FD_VCPU)
		return vcpu_ioctl(k, (uint32_t)(fd - FD_VCPU), request, arg);
	return vm_ioctl(k, request, arg);
}

const struct kvm_sys fake_kvm_sys = {
	.open = fake_open,
	.ioctl = fake_ioctl,
	.map = fake_map,
	.unmap = fake_unmap,
	.close = fake_close,
};
