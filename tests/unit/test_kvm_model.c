/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of KVM by itself: what Linux refuses is refused with Linux's errno, what it takes is
 * taken. Ioctls by hand, without hc-vmm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>

#include "tests/model/psp_model.h"

#define MIB (1ULL << 20)

/* A model with /dev/kvm and a VM of one type open. */
struct bed {
	struct kvm_model *m;
	int kvm, vm;
	uint8_t *host; /* 4 MiB */
};

static int call(const struct bed *b, int fd, unsigned long request, const void *arg)
{
	return kvm_model_sys.ioctl(b->m, fd, request, (void *)(uintptr_t)arg);
}

static int call_n(const struct bed *b, int fd, unsigned long request, uintptr_t n)
{
	return kvm_model_sys.ioctl(b->m, fd, request, (void *)n);
}

static void set_up(struct bed *b, enum kvm_model_kernel kernel, unsigned long type)
{
	b->m = psp_model_new(kernel);
	assert_non_null(b->m);
	b->kvm = kvm_model_sys.open(b->m, "/dev/kvm");
	assert_true(b->kvm >= 0);
	b->vm = call_n(b, b->kvm, KVM_CREATE_VM, type);
	assert_true(b->vm >= 0);
	b->host = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(b->host != MAP_FAILED);
}

static void tear_down(struct bed *b)
{
	char leaks[256];

	kvm_model_sys.close(b->m, b->vm);
	kvm_model_sys.close(b->m, b->kvm);
	assert_string_equal(kvm_model_leaks(b->m, leaks, sizeof(leaks)), "");
	munmap(b->host, 4 * MIB);
	kvm_model_free(b->m);
}

static void types_of_vms_are_those_of_the_host(void **state)
{
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
	assert_int_equal(call_n(&b, b.kvm, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES), 0x11);
	for (uintptr_t type = 1; type < 70; type++)
		if (type != KVM_X86_SNP_VM)
			assert_int_equal(call_n(&b, b.kvm, KVM_CREATE_VM, type), -EINVAL);
	assert_int_equal(kvm_model_sys.open(b.m, "/dev/tdx"), -ENOENT);
	tear_down(&b);
}

static struct kvm_userspace_memory_region2 slot(const struct bed *b, uint32_t n, uint64_t gpa)
{
	return (struct kvm_userspace_memory_region2){
		.slot = n,
		.guest_phys_addr = gpa,
		.memory_size = MIB,
		.userspace_addr = (uintptr_t)b->host,
	};
}

static int set(const struct bed *b, struct kvm_userspace_memory_region2 r)
{
	return call(b, b->vm, KVM_SET_USER_MEMORY_REGION2, &r);
}

static void slots_that_linux_refuses_are_refused(void **state)
{
	struct kvm_userspace_memory_region2 r;
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
#define REFUSED(change, expected)                                                                  \
	do {                                                                                       \
		r = slot(&b, 0, 0);                                                                \
		change;                                                                            \
		assert_int_equal(set(&b, r), expected);                                            \
	} while (0)
	REFUSED(r.guest_phys_addr = 1, -EINVAL);
	REFUSED(r.memory_size = 0x1001, -EINVAL);
	REFUSED(r.memory_size = 0, -EINVAL);
	REFUSED(r.userspace_addr += 8, -EINVAL);
	REFUSED(r.userspace_addr = 1ULL << 62, -EINVAL);
	REFUSED(r.flags = 8, -EINVAL);
	REFUSED(r.slot = 32764, -EINVAL);
	REFUSED(r.slot = 1 << 16, -EINVAL);
	REFUSED(r.guest_phys_addr = ~0xfffULL, -EINVAL);
	REFUSED(r.guest_phys_addr = 1ULL << 52, -EINVAL);
	REFUSED(r.memory_size = 1ULL << 46, -EINVAL);
	REFUSED(r.flags = KVM_MEM_GUEST_MEMFD | KVM_MEM_READONLY, -EINVAL);
	REFUSED(r.flags = KVM_MEM_GUEST_MEMFD; r.guest_memfd = 3, -EBADF);
	assert_int_equal(set(&b, slot(&b, 0, 0)), 0);
	assert_int_equal(set(&b, slot(&b, 0, 0)), 0);
	assert_int_equal(set(&b, slot(&b, 1, MIB / 2)), -EEXIST);
	assert_int_equal(set(&b, slot(&b, 1, MIB)), 0);
	REFUSED(r.memory_size = 2 * MIB, -EINVAL);
	REFUSED(r.userspace_addr += 4096, -EINVAL);
	REFUSED(r.flags = KVM_MEM_READONLY, -EINVAL);
	REFUSED(r.guest_phys_addr = MIB, -EEXIST);
	REFUSED(r.guest_phys_addr = 8 * MIB, 0);
	REFUSED(r.memory_size = 0, 0);
	REFUSED(r.memory_size = 0, -EINVAL);
	assert_string_equal(kvm_model_complaints(b.m), "");
	REFUSED(r.pad2[13] = 1, 0);
	assert_non_null(strstr(kvm_model_complaints(b.m), "kvm_userspace_memory_region2"));
	tear_down(&b);
}

