/* SPDX-License-Identifier: Apache-2.0 */
/* The few instructions that softcpu.c has to know: see softinsn.h. Opcodes: AMD64 APM volume 3. */
#include "tests/firmware/softinsn.h"

struct prefixes {
	bool operand, repne, rep;
	uint8_t rex;
};

/* 0F 01 with a ModRM byte. */
static enum softcpu_insn group7(const struct prefixes *p, uint8_t modrm)
{
	if (modrm == 0xff && p->repne)
		return SOFTCPU_PVALIDATE;
	if (modrm == 0xfe && p->rep)
		return SOFTCPU_RMPADJUST;
	if (modrm == 0xd9 && p->rep)
		return SOFTCPU_VMGEXIT;
	if (modrm == 0xcc && p->operand)
		return SOFTCPU_TDCALL;
	/* LGDT, LIDT (memory operands) and nothing else of the group. */
	if (modrm < 0xc0 && ((modrm >> 3 & 7) == 2 || (modrm >> 3 & 7) == 3))
		return 0;
	return SOFTCPU_FORBIDDEN;
}

static enum softcpu_insn two_bytes(const struct prefixes *p, uint8_t opcode, uint8_t modrm)
{
	switch (opcode) {
	case 0x01:
		return group7(p, modrm);
	case 0x20:
		return SOFTCPU_READ_CR;
	case 0x22:
		return SOFTCPU_WRITE_CR;
	case 0x30:
		return SOFTCPU_WRMSR;
	case 0x32:
		return SOFTCPU_RDMSR;
	case 0x05: /* SYSCALL */
	case 0x08: /* INVD */
	case 0x09: /* WBINVD */
	case 0x0b: /* UD2 */
	case 0x21: /* MOV from and to debug registers */
	case 0x23:
	case 0x31: /* RDTSC */
	case 0x33: /* RDPMC */
	case 0x34: /* SYSENTER */
	case 0x35: /* SYSEXIT */
	case 0xa2: /* CPUID */
		return SOFTCPU_FORBIDDEN;
	default:
		return 0;
	}
}

static size_t take_prefixes(struct prefixes *p, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	for (; at < len; at++) {
		if (bytes[at] == 0x66)
			p->operand = true;
		else if (bytes[at] == 0xf2)
			p->repne = true;
		else if (bytes[at] == 0xf3)
			p->rep = true;
		else
			break;
	}
	if (at < len && (bytes[at] & 0xf0) == 0x40)
		p->rex = bytes[at++];
	return at;
}

void softinsn_decode(struct softinsn *out, const uint8_t *bytes, size_t len)
{
	struct prefixes p = {0};
	size_t at = bytes ? take_prefixes(&p, bytes, len) : len;

	*out = (struct softinsn){0};
	if (at < len && bytes[at] == 0xf4) {
		*out = (struct softinsn){.kind = SOFTCPU_HLT, .length = (unsigned int)at + 1};
		return;
	}
	if (at < len && bytes[at] == 0x90 && p.rep) {
		*out = (struct softinsn){.kind = SOFTCPU_PAUSE, .length = (unsigned int)at + 1};
		return;
	}
	if (at + 1 >= len || bytes[at] != 0x0f)
		return;
	out->kind = two_bytes(&p, bytes[at + 1], at + 2 < len ? bytes[at + 2] : 0);
	out->length = (unsigned int)at + 2;
	if (out->kind == SOFTCPU_READ_CR || out->kind == SOFTCPU_WRITE_CR) {
		out->control = (bytes[at + 2] >> 3 & 7) | (p.rex & 4u) << 1;
		out->reg = (bytes[at + 2] & 7) | (p.rex & 1u) << 3;
	}
	if (bytes[at + 1] == 0x01 || out->kind == SOFTCPU_READ_CR || out->kind == SOFTCPU_WRITE_CR)
		out->length++;
}
