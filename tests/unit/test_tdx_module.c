/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of KVM's TDX interface keeps its own rules: what real KVM refuses it refuses, each with
 * the error that KVM has. Straight ioctls, without hc-vmm's code in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>

#include "attest/measure/tdvf.h"
#include "tests/model/tdx_module.h"

#define RAM   0x800000ull
#define PAGE  4096ull
#define READY 0x17

struct fixture {
	struct kvm_model *m;
	int kvm, vm, gmem, vcpu[2];
	uint8_t *ram, *source;
	struct kvm_run *run;
	struct {
		struct kvm_tdx_init_vm head;
		struct kvm_cpuid_entry2 entry[KVM_CPUID_MAX];
	} init;
	uint64_t *result; /* of a guest's step */
	struct kvm_model_step *steps;
};

static int sys(struct fixture *f, int fd, unsigned long request, void *arg)
{
	return kvm_model_sys.ioctl(f->m, fd, request, arg);
}

static int op(struct fixture *f, int fd, uint32_t id, uint32_t flags, void *data, uint64_t *hw)
{
	struct kvm_tdx_cmd cmd = {.id = id, .flags = flags, .data = (uintptr_t)data};
	int rc = sys(f, fd, KVM_MEMORY_ENCRYPT_OP, &cmd);

	if (hw)
		*hw = cmd.hw_error;
	return rc;
}

static int enable(struct fixture *f, uint32_t cap, uint64_t arg)
{
	struct kvm_enable_cap c = {.cap = cap, .args = {arg}};

	return sys(f, f->vm, KVM_ENABLE_CAP, &c);
}

static void add_leaf(struct fixture *f, uint32_t function, uint32_t index, uint32_t eax)
{
	f->init.entry[f->init.head.cpuid.nent++] = (struct kvm_cpuid_entry2){.function = function,
		.index = index,
		.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		.eax = eax};
}

static int create_td(struct fixture *f)
{
	int rc = sys(f, f->kvm, KVM_CREATE_VM, (void *)KVM_X86_TDX_VM);

	f->vm = rc;
	return rc < 0 ? rc : 0;
}

static int setup_on(void **state, enum kvm_model_kernel kernel)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.m = tdx_module_new(kernel);
	assert_non_null(f.m);
	f.kvm = kvm_model_sys.open(f.m, "/dev/kvm");
	assert_true(f.kvm >= 0);
	assert_int_equal(create_td(&f), 0);
	f.gmem = f.vcpu[0] = f.vcpu[1] = -1;
	f.ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f.source = f.ram; /* any pages */
	f.result = kvm_model_alloc(f.m, PAGE);
	f.steps = kvm_model_alloc(f.m, PAGE);
	f.init.head.attributes = TDX_ATTR_SEPT_VE_DISABLE;
	f.init.head.xfam = 0xe7;
	add_leaf(&f, 0x80000008, 0, 48u << 16);
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	return setup_on(state, KVM_MODEL_7_3);
}

static int setup_6_16(void **state)
{
	return setup_on(state, KVM_MODEL_6_16);
}

static void close_fd(struct fixture *f, int *fd)
{
	if (*fd >= 0)
		kvm_model_sys.close(f->m, *fd);
	*fd = -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char leaks[256];

	close_fd(f, &f->vcpu[0]);
	close_fd(f, &f->vcpu[1]);
	close_fd(f, &f->gmem);
	close_fd(f, &f->vm);
	close_fd(f, &f->kvm);
	assert_string_equal(kvm_model_complaints(f->m), "");
	f->m->maps = 0; /* a vCPU's mapping ends with the test */
	assert_string_equal(kvm_model_leaks(f->m, leaks, sizeof(leaks)), "");
	assert_int_equal(tdx_module(f->m)->hkids_used, 0);
	munmap(f->ram, RAM);
	kvm_model_free(f->m);
	return 0;
}

static int init_td(struct fixture *f, uint64_t *hw)
{
	return op(f, f->vm, KVM_TDX_INIT_VM, 0, &f->init, hw);
}

/* --- capabilities --- */