static void protected_guests_have_no_read_only_memory(void **state)
{
	struct bed b;
	struct kvm_userspace_memory_region2 r;

	(void)state;
	set_up(&b, KVM_MODEL_6_11, KVM_X86_SNP_VM);
	r = slot(&b, 0, 0);
	r.flags = KVM_MEM_READONLY;
	assert_int_equal(set(&b, r), -EINVAL);
	assert_int_equal(call_n(&b, b.vm, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM), 0);
	assert_int_equal(call_n(&b, b.kvm, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM), 1);
	tear_down(&b);
}

static int gmem(const struct bed *b, uint64_t size, uint64_t flags)
{
	struct kvm_create_guest_memfd r = {.size = size, .flags = flags};

	return call(b, b->vm, KVM_CREATE_GUEST_MEMFD, &r);
}

static void flags_of_a_guest_memfd_are_those_of_kernel_and_vm(void **state)
{
	static const struct {
		enum kvm_model_kernel kernel;
		unsigned long type;
		uint64_t flags;
		int rc;
	} cases[] = {
		{KVM_MODEL_6_11, KVM_X86_SNP_VM, GUEST_MEMFD_FLAG_MMAP, -EINVAL},
		{KVM_MODEL_7_0, KVM_X86_SNP_VM, GUEST_MEMFD_FLAG_MMAP, 0},
		{KVM_MODEL_7_0, KVM_X86_SNP_VM, GUEST_MEMFD_FLAG_INIT_SHARED, -EINVAL},
		{KVM_MODEL_7_0, KVM_X86_DEFAULT_VM,
			GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED, 0},
		{KVM_MODEL_7_0, KVM_X86_DEFAULT_VM, 4, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bed b;
		int fd;

		set_up(&b, cases[i].kernel, cases[i].type);
		fd = gmem(&b, MIB, cases[i].flags);
		assert_int_equal(fd < 0 ? fd : 0, cases[i].rc);
		if (fd >= 0)
			kvm_model_sys.close(b.m, fd);
		tear_down(&b);
	}
}

static void a_guest_memfd_is_bound_once_and_within_its_size(void **state)
{
	struct kvm_userspace_memory_region2 r;
	struct bed b;
	int fd, other;

	(void)state;
	set_up(&b, KVM_MODEL_6_11, KVM_X86_SNP_VM);
	assert_int_equal(gmem(&b, 0, 0), -EINVAL);
	assert_int_equal(gmem(&b, 4097, 0), -EINVAL);
	assert_int_equal(gmem(&b, 1ULL << 63, 0), -EINVAL);
	fd = gmem(&b, 2 * MIB, 0);
	other = call_n(&b, b.kvm, KVM_CREATE_VM, KVM_X86_SNP_VM);
#define BIND(change, expected)                                                                     \
	do {                                                                                       \
		r = slot(&b, 0, 0);                                                                \
		r.flags = KVM_MEM_GUEST_MEMFD;                                                     \
		r.guest_memfd = (uint32_t)fd;                                                      \
		change;                                                                            \
		assert_int_equal(set(&b, r), expected);                                            \
	} while (0)
	BIND(r.guest_memfd_offset = 1, -EINVAL);
	BIND(r.guest_memfd_offset = ~0xfffULL, -EINVAL);
	BIND(r.guest_memfd_offset = 2 * MIB, -EINVAL);
	BIND(r.guest_memfd_offset = MIB + 4096, -EINVAL);
	BIND(r.guest_memfd = (uint32_t)b.vm, -EINVAL);
	BIND(r.flags |= KVM_MEM_LOG_DIRTY_PAGES, -EINVAL);
	BIND(, 0);
	BIND(, -EINVAL);                                    /* never changed */
	BIND(r.slot = 1; r.guest_phys_addr = MIB, -EINVAL); /* the same pages */
	BIND(r.slot = 1; r.guest_phys_addr = MIB; r.guest_memfd_offset = MIB, 0);
	BIND(r.slot = 0; r.memory_size = 0; r.flags = 0, 0);
	BIND(, 0);
	/* Another VM's. */
	r = slot(&b, 2, 8 * MIB);
	r.flags = KVM_MEM_GUEST_MEMFD;
	r.guest_memfd = (uint32_t)fd;
	assert_int_equal(call(&b, other, KVM_SET_USER_MEMORY_REGION2, &r), -EINVAL);
	kvm_model_sys.close(b.m, other);
	kvm_model_sys.close(b.m, fd);
	tear_down(&b);
}

static void the_old_call_knows_no_guest_memfd(void **state)
{
	struct bed b;
	struct kvm_userspace_memory_region r = {.memory_size = MIB, .flags = KVM_MEM_GUEST_MEMFD};

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_SNP_VM);
	r.userspace_addr = (uintptr_t)b.host;
	assert_int_equal(call(&b, b.vm, KVM_SET_USER_MEMORY_REGION, &r), -EINVAL);
	r.flags = 0;
	assert_int_equal(call(&b, b.vm, KVM_SET_USER_MEMORY_REGION, &r), 0);
	tear_down(&b);
}

