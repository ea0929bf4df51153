/* SPDX-License-Identifier: Apache-2.0 */
/* vCPUs start in the state that is measured, and exits reach the bus as the guest meant them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attest/measure/measure.h"
#include "attest/measure/vmsa.h"
#include "vmm/vcpu.h"

static struct vmsa_segment segment(const struct kvm_segment *s)
{
	return (struct vmsa_segment){
		.selector = s->selector,
		.attributes = (uint16_t)(s->type | s->s << 4 | s->dpl << 5 | s->present << 7 |
					 s->avl << 8 | s->l << 9 | s->db << 10 | s->g << 11),
		.limit = s->limit,
		.base = s->base,
	};
}

/* As KVM makes a save area of what it was given: SVME in EFER, the rest as it is. */
static void as_kvm_would(
	uint8_t page[4096], const struct kvm_regs *regs, const struct kvm_sregs *sregs)
{
	struct vmsa_state s;

	vmsa_defaults(&s);
	s.cs = segment(&sregs->cs);
	s.ds = segment(&sregs->ds);
	s.es = segment(&sregs->es);
	s.fs = segment(&sregs->fs);
	s.gs = segment(&sregs->gs);
	s.ss = segment(&sregs->ss);
	s.tr = segment(&sregs->tr);
	s.ldtr = segment(&sregs->ldt);
	s.gdtr = (struct vmsa_segment){.limit = sregs->gdt.limit, .base = sregs->gdt.base};
	s.idtr = (struct vmsa_segment){.limit = sregs->idt.limit, .base = sregs->idt.base};
	s.cr0 = sregs->cr0;
	s.cr3 = sregs->cr3;
	s.cr4 = sregs->cr4;
	s.efer = sregs->efer | 0x1000;
	s.rflags = regs->rflags;
	s.rip = regs->rip;
	s.rsp = regs->rsp;
	s.rdx = regs->rdx;
	s.sev_features = SNP_SEV_FEATURES;
	vmsa_encode(page, &s);
}

static void the_state_at_entry_is_the_one_that_is_measured(void **state)
{
	uint8_t ours[4096], measured[4096];
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	(void)state;
	for (uint32_t index = 0; index < 3; index++)
		for (int c_bit = 0; c_bit < 2; c_bit++) {
			memset(&sregs, 0xff, sizeof(sregs));
			memset(&regs, 0xff, sizeof(regs));
			vcpu_entry_state(&regs, &sregs, index, c_bit);
			as_kvm_would(ours, &regs, &sregs);
			vmsa_build(measured, index, SNP_SEV_FEATURES, c_bit);
			assert_memory_equal(ours, measured, sizeof(ours));
		}
}

struct probe {
	unsigned int reads, writes;
	uint64_t offset[8], value[8];
	unsigned int size;
};

static uint64_t probe_read(void *dev, uint64_t offset, unsigned int size)
{
	struct probe *p = dev;

	p->offset[p->reads] = offset;
	p->size = size;
	return 0x1122334455667788ULL + p->reads++;
}

static void probe_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct probe *p = dev;

	p->offset[p->writes] = offset;
	p->value[p->writes++] = value;
	p->size = size;
}

static const struct bus_ops probe_ops = {.read = probe_read, .write = probe_write};

static union {
	struct kvm_run run;
	uint8_t bytes[8192];
} shared;

static void a_string_instruction_is_several_accesses_to_one_port(void **state)
{
	struct probe p = {0};
	struct bus bus = {0};

	(void)state;
	memset(&shared, 0, sizeof(shared));
	assert_int_equal(bus_add(&bus, 0x100, 8, &probe_ops, &p), 0);
	shared.run.io.port = 0x104;
	shared.run.io.size = 2;
	shared.run.io.count = 3;
	shared.run.io.direction = KVM_EXIT_IO_OUT;
	shared.run.io.data_offset = 4096;
	memcpy(shared.bytes + 4096, "\x01\x02\x03\x04\x05\x06", 6);
	vcpu_exit_io(&shared.run, &bus);
	assert_int_equal(p.writes, 3);
	assert_int_equal(p.value[2], 0x0605);
	assert_int_equal(p.offset[2], 4);
	shared.run.io.direction = KVM_EXIT_IO_IN;
	vcpu_exit_io(&shared.run, &bus);
	assert_int_equal(p.reads, 3);
	assert_memory_equal(shared.bytes + 4096, "\x88\x77\x89\x77\x8a\x77\x00", 7);
}

static void ports_of_nobody_read_as_ones(void **state)
{
	struct bus bus = {0};

	(void)state;
	memset(&shared, 0, sizeof(shared));
	shared.run.io.port = 0xffff;
	shared.run.io.size = 4;
	shared.run.io.count = 1;
	shared.run.io.direction = KVM_EXIT_IO_IN;
	shared.run.io.data_offset = 4096;
	vcpu_exit_io(&shared.run, &bus);
	assert_memory_equal(shared.bytes + 4096, "\xff\xff\xff\xff\x00", 5);
}

static void mmio_of_a_width_no_device_has_reads_as_ones(void **state)
{
	struct probe p = {0};
	struct bus bus = {0};

	(void)state;
	memset(&shared, 0, sizeof(shared));
	assert_int_equal(bus_add(&bus, 0xe0000000, 16, &probe_ops, &p), 0);
	shared.run.mmio.phys_addr = 0xe0000000;
	for (unsigned int len = 0; len <= 8; len++) {
		bool real = len == 1 || len == 2 || len == 4 || len == 8;

		p.reads = 0;
		shared.run.mmio.len = len;
		vcpu_exit_mmio(&shared.run, &bus);
		assert_int_equal(p.reads, real);
		if (!real)
			assert_int_equal(shared.run.mmio.data[0], 0xff);
	}
	shared.run.mmio.is_write = 1;
	shared.run.mmio.len = 4;
	memcpy(shared.run.mmio.data, "\x44\x33\x22\x11\xff", 5);
	vcpu_exit_mmio(&shared.run, &bus);
	assert_int_equal(p.value[0], 0x11223344);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_at_entry_is_the_one_that_is_measured),
		cmocka_unit_test(a_string_instruction_is_several_accesses_to_one_port),
		cmocka_unit_test(ports_of_nobody_read_as_ones),
		cmocka_unit_test(mmio_of_a_width_no_device_has_reads_as_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
