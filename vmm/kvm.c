/* SPDX-License-Identifier: Apache-2.0 */
/* Every ioctl of KVM that hc-vmm makes. Must decide nothing: what to set is the callers' matter. */
#include "vmm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int linux_open(void *ctx, const char *path)
{
	int fd;

	(void)ctx;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int linux_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	int rc;

	(void)ctx;
	rc = ioctl(fd, request, arg);
	return rc < 0 ? -errno : rc;
}

static int linux_map(void *ctx, int fd, size_t len, void **out)
{
	(void)ctx;
	*out = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return *out == MAP_FAILED ? -errno : 0;
}

static void linux_unmap(void *ctx, void *at, size_t len)
{
	(void)ctx;
	munmap(at, len);
}

static void linux_close(void *ctx, int fd)
{
	(void)ctx;
	close(fd);
}

static int linux_punch(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	(void)ctx;
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len)
		       ? -errno
		       : 0;
}

static int linux_discard(void *ctx, void *at, size_t len)
{
	(void)ctx;
	return madvise(at, len, MADV_DONTNEED) ? -errno : 0;
}

static int linux_map_gmem(void *ctx, int fd, uint64_t offset, void *at, size_t len)
{
	(void)ctx;
	if (mmap(at, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)offset) ==
		MAP_FAILED)
		return -errno;
	return madvise(at, len, MADV_DONTDUMP) ? -errno : 0;
}

const struct kvm_sys kvm_sys_linux = {
	.open = linux_open,
	.ioctl = linux_ioctl,
	.map = linux_map,
	.unmap = linux_unmap,
	.close = linux_close,
	.punch = linux_punch,
	.discard = linux_discard,
	.map_gmem = linux_map_gmem,
};

int kvm_call(const struct kvm *kvm, int fd, unsigned long request, void *arg)
{
	int rc;

	do
		rc = kvm->sys->ioctl(kvm->ctx, fd, request, arg);
	while (rc == -EINTR);
	return rc;
}

void *kvm_number(unsigned long value)
{
	return (void *)value; /* NOLINT(performance-no-int-to-ptr): an ioctl argument by value */
}

static int refused(struct error *err, const char *what, int rc, const char *remedy)
{
	error_fail(err, HC_EPLATFORM, what, "%s", error_errno_text(-rc));
	if (remedy)
		error_remedy(err, "%s", remedy);
	return HC_EPLATFORM;
}

#define OLD_KERNEL "this host's kernel or its KVM module is too old or restricted; see dmesg"
#define BUG        "report this with the host's kernel version and the lines of dmesg about kvm"

static int open_failed(struct error *err, int rc)
{
	if (rc == -ENOENT || rc == -ENODEV || rc == -ENXIO)
		return refused(err, "/dev/kvm", rc,
			"enable virtualisation in the machine's firmware and load kvm_amd or "
			"kvm_intel");
	if (rc == -EACCES || rc == -EPERM)
		return refused(err, "/dev/kvm", rc,
			"let this user open it, for example by membership of group kvm");
	return refused(
		err, "/dev/kvm", rc, "see the host's dmesg, and its limits on memory and files");
}