static int attributes(const struct bed *b, uint64_t at, uint64_t size, uint64_t value, uint64_t f)
{
	struct kvm_memory_attributes a = {at, size, value, f};

	return call(b, b->vm, KVM_SET_MEMORY_ATTRIBUTES, &a);
}

static void attributes_that_linux_refuses_are_refused(void **state)
{
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
	assert_int_equal(attributes(&b, 0, 4096, 8, 0), -EINVAL);
	tear_down(&b);
	set_up(&b, KVM_MODEL_7_0, KVM_X86_SNP_VM);
	assert_int_equal(attributes(&b, 0, 4096, 8, 1), -EINVAL);
	assert_int_equal(attributes(&b, 0, 4096, 9, 0), -EINVAL);
	assert_int_equal(attributes(&b, 0, 0, 8, 0), -EINVAL);
	assert_int_equal(attributes(&b, 1, 4096, 8, 0), -EINVAL);
	assert_int_equal(attributes(&b, 0, 4095, 8, 0), -EINVAL);
	assert_int_equal(attributes(&b, ~0xfffULL, 8192, 8, 0), -EINVAL);
	assert_int_equal(attributes(&b, 0, 4096, 8, 0), 0); /* no slot is needed */
	tear_down(&b);
}

/* The ranges of the model against a map of bits. */
static void attributes_are_kept_like_a_map_of_pages(void **state)
{
	static uint8_t map[512];
	uint64_t seed = 1;
	struct bed b;

	(void)state;
	memset(map, 0, sizeof(map));
	set_up(&b, KVM_MODEL_7_0, KVM_X86_SNP_VM);
	for (int i = 0; i < 20000; i++) {
		uint64_t first, len;
		bool to;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		first = seed >> 33 & 511;
		len = 1 + (seed >> 44) % (512 - first);
		if (seed >> 62)
			len = 1 + len % 4;
		if (first + len > 512)
			len = 512 - first;
		to = seed >> 60 & 1;
		assert_int_equal(attributes(&b, first << 12, len << 12, to ? 8 : 0, 0), 0);
		memset(map + first, to, len);
		first = seed >> 20 & 511;
		assert_int_equal(
			kvm_model_is_private(&b.m->vm[0], first << 12, 4096, true), map[first]);
		len = 1 + (seed >> 10 & 511) % (512 - first);
		to = !memchr(map + first, 0, len);
		assert_int_equal(
			kvm_model_is_private(&b.m->vm[0], first << 12, len << 12, true), to);
		to = !memchr(map + first, 1, len);
		assert_int_equal(
			kvm_model_is_private(&b.m->vm[0], first << 12, len << 12, false), to);
	}
	tear_down(&b);
}