static void capabilities_want_room_and_say_what_may_be_configured(void **state)
{
	static struct {
		struct kvm_tdx_capabilities head;
		struct kvm_cpuid_entry2 entry[KVM_CPUID_MAX];
	} caps;
	struct fixture *f = *state;
	bool indexed = false, width = false;

	memset(&caps, 0, sizeof(caps));
	caps.head.cpuid.nent = 6;
	assert_int_equal(op(f, f->vm, KVM_TDX_CAPABILITIES, 0, &caps, NULL), -E2BIG);
	caps.head.cpuid.nent = KVM_CPUID_MAX;
	assert_int_equal(op(f, f->vm, KVM_TDX_CAPABILITIES, 1, &caps, NULL), -EINVAL);
	assert_int_equal(op(f, f->vm, KVM_TDX_CAPABILITIES, 0, &caps, NULL), 0);
	assert_true(caps.head.supported_attrs == TDX_ATTR_SEPT_VE_DISABLE);
	assert_true(caps.head.user_tdvmcallinfo_1_r11 == 2);
	assert_true(caps.head.kernel_tdvmcallinfo_1_r11 == 0);
	for (uint32_t i = 0; i < caps.head.cpuid.nent; i++) {
		assert_int_equal(caps.entry[i].flags, 0);
		indexed |= caps.entry[i].index != 0;
		width |= caps.entry[i].function == 0x80000008 &&
			 (caps.entry[i].eax & 0xff0000) == 0xff0000;
	}
	assert_true(indexed && width);
}

static void a_status_that_is_not_zero_on_the_way_in_is_refused(void **state)
{
	struct kvm_tdx_cmd cmd = {.id = KVM_TDX_INIT_VM, .hw_error = 1};
	struct fixture *f = *state;

	cmd.data = (uintptr_t)&f->init;
	assert_int_equal(sys(f, f->vm, KVM_MEMORY_ENCRYPT_OP, &cmd), -EINVAL);
	assert_int_equal(op(f, f->vm, 6, 0, NULL, NULL), -EINVAL);
	assert_int_equal(op(f, f->vm, KVM_TDX_INIT_VCPU, 0, NULL, NULL), -EINVAL);
}

/* --- init --- */

static void what_kvm_does_not_support_is_refused_before_the_module_sees_it(void **state)
{
	struct fixture *f = *state;
	uint64_t hw;

	f->init.head.attributes |= TDX_ATTR_DEBUG;
	assert_int_equal(init_td(f, &hw), -EINVAL);
	assert_true(hw == 0);
	f->init.head.attributes = 0;
	f->init.head.xfam |= 1ull << 63;
	assert_int_equal(init_td(f, &hw), -EINVAL);
	f->init.head.xfam = 0xe7;
	f->init.head.reserved[11] = 1;
	assert_int_equal(init_td(f, &hw), -EINVAL);
	f->init.head.reserved[11] = 0;
	f->init.head.cpuid.padding = 1;
	assert_int_equal(init_td(f, &hw), -EINVAL);
	f->init.head.cpuid.padding = 0;
	assert_int_equal(op(f, f->vm, KVM_TDX_INIT_VM, 1, &f->init, &hw), -EINVAL);
	f->init.head.cpuid.nent = KVM_CPUID_MAX + 1;
	assert_int_equal(init_td(f, &hw), -E2BIG);
	f->init.head.cpuid.nent = 1;
	assert_int_equal(tdx_module(f->m)->hkids_used, 0);
	assert_int_equal(init_td(f, &hw), 0);
	assert_int_equal(init_td(f, &hw), -EINVAL); /* twice */
}

static void the_width_is_48_or_52_and_has_to_be_there(void **state)
{
	struct fixture *f = *state;

	f->init.head.cpuid.nent = 0;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	f->init.head.cpuid.nent = 1;
	f->init.entry[0].eax = 46u << 16;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	tdx_module(f->m)->five_levels = false;
	f->init.entry[0].eax = 52u << 16;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	tdx_module(f->m)->five_levels = true;
	assert_int_equal(init_td(f, NULL), 0);
	assert_true(tdx_module_td(&f->m->vm[0])->shared_bit == 1ull << 51);
}

static void every_leaf_has_to_be_consumed(void **state)
{
	struct fixture *f = *state;

	add_leaf(f, 0x40000000, 0, 0);
	assert_int_equal(init_td(f, NULL), -EINVAL);
	f->init.entry[1].function = 0x4;
	f->init.entry[1].index = 4;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	/* Without the flag it is sub-leaf 0 to 3, and counted four times. */
	f->init.entry[1].index = 0;
	f->init.entry[1].flags = 0;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	f->init.entry[1].flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	assert_int_equal(init_td(f, NULL), 0);
}