const struct kvm_need kvm_needs[] = {
	{KVM_CAP_SPLIT_IRQCHIP, "KVM_CAP_SPLIT_IRQCHIP"},
	{KVM_CAP_SIGNAL_MSI, "KVM_CAP_SIGNAL_MSI"},
	{KVM_CAP_IOEVENTFD, "KVM_CAP_IOEVENTFD"},
	{KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
	{KVM_CAP_X2APIC_API, "KVM_CAP_X2APIC_API"},
	{KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID"},
	{0},
};

static int check_features(const struct kvm *kvm, struct error *err)
{
	int version = kvm_call(kvm, kvm->fd, KVM_GET_API_VERSION, NULL);

	if (version != KVM_API_VERSION) {
		error_fail(err, HC_EPLATFORM, "KVM_GET_API_VERSION", "%d", version);
		error_expected(err, "%d", KVM_API_VERSION);
		error_remedy(err, OLD_KERNEL);
		return HC_EPLATFORM;
	}
	for (const struct kvm_need *need = kvm_needs; need->name; need++)
		if (!kvm_has(kvm, need->cap)) {
			error_fail(err, HC_EPLATFORM, need->name, "absent");
			error_remedy(err, OLD_KERNEL);
			return HC_EPLATFORM;
		}
	return 0;
}

int kvm_open(struct kvm *kvm, const struct kvm_sys *sys, void *ctx, struct error *err)
{
	int rc;

	*kvm = (struct kvm){.sys = sys, .ctx = ctx, .fd = -1, .vm_fd = -1};
	kvm->fd = sys->open(ctx, "/dev/kvm");
	if (kvm->fd < 0)
		return open_failed(err, kvm->fd);
	rc = check_features(kvm, err);
	if (rc)
		return rc;
	rc = kvm_call(kvm, kvm->fd, KVM_GET_VCPU_MMAP_SIZE, NULL);
	if (rc < (int)sizeof(struct kvm_run))
		return refused(err, "KVM_GET_VCPU_MMAP_SIZE", rc < 0 ? rc : -EINVAL, OLD_KERNEL);
	kvm->run_len = (size_t)rc;
	return 0;
}

void kvm_close(struct kvm *kvm)
{
	if (!kvm->sys)
		return;
	if (kvm->vm_fd >= 0)
		kvm->sys->close(kvm->ctx, kvm->vm_fd);
	if (kvm->fd >= 0)
		kvm->sys->close(kvm->ctx, kvm->fd);
	kvm->fd = kvm->vm_fd = -1;
}

int kvm_has(const struct kvm *kvm, unsigned long cap)
{
	int rc = kvm_call(
		kvm, kvm->vm_fd >= 0 ? kvm->vm_fd : kvm->fd, KVM_CHECK_EXTENSION, kvm_number(cap));

	return rc < 0 ? 0 : rc;
}

int kvm_create_vm(struct kvm *kvm, unsigned long type, struct error *err)
{
	int rc = kvm_call(kvm, kvm->fd, KVM_CREATE_VM, kvm_number(type));

	if (rc < 0)
		return refused(err, "KVM_CREATE_VM", rc,
			type ? "this machine's KVM has no such confidential VMs: check BIOS and "
			       "module options"
			     : "check that no other hypervisor holds the processor, and memory "
			       "limits");
	kvm->vm_fd = rc;
	return 0;
}

int kvm_enable(struct kvm *kvm, uint32_t cap, uint64_t arg, const char *name, struct error *err)
{
	struct kvm_enable_cap request = {.cap = cap};
	int rc;

	request.args[0] = arg;
	rc = kvm_call(kvm, kvm->vm_fd, KVM_ENABLE_CAP, &request);
	return rc < 0 ? refused(err, name, rc, OLD_KERNEL) : 0;
}

int kvm_set_tss(struct kvm *kvm, uint64_t gpa, struct error *err)
{
	int rc = kvm_call(kvm, kvm->vm_fd, KVM_SET_TSS_ADDR, kvm_number(gpa));

	return rc < 0 ? refused(err, "KVM_SET_TSS_ADDR", rc, BUG) : 0;
}

int kvm_set_memory(struct kvm *kvm, uint32_t slot, uint64_t gpa, uint64_t size, const void *host,
	uint32_t flags, struct error *err)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)host,
	};
	int rc = kvm_call(kvm, kvm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region);

	if (rc >= 0)
		return 0;
	refused(err, "KVM_SET_USER_MEMORY_REGION", rc,
		rc == -ENOMEM ? "the host is out of memory: free some, or give the guest less"
			      : BUG);
	return error_at(err, gpa);
}

#define NO_GMEM                                                                                    \
	"this needs Linux 6.8 or newer (6.11 for SEV-SNP, 6.16 for TDX) with guest_memfd; see "    \
	"hc-vmm check"
#define NO_MEMORY "the host is out of memory: free some, or give the guest less"

static const char *gmem_remedy(int rc)
{
	return rc == -ENOMEM ? NO_MEMORY : rc == -ENOTTY || rc == -EINVAL ? NO_GMEM : BUG;
}

int kvm_create_gmem(struct kvm *kvm, uint64_t size, uint64_t flags, int *fd, struct error *err)
{
	struct kvm_create_guest_memfd request = {.size = size, .flags = flags};
	int rc = kvm_call(kvm, kvm->vm_fd, KVM_CREATE_GUEST_MEMFD, &request);

	if (rc < 0)
		return refused(err, "KVM_CREATE_GUEST_MEMFD", rc, gmem_remedy(rc));
	*fd = rc;
	return 0;
}

int kvm_set_memory2(
	struct kvm *kvm, const struct kvm_userspace_memory_region2 *region, struct error *err)
{
	struct kvm_userspace_memory_region2 request = *region;
	int rc = kvm_call(kvm, kvm->vm_fd, KVM_SET_USER_MEMORY_REGION2, &request);

	if (rc >= 0)
		return 0;
	refused(err, "KVM_SET_USER_MEMORY_REGION2", rc, gmem_remedy(rc));
	return error_at(err, region->guest_phys_addr);
}