static int enable(const struct bed *b, uint32_t cap, uint64_t arg)
{
	struct kvm_enable_cap c = {.cap = cap, .args = {arg}};

	return call(b, b->vm, KVM_ENABLE_CAP, &c);
}

static void capabilities_have_their_values_and_their_order(void **state)
{
	struct kvm_enable_cap flagged = {.cap = KVM_CAP_SPLIT_IRQCHIP, .flags = 1};
	struct bed b;
	int vcpu;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
	assert_int_equal(call(&b, b.vm, KVM_ENABLE_CAP, &flagged), -EINVAL);
	assert_int_equal(enable(&b, KVM_CAP_X86_APIC_BUS_CYCLES_NS, 40), -ENXIO);
	assert_int_equal(enable(&b, KVM_CAP_SPLIT_IRQCHIP, 4097), -EINVAL);
	assert_int_equal(enable(&b, KVM_CAP_SPLIT_IRQCHIP, 0), 0);
	assert_int_equal(enable(&b, KVM_CAP_SPLIT_IRQCHIP, 0), -EEXIST);
	assert_int_equal(enable(&b, KVM_CAP_X2APIC_API, 4), -EINVAL);
	assert_int_equal(enable(&b, KVM_CAP_X2APIC_API, 3), 0);
	assert_int_equal(enable(&b, KVM_CAP_EXIT_HYPERCALL, 1), -EINVAL);
	assert_int_equal(enable(&b, KVM_CAP_EXIT_HYPERCALL, 1 << KVM_HC_MAP_GPA_RANGE), 0);
	assert_int_equal(enable(&b, KVM_CAP_X86_APIC_BUS_CYCLES_NS, 0), -EINVAL);
	assert_int_equal(enable(&b, KVM_CAP_X86_APIC_BUS_CYCLES_NS, 40), 0);
	assert_int_equal(enable(&b, 9999, 0), -EINVAL);
	vcpu = call_n(&b, b.vm, KVM_CREATE_VCPU, 0);
	assert_true(vcpu >= 0);
	assert_int_equal(enable(&b, KVM_CAP_X86_APIC_BUS_CYCLES_NS, 40), -EINVAL);
	assert_int_equal(call_n(&b, b.vm, KVM_CREATE_VCPU, 0), -EEXIST);
	assert_int_equal(call_n(&b, b.vm, KVM_CREATE_VCPU, 1u << 20), -EINVAL);
	kvm_model_sys.close(b.m, vcpu);
	tear_down(&b);
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
	vcpu = call_n(&b, b.vm, KVM_CREATE_VCPU, 0);
	assert_int_equal(enable(&b, KVM_CAP_SPLIT_IRQCHIP, 0), -EEXIST);
	kvm_model_sys.close(b.m, vcpu);
	tear_down(&b);
}

