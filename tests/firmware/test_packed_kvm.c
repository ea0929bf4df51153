/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packed plain guest on this machine's KVM: loaded by loader.h, the registers of the first vCPU
 * as QEMU sets them from a native context (target/i386/igvm.c: qigvm_x86_load_context), RAM and
 * nothing else, no staging window. Its kernel is a few instructions that say they were reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "firmware/abi/codes.h"
#include "tests/firmware/guest.h"
#include "tests/firmware/loader.h"
#include "tests/unit/fw_samples.h"

#define MIB       (1ULL << 20)
#define ENTRY_64  0x200
#define SAY_PORT  0x3f8
#define SAY_VALUE 0x5a

static struct guest guest;
static struct bytes file;
static struct loader loaded;
static uint8_t kernel[FW_SAMPLE_BZIMAGE];

struct machine {
	int vm, vcpu;
	struct kvm_run *run;
	size_t run_len;
};

/* mov $SAY_VALUE, %eax; mov $SAY_PORT, %edx; out %al, %dx; hlt */
static void make_kernel(void)
{
	static const uint8_t says[] = {
		0xb8, SAY_VALUE, 0, 0, 0, 0xba, SAY_PORT & 0xff, SAY_PORT >> 8, 0, 0, 0xee, 0xf4};

	fw_sample_bzimage(kernel);
	memcpy(kernel + (kernel[0x1f1] + 1) * 512 + ENTRY_64, says, sizeof(says));
}

static struct kvm_segment segment(const uint8_t *selector)
{
	const uint16_t attributes = get_le16(selector + 2);

	return (struct kvm_segment){
		.selector = get_le16(selector),
		.base = get_le32(selector + 4),
		.limit = get_le32(selector + 8),
		.type = attributes & 0xf,
		.s = attributes >> 4 & 1,
		.dpl = attributes >> 5 & 3,
		.present = attributes >> 7 & 1,
		.l = attributes >> 13 & 1,
		.db = attributes >> 14 & 1,
		.g = attributes >> 15 & 1,
	};
}

/* IgvmNativeVpContextX64. */
static void set_registers(struct machine *m, const uint8_t *c)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = {.rip = get_le64(c + 0x80), .rflags = get_le64(c + 0x88)};

	assert_int_equal(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), 0);
	sregs.cs = segment(c + 0xa8);
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment(c + 0xb4);
	sregs.idt.base = get_le64(c + 0x90);
	sregs.idt.limit = get_le16(c + 0x98);
	sregs.gdt.limit = get_le16(c + 0x9e);
	sregs.gdt.base = get_le64(c + 0xa0);
	sregs.cr0 = get_le64(c + 0xc8);
	sregs.cr3 = get_le64(c + 0xd0);
	sregs.cr4 = get_le64(c + 0xd8);
	sregs.efer = get_le64(c + 0xe0);
	assert_int_equal(ioctl(m->vcpu, KVM_SET_SREGS, &sregs), 0);
	assert_int_equal(ioctl(m->vcpu, KVM_SET_REGS, &regs), 0);
}

static void machine_open(struct machine *m)
{
	const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct kvm_userspace_memory_region ram = {.memory_size = guest.plan.ram[0].end,
		.userspace_addr = (uintptr_t)guest_memory(&guest, 0)};

	if (kvm < 0) {
		print_message("# SKIP no KVM here\n");
		skip();
	}
	m->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	assert_true(m->vm >= 0);
	assert_int_equal(ioctl(m->vm, KVM_SET_TSS_ADDR, 0xfffbd000), 0);
	assert_int_equal(ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &ram), 0);
	m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	assert_true(m->vcpu >= 0);
	m->run_len = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	m->run = mmap(NULL, m->run_len, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	assert_true(m->run != MAP_FAILED);
	close(kvm);
}

static void machine_close(struct machine *m)
{
	munmap(m->run, m->run_len);
	close(m->vcpu);
	close(m->vm);
}

static void begin(void)
{
	struct guest_plan plan;

	make_kernel();
	guest_plan_small(&plan, "plain", 64 * MIB, 1);
	plan.kernel = (struct view){kernel, sizeof(kernel)};
	plan.packed = true;
	guest_init(&guest, &plan);
	guest_pack(&guest, &file);
}

/* Loads and runs to the first exit; the port and value it wrote. */
static void run(struct machine *m, uint16_t *port, uint32_t *value)
{
	const char *wrong = loader_load(&loaded, bytes_view(&file), LOADER_NATIVE,
		LOADER_FILE_ORDER, guest.plan.ram[0].end);

	assert_null(wrong);
	machine_open(m);
	for (size_t i = 0; i < loaded.count; i++)
		memcpy(guest_memory(&guest, loaded.page[i].gpa), loaded.page[i].bytes,
			HC_PAGE_SIZE);
	set_registers(m, loaded.context[0]);
	assert_int_equal(ioctl(m->vcpu, KVM_RUN, 0), 0);
	assert_int_equal(m->run->exit_reason, KVM_EXIT_IO);
	assert_int_equal(m->run->io.direction, KVM_EXIT_IO_OUT);
	*port = m->run->io.port;
	*value = 0;
	memcpy(value, (uint8_t *)m->run + m->run->io.data_offset, m->run->io.size);
}

static void end(struct machine *m)
{
	machine_close(m);
	loader_free(&loaded);
	bytes_free(&file);
	guest_fini(&guest);
}

static void a_packed_plain_guest_enters_its_kernel(void **state)
{
	struct machine m;
	struct kvm_regs regs;
	const char *wrong;
	uint32_t value;
	uint16_t port;

	(void)state;
	begin();
	run(&m, &port, &value);
	assert_int_equal(port, SAY_PORT);
	assert_int_equal(value, SAY_VALUE);
	assert_int_equal(ioctl(m.vcpu, KVM_GET_REGS, &regs), 0);
	wrong = guest_handover_wrong(&guest, regs.rsi, 0);
	if (wrong)
		fail_msg("%s", wrong);
	assert_true(bytes_all_zero(
		guest_memory(&guest, guest.manifest.packed_base), guest.manifest.packed_size));
	end(&m);
}

static void another_kernel_in_the_file_is_refused(void **state)
{
	struct machine m;
	uint8_t *at = NULL;
	uint32_t value;
	uint16_t port;

	(void)state;
	begin();
	for (size_t i = 0; !at; i += HC_PAGE_SIZE)
		if (memcmp(file.data + i, kernel, HC_PAGE_SIZE) == 0)
			at = file.data + i;
	at[HC_PAGE_SIZE - 1] ^= 1;
	run(&m, &port, &value);
	assert_int_equal(port, HC_PORT_REFUSE);
	assert_int_equal(value & 0xff, HC_REFUSE_KERNEL_DIGEST);
	end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packed_plain_guest_enters_its_kernel),
		cmocka_unit_test(another_kernel_in_the_file_is_refused),
	};

	return cmocka_run_group_tests_name("packed_kvm", tests, NULL, NULL);
}