int kvm_set_private(struct kvm *kvm, uint64_t gpa, uint64_t len, bool is_private, struct error *err)
{
	struct kvm_memory_attributes request = {
		.address = gpa,
		.size = len,
		.attributes = is_private ? KVM_MEMORY_ATTRIBUTE_PRIVATE : 0,
	};
	int rc;

	do
		rc = kvm_call(kvm, kvm->vm_fd, KVM_SET_MEMORY_ATTRIBUTES, &request);
	while (rc == -EAGAIN);
	if (rc >= 0)
		return 0;
	refused(err, "KVM_SET_MEMORY_ATTRIBUTES", rc, gmem_remedy(rc));
	return error_at(err, gpa);
}

int kvm_punch(struct kvm *kvm, int gmem, uint64_t offset, uint64_t len, struct error *err)
{
	int rc;

	do
		rc = kvm->sys->punch(kvm->ctx, gmem, offset, len);
	while (rc == -EINTR);
	if (rc >= 0)
		return 0;
	refused(err, "fallocate(PUNCH_HOLE) of a guest_memfd", rc, BUG);
	return error_at(err, offset);
}

int kvm_discard(struct kvm *kvm, void *at, size_t len, struct error *err)
{
	int rc;

	do
		rc = kvm->sys->discard(kvm->ctx, at, len);
	while (rc == -EINTR || rc == -EAGAIN);
	return rc < 0 ? refused(err, "madvise(MADV_DONTNEED)", rc, BUG) : 0;
}

bool kvm_has_mapped_gmem(const struct kvm *kvm)
{
	const int both = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED;

	return (kvm_has(kvm, KVM_CAP_GUEST_MEMFD_FLAGS) & both) == both;
}

int kvm_map_gmem(
	struct kvm *kvm, int gmem, uint64_t offset, void *at, size_t len, struct error *err)
{
	int rc = kvm->sys->map_gmem(kvm->ctx, gmem, offset, at, len);

	return rc < 0 ? refused(err, "mmap of a guest_memfd", rc, gmem_remedy(rc)) : 0;
}

int kvm_open_sev(struct kvm *kvm, int *fd, struct error *err)
{
	int rc = kvm->sys->open(kvm->ctx, "/dev/sev");

	if (rc < 0)
		return refused(err, "/dev/sev", rc,
			rc == -EACCES || rc == -EPERM
				? "let this user open it for reading and writing, for example by a "
				  "udev rule"
				: "enable SEV-SNP in the machine's firmware and load the module "
				  "ccp; see hc-vmm check");
	*fd = rc;
	return 0;
}

void kvm_close_fd(struct kvm *kvm, int fd)
{
	if (fd >= 0)
		kvm->sys->close(kvm->ctx, fd);
}

int kvm_attribute(const struct kvm *kvm, uint32_t group, uint64_t attr, uint64_t *out)
{
	struct kvm_device_attr request = {
		.group = group,
		.attr = attr,
		.addr = (uintptr_t)out,
	};

	return kvm_call(kvm, kvm->fd, KVM_GET_DEVICE_ATTR, &request);
}

int kvm_encrypt_op(struct kvm *kvm, const struct kvm_vcpu *vcpu, void *command)
{
	return kvm->sys->ioctl(
		kvm->ctx, vcpu ? vcpu->fd : kvm->vm_fd, KVM_MEMORY_ENCRYPT_OP, command);
}

int kvm_supported_cpuid(struct kvm *kvm, struct kvm_cpuid_table *out, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->head.nent = KVM_CPUID_MAX;
	rc = kvm_call(kvm, kvm->fd, KVM_GET_SUPPORTED_CPUID, out);
	if (rc < 0)
		return refused(err, "KVM_GET_SUPPORTED_CPUID", rc, BUG);
	if (out->head.nent > KVM_CPUID_MAX)
		return refused(err, "KVM_GET_SUPPORTED_CPUID", -E2BIG, BUG);
	return 0;
}

bool kvm_signal_msi(struct kvm *kvm, uint64_t address, uint32_t data)
{
	struct kvm_msi msi = {
		.address_lo = (uint32_t)address,
		.address_hi = (uint32_t)(address >> 32),
		.data = data,
	};

	return kvm_call(kvm, kvm->vm_fd, KVM_SIGNAL_MSI, &msi) > 0;
}

int kvm_doorbell(struct kvm *kvm, uint64_t gpa, int eventfd, bool bind)
{
	/* len 0: a write of any size, and the value is not looked at. */
	struct kvm_ioeventfd request = {
		.addr = gpa,
		.fd = eventfd,
		.flags = bind ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN,
	};

	return kvm_call(kvm, kvm->vm_fd, KVM_IOEVENTFD, &request);
}

