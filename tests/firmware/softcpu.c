/* SPDX-License-Identifier: Apache-2.0 */
/* The processor in software: see softcpu.h. Section numbers are those of the Intel SDM, volume 3.
 */
#include "tests/firmware/softcpu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "tests/firmware/softinsn.h"

#define PAGE          0x1000ULL
#define TLB_ENTRIES   4096
#define PRESENT       0x001ULL
#define WRITE         0x002ULL
#define LARGE         0x080ULL
#define NX            (1ULL << 63)
#define VECTOR_PF     14
#define VECTOR_GP     13
#define NESTED_BLOCKS 16
#define NESTED_MAX    8
#define RAISED        0x1000 /* added to a vector that the host injects */

struct translation {
	uint64_t page; /* virtual; with VALID in bit 0 */
	uint64_t leaf;
	bool write, execute;
};
#define VALID 1

struct softcpu {
	uc_engine *uc;
	const struct softcpu_ops *ops;
	void *machine;
	uint64_t cr3, blocks, max_blocks, text, text_len;
	uint64_t stack_base, stack_end, stack_lowest;
	enum softcpu_stop stop;
	int pending; /* vector to deliver, SOFTCPU_HOST, or 0 */
	bool paused;
	unsigned int nested, pieces;
	uint64_t pieces_at;
	uint64_t fault_blocks; /* when the last exception was delivered */
	uint8_t *kinds;        /* enum softcpu_insn of what may start at each byte of the text */
	struct translation tlb[TLB_ENTRIES];
	char violation[256];
};

static const int uc_regs[SOFTCPU_REGS] = {UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX,
	UC_X86_REG_RBX, UC_X86_REG_RSP, UC_X86_REG_RBP, UC_X86_REG_RSI, UC_X86_REG_RDI,
	UC_X86_REG_R8, UC_X86_REG_R9, UC_X86_REG_R10, UC_X86_REG_R11, UC_X86_REG_R12,
	UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15, UC_X86_REG_RIP, UC_X86_REG_RFLAGS};

static void must(uc_err e, const char *what)
{
	if (e == UC_ERR_OK)
		return;
	fprintf(stderr, "unicorn: %s: %s\n", what, uc_strerror(e));
	abort();
}

uint64_t softcpu_get(const struct softcpu *cpu, enum softcpu_reg reg)
{
	uint64_t value = 0;

	must(uc_reg_read(cpu->uc, uc_regs[reg], &value), "read a register");
	return value;
}

void softcpu_set(struct softcpu *cpu, enum softcpu_reg reg, uint64_t value)
{
	must(uc_reg_write(cpu->uc, uc_regs[reg], &value), "write a register");
}

void softcpu_set_carry(struct softcpu *cpu, bool carry)
{
	const uint64_t flags = softcpu_get(cpu, SOFTCPU_RFLAGS);

	softcpu_set(cpu, SOFTCPU_RFLAGS, (flags & ~1ULL) | carry);
}

void softcpu_set_cr3(struct softcpu *cpu, uint64_t cr3)
{
	cpu->cr3 = cr3;
	memset(cpu->tlb, 0, sizeof(cpu->tlb));
}

void softcpu_set_gdtr(struct softcpu *cpu, uint64_t base, uint32_t limit)
{
	const uc_x86_mmr gdtr = {.base = base, .limit = limit};

	must(uc_reg_write(cpu->uc, UC_X86_REG_GDTR, &gdtr), "write GDTR");
}

uint64_t softcpu_cr3(const struct softcpu *cpu)
{
	return cpu->cr3;
}

static void stop(struct softcpu *cpu, enum softcpu_stop why)
{
	if (cpu->stop == SOFTCPU_RUNNING)
		cpu->stop = why;
	uc_emu_stop(cpu->uc);
}

void softcpu_pause(struct softcpu *cpu)
{
	cpu->paused = true;
}

void softcpu_violation(struct softcpu *cpu, const char *format, ...)
{
	va_list args;
	size_t len;

	if (!cpu->violation[0]) {
		va_start(args, format);
		vsnprintf(cpu->violation, sizeof(cpu->violation), format, args);
		va_end(args);
		len = strlen(cpu->violation);
		snprintf(cpu->violation + len, sizeof(cpu->violation) - len, " (rip 0x%llx)",
			(unsigned long long)softcpu_get(cpu, SOFTCPU_RIP));
	}
	cpu->stop = SOFTCPU_VIOLATION;
	uc_emu_stop(cpu->uc);
}