static void what_the_module_refuses_is_named_in_the_status(void **state)
{
	struct fixture *f = *state;
	uint64_t hw;

	f->init.head.xfam = 0xe7 & ~0x40ull; /* half of AVX-512 */
	assert_int_equal(init_td(f, &hw), -EINVAL);
	assert_true(hw == (TDX_OPERAND_INVALID | TDX_OPERAND_XFAM));
	f->init.head.xfam = 0xe7;
	add_leaf(f, 0x7, 1, 1); /* a bit that may not be configured */
	assert_int_equal(init_td(f, &hw), -EINVAL);
	assert_true(hw == (TDX_OPERAND_INVALID | TDX_OPERAND_CPUID));
	f->init.head.cpuid.nent = 1;
	assert_int_equal(sys(f, f->vm, KVM_SET_TSC_KHZ, (void *)99999), 0);
	assert_int_equal(init_td(f, &hw), -EINVAL);
	assert_true(hw == (TDX_OPERAND_INVALID | TDX_OPERAND_TSC));
	assert_int_equal(sys(f, f->vm, KVM_SET_TSC_KHZ, (void *)2000000), 0);
	assert_int_equal(init_td(f, &hw), 0);
	assert_true(tdx_module_td(&f->m->vm[0])->tsc_25mhz == 80);
}

static void tsx_and_waitpkg_are_refused(void **state)
{
	struct fixture *f = *state;

	add_leaf(f, 0x7, 0, 0);
	f->init.entry[1].ebx = 1u << 11;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	f->init.entry[1].ebx = 0;
	f->init.entry[1].ecx = 1u << 5;
	assert_int_equal(init_td(f, NULL), -EINVAL);
	f->init.entry[1].ecx = 0;
	assert_int_equal(init_td(f, NULL), 0);
}

static void keys_packages_and_entropy_run_out(void **state)
{
	struct fixture *f = *state;
	struct tdx_module *t = tdx_module(f->m);

	t->hkids = 0;
	assert_int_equal(init_td(f, NULL), -ENOSPC);
	t->hkids = 1;
	t->cgroup_full = true;
	assert_int_equal(init_td(f, NULL), -EBUSY);
	t->cgroup_full = false;
	t->package_offline = true;
	assert_int_equal(init_td(f, NULL), -EIO);
	t->package_offline = false;
	t->no_entropy = 2;
	assert_int_equal(init_td(f, NULL), -EAGAIN);
	assert_int_equal(init_td(f, NULL), -EAGAIN);
	assert_int_equal(init_td(f, NULL), 0);
	assert_int_equal(t->hkids_used, 1);
}

static void another_status_of_the_module_ends_the_vm(void **state)
{
	struct fixture *f = *state;
	uint64_t hw;

	tdx_module(f->m)->init_status = 0xc000050500000000ull;
	assert_int_equal(init_td(f, &hw), -EIO);
	assert_true(hw == 0);
	tdx_module(f->m)->init_status = 0;
	assert_int_equal(init_td(f, &hw), -EIO);
	assert_int_equal(enable(f, KVM_CAP_SPLIT_IRQCHIP, 0), -EIO);
}

/* --- the VM around it --- */

static void interrupt_controllers_are_split_or_none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sys(f, f->vm, KVM_CREATE_IRQCHIP, NULL), -ENOTTY);
	assert_int_equal(init_td(f, NULL), 0);
	assert_int_equal(sys(f, f->vm, KVM_CREATE_VCPU, NULL), -EINVAL);
	assert_int_equal(enable(f, KVM_CAP_SPLIT_IRQCHIP, 0), 0);
	f->vcpu[0] = sys(f, f->vm, KVM_CREATE_VCPU, NULL);
	assert_true(f->vcpu[0] >= 0);
}

static void the_number_of_vcpus_is_the_machines_and_cannot_be_set(void **state)
{
	struct fixture *f = *state;

	/* kvm_vm_ioctl_enable_cap_generic and x86's have no KVM_CAP_MAX_VCPUS. */
	assert_int_equal(enable(f, KVM_CAP_MAX_VCPUS, 2), -EINVAL);
	assert_int_equal(sys(f, f->vm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MAX_VCPUS), 64);
}

static void vcpus_come_after_init_and_before_the_end(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(enable(f, KVM_CAP_SPLIT_IRQCHIP, 0), 0);
	assert_int_equal(sys(f, f->vm, KVM_CREATE_VCPU, NULL), -EIO);
	assert_int_equal(init_td(f, NULL), 0);
	f->vcpu[0] = sys(f, f->vm, KVM_CREATE_VCPU, NULL);
	assert_true(f->vcpu[0] >= 0);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, NULL), 0);
	assert_int_equal(sys(f, f->vm, KVM_CREATE_VCPU, (void *)1), -EIO);
}

