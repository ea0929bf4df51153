/* SPDX-License-Identifier: Apache-2.0 */
/* The model's outside: storage, descriptors, the calls of struct kvm_sys, faults. */
#include "tests/model/kvm_model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tests/model/kvm_model_internal.h"

#define HEAP_LEN (8ULL << 30) /* of addresses; pages come when they are touched */
#define RUN_LEN  12288        /* kvm_dev_ioctl: kvm_run, port data, coalesced MMIO */

void *kvm_model_alloc(struct kvm_model *m, size_t len)
{
	void *out = (uint8_t *)m + m->heap_used;

	len = (len + HC_PAGE_SIZE - 1) & ~(size_t)(HC_PAGE_SIZE - 1);
	if (len > HEAP_LEN - m->heap_used)
		abort();
	m->heap_used += len;
	return out;
}

struct kvm_model *kvm_model_new(enum kvm_model_kernel kernel, const struct kvm_model_vendor *vendor)
{
	struct kvm_model *m = mmap(NULL, HEAP_LEN, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pthread_mutexattr_t shared;

	if (m == MAP_FAILED)
		return NULL;
	m->kernel = kernel;
	m->vendor = vendor;
	(void)kvm_model_alloc(m, sizeof(*m));
	m->frame = kvm_model_alloc(m, MODEL_FRAMES * sizeof(*m->frame));
	m->memory = kvm_model_alloc(m, (size_t)MODEL_FRAMES * HC_PAGE_SIZE);
	m->block = kvm_model_alloc(m, (size_t)MODEL_BLOCKS * MODEL_BLOCK_PAGES * sizeof(*m->block));
	for (uint32_t i = 0; i < MODEL_GMEMS; i++)
		m->gmem[i].blocks = kvm_model_alloc(
			m, (MODEL_GMEM_MAX / MODEL_BLOCK_BYTES + 1) * sizeof(uint32_t));
	m->text = kvm_model_alloc(m, MODEL_TEXT);
	m->complaint = kvm_model_alloc(m, HC_PAGE_SIZE);
	for (uint32_t i = 0; i < MODEL_VMS; i++) {
		m->vm[i].private = kvm_model_alloc(m, MODEL_RANGES * sizeof(struct model_range));
		for (uint32_t j = 0; j < MODEL_VCPUS; j++)
			m->vm[i].vcpu[j].run = kvm_model_alloc(m, RUN_LEN);
	}
	/* A child that is killed in a call leaves it locked; its parent only reads. */
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&m->lock, &shared);
	pthread_mutexattr_destroy(&shared);
	return m;
}

void kvm_model_free(struct kvm_model *m)
{
	if (m)
		munmap(m, HEAP_LEN);
}

HC_PRINTF(4, 0)
static void append(char *text, size_t *len, size_t cap, const char *fmt, va_list ap)
{
	int n = vsnprintf(text + *len, cap - *len, fmt, ap);

	if (n > 0)
		*len = (size_t)n < cap - *len ? *len + (size_t)n : cap - 1;
}

void kvm_model_note(struct kvm_model *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(m->text, &m->text_len, MODEL_TEXT, fmt, ap);
	va_end(ap);
}

void kvm_model_complain(struct kvm_model *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(m->complaint, &m->complaint_len, HC_PAGE_SIZE, fmt, ap);
	va_end(ap);
}

void kvm_model_reserved(struct kvm_model *m, const char *what, const void *bytes, size_t len)
{
	if (!bytes_all_zero(bytes, len))
		kvm_model_complain(m, "%s: reserved bytes are not zero\n", what);
}

const char *kvm_model_transcript(const struct kvm_model *m)
{
	return m->text;
}

const char *kvm_model_complaints(const struct kvm_model *m)
{
	return m->complaint;
}