const char *softcpu_violation_text(const struct softcpu *cpu)
{
	return cpu->violation;
}

uint64_t softcpu_blocks(const struct softcpu *cpu)
{
	return cpu->blocks;
}

void softcpu_watch_stack(struct softcpu *cpu, uint64_t base, uint64_t size)
{
	cpu->stack_base = base;
	cpu->stack_end = cpu->stack_lowest = base + size;
}

uint64_t softcpu_stack_lowest(const struct softcpu *cpu)
{
	return cpu->stack_lowest;
}

/* An entry of a table, which has to be memory that tables may lie in; *fault is a vector or 0. */
static uint64_t table_entry(struct softcpu *cpu, uint64_t parent, uint64_t index, int *fault)
{
	const uint64_t gpa = (parent & cpu->ops->address_bits) + index * 8;
	const uint8_t *memory = cpu->ops->memory(cpu->machine, gpa);
	uint64_t entry = 0;

	*fault = cpu->ops->access(cpu->machine, gpa, 8, parent, SOFTCPU_TABLE);
	if (*fault)
		return 0;
	if (!memory)
		softcpu_violation(cpu, "a page table at 0x%llx", (unsigned long long)gpa);
	else
		memcpy(&entry, memory, sizeof(entry));
	return entry;
}

/* 4.5: four levels; leaves at the lower three. 0: not mapped, or *fault. */
static uint64_t walk(struct softcpu *cpu, uint64_t va, bool *write, bool *execute, int *fault)
{
	uint64_t entry = cpu->cr3;

	*fault = 0;
	*write = *execute = true;
	if (va >> 47 != 0)
		return 0;
	for (unsigned int shift = 39;; shift -= 9) {
		entry = table_entry(cpu, entry, va >> shift & 511, fault);
		if (!(entry & PRESENT))
			return 0;
		*write &= (entry & WRITE) != 0;
		*execute &= (entry & NX) == 0;
		if (shift == 12 || (shift < 39 && entry & LARGE)) {
			const uint64_t size = 1ULL << shift;

			if ((entry & cpu->ops->address_bits & ~(size - 1)) != (va & ~(size - 1)))
				softcpu_violation(cpu, "0x%llx is not mapped one to one",
					(unsigned long long)va);
			return entry;
		}
	}
}

uint64_t softcpu_walk(struct softcpu *cpu, uint64_t va, bool *writable, bool *executable)
{
	int fault;

	return walk(cpu, va, writable, executable, &fault);
}

static int translate(struct softcpu *cpu, uint64_t va, struct translation **out)
{
	struct translation *t = &cpu->tlb[va / PAGE % TLB_ENTRIES];
	int fault;

	*out = t;
	if (t->page == ((va & ~(PAGE - 1)) | VALID))
		return 0;
	t->page = 0;
	t->leaf = walk(cpu, va, &t->write, &t->execute, &fault);
	if (fault)
		return fault;
	if (!t->leaf)
		return VECTOR_PF;
	t->page = (va & ~(PAGE - 1)) | VALID;
	return 0;
}

/* One access inside a page: 0, a vector, or SOFTCPU_HOST. CR0.WP is set. */
static int access_page(
	struct softcpu *cpu, uint64_t va, unsigned int size, enum softcpu_access kind)
{
	struct translation *t;
	int fault = translate(cpu, va, &t);

	if (fault)
		return fault;
	if ((kind == SOFTCPU_WRITE && !t->write) || (kind == SOFTCPU_EXECUTE && !t->execute))
		return VECTOR_PF;
	if (t->write && t->execute)
		softcpu_violation(cpu, "0x%llx is writable and executable", (unsigned long long)va);
	return cpu->ops->access(cpu->machine, va, size, t->leaf, kind);
}

static int access_any(struct softcpu *cpu, uint64_t va, unsigned int size, enum softcpu_access kind)
{
	const uint64_t left = PAGE - va % PAGE;
	int fault;

	if (size <= left)
		return access_page(cpu, va, size, kind);
	fault = access_page(cpu, va, (unsigned int)left, kind);
	return fault ? fault : access_any(cpu, va + left, size - (unsigned int)left, kind);
}