static int set_cpuid(struct fixture *f, int vcpu, bool x2apic)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry;
	} c = {{.nent = 1}, {.function = 1, .ecx = x2apic ? 1u << 21 : 0}};

	return sys(f, vcpu, KVM_SET_CPUID2, &c);
}

/* A TD with one vCPU, all of its memory private. */
static void made(struct fixture *f)
{
	struct kvm_create_guest_memfd gmem = {.size = RAM};
	struct kvm_userspace_memory_region2 slot = {.flags = KVM_MEM_GUEST_MEMFD,
		.memory_size = RAM,
		.userspace_addr = (uintptr_t)f->ram};
	struct kvm_memory_attributes private = {
		.size = RAM, .attributes = KVM_MEMORY_ATTRIBUTE_PRIVATE};
	void *run;

	assert_int_equal(enable(f, KVM_CAP_EXIT_HYPERCALL, 1u << KVM_HC_MAP_GPA_RANGE), 0);
	assert_int_equal(enable(f, KVM_CAP_SPLIT_IRQCHIP, 0), 0);
	assert_int_equal(init_td(f, NULL), 0);
	f->gmem = sys(f, f->vm, KVM_CREATE_GUEST_MEMFD, &gmem);
	assert_true(f->gmem >= 0);
	slot.guest_memfd = (uint32_t)f->gmem;
	assert_int_equal(sys(f, f->vm, KVM_SET_USER_MEMORY_REGION2, &slot), 0);
	assert_int_equal(sys(f, f->vm, KVM_SET_MEMORY_ATTRIBUTES, &private), 0);
	f->vcpu[0] = sys(f, f->vm, KVM_CREATE_VCPU, NULL);
	assert_true(f->vcpu[0] >= 0);
	assert_int_equal(kvm_model_sys.map(f->m, f->vcpu[0],
				 (size_t)sys(f, f->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL), &run),
		0);
	f->run = run;
	assert_int_equal(set_cpuid(f, f->vcpu[0], true), 0);
}

static void started(struct fixture *f)
{
	made(f);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 0, (void *)READY, NULL), 0);
}

static void a_vcpu_needs_x2apic_and_is_initialised_once(void **state)
{
	struct fixture *f = *state;

	made(f);
	assert_int_equal(set_cpuid(f, f->vcpu[0], false), 0);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 0, NULL, NULL), -EINVAL);
	assert_int_equal(set_cpuid(f, f->vcpu[0], true), 0);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 1, NULL, NULL), -EINVAL);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 0, (void *)READY, NULL), 0);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 0, NULL, NULL), -EINVAL);
	assert_int_equal(f->m->vm[0].vcpu[0].vendor[TDX_VCPU_RCX], READY);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_FINALIZE_VM, 0, NULL, NULL), -EINVAL);
}

static void registers_are_out_of_reach_from_the_start(void **state)
{
	struct fixture *f = *state;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	made(f);
	assert_int_equal(sys(f, f->vcpu[0], KVM_GET_REGS, &regs), -EINVAL);
	assert_int_equal(sys(f, f->vcpu[0], KVM_SET_REGS, &regs), -EINVAL);
	assert_int_equal(sys(f, f->vcpu[0], KVM_GET_SREGS, &sregs), -EINVAL);
	assert_int_equal(sys(f, f->vcpu[0], KVM_SET_SREGS, &sregs), -EINVAL);
	assert_int_equal(sys(f, f->vcpu[0], KVM_SET_TSC_KHZ, (void *)1000000), -EINVAL);
}

static void cpuid_of_the_guest_can_be_read_back(void **state)
{
	struct kvm_cpuid_table t = {.head.nent = 3};
	struct fixture *f = *state;
	uint32_t count;

	made(f);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_GET_CPUID, 0, &t, NULL), -E2BIG);
	count = t.head.nent;
	assert_true(count > 3);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_GET_CPUID, 0, &t, NULL), 0);
	assert_int_equal(t.head.nent, count);
	assert_int_equal(t.entry[0].function, 0);
	assert_int_equal(t.entry[count - 1].function, 0x80000008);
	assert_int_equal(t.entry[count - 1].eax >> 16 & 0xff, 48);
}

/* --- memory --- */

