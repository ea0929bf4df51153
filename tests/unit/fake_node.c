/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_node.h"

#include <errno.h>
#include <linux/psp-sev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attest/measure/id_block.h"
#include "common/bytes.h"

#define FD_KVM 100
#define FD_SEV 101
#define FD_VM  200 /* and its type */

static bool fails(struct fake_node *n, const char *what)
{
	if (++n->looks != n->fail_at)
		return false;
	n->failed = what;
	return true;
}

#define LOOK(what)                                                                                 \
	do {                                                                                       \
		if (fails(ctx, what))                                                              \
			return -((struct fake_node *)ctx)->fail_with;                              \
	} while (0)

static struct fake_file *find(struct fake_node *n, const char *path)
{
	for (size_t i = 0; i < FAKE_NODE_FILES && n->file[i].path; i++)
		if (!strcmp(n->file[i].path, path))
			return &n->file[i];
	return NULL;
}

static int node_read(void *ctx, const char *path, char *buf, size_t cap)
{
	const struct fake_file *f = find(ctx, path);

	LOOK(path);
	if (!f)
		return -ENOENT;
	if (f->rc || !f->text)
		return f->rc ? f->rc : -EISDIR;
	return snprintf(buf, cap, "%s", f->text) < (int)cap ? (int)strlen(buf) : (int)cap - 1;
}

static int node_stat(void *ctx, const char *path, struct check_file *out)
{
	const struct fake_file *f = find(ctx, path);

	LOOK(path);
	if (!f)
		return -ENOENT;
	out->mode = f->mode;
	snprintf(out->owner, sizeof(out->owner), "%s", f->owner ? f->owner : "root");
	snprintf(out->group, sizeof(out->group), "%s", f->group ? f->group : "root");
	return 0;
}

static int node_entry(void *ctx, const char *dir, const char *prefix, char *name, size_t cap)
{
	struct fake_node *n = ctx;
	const size_t len = strlen(dir);

	LOOK(dir);
	for (size_t i = 0; i < FAKE_NODE_FILES && n->file[i].path; i++)
		if (!strncmp(n->file[i].path, dir, len) && n->file[i].path[len] == '/' &&
			!strncmp(n->file[i].path + len + 1, prefix, strlen(prefix))) {
			snprintf(name, cap, "%s", n->file[i].path + len + 1);
			return 0;
		}
	return -ENOENT;
}

static int node_msr(void *ctx, uint32_t msr, uint64_t *out)
{
	const struct fake_node *n = ctx;

	LOOK("msr");
	*out = msr == 0xc0010010   ? n->syscfg
	       : msr == 0xc0010132 ? n->rmp_base
	       : msr == 0xc0010133 ? n->rmp_end
				   : n->rmp_cfg;
	return n->msr_rc;
}

static int node_log(void *ctx, char *buf, size_t cap)
{
	const struct fake_node *n = ctx;

	LOOK("log");
	return n->log ? snprintf(buf, cap, "%s", n->log) : -EPERM;
}

static int node_uname(void *ctx, struct utsname *out)
{
	const struct fake_node *n = ctx;

	LOOK("uname");
	strcpy(out->sysname, "Linux");
	snprintf(out->release, sizeof(out->release), "%s", n->release);
	snprintf(out->machine, sizeof(out->machine), "%s", n->machine);
	return 0;
}

static int node_limit(void *ctx, int resource, struct rlimit *out)
{
	const struct fake_node *n = ctx;

	LOOK("limit");
	*out = resource == RLIMIT_NOFILE  ? n->files
	       : resource == RLIMIT_NPROC ? n->processes
	       : resource == RLIMIT_AS    ? n->address_space
					  : (struct rlimit){65536, 65536};
	return 0;
}

static int node_user(void *ctx, struct check_user *out)
{
	LOOK("user");
	*out = ((struct fake_node *)ctx)->user;
	return 0;
}

static int node_seccomp(void *ctx)
{
	LOOK("seccomp");
	return ((struct fake_node *)ctx)->seccomp_rc;
}

static int node_connect(void *ctx, const char *path, uint32_t cid, uint32_t port)
{
	struct fake_node *n = ctx;

	(void)cid, (void)port;
	LOOK("connect");
	n->connected = path ? path : "vsock";
	return n->connect_rc;
}