const char *kvm_model_leaks(const struct kvm_model *m, char *out, size_t cap)
{
	static const char *const kinds[] = {"", "/dev/kvm", "VM", "vCPU", "guest_memfd", "device"};
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < MODEL_FDS && len < cap; i++)
		if (m->fd[i].kind)
			len += (size_t)snprintf(
				out + len, cap - len, "open %s\n", kinds[m->fd[i].kind]);
	if (m->maps && len < cap)
		len += (size_t)snprintf(out + len, cap - len, "%u vCPUs mapped\n", m->maps);
	if (m->frames_used && len < cap)
		len += (size_t)snprintf(out + len, cap - len, "%u pages\n", m->frames_used);
	for (uint32_t i = 0; i < MODEL_VMS && len < cap; i++)
		if (m->vm[i].used)
			len += (size_t)snprintf(out + len, cap - len, "VM %u lives\n", i);
	return out;
}

/* --- descriptors --- */

int model_fd_new(struct kvm_model *m, enum model_kind kind, uint32_t index, uint32_t vcpu)
{
	for (int i = 0; i < MODEL_FDS; i++)
		if (!m->fd[i].kind) {
			m->fd[i].kind = (uint8_t)kind;
			m->fd[i].index = index;
			m->fd[i].vcpu = vcpu;
			return MODEL_FD + i;
		}
	return -EMFILE;
}

static bool is_open(int fd)
{
	return fd >= MODEL_FD && fd < MODEL_FD + MODEL_FDS;
}

bool kvm_model_is_device(const struct kvm_model *m, int fd)
{
	return is_open(fd) && m->fd[fd - MODEL_FD].kind == MODEL_DEVICE;
}

/* --- faults --- */

/* Is it this call's turn? Its name is kept for the test. */
static int fault(struct kvm_model *m, const char *what, unsigned int may)
{
	m->calls++;
	if (m->calls == m->fail_at) {
		snprintf(m->failed, sizeof(m->failed), "%.*s", (int)strcspn(what, " "), what);
		kvm_model_note(m, "%s = -%d (made to fail)\n", what, m->fail_with);
		return -m->fail_with;
	}
	if (m->interrupt && (may & MODEL_MAY_EINTR) && m->calls % m->interrupt == 0)
		return -EINTR;
	if (m->again && (may & MODEL_MAY_EAGAIN) && m->calls % m->again == 0)
		return -EAGAIN;
	return 0;
}

/*
 * hc-vmm's sandbox looks at system calls, and the model makes none: make the same call on no
 * descriptor, so that a filter that forbids it shows.
 */
static void knock(long nr, unsigned long second)
{
	int saved = errno;

	(void)!syscall(nr, -1, second, 0, 0);
	errno = saved;
}

/* --- struct kvm_sys --- */

static int open_path(struct kvm_model *m, const char *path)
{
	int rc;

	if (!strcmp(path, "/dev/kvm"))
		return model_fd_new(m, MODEL_KVM, 0, 0);
	rc = m->vendor && m->vendor->open ? m->vendor->open(m, path) : -ENOENT;
	return rc ? rc : model_fd_new(m, MODEL_DEVICE, 0, 0);
}