static int add(struct fixture *f, uint64_t gpa, uint64_t pages, uint32_t flags,
	struct kvm_tdx_init_mem_region *r)
{
	struct kvm_tdx_init_mem_region region = {(uintptr_t)f->source, gpa, pages};
	int rc = op(f, f->vcpu[0], KVM_TDX_INIT_MEM_REGION, flags, &region, NULL);

	if (r)
		*r = region;
	return rc;
}

static void pages_are_not_added_to_just_anywhere(void **state)
{
	struct kvm_memory_attributes shared = {.address = 0x5000, .size = PAGE};
	struct fixture *f = *state;

	made(f);
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), -EINVAL); /* before INIT_VCPU */
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 0, NULL, NULL), 0);
	assert_int_equal(add(f, 0x1001, 1, 1, NULL), -EINVAL);
	assert_int_equal(add(f, 0x1000, 0, 1, NULL), -EINVAL);
	assert_int_equal(add(f, 0x1000, 1, 2, NULL), -EINVAL);
	assert_int_equal(add(f, 0x1000 | 1ull << 47, 1, 1, NULL), -EINVAL);
	assert_int_equal(add(f, (1ull << 47) - PAGE, 2, 1, NULL), -EINVAL);
	assert_int_equal(add(f, 0xfffffffffffff000, 2, 1, NULL), -EINVAL);
	assert_int_equal(add(f, RAM, 1, 1, NULL), -EINVAL); /* no slot */
	f->source++;
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), -EINVAL);
	f->source--;
	assert_int_equal(sys(f, f->vm, KVM_SET_MEMORY_ATTRIBUTES, &shared), 0);
	assert_int_equal(add(f, 0x5000, 1, 1, NULL), -EINVAL);
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), 0);
}

static void a_page_is_added_once(void **state)
{
	struct fixture *f = *state;

	started(f);
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), 0);
	assert_int_equal(
		add(f, 0x1000, 1, 1, NULL), f->m->kernel >= KVM_MODEL_7_0 ? -EIO : -EEXIST);
	assert_int_equal(tdx_module_td(&f->m->vm[0])->added, 1);
}

static void the_region_moves_on_as_far_as_it_came(void **state)
{
	struct kvm_tdx_init_mem_region r;
	struct fixture *f = *state;

	started(f);
	f->m->chunk = 2;
	assert_int_equal(add(f, 0x1000, 5, 1, &r), -EINTR);
	assert_true(r.gpa == 0x3000 && r.nr_pages == 3);
	assert_true(r.source_addr == (uintptr_t)f->source + 2 * PAGE);
	tdx_module(f->m)->add_busy = 1;
	f->m->chunk = 0;
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_MEM_REGION, 1, &r, NULL),
		f->m->kernel >= KVM_MODEL_7_0 ? -EBUSY : -EAGAIN);
	assert_true(r.gpa == 0x3000 && r.nr_pages == 3);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_MEM_REGION, 1, &r, NULL), 0);
	assert_true(r.nr_pages == 0 && r.gpa == 0x6000);
	assert_int_equal(tdx_module_td(&f->m->vm[0])->added, 5);
}

static void a_page_that_the_module_refuses_ends_the_vm(void **state)
{
	struct fixture *f = *state;

	started(f);
	tdx_module(f->m)->add_status = 0xc0000b0000000000ull;
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), -EIO);
	tdx_module(f->m)->add_status = 0;
	assert_int_equal(add(f, 0x2000, 1, 1, NULL), -EIO);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, NULL), -EIO);
}

static void mrtd_is_what_attest_measure_computes(void **state)
{
	uint8_t expected[SHA384_SIZE], byte = 1;
	struct fixture *f = *state;
	struct mrtd ours;

	for (size_t i = 0; i < 4 * PAGE; i++)
		f->ram[i] = byte = (uint8_t)(byte * 5u + 3u + i / 977);
	started(f);
	assert_int_equal(add(f, 0x7000, 2, 1, NULL), 0);
	f->source = f->ram + 2 * PAGE;
	assert_int_equal(add(f, 0x1000, 1, 0, NULL), 0); /* added, not measured */
	f->source = f->ram + 3 * PAGE;
	assert_int_equal(add(f, 0x3000, 1, 1, NULL), 0);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, NULL), 0);

	assert_int_equal(mrtd_init(&ours), 0);
	assert_int_equal(mrtd_add(&ours, 0x7000) || mrtd_extend(&ours, 0x7000, f->ram), 0);
	assert_int_equal(mrtd_add(&ours, 0x8000) || mrtd_extend(&ours, 0x8000, f->ram + PAGE), 0);
	assert_int_equal(mrtd_add(&ours, 0x1000), 0);
	assert_int_equal(
		mrtd_add(&ours, 0x3000) || mrtd_extend(&ours, 0x3000, f->ram + 3 * PAGE), 0);
	assert_int_equal(mrtd_peek(&ours, expected), 0);
	mrtd_fini(&ours);
	assert_memory_equal(tdx_module_td(&f->m->vm[0])->mrtd, expected, sizeof(expected));
	/* And the host does not find the pages in clear. */
	assert_false(kvm_model_finds(f->m, f->ram, 64));
}