static int node_speed(void *ctx, uint64_t *loops_per_s)
{
	const struct fake_node *n = ctx;

	LOOK("speed");
	*loops_per_s = n->speed;
	return n->speed_rc;
}

static void node_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	const struct fake_node *n = ctx;
	static const uint32_t extended[4] = {0x80000028};
	static const uint32_t none[4] = {0};
	const uint32_t *from = none;

	(void)subleaf;
	switch (leaf) {
	case 0:
		from = n->leaf0;
		break;
	case 1:
		from = n->leaf1;
		break;
	case 0x40000000:
		from = n->hypervisor;
		break;
	case 0x80000000:
		from = extended;
		break;
	case 0x8000001f:
		from = n->sev;
		break;
	case 0x80000025:
		from = n->segments;
		break;
	default:
		break;
	}
	memcpy(out, from, 4 * sizeof(*out));
}

static int node_open(void *ctx, const char *path)
{
	struct fake_node *n = ctx;
	const struct fake_file *f = find(n, path);

	LOOK(path);
	if (!f || f->rc)
		return f ? f->rc : -ENOENT;
	n->open_fds++;
	return strcmp(path, "/dev/sev") ? FD_KVM : FD_SEV;
}

static void node_close(void *ctx, int fd)
{
	(void)fd;
	((struct fake_node *)ctx)->open_fds--;
}

static int capability(const struct fake_node *n, unsigned long cap, bool confidential)
{
	switch (cap) {
	case KVM_CAP_VM_TYPES:
		return (int)n->vm_types;
	case KVM_CAP_IOEVENTFD:
		return !n->lacks_ioeventfd;
	case KVM_CAP_MEMORY_ATTRIBUTES:
		return confidential && !n->no_private ? 8 : 0;
	case KVM_CAP_MAX_VCPUS:
		return confidential ? 8 : 1024;
	case KVM_CAP_GUEST_MEMFD:
		return !n->no_gmem;
	case KVM_CAP_GUEST_MEMFD_FLAGS:
		return n->gmem_flags;
	case KVM_CAP_EXIT_HYPERCALL:
		return 1 << KVM_HC_MAP_GPA_RANGE;
	default:
		return 1;
	}
}

static int attribute(const struct fake_node *n, const struct kvm_device_attr *attr)
{
	uint64_t *out = (uint64_t *)(uintptr_t)attr->addr;

	if (!(n->vm_types & 0x1c) || attr->group != KVM_X86_GRP_SEV)
		return -ENXIO;
	if (attr->attr == KVM_X86_SEV_VMSA_FEATURES)
		*out = n->vmsa_features;
	else if (attr->attr == KVM_X86_SNP_POLICY_BITS && n->has_policy_bits)
		*out = n->policy_bits;
	else if (attr->attr == KVM_X86_SEV_SNP_REQ_CERTS && n->has_req_certs)
		*out = 1;
	else
		return -ENXIO;
	return 0;
}

static int snp_status(struct fake_node *n, struct sev_issue_cmd *command)
{
	if (command->cmd != 9)
		return -EINVAL;
	command->error = n->snp_firmware;
	if (!n->snp_rc)
		memcpy((void *)(uintptr_t)command->data, n->snp_status, sizeof(n->snp_status));
	return n->snp_rc;
}

static int tdx_command(struct fake_node *n, int fd, const struct kvm_tdx_cmd *command)
{
	struct kvm_tdx_capabilities *caps = (void *)(uintptr_t)command->data;

	if (fd != FD_VM + KVM_X86_TDX_VM || command->id != KVM_TDX_CAPABILITIES ||
		command->hw_error || command->flags)
		return -EINVAL;
	if (caps->cpuid.nent < 40)
		return -E2BIG;
	caps->supported_attrs = n->tdx_attributes;
	caps->supported_xfam = n->tdx_xfam;
	caps->cpuid.nent = 40;
	return n->tdx_rc;
}