static void registers_that_linux_refuses_are_refused(void **state)
{
	const struct kvm_sregs good = {
		.cr0 = 0x80000011, .cr4 = 0x20, .efer = 0x500, .cs = {.l = 1}};
	struct kvm_cpuid_table cpuid = {.head = {.nent = 1}};
	struct kvm_mp_state mp = {.mp_state = KVM_MP_STATE_UNINITIALIZED};
	struct kvm_sregs s;
	struct bed b;
	int vcpu;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_SNP_VM);
	vcpu = call_n(&b, b.vm, KVM_CREATE_VCPU, 0);
#define SREGS(change, expected)                                                                    \
	do {                                                                                       \
		s = good;                                                                          \
		change;                                                                            \
		assert_int_equal(call(&b, vcpu, KVM_SET_SREGS, &s), expected);                     \
	} while (0)
	SREGS(, 0);
	SREGS(s.cr4 = 0, -EINVAL);
	SREGS(s.efer = 0x100, -EINVAL);
	SREGS(s.cr0 = 0x80000000, -EINVAL);
	SREGS(s.cr0 |= 1ULL << 29, -EINVAL);
	SREGS(s.cr0 |= 1ULL << 32, -EINVAL);
	SREGS(s.cr0 = 0x11, -EINVAL); /* long mode without paging */
	/* CR3 with the C-bit: only with the leaf that says where it is. */
	cpuid.entry[0] = (struct kvm_cpuid_entry2){.function = 0x80000008, .eax = 0x3030};
	assert_int_equal(call(&b, vcpu, KVM_SET_CPUID2, &cpuid), 0);
	SREGS(s.cr3 = 1ULL << 51 | 0x1000, -EINVAL);
	cpuid.head.nent = 2;
	cpuid.entry[1] = (struct kvm_cpuid_entry2){.function = 0x8000001f, .ebx = 51};
	assert_int_equal(call(&b, vcpu, KVM_SET_CPUID2, &cpuid), 0);
	SREGS(s.cr3 = 1ULL << 51 | 0x1000, 0);
	cpuid.entry[0].eax = 0x3130;
	assert_int_equal(call(&b, vcpu, KVM_SET_CPUID2, &cpuid), -EINVAL);
	assert_int_equal(call(&b, vcpu, KVM_SET_MP_STATE, &mp), -EINVAL); /* no APIC in KVM */
	kvm_model_sys.close(b.m, vcpu);
	tear_down(&b);
}

static void holes_free_their_pages_and_nothing_else(void **state)
{
	struct kvm_userspace_memory_region2 r;
	struct bed b;
	uint32_t frame;
	bool is_new;
	int fd;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_SNP_VM);
	fd = gmem(&b, 1ULL << 40, 0);
	r = slot(&b, 0, 0);
	r.memory_size = 1ULL << 40;
	r.userspace_addr = 0;
	r.flags = KVM_MEM_GUEST_MEMFD;
	r.guest_memfd = (uint32_t)fd;
	assert_int_equal(set(&b, r), 0);
	for (uint64_t gpa = 0; gpa < 1ULL << 40; gpa += 1ULL << 36) {
		assert_int_equal(kvm_model_gmem_frame(b.m, &b.m->vm[0], gpa, &frame, &is_new), 0);
		assert_true(is_new);
	}
	assert_int_equal(b.m->frames_used, 16);
	assert_int_equal(kvm_model_sys.punch(b.m, fd, 4096, (1ULL << 36) - 4096), 0);
	assert_int_equal(b.m->frames_used, 16);
	assert_int_equal(kvm_model_sys.punch(b.m, fd, 1ULL << 36, 4096), 0);
	assert_int_equal(b.m->frames_used, 15);
	assert_int_equal(kvm_model_sys.punch(b.m, fd, 1, 4096), -EINVAL);
	assert_int_equal(kvm_model_sys.punch(b.m, fd, 0, 0), -EINVAL);
	assert_int_equal(kvm_model_sys.punch(b.m, fd, 0, 1ULL << 63), -EINVAL);
	assert_int_equal(kvm_model_sys.punch(b.m, b.vm, 0, 4096), -EOPNOTSUPP);
	assert_int_equal(kvm_model_sys.punch(b.m, 3, 0, 4096), -EBADF);
	assert_int_equal(kvm_model_sys.punch(b.m, fd, 0, 1ULL << 50), 0);
	assert_int_equal(b.m->frames_used, 0);
	b.m->frames_max = 1;
	assert_int_equal(kvm_model_gmem_frame(b.m, &b.m->vm[0], 0, &frame, &is_new), 0);
	assert_int_equal(kvm_model_gmem_frame(b.m, &b.m->vm[0], 4096, &frame, &is_new), -ENOMEM);
	/* Closed, its slots have no memory any more. */
	kvm_model_sys.close(b.m, fd);
	assert_int_equal(kvm_model_gmem_frame(b.m, &b.m->vm[0], 0, &frame, &is_new), -EFAULT);
	tear_down(&b);
}