/* --- the end of launch --- */

static void the_end_comes_once_and_nothing_after_it(void **state)
{
	struct kvm_cpuid_table t = {.head.nent = KVM_CPUID_MAX};
	struct fixture *f = *state;
	uint64_t hw;

	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, NULL), -EINVAL);
	started(f);
	assert_int_equal(sys(f, f->vcpu[0], KVM_RUN, NULL), -EINVAL);
	tdx_module(f->m)->finalize_busy = 1;
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, &hw), -EBUSY);
	assert_true(hw == TDX_OPERAND_BUSY);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, &hw), 0);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, &hw), -EINVAL);
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), -EINVAL);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_GET_CPUID, 0, &t, NULL), -EINVAL);
	assert_int_equal(op(f, f->vcpu[0], KVM_TDX_INIT_VCPU, 0, NULL, NULL), -EINVAL);
}

static void a_vcpu_that_was_not_initialised_does_not_run(void **state)
{
	struct fixture *f = *state;

	made(f);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, NULL), 0);
	assert_int_equal(sys(f, f->vcpu[0], KVM_RUN, NULL), -EINVAL);
}

/* --- the guest --- */

/* A TD that runs these steps. */
static void runs(struct fixture *f, const struct kvm_model_step *steps, size_t count)
{
	memcpy(f->steps, steps, count * sizeof(*steps));
	f->m->script[0][0].steps = f->steps;
	f->m->script[0][0].count = count;
	started(f);
	assert_int_equal(add(f, 0x1000, 1, 1, NULL), 0);
	assert_int_equal(op(f, f->vm, KVM_TDX_FINALIZE_VM, 0, NULL, NULL), 0);
}

#define RUNS(f, steps) runs(f, steps, sizeof(steps) / sizeof((steps)[0]))

static int enter(struct fixture *f)
{
	return sys(f, f->vcpu[0], KVM_RUN, NULL);
}

static void memory_before_it_is_accepted_is_the_end(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = kvm_model_write, .gpa = 0x1000, .len = 8, .flag = true, .value = 7},
		{.fn = kvm_model_write, .gpa = 0x4000, .len = 8, .flag = true, .value = 7},
	};

	RUNS(f, steps);
	assert_int_equal(enter(f), -EIO);
	assert_int_equal(f->m->vm[0].vcpu[0].at, 2); /* the first was the launch's page */
	assert_int_equal(enter(f), -EIO);
}

static void accepted_memory_is_zero_and_the_guests(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_accept, .gpa = 0x4000, .len = 4 * PAGE, .result = f->result},
		{.fn = kvm_model_read, .gpa = 0x5000, .len = 64, .flag = true, .value = 0},
		{.fn = kvm_model_write, .gpa = 0x5000, .len = 64, .flag = true, .value = 0x6b},
		{.fn = kvm_model_read, .gpa = 0x5000, .len = 64, .flag = true, .value = 0x6b},
		{.fn = tdx_guest_accept, .gpa = 0x5000, .len = PAGE, .result = f->result + 1},
		{.fn = tdx_guest_accept,
			.gpa = 0x200000,
			.len = SEPT_LARGE,
			.flag = true,
			.result = f->result + 2},
		MODEL_OFF,
	};

	RUNS(f, steps);
	assert_int_equal(enter(f), 0);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(f->result[0], SEPT_SUCCESS);
	assert_int_equal(f->result[1], SEPT_ALREADY_ACCEPTED);
	assert_int_equal(f->result[2], SEPT_SIZE_MISMATCH); /* KVM maps 4 KiB */
	assert_int_equal(f->m->guest_errors, 0);
}