/* The engine goes on to the end of the block; nothing of that counts any more. */
static void fault_at(struct softcpu *cpu, int fault)
{
	if (!fault || cpu->pending)
		return;
	cpu->pending = fault;
	uc_emu_stop(cpu->uc);
}

void softcpu_raise(struct softcpu *cpu, int vector)
{
	/* 0 is a vector too, and is kept apart from "none". */
	fault_at(cpu, vector + RAISED);
}

static bool over(const struct softcpu *cpu)
{
	return cpu->pending || cpu->stop != SOFTCPU_RUNNING;
}

/*
 * Of an access over the end of a page the engine tells three times: whole, then the two aligned
 * pieces that it makes of it. Only the first is what the guest did.
 */
static bool is_piece(struct softcpu *cpu, uint64_t va, unsigned int size)
{
	if (cpu->pieces > 0 && va >= cpu->pieces_at && va < cpu->pieces_at + 16 && va % size == 0) {
		cpu->pieces--;
		return true;
	}
	cpu->pieces = va % PAGE + size > PAGE ? 2 : 0;
	cpu->pieces_at = va & ~(uint64_t)(size - 1);
	return false;
}

static void on_memory(
	uc_engine *uc, uc_mem_type type, uint64_t va, int size, int64_t value, void *user)
{
	struct softcpu *cpu = user;
	const bool write = type == UC_MEM_WRITE;

	(void)uc;
	(void)value;
	if (over(cpu))
		return;
	if (write && va < cpu->stack_lowest && va >= cpu->stack_base)
		cpu->stack_lowest = va;
	if (!write && is_piece(cpu, va, (unsigned int)size))
		return;
	fault_at(
		cpu, access_any(cpu, va, (unsigned int)size, write ? SOFTCPU_WRITE : SOFTCPU_READ));
}

/* No memory of the machine: it may still be that the guest's tables have nothing there either. */
static bool on_unmapped(
	uc_engine *uc, uc_mem_type type, uint64_t va, int size, int64_t value, void *user)
{
	struct softcpu *cpu = user;
	int fault;

	(void)uc;
	(void)value;
	if (over(cpu))
		return false;
	fault = access_any(cpu, va, (unsigned int)size,
		type == UC_MEM_WRITE_UNMAPPED  ? SOFTCPU_WRITE
		: type == UC_MEM_READ_UNMAPPED ? SOFTCPU_READ
					       : SOFTCPU_EXECUTE);
	if (!fault)
		softcpu_violation(cpu, "0x%llx is mapped and no memory", (unsigned long long)va);
	fault_at(cpu, fault);
	return false;
}

static void on_block(uc_engine *uc, uint64_t va, uint32_t size, void *user)
{
	struct softcpu *cpu = user;

	(void)uc;
	/* A stop asked for where RIP was written is lost: asked for again here. */
	if (over(cpu) || cpu->paused)
		uc_emu_stop(cpu->uc);
	if (over(cpu))
		return;
	if (++cpu->blocks > cpu->max_blocks)
		stop(cpu, SOFTCPU_BUDGET);
	if (va < cpu->text || va - cpu->text >= cpu->text_len)
		softcpu_violation(cpu, "executes 0x%llx", (unsigned long long)va);
	fault_at(cpu, access_any(cpu, va, size ? size : 1, SOFTCPU_EXECUTE));
}

static void on_port_in(uc_engine *uc, uint32_t port, int size, void *user)
{
	(void)uc;
	softcpu_violation(user, "reads %d bytes of port 0x%x", size, port);
}

static void on_port_out(uc_engine *uc, uint32_t port, int size, uint32_t value, void *user)
{
	(void)uc;
	(void)value;
	softcpu_violation(user, "writes %d bytes to port 0x%x", size, port);
}

static void on_cpuid(uc_engine *uc, void *user)
{
	(void)uc;
	softcpu_violation(user, "executes CPUID");
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *user)
{
	struct softcpu *cpu = user;

	(void)uc;
	if (over(cpu))
		return;
	softcpu_violation(cpu, "raises exception %u by itself", number);
}

