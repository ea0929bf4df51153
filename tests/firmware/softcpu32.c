/* SPDX-License-Identifier: Apache-2.0 */
/* From 32-bit to 64-bit mode: see softcpu32.h. Intel SDM volume 3, 3.4.5 and 10.8.5. */
#include "tests/firmware/softcpu32.h"

#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define PAGE            0x1000u
#define CR0_PE_WP_PG    0x80010001u
#define CR4_PAE         0x20u
#define INSTRUCTIONS    64
#define DESCRIPTOR_CODE 0x00209a0000000000ULL /* present, code, 64-bit */
#define DESCRIPTOR_MASK 0x00609a0000000000ULL /* and not 32-bit */

struct run {
	const struct softcpu32 *in;
	struct softcpu *cpu;
	uc_engine *uc;
	uint64_t cr[5];
	uint32_t target, count;
	uint16_t selector;
	bool jumped;
};

static const int regs[8] = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
	UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI};

static const uint8_t *code_at(const struct run *r, uint64_t eip)
{
	if (eip >= r->in->text && eip - r->in->text < r->in->text_len)
		return r->in->text_memory + (eip - r->in->text);
	if (eip >= r->in->reset && eip - r->in->reset < PAGE)
		return r->in->reset_memory + (eip - r->in->reset);
	return NULL;
}

static void skip(struct run *r, uint64_t eip, uint32_t len)
{
	const uint32_t next = (uint32_t)eip + len;

	uc_reg_write(r->uc, UC_X86_REG_EIP, &next);
}

/* MOV from and to CR0, CR3, CR4, by registers. */
static void control(struct run *r, const uint8_t *p, uint64_t eip)
{
	const unsigned int n = p[2] >> 3 & 7;
	uint32_t value = 0;

	if (n > 4 || p[2] < 0xc0) {
		softcpu_violation(r->cpu, "32-bit code uses CR%u", n);
		uc_emu_stop(r->uc);
		return;
	}
	if (p[1] == 0x20) {
		value = (uint32_t)r->cr[n];
		uc_reg_write(r->uc, regs[p[2] & 7], &value);
	} else {
		uc_reg_read(r->uc, regs[p[2] & 7], &value);
		r->cr[n] = value;
	}
	skip(r, eip, 3);
}

static bool plain(const uint8_t *p)
{
	if (p[0] == 0x0f)
		return p[1] == 0x01 && p[2] == 0x15; /* LGDT with an address */
	/* CLI, CLD, MOV and OR with constants, JMP: nothing else is needed. */
	return p[0] == 0xfa || p[0] == 0xfc || p[0] == 0xe9 || p[0] == 0x0d || p[0] == 0x83 ||
	       (p[0] & 0xf8) == 0xb8;
}

static void on_code(uc_engine *uc, uint64_t eip, uint32_t size, void *user)
{
	struct run *r = user;
	const uint8_t *p = code_at(r, eip);

	(void)size;
	if (!p || ++r->count > INSTRUCTIONS) {
		softcpu_violation(r->cpu, "32-bit code runs at 0x%llx", (unsigned long long)eip);
		uc_emu_stop(uc);
	} else if (p[0] == 0x0f && (p[1] == 0x20 || p[1] == 0x22)) {
		control(r, p, eip);
	} else if (p[0] == 0xea) {
		memcpy(&r->target, p + 1, 4);
		memcpy(&r->selector, p + 5, 2);
		r->jumped = true;
		uc_emu_stop(uc);
	} else if (!plain(p)) {
		softcpu_violation(r->cpu, "32-bit code executes 0x%02x", p[0]);
		uc_emu_stop(uc);
	}
}

static void run(struct run *r)
{
	/* ISO C has no conversion from a function to void *, which uc_hook_add takes. */
	void *const callback = (void *)(uintptr_t)on_code;
	uc_hook hook;

	if (uc_open(UC_ARCH_X86, UC_MODE_32, &r->uc) ||
		uc_mem_map_ptr(r->uc, r->in->text, r->in->text_len, UC_PROT_READ | UC_PROT_EXEC,
			r->in->text_memory) ||
		uc_mem_map_ptr(r->uc, r->in->reset, PAGE, UC_PROT_READ | UC_PROT_EXEC,
			r->in->reset_memory) ||
		uc_hook_add(r->uc, &hook, UC_HOOK_CODE, callback, r, 1, 0))
		abort();
	for (size_t i = 0; i < 8; i++)
		uc_reg_write(r->uc, regs[i], &r->in->reg[i]);
	if (uc_emu_start(r->uc, r->in->eip, 0, 0, 0) && !r->jumped)
		softcpu_violation(r->cpu, "32-bit code touches what is not there");
}

/* The far jump: paging on, a 64-bit segment from the table that was loaded. */
static void arrive(struct run *r)
{
	uint64_t descriptor = 0;
	const uint8_t *entry;
	bool write, execute;
	uc_x86_mmr gdtr;

	uc_reg_read(r->uc, UC_X86_REG_GDTR, &gdtr);
	entry = code_at(r, gdtr.base + (r->selector & ~7u));
	if (entry && (r->selector | 7u) <= gdtr.limit)
		memcpy(&descriptor, entry, sizeof(descriptor));
	if ((r->cr[0] & CR0_PE_WP_PG) != CR0_PE_WP_PG || !(r->cr[4] & CR4_PAE))
		softcpu_violation(r->cpu, "jumps without paging");
	if ((descriptor & DESCRIPTOR_MASK) != DESCRIPTOR_CODE)
		softcpu_violation(r->cpu, "jumps by a descriptor that is not 64-bit code");
	softcpu_set_cr3(r->cpu, r->cr[3]);
	softcpu_set_gdtr(r->cpu, gdtr.base, gdtr.limit);
	if (!softcpu_walk(r->cpu, r->target, &write, &execute) || !execute)
		softcpu_violation(r->cpu, "is not mapped where paging starts");
	for (size_t i = 0; i < 8; i++) {
		uint32_t value = 0;

		uc_reg_read(r->uc, regs[i], &value);
		softcpu_set(r->cpu, (enum softcpu_reg)i, value);
	}
	softcpu_set(r->cpu, SOFTCPU_RIP, r->target);
}

bool softcpu32_enter(const struct softcpu32 *in, struct softcpu *cpu)
{
	struct run r = {.in = in, .cpu = cpu, .cr = {[0] = in->cr0, [4] = in->cr4}};

	run(&r);
	if (r.jumped)
		arrive(&r);
	else
		softcpu_violation(cpu, "32-bit code does not get anywhere");
	uc_close(r.uc);
	return !softcpu_violation_text(cpu)[0];
}