static void memory_that_was_shared_has_to_be_accepted_again(void **state)
{
	struct kvm_memory_attributes a = {.address = 0x4000, .size = PAGE};
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_accept, .gpa = 0x4000, .len = PAGE, .result = f->result},
		MODEL_OFF,
		{.fn = kvm_model_read, .gpa = 0x4000, .len = 8, .flag = true, .value = 0},
	};

	RUNS(f, steps);
	assert_int_equal(enter(f), 0);
	assert_int_equal(sys(f, f->vm, KVM_SET_MEMORY_ATTRIBUTES, &a), 0);
	a.attributes = KVM_MEMORY_ATTRIBUTE_PRIVATE;
	assert_int_equal(sys(f, f->vm, KVM_SET_MEMORY_ATTRIBUTES, &a), 0);
	assert_int_equal(enter(f), -EIO);
}

static void memory_that_was_discarded_has_to_be_accepted_again(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_accept, .gpa = 0x4000, .len = PAGE, .result = f->result},
		MODEL_OFF,
		{.fn = kvm_model_read, .gpa = 0x4000, .len = 8, .flag = true, .value = 0},
	};

	RUNS(f, steps);
	assert_int_equal(enter(f), 0);
	assert_int_equal(kvm_model_sys.punch(f->m, f->gmem, 0x4000, PAGE), 0);
	assert_int_equal(enter(f), -EIO);
}

static void a_request_to_convert_comes_in_parts_of_2_mib(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_map_gpa,
			.gpa = 0x100000 | 1ull << 47,
			.len = 0x301000,
			.result = f->result},
		MODEL_OFF,
	};
	struct kvm_run_hypercall *call;

	RUNS(f, steps);
	call = &KVM_RUN_EXIT(f->run)->hypercall;
	assert_int_equal(enter(f), 0);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_HYPERCALL);
	assert_int_equal(call->nr, KVM_HC_MAP_GPA_RANGE);
	assert_true(call->args[0] == 0x100000 && call->args[1] == 512 && call->args[2] == 0);
	assert_true(call->ret == 0);
	assert_int_equal(enter(f), 0);
	assert_true(call->args[0] == 0x300000 && call->args[1] == 257);
	call->ret = EINVAL;
	assert_int_equal(enter(f), 0);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_IO);
	assert_true(f->result[0] == TDVMCALL_INVALID_OPERAND);
	assert_true(f->result[1] == (0x300000 | 1ull << 47));
}

static void an_answer_that_kvm_does_not_know_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_map_gpa,
			.gpa = 0x1000 | 1ull << 47,
			.len = PAGE,
			.result = f->result},
		MODEL_OFF,
	};

	RUNS(f, steps);
	assert_int_equal(enter(f), 0);
	KVM_RUN_EXIT(f->run)->hypercall.ret = EPERM;
	assert_int_equal(enter(f), -EINVAL);
}

static void hostile_requests_to_convert_end_in_kvm(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_map_gpa, .gpa = 0x1001, .len = PAGE, .result = f->result},
		{.fn = tdx_guest_map_gpa, .gpa = 0x1000, .len = 0, .result = f->result + 2},
		{.fn = tdx_guest_map_gpa, .gpa = 0x1000, .len = ~0xfffull, .result = f->result + 4},
		{.fn = tdx_guest_map_gpa,
			.gpa = (1ull << 47) - PAGE,
			.len = 2 * PAGE,
			.result = f->result + 6},
		{.fn = tdx_guest_map_gpa, .gpa = 1ull << 52, .len = PAGE, .result = f->result + 8},
		MODEL_OFF,
	};

	RUNS(f, steps);
	assert_int_equal(enter(f), 0);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_IO);
	assert_true(f->result[0] == TDVMCALL_ALIGN_ERROR);
	for (size_t i = 2; i < 10; i += 2)
		assert_true(f->result[i] == TDVMCALL_INVALID_OPERAND);
}