static void control_register(struct softcpu *cpu, const struct softinsn *insn)
{
	if (insn->control != 3)
		softcpu_violation(cpu, "uses CR%u", insn->control);
	else if (insn->kind == SOFTCPU_WRITE_CR)
		softcpu_set_cr3(cpu, softcpu_get(cpu, (enum softcpu_reg)insn->reg));
	else
		softcpu_set(cpu, (enum softcpu_reg)insn->reg, cpu->cr3);
}

/* An instruction that the engine would get wrong is about to execute: done here, and skipped. */
static void on_insn(uc_engine *uc, uint64_t va, uint32_t size, void *user)
{
	struct softcpu *cpu = user;
	struct softinsn insn;

	(void)uc;
	(void)size;
	if (over(cpu))
		return;
	softinsn_decode(&insn, cpu->ops->memory(cpu->machine, va), PAGE - va % PAGE);
	switch (insn.kind) {
	case SOFTCPU_HLT:
		stop(cpu, SOFTCPU_HALTED);
		break;
	case SOFTCPU_READ_CR:
	case SOFTCPU_WRITE_CR:
		control_register(cpu, &insn);
		break;
	case SOFTCPU_FORBIDDEN:
		softcpu_violation(cpu, "executes a forbidden instruction");
		return;
	default:
		fault_at(cpu, cpu->ops->insn(cpu->machine, insn.kind));
		break;
	}
	if (!cpu->pending)
		softcpu_set(cpu, SOFTCPU_RIP, va + insn.length);
}

static void hook(struct softcpu *cpu, int type, void *callback, uint64_t from, uint64_t to)
{
	uc_hook id;

	must(uc_hook_add(cpu->uc, &id, type, callback, cpu, from, to), "add a hook");
}

static void hook_insn(struct softcpu *cpu, void *callback, int insn)
{
	uc_hook id;

	must(uc_hook_add(cpu->uc, &id, UC_HOOK_INSN, callback, cpu, 1, 0, insn), "hook insn");
}

/* ISO C has no conversion from a function to void *, which uc_hook_add takes. */
#define CALLBACK(f) ((void *)(uintptr_t)(f))

struct softcpu *softcpu_new(const struct softcpu_ops *ops, void *machine)
{
	struct softcpu *cpu = calloc(1, sizeof(*cpu));

	if (!cpu)
		abort();
	cpu->ops = ops;
	cpu->machine = machine;
	must(uc_open(UC_ARCH_X86, UC_MODE_64, &cpu->uc), "start");
	hook(cpu, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, CALLBACK(on_memory), 1, 0);
	hook(cpu, UC_HOOK_MEM_UNMAPPED, CALLBACK(on_unmapped), 1, 0);
	hook(cpu, UC_HOOK_BLOCK, CALLBACK(on_block), 1, 0);
	hook(cpu, UC_HOOK_INTR, CALLBACK(on_interrupt), 1, 0);
	hook_insn(cpu, CALLBACK(on_port_in), UC_X86_INS_IN);
	hook_insn(cpu, CALLBACK(on_port_out), UC_X86_INS_OUT);
	hook_insn(cpu, CALLBACK(on_cpuid), UC_X86_INS_CPUID);
	return cpu;
}

void softcpu_free(struct softcpu *cpu)
{
	if (!cpu)
		return;
	uc_close(cpu->uc);
	free(cpu);
}

void softcpu_map(struct softcpu *cpu, uint64_t gpa, void *memory, uint64_t len_bytes)
{
	must(uc_mem_map_ptr(cpu->uc, gpa, len_bytes, UC_PROT_ALL, memory), "map memory");
}

void softcpu_text(struct softcpu *cpu, uint64_t gpa, uint64_t len_bytes)
{
	cpu->text = gpa;
	cpu->text_len = len_bytes;
	for (uint64_t at = gpa; at < gpa + len_bytes; at++) {
		struct softinsn insn;

		softinsn_decode(&insn, cpu->ops->memory(cpu->machine, at), PAGE - at % PAGE);
		if (insn.kind)
			hook(cpu, UC_HOOK_CODE, CALLBACK(on_insn), at, at);
	}
}