static void what_is_left_open_is_told(void **state)
{
	char leaks[256];
	struct bed b;
	int fd;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_SNP_VM);
	fd = gmem(&b, MIB, 0);
	kvm_model_sys.close(b.m, b.vm);
	kvm_model_leaks(b.m, leaks, sizeof(leaks));
	assert_non_null(strstr(leaks, "open guest_memfd"));
	assert_non_null(strstr(leaks, "VM 0 lives")); /* the file holds it */
	kvm_model_sys.close(b.m, fd);
	kvm_model_sys.close(b.m, fd);
	assert_non_null(strstr(kvm_model_complaints(b.m), "not open"));
	b.vm = call_n(&b, b.kvm, KVM_CREATE_VM, 0);
	tear_down(&b);
}

static void ioctls_that_no_kvm_has_are_complained_of(void **state)
{
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
	assert_int_equal(call(&b, b.vm, 0x1234, NULL), -ENOTTY);
	assert_non_null(strstr(kvm_model_complaints(b.m), "0x1234"));
	assert_int_equal(call(&b, 3, KVM_GET_API_VERSION, NULL), -EBADF);
	assert_int_equal(call(&b, b.vm, KVM_MEMORY_ENCRYPT_OP, NULL), -ENOTTY);
	tear_down(&b);
}

static void encrypted_frames_show_nothing_and_read_back(void **state)
{
	static const char secret[] = "a secret of thirty-two bytes ...";
	char back[sizeof(secret)];
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0, KVM_X86_DEFAULT_VM);
	b.m->frames_touched = 1;
	kvm_model_frame_write(b.m, 0, 100, secret, sizeof(secret));
	assert_true(kvm_model_finds(b.m, secret, sizeof(secret)));
	kvm_model_frame_encrypt(b.m, 0, 77);
	assert_false(kvm_model_finds(b.m, secret, sizeof(secret)));
	kvm_model_frame_read(b.m, 0, 100, back, sizeof(back));
	assert_string_equal(back, secret);
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_of_vms_are_those_of_the_host),
		cmocka_unit_test(slots_that_linux_refuses_are_refused),
		cmocka_unit_test(protected_guests_have_no_read_only_memory),
		cmocka_unit_test(flags_of_a_guest_memfd_are_those_of_kernel_and_vm),
		cmocka_unit_test(a_guest_memfd_is_bound_once_and_within_its_size),
		cmocka_unit_test(the_old_call_knows_no_guest_memfd),
		cmocka_unit_test(attributes_that_linux_refuses_are_refused),
		cmocka_unit_test(attributes_are_kept_like_a_map_of_pages),
		cmocka_unit_test(capabilities_have_their_values_and_their_order),
		cmocka_unit_test(registers_that_linux_refuses_are_refused),
		cmocka_unit_test(holes_free_their_pages_and_nothing_else),
		cmocka_unit_test(what_is_left_open_is_told),
		cmocka_unit_test(ioctls_that_no_kvm_has_are_complained_of),
		cmocka_unit_test(encrypted_frames_show_nothing_and_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