static int sys_open(void *ctx, const char *path)
{
	struct kvm_model *m = ctx;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault(m, path, 0);
	if (!rc) {
		rc = open_path(m, path);
		kvm_model_note(m, "open %s = %d\n", path, rc < 0 ? rc : 0);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int kvm_attribute_of(struct kvm_model *m, const struct kvm_device_attr *a)
{
	uint64_t value = 0;
	int rc = -ENXIO; /* x86.c, __kvm_x86_dev_get_attr */

	kvm_model_reserved(m, "struct kvm_device_attr", &a->flags, sizeof(a->flags));
	if (a->group && m->vendor && m->vendor->attribute)
		rc = m->vendor->attribute(m, a->group, a->attr, &value);
	if (!rc)
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
		memcpy((void *)(uintptr_t)a->addr, &value, sizeof(value));
	return rc;
}

static int system_ioctl(struct kvm_model *m, unsigned long request, void *arg)
{
	switch (request) {
	case KVM_GET_API_VERSION:
		return arg ? -EINVAL : KVM_API_VERSION;
	case KVM_GET_VCPU_MMAP_SIZE:
		return arg ? -EINVAL : RUN_LEN;
	case KVM_CHECK_EXTENSION:
		return model_check_extension(m, NULL, (uintptr_t)arg);
	case KVM_CREATE_VM:
		return model_create_vm(m, (uintptr_t)arg);
	case KVM_GET_SUPPORTED_CPUID:
		return model_supported_cpuid(m, arg);
	case KVM_GET_DEVICE_ATTR:
		return kvm_attribute_of(m, arg);
	default:
		kvm_model_complain(m, "ioctl 0x%lx of /dev/kvm: none such\n", request);
		return -ENOTTY;
	}
}

static int dispatch(struct kvm_model *m, int at, unsigned long request, void *arg)
{
	struct model_vm *vm = &m->vm[m->fd[at].index];

	switch (m->fd[at].kind) {
	case MODEL_KVM:
		return system_ioctl(m, request, arg);
	case MODEL_VM:
		return model_vm_ioctl(m, vm, request, arg);
	case MODEL_VCPU:
		return model_vcpu_ioctl(m, &vm->vcpu[m->fd[at].vcpu], request, arg);
	case MODEL_DEVICE:
		return m->vendor->device ? m->vendor->device(m, request, arg) : -ENOTTY;
	default:
		return -ENOTTY;
	}
}

/* Locks that are taken killably, and what a vendor's commands return while they go on. */
static unsigned int retries(const struct kvm_model *m, unsigned long request, const void *arg)
{
	if (request == KVM_MEMORY_ENCRYPT_OP)
		return m->vendor && m->vendor->retries ? m->vendor->retries(arg) : 0;
	return MODEL_MAY_EINTR | (request == KVM_SET_MEMORY_ATTRIBUTES ? MODEL_MAY_EAGAIN : 0);
}

static void name_of(const struct kvm_model *m, int at, char *out, size_t cap)
{
	if (m->fd[at].kind == MODEL_VM)
		snprintf(out, cap, "vm%u ", m->fd[at].index);
	else if (m->fd[at].kind == MODEL_VCPU)
		snprintf(out, cap, "vm%u.%u ", m->fd[at].index, m->fd[at].vcpu);
	else
		out[0] = '\0';
}

static int sys_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct kvm_model *m = ctx;
	char text[512], who[32];
	int rc, at = fd - MODEL_FD;

	knock(SYS_ioctl, request);
	if (!is_open(fd))
		return -EBADF;
	if (request == KVM_RUN && m->fd[at].kind == MODEL_VCPU)
		return model_run(m, &m->vm[m->fd[at].index].vcpu[m->fd[at].vcpu]);
	pthread_mutex_lock(&m->lock);
	model_describe(m, request, arg, text, sizeof(text));
	rc = fault(m, text, retries(m, request, arg));
	if (!rc) {
		name_of(m, at, who, sizeof(who));
		rc = m->fd[at].kind ? dispatch(m, at, request, arg) : -EBADF;
		/* Descriptors are not the caller's choice. */
		kvm_model_note(m, "%s%s = %d\n", who, text, rc >= MODEL_FD ? 0 : rc);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int sys_map(void *ctx, int fd, size_t len, void **out)
{
	struct kvm_model *m = ctx;
	struct model_vcpu *v;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault(m, "mmap", 0);
	if (!rc && (!is_open(fd) || m->fd[fd - MODEL_FD].kind != MODEL_VCPU || len != RUN_LEN))
		rc = -ENODEV;
	if (!rc) {
		v = &m->vm[m->fd[fd - MODEL_FD].index].vcpu[m->fd[fd - MODEL_FD].vcpu];
		memset(v->run, 0, RUN_LEN);
		*out = v->run;
		m->maps++;
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static void sys_unmap(void *ctx, void *at, size_t len)
{
	struct kvm_model *m = ctx;

	(void)at;
	knock(SYS_munmap, 0);
	pthread_mutex_lock(&m->lock);
	if (len != RUN_LEN || !m->maps)
		kvm_model_complain(m, "munmap of what is not mapped\n");
	else
		m->maps--;
	pthread_mutex_unlock(&m->lock);
}

static void sys_close(void *ctx, int fd)
{
	struct kvm_model *m = ctx;
	int at = fd - MODEL_FD;

	knock(SYS_close, 0);
	pthread_mutex_lock(&m->lock);
	if (!is_open(fd) || !m->fd[at].kind) {
		kvm_model_complain(m, "close of descriptor %d, which is not open\n", fd);
		pthread_mutex_unlock(&m->lock);
		return;
	}
	if (m->fd[at].kind == MODEL_GMEM)
		model_close_gmem(m, m->fd[at].index);
	else if (m->fd[at].kind == MODEL_VM || m->fd[at].kind == MODEL_VCPU)
		model_vm_put(m, &m->vm[m->fd[at].index]);
	m->fd[at].kind = MODEL_FREE;
	pthread_mutex_unlock(&m->lock);
}

static int sys_punch(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	struct kvm_model *m = ctx;
	char text[96];
	int rc;

	knock(SYS_fallocate, 3); /* FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE */
	snprintf(text, sizeof(text), "fallocate hole=0x%llx+0x%llx", (unsigned long long)offset,
		(unsigned long long)len);
	pthread_mutex_lock(&m->lock);
	rc = fault(m, text, MODEL_MAY_EINTR);
	if (!rc) {
		if (!is_open(fd))
			rc = -EBADF;
		else if (m->fd[fd - MODEL_FD].kind != MODEL_GMEM)
			rc = -EOPNOTSUPP;
		else
			rc = model_punch(m, m->fd[fd - MODEL_FD].index, offset, len);
		kvm_model_note(m, "%s = %d\n", text, rc);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

/*
 * kvm_gmem_mmap: the host's mapping is what was there before, which a hole then empties
 * (model_punch).
 */
static int sys_map_gmem(void *ctx, int fd, uint64_t offset, void *at, size_t len)
{
	struct kvm_model *m = ctx;
	const struct model_gmem *g;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault(m, "mmap of a guest_memfd", 0);
	if (!rc && (!is_open(fd) || m->fd[fd - MODEL_FD].kind != MODEL_GMEM))
		rc = -EBADF;
	if (!rc) {
		g = &m->gmem[m->fd[fd - MODEL_FD].index];
		if (!(g->flags & GUEST_MEMFD_FLAG_MMAP))
			rc = -ENODEV;
		else if (!len || ((uintptr_t)at | offset | len) % HC_PAGE_SIZE)
			rc = -EINVAL;
		else if (len > g->size || offset > g->size - len)
			kvm_model_complain(m, "mmap of a guest_memfd beyond its end\n");
		kvm_model_note(
			m, "mmap gmem=0x%llx+0x%zx = %d\n", (unsigned long long)offset, len, rc);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int sys_discard(void *ctx, void *at, size_t len)
{
	struct kvm_model *m = ctx;
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = fault(m, "madvise", MODEL_MAY_EINTR | MODEL_MAY_EAGAIN);
	/* The real one: what a test then finds in shared memory is what would be there. */
	if (!rc) {
		rc = madvise(at, len, MADV_DONTNEED) ? -errno : 0;
		kvm_model_note(m, "madvise 0x%zx = %d\n", len, rc);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

const struct kvm_sys kvm_model_sys = {
	.open = sys_open,
	.ioctl = sys_ioctl,
	.map = sys_map,
	.unmap = sys_unmap,
	.close = sys_close,
	.punch = sys_punch,
	.discard = sys_discard,
	.map_gmem = sys_map_gmem,
};