static void quotes_vectors_and_infos_are_handed_on_as_they_should(void **state)
{
	struct fixture *f = *state;
	const struct kvm_model_step steps[] = {
		{.fn = tdx_guest_get_quote, .gpa = 0x2000, .len = 0x2000, .result = f->result},
		{.fn = tdx_guest_notify, .len = 31, .result = f->result + 1},
		{.fn = tdx_guest_info, .len = 0, .result = f->result + 2},
		{.fn = tdx_guest_get_quote,
			.gpa = 0x2000 | 1ull << 47,
			.len = 0x2000,
			.result = f->result + 3},
		{.fn = tdx_guest_notify, .len = 0x41, .result = f->result + 4},
		{.fn = tdx_guest_info, .len = 1, .result = f->result + 5},
		MODEL_OFF,
	};
	struct kvm_run_tdx *tdx;

	RUNS(f, steps);
	tdx = &KVM_RUN_EXIT(f->run)->tdx;
	assert_int_equal(enter(f), 0);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_TDX);
	assert_true(f->result[0] == TDVMCALL_INVALID_OPERAND); /* private */
	assert_true(f->result[1] == TDVMCALL_INVALID_OPERAND);
	assert_true(f->result[2] == TDVMCALL_SUCCESS);
	assert_true(tdx->nr == 0x10002 && tdx->ret == TDVMCALL_UNSUPPORTED);
	assert_true(tdx->get_quote.gpa == 0x2000 && tdx->get_quote.size == 0x2000);
	tdx->ret = TDVMCALL_RETRY;
	assert_int_equal(enter(f), 0);
	assert_true(f->result[3] == TDVMCALL_RETRY);
	assert_true(tdx->nr == 0x10004 && tdx->setup_event_notify.vector == 0x41);
	assert_int_equal(enter(f), 0);
	assert_true(f->result[4] == TDVMCALL_UNSUPPORTED);
	assert_true(tdx->nr == 0x10000 && tdx->get_tdvmcall_info.leaf == 1 && tdx->ret == 0);
	tdx->get_tdvmcall_info.r11 = 2;
	assert_int_equal(enter(f), 0);
	assert_true(f->result[5] == 0 && f->result[6] == 2);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_IO);
}

static void the_last_word_has_sixteen_registers(void **state)
{
	struct fixture *f = *state;
	static const uint64_t regs[16] = {0, 0xc0ff, 2, 3, 99, 99, 6, 7, [12] = 0x43, [15] = 15};
	const struct kvm_model_step steps[] = {{.fn = tdx_guest_fatal, .data = regs}};
	const struct kvm_run_system_event *e;

	RUNS(f, steps);
	e = &KVM_RUN_EXIT(f->run)->system_event;
	assert_int_equal(enter(f), 0);
	assert_int_equal(f->run->exit_reason, KVM_EXIT_SYSTEM_EVENT);
	assert_true(e->type == KVM_SYSTEM_EVENT_TDX_FATAL && e->ndata == 16);
	assert_true(e->data[12] == 0x43 && e->data[4] == 0 && e->data[15] == 15);
}

#define T(name)   cmocka_unit_test_setup_teardown(name, setup, teardown)
#define OLD(name) cmocka_unit_test_setup_teardown(name, setup_6_16, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(capabilities_want_room_and_say_what_may_be_configured),
		OLD(capabilities_want_room_and_say_what_may_be_configured),
		T(a_status_that_is_not_zero_on_the_way_in_is_refused),
		T(what_kvm_does_not_support_is_refused_before_the_module_sees_it),
		T(the_width_is_48_or_52_and_has_to_be_there),
		T(every_leaf_has_to_be_consumed),
		T(what_the_module_refuses_is_named_in_the_status),
		T(tsx_and_waitpkg_are_refused),
		T(keys_packages_and_entropy_run_out),
		T(another_status_of_the_module_ends_the_vm),
		T(interrupt_controllers_are_split_or_none),
		T(the_number_of_vcpus_is_the_machines_and_cannot_be_set),
		T(vcpus_come_after_init_and_before_the_end),
		T(a_vcpu_needs_x2apic_and_is_initialised_once),
		T(registers_are_out_of_reach_from_the_start),
		T(cpuid_of_the_guest_can_be_read_back),
		T(pages_are_not_added_to_just_anywhere),
		T(a_page_is_added_once),
		OLD(a_page_is_added_once),
		T(the_region_moves_on_as_far_as_it_came),
		OLD(the_region_moves_on_as_far_as_it_came),
		T(a_page_that_the_module_refuses_ends_the_vm),
		T(mrtd_is_what_attest_measure_computes),
		T(the_end_comes_once_and_nothing_after_it),
		T(a_vcpu_that_was_not_initialised_does_not_run),
		T(memory_before_it_is_accepted_is_the_end),
		T(accepted_memory_is_zero_and_the_guests),
		T(memory_that_was_shared_has_to_be_accepted_again),
		T(memory_that_was_discarded_has_to_be_accepted_again),
		T(a_request_to_convert_comes_in_parts_of_2_mib),
		T(an_answer_that_kvm_does_not_know_is_refused),
		T(hostile_requests_to_convert_end_in_kvm),
		T(quotes_vectors_and_infos_are_handed_on_as_they_should),
		T(the_last_word_has_sixteen_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