static int node_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct fake_node *n = ctx;

	LOOK("ioctl");
	switch (request) {
	case KVM_GET_API_VERSION:
		return KVM_API_VERSION;
	case KVM_CHECK_EXTENSION:
		return capability(n, (uintptr_t)arg, fd > FD_VM);
	case KVM_CREATE_VM:
		if ((uintptr_t)arg > 5 || !(n->vm_types >> (uintptr_t)arg & 1))
			return -EINVAL;
		if (n->create_rc)
			return n->create_rc;
		n->open_fds++;
		return FD_VM + (int)(uintptr_t)arg;
	case KVM_GET_DEVICE_ATTR:
		return fd == FD_KVM ? attribute(n, arg) : -ENOTTY;
	case KVM_MEMORY_ENCRYPT_OP:
		return tdx_command(n, fd, arg);
	case SEV_ISSUE_CMD:
		return fd == FD_SEV ? snp_status(n, arg) : -ENOTTY;
	default:
		return -ENOTTY;
	}
}

static const struct kvm_sys node_kvm = {
	.open = node_open,
	.ioctl = node_ioctl,
	.close = node_close,
};

const struct check_ops fake_node_ops = {
	.kvm = &node_kvm,
	.read = node_read,
	.stat = node_stat,
	.entry = node_entry,
	.msr = node_msr,
	.log = node_log,
	.uname = node_uname,
	.limit = node_limit,
	.user = node_user,
	.seccomp = node_seccomp,
	.connect = node_connect,
	.speed = node_speed,
	.cpuid = node_cpuid,
};

void fake_node_file(struct fake_node *n, const char *path, const char *text)
{
	struct fake_file *f = find(n, path);

	for (size_t i = 0; !f && i < FAKE_NODE_FILES - 1; i++)
		if (!n->file[i].path)
			f = &n->file[i];
	if (!f)
		abort();
	*f = (struct fake_file){.path = path, .text = text, .mode = S_IFREG | 0444};
}

void fake_node_refuse(struct fake_node *n, const char *path, int rc)
{
	struct fake_file *f = find(n, path);

	if (!f)
		abort();
	if (rc == -ENOENT)
		f->path = "gone";
	f->rc = rc;
}

static void device(struct fake_node *n, const char *path, unsigned int mode, const char *group)
{
	fake_node_file(n, path, NULL);
	find(n, path)->mode = S_IFCHR | mode;
	find(n, path)->group = group;
}