/* Memory of the guest by the guest's own tables, for what the processor itself reads and writes. */
static uint8_t *own_access(
	struct softcpu *cpu, uint64_t va, unsigned int size, enum softcpu_access kind)
{
	return access_any(cpu, va, size, kind) ? NULL : cpu->ops->memory(cpu->machine, va);
}

static uint64_t little_endian(const uint8_t *p, unsigned int bytes)
{
	uint64_t value = 0;

	memcpy(&value, p, bytes);
	return value;
}

/* 6.14: the gate, the interrupt stack, the frame. False: no handler can be reached. */
static bool deliver(struct softcpu *cpu, int vector)
{
	const uint32_t with_code = 1u << 8 | 0x1fu << 10 | 1u << 17 | 1u << 21 | 3u << 29;
	uint64_t frame[6] = {0}, stack, handler;
	unsigned int words;
	uc_x86_mmr idtr, tr;
	const uint8_t *gate, *ist;
	uint8_t *top;

	must(uc_reg_read(cpu->uc, UC_X86_REG_IDTR, &idtr), "read IDTR");
	must(uc_reg_read(cpu->uc, UC_X86_REG_TR, &tr), "read TR");
	if ((uint32_t)vector * 16 + 15 > idtr.limit)
		vector = VECTOR_GP;
	if ((uint32_t)vector * 16 + 15 > idtr.limit)
		return false;
	words = with_code >> vector & 1 ? 6 : 5;
	gate = own_access(cpu, idtr.base + (uint32_t)vector * 16, 16, SOFTCPU_READ);
	if (!gate || (gate[5] & 0x9f) != 0x8e || (gate[4] & 7) == 0)
		return false;
	ist = own_access(cpu, tr.base + 28 + 8 * (gate[4] & 7u), 8, SOFTCPU_READ);
	if (!ist)
		return false;
	stack = (little_endian(ist, 8) & ~15ULL) - 8 * words;
	top = own_access(cpu, stack, 8 * words, SOFTCPU_WRITE);
	if (!top)
		return false;
	frame[words - 5] = softcpu_get(cpu, SOFTCPU_RIP);
	memcpy(top, frame, (size_t)8 * words);
	handler = little_endian(gate, 2) | little_endian(gate + 6, 2) << 16 |
		  little_endian(gate + 8, 4) << 32;
	softcpu_set(cpu, SOFTCPU_RSP, stack);
	softcpu_set(cpu, SOFTCPU_RIP, handler);
	return true;
}

static void after_fault(struct softcpu *cpu)
{
	const int fault = cpu->pending >= RAISED ? cpu->pending - RAISED : cpu->pending;

	cpu->pending = 0;
	/* A handler that gets nowhere, for want of its next page, is entered again for ever. */
	cpu->nested = cpu->blocks <= cpu->fault_blocks + NESTED_BLOCKS ? cpu->nested + 1 : 0;
	cpu->fault_blocks = cpu->blocks;
	if (cpu->nested > NESTED_MAX)
		cpu->stop = SOFTCPU_BUDGET;
	else if (fault == SOFTCPU_HOST)
		cpu->stop = SOFTCPU_BLOCKED;
	else if (!deliver(cpu, fault))
		cpu->stop = SOFTCPU_SHUTDOWN;
	if (cpu->violation[0])
		cpu->stop = SOFTCPU_VIOLATION;
}

enum softcpu_stop softcpu_run(struct softcpu *cpu, uint64_t until, uint64_t max_blocks)
{
	cpu->stop = SOFTCPU_RUNNING;
	cpu->paused = false;
	cpu->max_blocks = cpu->blocks + max_blocks;
	for (;;) {
		const uc_err e = uc_emu_start(cpu->uc, softcpu_get(cpu, SOFTCPU_RIP), until, 0, 0);

		if (cpu->stop != SOFTCPU_RUNNING)
			return cpu->stop;
		if (cpu->pending) {
			after_fault(cpu);
			if (cpu->stop != SOFTCPU_RUNNING)
				return cpu->stop;
			continue;
		}
		if (e != UC_ERR_OK)
			softcpu_violation(cpu, "unicorn: %s", uc_strerror(e));
		else if (until && softcpu_get(cpu, SOFTCPU_RIP) == until)
			return SOFTCPU_ENTERED;
		return cpu->stop;
	}
}