int kvm_create_vcpu(struct kvm *kvm, uint32_t index, struct kvm_vcpu *out, struct error *err)
{
	void *run;
	int rc = kvm_call(kvm, kvm->vm_fd, KVM_CREATE_VCPU, kvm_number(index));

	*out = (struct kvm_vcpu){.fd = rc, .index = index};
	if (rc < 0) {
		out->fd = -1;
		return refused(err, "KVM_CREATE_VCPU", rc,
			rc == -ENOMEM ? "the host is out of memory" : BUG);
	}
	rc = kvm->sys->map(kvm->ctx, out->fd, kvm->run_len, &run);
	if (rc < 0) {
		kvm_close_vcpu(kvm, out);
		return refused(err, "mmap of a vCPU", rc, BUG);
	}
	out->run = run;
	return 0;
}

void kvm_close_vcpu(struct kvm *kvm, struct kvm_vcpu *vcpu)
{
	if (vcpu->run)
		kvm->sys->unmap(kvm->ctx, vcpu->run, kvm->run_len);
	if (vcpu->fd >= 0)
		kvm->sys->close(kvm->ctx, vcpu->fd);
	*vcpu = (struct kvm_vcpu){.fd = -1};
}

static int vcpu_call(struct kvm *kvm, const struct kvm_vcpu *vcpu, unsigned long request,
	const char *name, const void *arg, struct error *err)
{
	/* The "get" ioctls come with a pointer of their own; the "set" ones only read. */
	int rc = kvm_call(kvm, vcpu->fd, request, (void *)(uintptr_t)arg);
	char where[64];

	if (rc >= 0)
		return rc;
	snprintf(where, sizeof(where), "%s of vCPU %u", name, vcpu->index);
	return refused(err, where, rc, BUG);
}

int kvm_set_cpuid(struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_cpuid_table *cpuid,
	struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_SET_CPUID2, "KVM_SET_CPUID2", cpuid, err);
}

int kvm_get_cpuid(
	struct kvm *kvm, struct kvm_vcpu *vcpu, struct kvm_cpuid_table *out, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->head.nent = KVM_CPUID_MAX;
	rc = vcpu_call(kvm, vcpu, KVM_GET_CPUID2, "KVM_GET_CPUID2", out, err);
	return rc < 0 ? rc : 0;
}

int kvm_get_sregs(struct kvm *kvm, struct kvm_vcpu *vcpu, struct kvm_sregs *out, struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_GET_SREGS, "KVM_GET_SREGS", out, err);
}

int kvm_set_sregs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_sregs *sregs, struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_SET_SREGS, "KVM_SET_SREGS", sregs, err);
}

int kvm_get_regs(struct kvm *kvm, struct kvm_vcpu *vcpu, struct kvm_regs *out, struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_GET_REGS, "KVM_GET_REGS", out, err);
}

int kvm_set_regs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_regs *regs, struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_SET_REGS, "KVM_SET_REGS", regs, err);
}

int kvm_set_msr(
	struct kvm *kvm, struct kvm_vcpu *vcpu, uint32_t index, uint64_t value, struct error *err)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {{.nmsrs = 1}, {.index = index, .data = value}};
	int rc = vcpu_call(kvm, vcpu, KVM_SET_MSRS, "KVM_SET_MSRS", &msrs, err);

	if (rc < 0)
		return rc;
	/* KVM answers how many it took. */
	return rc == 1 ? 0
		       : error_fail(err, HC_EPLATFORM, "KVM_SET_MSRS", "MSR 0x%x refused", index);
}

int kvm_set_xcr0(struct kvm *kvm, struct kvm_vcpu *vcpu, uint64_t value, struct error *err)
{
	const struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs = {{.value = value}}};

	return vcpu_call(kvm, vcpu, KVM_SET_XCRS, "KVM_SET_XCRS", &xcrs, err);
}

int kvm_set_fpu(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_fpu *fpu, struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_SET_FPU, "KVM_SET_FPU", fpu, err);
}

int kvm_set_debugregs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_debugregs *regs, struct error *err)
{
	return vcpu_call(kvm, vcpu, KVM_SET_DEBUGREGS, "KVM_SET_DEBUGREGS", regs, err);
}

int kvm_set_mp_state(struct kvm *kvm, struct kvm_vcpu *vcpu, uint32_t state, struct error *err)
{
	struct kvm_mp_state mp = {.mp_state = state};

	return vcpu_call(kvm, vcpu, KVM_SET_MP_STATE, "KVM_SET_MP_STATE", &mp, err);
}

int kvm_run_vcpu(struct kvm *kvm, struct kvm_vcpu *vcpu)
{
	/* Not through call(): a kick is meant to get out. */
	return kvm->sys->ioctl(kvm->ctx, vcpu->fd, KVM_RUN, NULL);
}