static void common(struct fake_node *n)
{
	static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	*n = (struct fake_node){
		.machine = "x86_64",
		.fail_with = EIO,
		.msr_rc = -EACCES,
		.user = {.uid = 990, .name = "huisclos", .limits_bind = true},
		.files = {1024, 4096},
		.processes = {4096, 4096},
		.address_space = unlimited,
		.speed = 1200000000,
	};
	device(n, "/dev/kvm", 0660, "kvm");
	fake_node_file(n, "/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet\n");
	fake_node_file(n, "/proc/meminfo",
		"MemTotal:   263000000 kB\nMemFree:  1 kB\n"
		"MemAvailable: 250000000 kB\n");
	fake_node_file(
		n, "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	fake_node_file(n, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
	fake_node_file(n, "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
	fake_node_file(n, "/sys/devices/system/cpu/smt/active", "1\n");
	fake_node_file(n, "/sys/power/disk", "[disabled]\n");
	fake_node_file(n, "/proc/self/cgroup", "0::/system.slice/guest.service\n");
	fake_node_file(n, "/proc/self/mountinfo",
		"30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
	fake_node_file(n, "/sys/fs/cgroup/system.slice/guest.service/memory.max", "max\n");
	fake_node_file(n, "/sys/fs/cgroup/system.slice/guest.service/pids.max", "300\n");
	fake_node_file(n, "/sys/fs/cgroup/system.slice/pids.max", "max\n");
}

void fake_node_snp(struct fake_node *n)
{
	common(n);
	n->release = "7.0.3-amd64";
	memcpy(n->leaf0, (const uint32_t[]){0x10, 0x68747541, 0x444d4163, 0x69746e65}, 16);
	n->leaf1[0] = 0x00a10f11; /* family 19h, model 11h */
	memcpy(n->sev, (const uint32_t[]){0x019d3fff, 0x00004173, 1006, 100}, 16);
	n->vm_types = 0x1d; /* 0, SEV, SEV-ES, SNP */
	n->vmsa_features = 0x221;
	n->policy_bits = 0x3ffffff;
	n->has_policy_bits = n->has_req_certs = true;
	n->snp_status[0] = 1;
	n->snp_status[1] = 55;
	n->snp_status[2] = n->snp_status[3] = 1;
	put_le32(n->snp_status + 4, 39);
	put_le64(n->snp_status + 16, 0x4818000000000a07ull);
	put_le64(n->snp_status + 24, 0x4818000000000a07ull);
	device(n, "/dev/sev", 0660, "kvm");
	fake_node_file(n, "/sys/module/kvm_amd", NULL);
	fake_node_file(n, "/sys/module/ccp", NULL);
	fake_node_file(n, "/sys/module/kvm_amd/parameters/sev", "Y\n");
	fake_node_file(n, "/sys/module/kvm_amd/parameters/sev_es", "Y\n");
	fake_node_file(n, "/sys/module/kvm_amd/parameters/sev_snp", "Y\n");
	fake_node_file(n, "/sys/class/iommu/ivhd0", NULL);
	fake_node_file(n, "/proc/iomem",
		"00001000-0009ffff : System RAM\n"
		"100000000-403fffffff : System RAM\n"
		"  1a0000000-1a1ffffff : Kernel code\n");
	fake_node_file(n, "/proc/cpuinfo",
		"processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu svm ss sme sev sev_es "
		"sev_snp debug_swap\n\nprocessor\t: 1\nflags\t\t: fpu\n");
	fake_node_file(
		n, "/sys/fs/cgroup/system.slice/guest.service/misc.max", "sev max\nsev_es 40\n");
	fake_node_file(
		n, "/sys/fs/cgroup/system.slice/guest.service/misc.current", "sev 0\nsev_es 3\n");
}

void fake_node_tdx(struct fake_node *n)
{
	common(n);
	n->release = "6.16.0-1-amd64";
	memcpy(n->leaf0, (const uint32_t[]){0x21, 0x756e6547, 0x6c65746e, 0x49656e69}, 16);
	n->leaf1[0] = 0x000c06f2; /* family 6, model cfh */
	n->vm_types = 0x21;
	n->tdx_attributes = 1ull << 28;
	n->tdx_xfam = 0x602e7;
	fake_node_file(n, "/sys/module/kvm_intel", NULL);
	fake_node_file(n, "/sys/module/kvm_intel/parameters/tdx", "Y\n");
	fake_node_file(n, "/sys/module/kvm_intel/parameters/ept", "Y\n");
	fake_node_file(n, "/sys/module/kvm_intel/parameters/eptad", "Y\n");
	fake_node_file(n, "/sys/module/kvm_intel/parameters/enable_apicv", "Y\n");
	fake_node_file(n, "/sys/module/kvm/parameters/tdp_mmu", "Y\n");
	fake_node_file(n, "/sys/module/kvm/parameters/mmio_caching", "Y\n");
	fake_node_file(n, "/sys/module/kvm/parameters/enable_virt_at_load", "Y\n");
	fake_node_file(n, "/etc/qgs.conf", "port = 4050\nnumber_threads = 4\n");
	fake_node_file(n, "/proc/cpuinfo",
		"vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx ss movdir64b "
		"tdx_host_platform\n");
	fake_node_file(n, "/sys/fs/cgroup/system.slice/guest.service/misc.max", "tdx 16\n");
	fake_node_file(n, "/sys/fs/cgroup/system.slice/guest.service/misc.current", "tdx 2\n");
}

void fake_node_check_with(
	struct fake_node *n, struct check_report *r, const struct check_wants *wants)
{
	static struct host host; /* the report borrows it */
	const struct check_probe probe = {.ops = &fake_node_ops, .ctx = n};

	host_read(&host, &probe, NULL);
	judge(r, &host, wants);
}

void fake_node_check(struct fake_node *n, struct check_report *r)
{
	const struct check_wants wants = {
		.platforms = ON_ALL,
		.built = ON_ALL,
		.sim_state = "/var/lib/huisclos/sim",
		.sim_ready = true,
		.policy = SNP_POLICY_DEFAULT,
	};

	fake_node_check_with(n, r, &wants);
}

const struct check_finding *fake_node_finding(const struct check_report *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->finding[i].id, id))
			return &r->finding[i];
	return NULL;
}
