/* SPDX-License-Identifier: Apache-2.0 */
/* The decompressor on a processor in software: see softlinux.h. */
#include "tests/firmware/softlinux.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define INVALID_OPCODE 6
#define TEXT_MAX       4096
#define ENTRY_MAX      64
#define BLOCKS_MAX     2000000000ULL
#define LOOKED_END     0x8000000ULL /* the decompressor runs below */
#define RDRAND_1       0x0f         /* 0F C7 /6 */
#define RDRAND_2       0xc7

/* ISO C has no conversion from a function to void *, which uc_hook_add takes. */
#define CALLBACK(f) ((void *)(uintptr_t)(f))

struct softlinux {
	uc_engine *uc;
	struct guest *guest;
	const struct softlinux_ops *ops;
	void *machine;
	uint64_t blocks, entered, random;
	uint64_t done; /* RIP behind an instruction that was just done for the engine */
	const uint8_t *entry;
	size_t entry_len;
	char text[TEXT_MAX];
	size_t text_len;
	char violation[256];
	uint8_t looked[LOOKED_END / 8]; /* a bit for each address where a block has started */
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

uint64_t softlinux_get(const struct softlinux *l, enum softcpu_reg reg)
{
	uint64_t value = 0;

	must(uc_reg_read(l->uc, uc_regs[reg], &value), "read a register");
	return value;
}

void softlinux_set(struct softlinux *l, enum softcpu_reg reg, uint64_t value)
{
	must(uc_reg_write(l->uc, uc_regs[reg], &value), "write a register");
}

void softlinux_violation(struct softlinux *l, const char *format, ...)
{
	va_list args;
	size_t len;

	if (!l->violation[0]) {
		va_start(args, format);
		vsnprintf(l->violation, sizeof(l->violation), format, args);
		va_end(args);
		len = strlen(l->violation);
		snprintf(l->violation + len, sizeof(l->violation) - len, " (rip 0x%llx)",
			(unsigned long long)softlinux_get(l, SOFTCPU_RIP));
	}
	uc_emu_stop(l->uc);
}

const char *softlinux_violation_text(const struct softlinux *l)
{
	return l->violation;
}

void softlinux_console(struct softlinux *l, uint8_t byte)
{
	if (l->text_len + 1 < sizeof(l->text))
		l->text[l->text_len++] = (char)byte;
}

const char *softlinux_text(const struct softlinux *l)
{
	return l->text;
}

/* An exception with an error code, by the guest's own vectors (SDM volume 3, 6.14); no other stack.
 */
static void deliver(struct softlinux *l, int vector, uint64_t code)
{
	uint16_t cs = 0, ss = 0;
	uc_x86_mmr idtr;
	uint64_t frame[6], rsp;
	const uint8_t *gate;

	must(uc_reg_read(l->uc, UC_X86_REG_IDTR, &idtr), "read IDTR");
	must(uc_reg_read(l->uc, UC_X86_REG_CS, &cs), "read CS");
	must(uc_reg_read(l->uc, UC_X86_REG_SS, &ss), "read SS");
	gate = guest_memory(l->guest, idtr.base + (unsigned int)vector * 16);
	if (!gate || (unsigned int)vector * 16 + 15 > idtr.limit || !(gate[5] & 0x80) ||
		gate[4] & 7) {
		softlinux_violation(l, "no handler for exception %d", vector);
		return;
	}
	frame[0] = code;
	frame[1] = softlinux_get(l, SOFTCPU_RIP);
	frame[2] = cs;
	frame[3] = softlinux_get(l, SOFTCPU_RFLAGS);
	frame[4] = softlinux_get(l, SOFTCPU_RSP);
	frame[5] = ss;
	rsp = (frame[4] & ~15ULL) - sizeof(frame);
	memcpy(guest_memory(l->guest, rsp), frame, sizeof(frame));
	softlinux_set(l, SOFTCPU_RSP, rsp);
	softlinux_set(l, SOFTCPU_RIP,
		(uint64_t)get_le32(gate + 8) << 32 | (uint32_t)get_le16(gate + 6) << 16 |
			get_le16(gate));
}

static void on_trapped(uc_engine *uc, uint64_t va, uint32_t size, void *user)
{
	struct softlinux *l = user;
	const uint8_t *bytes = guest_memory(l->guest, va);
	uint64_t code = 0;
	int vector;

	(void)uc;
	(void)size;
	if (l->violation[0])
		return;
	vector = l->ops->trapped(l->machine, bytes[1], &code);
	if (vector)
		deliver(l, vector, code);
	else
		softlinux_set(l, SOFTCPU_RIP, va + 2);
}

static bool is_trapped(const uint8_t *bytes)
{
	return bytes[0] == 0x0f && (bytes[1] == SOFTLINUX_CPUID || bytes[1] == SOFTLINUX_RDMSR ||
					   bytes[1] == SOFTLINUX_WRMSR);
}

/*
 * Code that runs for the first time: a hook wherever a trapped instruction may be, and a look at it
 * once more, since the engine has translated it already. True: it was there.
 */
static bool look(struct softlinux *l, uint64_t va, uint32_t size)
{
	const uint8_t *code = guest_memory(l->guest, va);
	bool found = false;
	uc_hook id;

	if (va >= LOOKED_END || l->looked[va / 8] >> va % 8 & 1)
		return false;
	l->looked[va / 8] |= (uint8_t)(1u << va % 8);
	for (uint32_t i = 0; code && i + 1 < size; i++) {
		if (!is_trapped(code + i))
			continue;
		must(uc_hook_add(l->uc, &id, UC_HOOK_CODE, CALLBACK(on_trapped), l, va + i, va + i),
			"add a hook");
		found = true;
	}
	if (found) {
		must(uc_ctl_remove_cache(l->uc, va, va + size), "translate again");
		softlinux_set(l, SOFTCPU_RIP, va);
	}
	return found;
}

static void on_block(uc_engine *uc, uint64_t va, uint32_t size, void *user)
{
	struct softlinux *l = user;
	const uint8_t *code = guest_memory(l->guest, va);

	if (l->violation[0])
		uc_emu_stop(uc);
	if (l->ops->trapped && look(l, va, size))
		return;
	if (++l->blocks > BLOCKS_MAX)
		softlinux_violation(l, "does not come to an end");
	if (code && code[0] == l->entry[0] && memcmp(code, l->entry, l->entry_len) == 0) {
		l->entered = va;
		uc_emu_stop(uc);
	}
}

static bool on_unmapped(
	uc_engine *uc, uc_mem_type type, uint64_t va, int size, int64_t value, void *user)
{
	(void)uc;
	(void)size;
	(void)value;
	softlinux_violation(user, "touches what was not accepted: 0x%llx, kind %d",
		(unsigned long long)va, (int)type);
	return false;
}

/* RDRAND of any size into any register: its length, 0 if it is not one. */
static unsigned int rdrand(struct softlinux *l, const uint8_t *bytes)
{
	const unsigned int rex = (bytes[0] & 0xf0) == 0x40 ? bytes[0] : 0, at = rex ? 1 : 0;
	uint64_t flags;

	if (bytes[at] != RDRAND_1 || bytes[at + 1] != RDRAND_2 || (bytes[at + 2] & 0xf8) != 0xf0)
		return 0;
	/* Of no use as a random number: the same place for the kernel in each run. */
	l->random = l->random * 6364136223846793005ULL + 1442695040888963407ULL;
	softlinux_set(l, (enum softcpu_reg)((bytes[at + 2] & 7) | (rex & 1) << 3),
		rex & 8 ? l->random : l->random >> 32);
	flags = softlinux_get(l, SOFTCPU_RFLAGS);
	softlinux_set(l, SOFTCPU_RFLAGS, flags | 1);
	return at + 3;
}

static bool on_invalid(uc_engine *uc, void *user)
{
	struct softlinux *l = user;
	const uint64_t rip = softlinux_get(l, SOFTCPU_RIP);
	const uint8_t *bytes = guest_memory(l->guest, rip);
	const size_t left = HC_PAGE_SIZE - rip % HC_PAGE_SIZE;
	unsigned int len = 0;

	(void)uc;
	if (bytes && left >= 4)
		len = rdrand(l, bytes);
	if (bytes && len == 0)
		len = l->ops->insn(l->machine, bytes, left);
	if (len == 0) {
		softlinux_violation(l, "an instruction that is not known");
		return false;
	}
	l->done = rip + len;
	softlinux_set(l, SOFTCPU_RIP, rip + len);
	return !l->violation[0];
}

static int on_cpuid(uc_engine *uc, void *user)
{
	static const enum softcpu_reg regs[4] = {
		SOFTCPU_RAX, SOFTCPU_RBX, SOFTCPU_RCX, SOFTCPU_RDX};
	struct softlinux *l = user;
	uint32_t out[4] = {0};

	(void)uc;
	l->ops->cpuid(l->machine, (uint32_t)softlinux_get(l, SOFTCPU_RAX),
		(uint32_t)softlinux_get(l, SOFTCPU_RCX), out);
	for (size_t i = 0; i < 4; i++)
		softlinux_set(l, regs[i], out[i]);
	return 1; /* done */
}

static uint32_t on_port_in(uc_engine *uc, uint32_t port, int size, void *user)
{
	(void)uc;
	softlinux_violation(user, "reads %d bytes of port 0x%x", size, port);
	return 0;
}

static void on_port_out(uc_engine *uc, uint32_t port, int size, uint32_t value, void *user)
{
	(void)uc;
	(void)value;
	softlinux_violation(user, "writes %d bytes to port 0x%x", size, port);
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *user)
{
	struct softlinux *l = user;
	const bool echo =
		number == INVALID_OPCODE && l->done && softlinux_get(l, SOFTCPU_RIP) == l->done;

	(void)uc;
	l->done = 0;
	/* Unicorn 2.1 still raises #UD for what on_invalid has done; 2.0 does not. */
	if (!echo)
		softlinux_violation(l, "raises exception %u", number);
}

static void hook(struct softlinux *l, int type, void *callback)
{
	uc_hook id;

	must(uc_hook_add(l->uc, &id, type, callback, l, 1, 0), "add a hook");
}

static void hook_insn(struct softlinux *l, void *callback, int insn)
{
	uc_hook id;

	must(uc_hook_add(l->uc, &id, UC_HOOK_INSN, callback, l, 1, 0, insn), "hook insn");
}

struct softlinux *softlinux_new(struct guest *g, const struct softcpu *entered,
	const struct softlinux_ops *ops, void *machine)
{
	struct softlinux *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->guest = g;
	l->ops = ops;
	l->machine = machine;
	must(uc_open(UC_ARCH_X86, UC_MODE_64, &l->uc), "start");
	hook(l, UC_HOOK_MEM_UNMAPPED, CALLBACK(on_unmapped));
	hook(l, UC_HOOK_BLOCK, CALLBACK(on_block));
	hook(l, UC_HOOK_INTR, CALLBACK(on_interrupt));
	hook(l, UC_HOOK_INSN_INVALID, CALLBACK(on_invalid));
	hook_insn(l, CALLBACK(on_port_in), UC_X86_INS_IN);
	hook_insn(l, CALLBACK(on_port_out), UC_X86_INS_OUT);
	hook_insn(l, CALLBACK(on_cpuid), UC_X86_INS_CPUID);
	for (int reg = 0; reg < SOFTCPU_REGS; reg++)
		softlinux_set(
			l, (enum softcpu_reg)reg, softcpu_get(entered, (enum softcpu_reg)reg));
	return l;
}

void softlinux_free(struct softlinux *l)
{
	if (!l)
		return;
	uc_close(l->uc);
	free(l);
}

void softlinux_map(struct softlinux *l, uint64_t gpa, uint64_t len_bytes)
{
	must(uc_mem_map_ptr(l->uc, gpa, len_bytes, UC_PROT_ALL, guest_memory(l->guest, gpa)),
		"map memory");
}

uint64_t softlinux_run(struct softlinux *l, const uint8_t *entry, size_t len)
{
	l->entry = entry;
	l->entry_len = len;
	/* The engine stops wherever RIP was written, that is behind each instruction done for it.
	 */
	while (!l->entered && !l->violation[0]) {
		const uc_err e = uc_emu_start(l->uc, softlinux_get(l, SOFTCPU_RIP), 0, 0, 0);

		if (e != UC_ERR_OK)
			softlinux_violation(l, "unicorn: %s", uc_strerror(e));
	}
	return l->violation[0] ? 0 : l->entered;
}
